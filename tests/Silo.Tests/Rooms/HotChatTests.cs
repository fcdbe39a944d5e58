using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>A room in which more is said than people can read.</summary>
public sealed class HotChatTests : IAsyncLifetime
{
    private const int PerSecond = 20;
    private const int Messages = 200;
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync(chatShownPerSecond: PerSecond);

    public ValueTask DisposeAsync() => _room.DisposeAsync();

    [Fact]
    public async Task EveryMessageIsEitherShownOrCountedAsLeftOut_AndItsSenderKnows()
    {
        var gateway = await _room.JoinAsync();
        var receipts = await FloodAsync();
        await _room.PassAsync(1);
        await gateway.Until<ChatSampled>();
        await _room.SayAsync(Owner, "the last word");
        await _room.PassAsync(RoomFeed.TickMax);
        await gateway.Until<ChatSaid>(said => said.Text == "the last word");

        var shown = gateway.All<ChatSaid>().Select(said => said.MessageId).ToHashSet();
        Assert.InRange(receipts.Count(receipt => receipt.Shown), PerSecond / 2, PerSecond * 2);
        Assert.All(receipts, receipt => Assert.Equal(receipt.Shown, shown.Contains(receipt.MessageId)));
        Assert.Equal(receipts.Count(receipt => !receipt.Shown), gateway.All<ChatSampled>().Sum(sampled => sampled.LeftOut));
        Assert.Equal(Enumerable.Range(1, gateway.Seen.Count).Select(number => (long)number), gateway.Seen.Select(happened => happened.Sequence));
    }

    [Fact]
    public async Task OwnerModeratorsAndGivers_AreShownBeforeOthers()
    {
        await _room.GoLiveAsync();
        await _room.GiveCoinsAsync("ana", 10);
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        Assert.True((await _room.SendAsync("ana", "rose")).Ok);
        await UntilAsync(async () => (await _room.SnapshotAsync()).Gifts.Count == 1);
        await FloodAsync();

        Assert.False((await _room.SayAsync("eva", "and me?")).Value!.Shown);
        Assert.True((await _room.SayAsync("ana", "I gave a rose")).Value!.Shown);
        Assert.True((await _room.SayAsync("ben", "calm down")).Value!.Shown);
        Assert.True((await _room.SayAsync(Owner, "hello")).Value!.Shown);
    }

    [Fact]
    public async Task MessageThatWasLeftOut_AnswersARetryAlikeAndIsInNoSnapshot()
    {
        await FloodAsync();
        var key = _room.NewKey();
        var first = (await _room.SayAsync("ana", "left out", key)).Value!;
        Assert.False(first.Shown);

        Assert.Equal(first, (await _room.SayAsync("ana", "left out", key)).Value);
        Assert.DoesNotContain((await _room.SnapshotAsync()).Messages, said => said.MessageId == first.MessageId);
        await _room.RestartAsync();
        Assert.DoesNotContain((await _room.SnapshotAsync()).Messages, said => said.MessageId == first.MessageId);
    }

