using System.Data.Common;
using Dapper;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Moderation;

/// <summary>What the audit log and the table of bans promise, on every database.</summary>
public abstract class AuditLogSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;
    private AuditLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _log = new AuditLog(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Lines_AreReadNewestFirstByRoomAndInAll()
    {
        await _log.AppendAsync(Entry("mute", "room1"));
        await _log.AppendAsync(Entry("ban", "room2"));
        await _log.AppendAsync(Entry("platformBan", null));

        var all = (await _log.ReadAllAsync(10)).Lines;
        Assert.Equal(["platformBan", "ban", "mute"], all.Select(line => line.Act));
        Assert.True(all[0].Number > all[1].Number);
        Assert.Equal(["platformBan", "ban"], (await _log.ReadAllAsync(2)).Lines.Select(line => line.Act));
        var line = Assert.Single((await _log.ReadRoomAsync("room1", 10)).Lines);
        Assert.Equal(new AuditLine(line.Number, At, Who("mod"), "mute", "room1", IdOf("ana"), "ana", "until later", "Shouting."), line);
    }

    [Theory]
    [InlineData("update audit_log set reason = 'none'")]
    [InlineData("delete from audit_log")]
    public async Task Lines_CannotBeChanged(string tampering)
    {
        await _log.AppendAsync(Entry("mute", "room1"));

        var refused = await Assert.ThrowsAnyAsync<DbException>(() =>
            _database.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(tampering, transaction: transaction)));

        Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
        Assert.Single((await _log.ReadAllAsync(10)).Lines);
    }

    [Fact]
    public async Task Bans_AreOneCommitWithTheirLine()
    {
        var bans = new PlatformBanStore(_database.Database);
        var ban = new PlatformBan(Who("ana"), Who("mod"), "Fraud.", At);

        await bans.AddAsync(ban);
        await bans.AddAsync(ban with { Target = Who("ben"), Reason = null, At = At.AddSeconds(1) });
        Assert.Equal([ban, ban with { Target = Who("ben"), Reason = null, At = At.AddSeconds(1) }], await bans.LoadAsync(default));

        await bans.RemoveAsync(ban, Who("other"), "A mistake.", At.AddSeconds(2));
        Assert.Equal(["ben"], (await bans.LoadAsync(default)).Select(standing => standing.Target.Name));
        Assert.Equal(["platformUnban", "platformBan", "platformBan"], (await _log.ReadAllAsync(10)).Lines.Select(line => line.Act));
    }

    private static AuditEntry Entry(string act, string? roomId) =>
        new(At, Who("mod"), act, roomId, IdOf("ana"), "ana", "until later", "Shouting.");
}

public sealed class SqliteAuditLogTests() : AuditLogSuite(SqlDialect.Sqlite);

public sealed class PostgresAuditLogTests() : AuditLogSuite(SqlDialect.PostgreSql);
