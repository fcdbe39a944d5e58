using System.Data.Common;
using Dapper;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Moderation;

/// <summary>A line before it has its number.</summary>
/// <param name="RoomId">Null for an act on the whole platform.</param>
internal sealed record AuditEntry(
    DateTimeOffset At, Person By, string Act, string? RoomId, string Target, string? TargetName, string? Detail, string? Reason);

/// <summary>The audit log: lines are added, never changed; the database refuses anything else.</summary>
internal sealed class AuditLog(Database database)
{
    /// <summary>Lines that one reading may ask for.</summary>
    public const int TakeMax = 200;

    private const string Columns =
        "number, done_at as DoneAt, by_id as ById, by_name as ByName, act, room_id as RoomId, target, target_name as TargetName, detail, reason";

    /// <summary>Adds a line; durable when the task completes.</summary>
    public Task AppendAsync(AuditEntry entry) =>
        database.WriteAsync((connection, transaction) => AppendAsync(connection, transaction, entry));

    /// <summary>Adds a line in the transaction of the act itself.</summary>
    public static Task AppendAsync(DbConnection connection, DbTransaction transaction, AuditEntry entry) => connection.ExecuteAsync(
        """
        insert into audit_log(done_at, by_id, by_name, act, room_id, target, target_name, detail, reason)
        values (@At, @ById, @ByName, @Act, @RoomId, @Target, @TargetName, @Detail, @Reason)
        """,
        new
        {
            At = Microseconds.Of(entry.At), ById = entry.By.Id, ByName = entry.By.Name,
            entry.Act, entry.RoomId, entry.Target, entry.TargetName, entry.Detail, entry.Reason,
        },
        transaction);

    /// <summary>The newest lines of a room, newest first.</summary>
    public Task<AuditPage> ReadRoomAsync(string roomId, int take) =>
        ReadAsync($"select {Columns} from audit_log where room_id = @roomId order by number desc limit @take", new { roomId, take });

    /// <summary>The newest lines of everything, newest first.</summary>
    public Task<AuditPage> ReadAllAsync(int take) =>
        ReadAsync($"select {Columns} from audit_log order by number desc limit @take", new { take });

    private async Task<AuditPage> ReadAsync(string sql, object parameters)
    {
        await using var connection = await database.OpenAsync();
        return new AuditPage([.. (await connection.QueryAsync<Row>(sql, parameters)).Select(row => row.ToLine())]);
    }

    private sealed class Row
    {
        public long Number { get; set; }

        public long DoneAt { get; set; }

        public string ById { get; set; } = "";

        public string ByName { get; set; } = "";

        public string Act { get; set; } = "";

        public string? RoomId { get; set; }

        public string Target { get; set; } = "";

        public string? TargetName { get; set; }

        public string? Detail { get; set; }

        public string? Reason { get; set; }

        public AuditLine ToLine() =>
            new(Number, Microseconds.ToTime(DoneAt), new Person(ById, ByName), Act, RoomId, Target, TargetName, Detail, Reason);
    }
}
