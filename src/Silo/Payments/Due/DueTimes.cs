using System.Data.Common;
using Dapper;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payments.Due;

/// <summary>A grain that wanted to be woken.</summary>
internal sealed record DueGrain(string GrainType, string GrainKey);

/// <summary>
/// The table of due times: one per grain, durable, so that unfinished payments are finished after a crash too.
/// A grain sets its due time before it does what may be interrupted, and clears it when nothing is left to do.
/// </summary>
internal sealed class DueTimes(Database database)
{
    /// <summary>A due time moved further than this is a plan for later, and what is unfinished counts from there; a nearer one is another try of the same.</summary>
    public static readonly TimeSpan Planned = TimeSpan.FromHours(2);

    /// <summary>Sets or moves the grain's due time; durable on completion.</summary>
    public Task SetAsync(string grainType, string grainKey, DateTimeOffset dueAt) =>
        database.WriteAsync((connection, transaction) => SetAsync(connection, transaction, grainType, grainKey, dueAt));

    /// <summary>Sets the due time within somebody's transaction.</summary>
    public static Task SetAsync(DbConnection connection, DbTransaction transaction, string grainType, string grainKey, DateTimeOffset dueAt) =>
        connection.ExecuteAsync(
            """
            insert into due_time(grain_type, grain_key, due_at, first_due_at) values (@grainType, @grainKey, @at, @at)
            on conflict (grain_type, grain_key) do update set
                due_at = excluded.due_at,
                first_due_at = case when excluded.due_at - due_time.due_at > @planned then excluded.due_at else due_time.first_due_at end
            """,
            new { grainType, grainKey, at = Microseconds.Of(dueAt), planned = Planned.Ticks / TimeSpan.TicksPerMicrosecond }, transaction);

    /// <summary>The grain has nothing left to do.</summary>
    public Task ClearAsync(string grainType, string grainKey) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "delete from due_time where grain_type = @grainType and grain_key = @grainKey", new { grainType, grainKey }, transaction));

    /// <summary>The grain's due time, if it has one.</summary>
    public async Task<DateTimeOffset?> FindAsync(string grainType, string grainKey)
    {
        await using var connection = await database.OpenAsync();
        var at = await connection.ExecuteScalarAsync<long?>(
            "select due_at from due_time where grain_type = @grainType and grain_key = @grainKey", new { grainType, grainKey });
        return at is null ? null : Microseconds.ToTime(at.Value);
    }

    /// <summary>
    /// Takes up to <paramref name="take"/> grains that are due, the longest waiting first, and moves their due time to
    /// <paramref name="leaseUntil"/>: who fails or dies over one is tried again then. Two processes never take the same.
    /// </summary>
    public async Task<IReadOnlyList<DueGrain>> ClaimAsync(DateTimeOffset now, DateTimeOffset leaseUntil, int take)
    {
        var due = await ReadDueAsync(now, take);
        if (due.Count == 0) { return []; }

        return await database.WriteAsync<IReadOnlyList<DueGrain>>(async (connection, transaction) =>
        {
            var claimed = new List<DueGrain>(due.Count);
            foreach (var row in due)
            {
                // Only if it is still what was read: the grain may have moved it, another process may have taken it.
                var moved = await connection.ExecuteAsync(
                    "update due_time set due_at = @until where grain_type = @GrainType and grain_key = @GrainKey and due_at = @DueAt",
                    new { until = Microseconds.Of(leaseUntil), row.GrainType, row.GrainKey, row.DueAt }, transaction);
                if (moved == 1) { claimed.Add(new DueGrain(row.GrainType, row.GrainKey)); }
            }

            return claimed;
        });
    }

    /// <summary>Grains that have been due for some time again and again, and when they first were; the longest first.</summary>
    public async Task<IReadOnlyList<(DueGrain Grain, DateTimeOffset Since)>> ReadUnfinishedAsync(DateTimeOffset firstDueBefore, int take)
    {
        await using var connection = await database.OpenAsync();
        return [.. (await connection.QueryAsync<Row>(
            """
            select grain_type as GrainType, grain_key as GrainKey, first_due_at as DueAt from due_time
            where first_due_at <= @before order by first_due_at limit @take
            """,
            new { before = Microseconds.Of(firstDueBefore), take }))
            .Select(row => (new DueGrain(row.GrainType, row.GrainKey), Microseconds.ToTime(row.DueAt)))];
    }

    private async Task<IReadOnlyList<Row>> ReadDueAsync(DateTimeOffset now, int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<Row>(
            """
            select grain_type as GrainType, grain_key as GrainKey, due_at as DueAt from due_time
            where due_at <= @now order by due_at limit @take
            """,
            new { now = Microseconds.Of(now), take })).AsList();
    }

    private sealed class Row
    {
        public string GrainType { get; set; } = "";

        public string GrainKey { get; set; } = "";

        public long DueAt { get; set; }
    }
}