    [Fact]
    public async Task MessageThatWasLeftOut_IsKeptForModerationAndCanBeDeleted()
    {
        await FloodAsync();
        var leftOut = (await _room.SayAsync("ana", "left out and rude")).Value!;
        Assert.False(leftOut.Shown);

        Assert.True((await _room.ModerateAsync(Owner, new DeleteMessage(leftOut.MessageId, "Rude."))).Ok);
        Assert.Equal("left out and rude", Assert.Single((await _room.Room.ReadAudit(As(Owner), 10)).Value!.Lines).Detail);
        Assert.Equal(RefusalCode.MessageNotFound, (await _room.ModerateAsync(Owner, new DeleteMessage(leftOut.MessageId, null))).Refusal!.Code);
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task ModeratorsReadAllThatWasSaid_PageByPage_OrOnlyWhatWasLeftOut(SqlDialect dialect)
    {
        await _room.DisposeAsync();
        _room = await RoomScenario.StartAsync(dialect, PerSecond);
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        var receipts = await FloodAsync();
        var deleted = receipts.First(receipt => !receipt.Shown).MessageId;
        Assert.True((await _room.ModerateAsync("ben", new DeleteMessage(deleted, null))).Ok);

        var all = await ReadAsync("ben", leftOut: false);
        var leftOut = await ReadAsync(Owner, leftOut: true);

        Assert.Equal(receipts.Select(receipt => (receipt.MessageId, receipt.Shown)).Order(), all.Select(line => (line.MessageId, line.Shown)).Order());
        Assert.Equal(all.OrderByDescending(line => line.MessageId, StringComparer.Ordinal), all);
        Assert.Equal(all.Where(line => !line.Shown), leftOut);
        Assert.Equal([deleted], all.Where(line => line.Deleted).Select(line => line.MessageId));
        Assert.Contains(all, line => line is { Text: "message 199", Sender.Name: "viewer 199" });

        async Task<List<ChatLogLine>> ReadAsync(string who, bool leftOut)
        {
            var lines = new List<ChatLogLine>();
            string? before = null;
            do
            {
                var page = (await _room.Room.ReadChat(As(who), new ChatLogQuery(before, 60, leftOut))).Value!;
                Assert.InRange(page.Lines.Count, 1, 60);
                lines.AddRange(page.Lines);
                before = page.Before;
            }
            while (before is not null);
            return lines;
        }
    }

    [Fact]
    public async Task ChatLog_IsForModeratorsAndBounded()
    {
        Assert.Equal(RefusalCode.NotModerator, (await _room.Room.ReadChat(As("ana"), new ChatLogQuery(null, 10, false))).Refusal!.Code);
        Assert.True((await _room.Room.ReadChat(As("eva@platform"), new ChatLogQuery(null, 10, false))).Ok);
        Assert.Equal(RefusalCode.Malformed, (await _room.Room.ReadChat(As(Owner), new ChatLogQuery(null, ChatLogQuery.TakeMax + 1, false))).Refusal!.Code);
        Assert.Equal(RefusalCode.Malformed, (await _room.Room.ReadChat(As(Owner), new ChatLogQuery("", 10, false))).Refusal!.Code);
    }

    [Fact]
    public async Task SenderOfWhatWasLeftOut_IsMutedByName()
    {
        await FloodAsync();
        Assert.False((await _room.SayAsync("ana", "left out and rude")).Value!.Shown);

        Assert.True((await _room.ModerateAsync(Owner, new MuteViewer(IdOf("ana"), 60, null))).Ok);
        Assert.Equal("ana", Assert.Single((await _room.Room.ReadAudit(As(Owner), 10)).Value!.Lines).TargetName);
        Assert.Equal(RefusalCode.Muted, (await _room.SayAsync("ana", "again")).Refusal!.Code);
    }

    [Fact]
    public async Task WhoIsBanned_HasSaidNothing_AlsoAfterARestart()
    {
        await _room.SayAsync("ana", "buy my thing");
        await _room.SayAsync("ben", "please do not");
        await _room.SayAsync("ana", "buy it");
        Assert.True((await _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, "Spam."))).Ok);

        Assert.Equal(["please do not"], (await _room.SnapshotAsync()).Messages.Select(said => said.Text));
        await _room.RestartAsync();
        Assert.Equal(["please do not"], (await _room.SnapshotAsync()).Messages.Select(said => said.Text));
        var log = (await _room.Room.ReadChat(As(Owner), new ChatLogQuery(null, 10, LeftOut: false))).Value!.Lines;
        Assert.Equal([("ana", true), ("ana", true), ("ben", false)], log.Select(line => (line.Sender.Name, line.Deleted)).Order());
    }

    private async Task<IReadOnlyList<ChatReceipt>> FloodAsync()
    {
        var receipts = new List<ChatReceipt>();
        for (var i = 0; i < Messages; i++) { receipts.Add((await _room.SayAsync($"viewer {i}", $"message {i}")).Value!); }
        return receipts;
    }
}
