using Dapper;
using LiveCommerce.Actors;

namespace LiveCommerce.Silo.Storage;

/// <summary>
/// Grain state in the database. A grain hangs off one row; taking it over raises the row's epoch, and every write names the
/// epoch and etag it knows, so an owner that was overtaken cannot write any more (cluster.md, Fence).
/// </summary>
internal sealed class SqlGrainStateStore(Database database) : IGrainStateStore
{
    public async ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken) =>
        await database.WriteAsync(async (connection, transaction) =>
        {
            // One sequence for all grains: an epoch is never given twice, not even to a grain whose row was lost.
            var epoch = await connection.ExecuteScalarAsync<long>(
                "update epoch_sequence set last = last + 1 returning last", transaction: transaction);
            var row = await connection.QuerySingleAsync<Row>(
                """
                insert into grain_state(type, key, name, epoch, etag, payload) values (@Type, @Key, @name, @epoch, 0, null)
                on conflict (type, key, name) do update set epoch = @epoch where grain_state.epoch < @epoch
                returning epoch, etag, payload
                """,
                new { grain.Type, grain.Key, name, epoch }, transaction);
            return row.ToRecord();
        });

    public async ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            "select epoch, etag, payload from grain_state where type = @Type and key = @Key and name = @name",
            new { grain.Type, grain.Key, name }, cancellationToken: cancellationToken));
        return row?.ToRecord() ?? new GrainRecord(ReadOnlyMemory<byte>.Empty, null, 0);
    }

    public async ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload) =>
        await StoreAsync(grain, name, epoch, etag, payload.ToArray());

    public async ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag) =>
        await StoreAsync(grain, name, epoch, etag, payload: null);

    private async Task<string> StoreAsync(GrainId grain, string name, long epoch, string? etag, byte[]? payload)
    {
        var known = etag is null ? 0 : long.Parse(etag);
        var stored = await database.WriteAsync((connection, transaction) => connection.ExecuteScalarAsync<long?>(
            """
            update grain_state set etag = etag + 1, payload = @payload
            where type = @Type and key = @Key and name = @name and epoch = @epoch and (etag = @known or (@known = 0 and payload is null))
            returning etag
            """,
            new { grain.Type, grain.Key, name, epoch, known, payload }, transaction));
        return stored?.ToString() ?? throw new InconsistentStateException(
            $"{grain} was written or taken over by another activation (epoch {epoch}, etag {known} are no longer stored).");
    }

    private sealed class Row
    {
        public long Epoch { get; set; }

        public long Etag { get; set; }

        public byte[]? Payload { get; set; }

        public GrainRecord ToRecord() => new(Payload, Payload is null ? null : Etag.ToString(), Epoch);
    }
}
