using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>What the tables of messages and rooms promise, on every database.</summary>
public abstract class RoomStoreSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, 123, 456, TimeSpan.Zero);
    private readonly ManualTimeProvider _time = new();
    private TestDatabase _database = null!;
    private ChatStore _chat = null!;
    private RoomListingStore _rooms = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _chat = new ChatStore(_database.Database);
        _rooms = new RoomListingStore(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Messages_ComeBackAsTheyWereSaid()
    {
        var said = Said("m1", 1, "héllo 👋");
        await _chat.AddAsync([new ChatLine("room", 1, said)]);

        Assert.Equal(said with { Sequence = 0 }, Assert.Single(await _chat.LatestAsync("room", 50, default)));
        Assert.Equal(said with { Sequence = 0 }, await _chat.FindAsync("room", "m1"));
        Assert.Null(await _chat.FindAsync("other", "m1"));
    }

    [Fact]
    public async Task Newest_AreByEpochAndSequenceAndOldestFirst()
    {
        await _chat.AddAsync([
            new ChatLine("room", 2, Said("d", 1, "fourth")), new ChatLine("room", 1, Said("a", 1, "first")),
            new ChatLine("room", 1, Said("c", 3, "third")), new ChatLine("room", 1, Said("b", 2, "second")),
            new ChatLine("other", 9, Said("e", 9, "elsewhere")),
        ]);

        Assert.Equal(["second", "third", "fourth"], (await _chat.LatestAsync("room", 3, default)).Select(said => said.Text));
    }

    [Fact]
    public async Task BatchThatIsWrittenTwice_IsThereOnce()
    {
        ChatLine[] batch = [new ChatLine("room", 1, Said("a", 1, "first")), new ChatLine("room", 1, Said("b", 2, "second"))];
        await _chat.AddAsync(batch);
        await _chat.DeleteAsync("a", IdOf("mod"), At);
        await _chat.AddAsync(batch);

        Assert.Equal(["second"], (await _chat.LatestAsync("room", 50, default)).Select(said => said.Text));
        Assert.Null(await _chat.FindAsync("room", "a"));
    }

    [Fact]
    public async Task Journal_WritesAFullBatchAtOnceAndTheRestWithinASecond()
    {
        await using var journal = new ChatJournal(_chat, _time, NullLogger<ChatJournal>.Instance);
        for (var i = 1; i <= ChatJournal.BatchMax; i++) { journal.Add(Line(i)); }
        await UntilStored(ChatJournal.BatchMax);

        journal.Add(Line(ChatJournal.BatchMax + 1));
        await _time.AdvanceUntil(() => StoredNow() == ChatJournal.BatchMax + 1, ChatJournal.Linger);
    }

    [Fact]
    public async Task FlushAndDispose_WriteWhatWaits()
    {
        var journal = new ChatJournal(_chat, _time, NullLogger<ChatJournal>.Instance);
        journal.Add(Line(1));
        await journal.FlushAsync();
        Assert.Single(await _chat.LatestAsync("room", 50, default));

        journal.Add(Line(2));
        await journal.DisposeAsync();
        Assert.Equal(2, (await _chat.LatestAsync("room", 50, default)).Count);
        await journal.FlushAsync(); // a room that ends later than the journal is not held up
    }

    [Fact]
    public async Task Listings_AreReplacedAndFoundByOwnerAndByBeingLive()
    {
        var offline = new RoomListing("r1", Who("mia"), "Tea", "food", null, StreamInfo.Offline, 0, At);
        var live = offline with { RoomId = "r2", CoverId = "cover", Stream = new StreamInfo(StreamPhase.Live, "s1", At), UpdatedAt = At.AddSeconds(1) };
        await _rooms.UpsertAsync(offline);
        await _rooms.UpsertAsync(live);
        await _rooms.UpsertAsync(offline with { RoomId = "r3", Owner = Who("ben") });

        Assert.Equal([live], await _rooms.LiveAsync(10, default));
        Assert.Equal([live, offline], await _rooms.OwnedAsync(IdOf("mia"), 10));

        await _rooms.UpsertAsync(live with { Stream = StreamInfo.Offline, Title = "Later" });
        Assert.Empty(await _rooms.LiveAsync(10, default));
        await _rooms.UpsertAsync(live with { Audience = RoomAudience.Private });
        Assert.Equal(RoomAudience.Private, Assert.Single(await _rooms.LiveAsync(10, default)).Audience);
        await _rooms.UpsertAsync(live with { Stream = StreamInfo.Offline, Title = "Later" });
        Assert.Equal("Later", (await _rooms.OwnedAsync(IdOf("mia"), 1))[0].Title);
    }

    private static ChatSaid Said(string id, long sequence, string text) =>
        new(Guid.CreateVersion7(At), id, Who("ana"), RoomBadge.Moderator, text) { Sequence = sequence, At = At };

    private static ChatLine Line(int number) => new("room", 1, Said($"m{number}", number, $"line {number}"));

    private async Task UntilStored(int count)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (StoredNow() < count)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), "The journal does not write.");
            await Task.Yield();
        }
    }

    private int StoredNow()
    {
        using var connection = _database.Database.OpenAsync().AsTask().Result;
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from room_message";
        return Convert.ToInt32(command.ExecuteScalar());
    }
}

public sealed class SqliteRoomStoreTests() : RoomStoreSuite(SqlDialect.Sqlite);

public sealed class PostgresRoomStoreTests() : RoomStoreSuite(SqlDialect.PostgreSql);
