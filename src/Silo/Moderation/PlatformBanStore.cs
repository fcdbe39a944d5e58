using Dapper;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Moderation;

/// <summary>Who is banned from the whole platform. Each change is one commit with its line in the audit log.</summary>
internal sealed class PlatformBanStore(Database database)
{
    /// <summary>Every standing ban, oldest first.</summary>
    public async Task<IReadOnlyList<PlatformBan>> LoadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            """
            select account_id as AccountId, account_name as AccountName, by_id as ById, by_name as ByName, reason, banned_at as BannedAt
            from platform_ban order by banned_at, account_id
            """,
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToBan())];
    }

    /// <summary>Adds a ban; durable when the task completes.</summary>
    public Task AddAsync(PlatformBan ban) => database.WriteAsync(async (connection, transaction) =>
    {
        await AuditLog.AppendAsync(connection, transaction,
            new AuditEntry(ban.At, ban.By, "platformBan", null, ban.Target.Id, ban.Target.Name, null, ban.Reason));
        await connection.ExecuteAsync(
            """
            insert into platform_ban(account_id, account_name, by_id, by_name, reason, banned_at)
            values (@Id, @Name, @ById, @ByName, @Reason, @At)
            on conflict (account_id) do nothing
            """,
            new { ban.Target.Id, ban.Target.Name, ById = ban.By.Id, ByName = ban.By.Name, ban.Reason, At = Microseconds.Of(ban.At) },
            transaction);
    });

    /// <summary>Takes a ban back; durable when the task completes.</summary>
    public Task RemoveAsync(PlatformBan ban, Person by, string? reason, DateTimeOffset at) => database.WriteAsync(async (connection, transaction) =>
    {
        await AuditLog.AppendAsync(connection, transaction,
            new AuditEntry(at, by, "platformUnban", null, ban.Target.Id, ban.Target.Name, null, reason));
        await connection.ExecuteAsync("delete from platform_ban where account_id = @Id", new { ban.Target.Id }, transaction);
    });

    private sealed class Row
    {
        public string AccountId { get; set; } = "";

        public string AccountName { get; set; } = "";

        public string ById { get; set; } = "";

        public string ByName { get; set; } = "";

        public string? Reason { get; set; }

        public long BannedAt { get; set; }

        public PlatformBan ToBan() =>
            new(new Person(AccountId, AccountName), new Person(ById, ByName), Reason, Microseconds.ToTime(BannedAt));
    }
}
