using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Tests.Rooms;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Moderation;

public sealed class PlatformGrainTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync();

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task Ban_IsForModeratorsOfThePlatformAndNotAgainstThem()
    {
        Assert.Equal(RefusalCode.NotModerator, (await BanAsync(Owner, "ana")).Refusal!.Code);
        Assert.Equal(RefusalCode.TargetProtected, (await BanAsync("eva@platform", "leo@platform", PlatformRole.Moderator)).Refusal!.Code);
        Assert.Equal(RefusalCode.TargetProtected, (await BanAsync("eva@platform", "max", PlatformRole.Operator)).Refusal!.Code);
        Assert.Equal(RefusalCode.TargetProtected, (await BanAsync("eva@platform", "eva@platform")).Refusal!.Code);
        Assert.Equal(RefusalCode.Malformed, (await _room.Platform.Ban(As("eva@platform"), Who("ana"), PlatformRole.Member, new string('r', 201))).Refusal!.Code);
        Assert.False(await _room.Platform.IsBanned(IdOf("ana")));
    }

    [Fact]
    public async Task Operator_MayWhatAModeratorMay()
    {
        var keeper = new Caller(Who("kim"), PlatformRole.Operator);

        Assert.True((await _room.Platform.Ban(keeper, Who("ana"), PlatformRole.Member, "Fraud.")).Ok);
        Assert.True((await _room.Platform.ListBans(keeper)).Ok);
        Assert.True((await _room.Platform.Unban(keeper, IdOf("ana"), null)).Ok);
        Assert.True((await _room.Platform.ReadAudit(keeper, 10)).Ok);
    }

    [Fact]
    public async Task Gateways_AreToldAtOnceAndOfAllThatStand()
    {
        await BanAsync("eva@platform", "ben");
        var gateway = new Listener();
        Assert.Equal([IdOf("ben")], await _room.Platform.Subscribe("g1", Reference(gateway)));

        await BanAsync("eva@platform", "ana");
        Assert.Equal($"banned {IdOf("ana")}", await gateway.Next());
        await _room.Platform.Unban(As("eva@platform"), IdOf("ana"), "A mistake.");
        Assert.Equal($"unbanned {IdOf("ana")}", await gateway.Next());
        Assert.Equal([IdOf("ben")], await _room.Platform.Subscribe("g1", Reference(gateway)));
    }

    [Fact]
    public async Task GatewayThatDoesNotRenew_IsNoLongerTold()
    {
        var (silent, alive) = (new Listener(), new Listener());
        await _room.Platform.Subscribe("silent", Reference(silent));
        _room.Time.Advance(PlatformGrain.SubscriptionLife);
        await _room.Platform.Subscribe("alive", Reference(alive));

        await BanAsync("eva@platform", "ana");

        await alive.Next();
        Assert.True(silent.IsEmpty);
    }

    [Fact]
    public async Task BannedStreamer_IsCutOffInEveryRoomAndCannotReturn()
    {
        var first = await _room.GoLiveAsync();
        var otherRoom = await _room.CreateRoomAsync(Owner, "Coffee");
        var second = await _room.GoLiveAsync(roomId: otherRoom);

        Assert.True((await BanAsync("eva@platform", Owner)).Ok);

        Assert.False(await _room.Room.ReportStream(first, StreamPhase.Live));
        Assert.False(await _room.Grains.GetGrain<IRoomGrain>(otherRoom).ReportStream(second, StreamPhase.Live));
        Assert.Empty(await _room.Directory.ListLive(null));
        Assert.Equal(RefusalCode.Banned, (await _room.Room.OpenStream(new PublishRequest(As(Owner), null, "g1", true))).Refusal!.Code);
        Assert.Equal(
            ["stopStream", "stopStream", "platformBan"],
            (await _room.Platform.ReadAudit(As("eva@platform"), 10)).Value!.Lines.Select(line => line.Act));
    }

    [Fact]
    public async Task BannedAccount_HasNoStandingInAnyRoom()
    {
        await BanAsync("eva@platform", "ana");
        Assert.Equal(RefusalCode.Banned, (await _room.Room.GetStanding(IdOf("ana"))).Refusal!.Code);

        await _room.Platform.Unban(As("eva@platform"), IdOf("ana"), null);
        Assert.True((await _room.Room.GetStanding(IdOf("ana"))).Ok);
    }

    [Fact]
    public async Task RepeatedBan_IsOneBanAndOneLine()
    {
        await BanAsync("eva@platform", "ana");
        Assert.True((await BanAsync("eva@platform", "ana")).Ok);

        Assert.Single((await _room.Platform.ReadAudit(As("eva@platform"), 10)).Value!.Lines);
        Assert.Equal(RefusalCode.NotModerator, (await _room.Platform.ListBans(As("ana"))).Refusal!.Code);
        Assert.Equal(Who("ana"), Assert.Single((await _room.Platform.ListBans(As("eva@platform"))).Value!.Bans).Target);
    }

    [Fact]
    public async Task Bans_SurviveARestart()
    {
        await BanAsync("eva@platform", "ana");
        await BanAsync("eva@platform", "ben");
        await _room.Platform.Unban(As("eva@platform"), IdOf("ben"), null);

        await _room.RestartAsync();

        Assert.True(await _room.Platform.IsBanned(IdOf("ana")));
        Assert.False(await _room.Platform.IsBanned(IdOf("ben")));
    }

    private async Task<Result<Done>> BanAsync(string by, string target, PlatformRole role = PlatformRole.Member) =>
        await _room.Platform.Ban(As(by), Who(target), role, "Fraud.");

    private IPlatformObserver Reference(Listener gateway) => _room.Grains.CreateObjectReference<IPlatformObserver>(gateway);

    private sealed class Listener : IPlatformObserver
    {
        private readonly Channel<string> _news = Channel.CreateUnbounded<string>();

        public bool IsEmpty => _news.Reader.Count == 0;

        public Task<string> Next() => _news.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(120));

        public ValueTask OnBanned(string accountId) => _news.Writer.WriteAsync($"banned {accountId}");

        public ValueTask OnUnbanned(string accountId) => _news.Writer.WriteAsync($"unbanned {accountId}");
    }
}
