using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.RedPackets;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.RedPackets;

public sealed class RedPacketTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync()
    {
        _room = await RoomScenario.StartAsync();
        await _room.GoLiveAsync();
        await _room.GiveCoinsAsync("ana", 1_000);
    }

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task Packet_IsSharedToTheCoin_AndTheRoomSeesIt(SqlDialect dialect)
    {
        await using var room = await RoomScenario.StartAsync(dialect);
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 1_000);
        var gateway = await room.JoinAsync();
        string[] viewers = ["ben", "cleo", "dora", "ed", "fritz"];

        var packet = await room.OpenPacketAsync("ana", 100, viewers.Length);
        var grabs = await Task.WhenAll(viewers.Select(viewer => room.GrabAsync(packet, viewer)));
        await room.UntilOverAsync(packet);
        await gateway.SubscribeAsync(); // it may not have reported for long

        Assert.All(grabs, grab => Assert.True(grab.Ok, grab.Refusal?.Message));
        Assert.Equal(100, grabs.Sum(grab => grab.Value!.Coins));
        Assert.All(grabs, grab => Assert.Equal(grab.Value!.Coins, grab.Value.Balance));
        foreach (var (viewer, grab) in viewers.Zip(grabs)) { Assert.Equal(grab.Value!.Coins, await room.CoinsOfAsync(viewer)); }
        Assert.Equal(900, await room.CoinsOfAsync("ana"));

        var offered = await gateway.Until<RedPacketOffered>();
        Assert.Equal((packet, Who("ana"), 100L, 5), (offered.Packet.PacketId, offered.Packet.Sender, offered.Packet.Coins, offered.Packet.Shares));
        var over = await gateway.Until<RedPacketOver>();
        Assert.Equal((packet, 5, grabs.Max(grab => grab.Value!.Coins), 0L), (over.PacketId, over.Grabs, over.Best!.Coins, over.Returned));
        var view = await room.ViewAsync(packet);
        Assert.Equal(viewers.Order(), view.Grabs.Select(grab => grab.Person.Name).Order());
        Assert.Null((await room.SnapshotAsync()).Packets);
        await room.VerifyAsync();
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task WhatNobodyTook_GoesBackToTheSender(SqlDialect dialect)
    {
        await using var room = await RoomScenario.StartAsync(dialect);
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 1_000);
        var gateway = await room.JoinAsync();
        var packet = await room.OpenPacketAsync("ana", 100, 10, RedPacketKind.Equal);
        Assert.Equal(10, (await room.GrabAsync(packet, "ben")).Value!.Coins);

        await room.UntilOverAsync(packet);
        await gateway.SubscribeAsync(); // it has not reported for long

        Assert.Equal((990L, 10L), (await room.CoinsOfAsync("ana"), await room.CoinsOfAsync("ben")));
        Assert.Equal((1, 90L), (await gateway.Until<RedPacketOver>() is var over ? over.Grabs : 0, over.Returned));
        Assert.Equal(RefusalCode.PacketOver, (await room.GrabAsync(packet, "cleo")).Refusal!.Code);
        Assert.Equal(10, (await room.GrabAsync(packet, "ben")).Value!.Coins);
        var lines = await room.Viewer("ana").GetWalletLines(10);
        Assert.Equal(
            [(WalletLineKind.PacketSent, -100L), (WalletLineKind.PacketReturned, 90L), (WalletLineKind.TopUp, 1_000L)],
            lines.OrderBy(line => line.Coins).Select(line => (line.Kind, line.Coins)));
        Assert.Equal([(WalletLineKind.PacketGrabbed, $"packet:{packet}")], (await room.Viewer("ben").GetWalletLines(10)).Select(line => (line.Kind, line.Reference!)));
        await room.VerifyAsync();
    }

    [Fact]
    public async Task SamePersonAgainAndAgain_HasOneShare()
    {
        var packet = await _room.OpenPacketAsync("ana", 100, 3);

        var grabs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _room.GrabAsync(packet, "ben")));

        Assert.Single(grabs.Select(grab => grab.Value!.Coins).Distinct());
        Assert.Equal(grabs[0].Value!.Coins, await _room.CoinsOfAsync("ben"));
        Assert.Single((await _room.ViewAsync(packet)).Grabs);
    }

    [Fact]
    public async Task WhoMayNotTakeAShare_IsToldWhyAndItStaysForOthers()
    {
        var packet = await _room.OpenPacketAsync("ana", 100, 1);
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("ben"), null, null));
        await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("cleo")).SetMinor(true);
        var young = new Caller(new Person(Guid.CreateVersion7(_room.Time.GetUtcNow()).ToString("N"), "new"), PlatformRole.Member);

        Assert.Equal(RefusalCode.OwnPacket, (await _room.GrabAsync(packet, "ana")).Refusal!.Code);
        Assert.Equal(RefusalCode.Banned, (await _room.GrabAsync(packet, "ben")).Refusal!.Code);
        Assert.Equal(RefusalCode.TooYoung, (await _room.GrabAsync(packet, "cleo")).Refusal!.Code);
        Assert.Equal(RefusalCode.AccountTooNew, (await _room.Packet(packet).Grab(young, _room.RoomId)).Refusal!.Code);
        Assert.Equal(RefusalCode.PacketNotFound, (await _room.GrabAsync(packet, "dora", await _room.CreateRoomAsync("zoe"))).Refusal!.Code);
        Assert.Equal(RefusalCode.PacketNotFound, (await _room.GrabAsync(_room.NewKey().ToString("N"), "dora")).Refusal!.Code);

        Assert.Equal(100, (await _room.GrabAsync(packet, "dora")).Value!.Coins);
        Assert.Equal(RefusalCode.PacketOver, (await _room.GrabAsync(packet, "ed")).Refusal!.Code);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 5)]
    [InlineData(1_000_001, 5)]
    [InlineData(1_000, 0)]
    [InlineData(1_000, 201)]
    public async Task PacketThatCannotBe_IsRefused(long coins, int shares)
    {
        Assert.Equal(RefusalCode.PacketNotAllowed, (await _room.FundAsync("ana", coins, shares)).Refusal!.Code);
        Assert.Equal(1_000, await _room.CoinsOfAsync("ana"));
    }

    [Fact]
    public async Task WhoMayNotSend_IsToldWhy_AndNothingIsLeftBehind()
    {
        await _room.GiveCoinsAsync("ben", 1_000);
        await _room.GiveCoinsAsync("dora", 1_000);
        await _room.ModerateAsync(Owner, new MuteViewer(IdOf("ben"), 60, null));
        await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("dora")).SetOwn(new OwnLimits(null, 50, null));
        await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("ed")).SetMinor(true);

        Assert.Equal(RefusalCode.Muted, (await _room.FundAsync("ben", 100, 5)).Refusal!.Code);
        Assert.Equal(RefusalCode.GivingLimitReached, (await _room.FundAsync("dora", 51, 5)).Refusal!.Code);
        Assert.Equal(RefusalCode.TooYoung, (await _room.FundAsync("ed", 100, 5)).Refusal!.Code);
        Assert.Equal(RefusalCode.PacketNotAllowed, (await _room.FundAsync("ana", 100, 5, greeting: new string('x', 81))).Refusal!.Code);
        Assert.Equal(RefusalCode.PacketNotAllowed, (await _room.FundAsync("ana", 100, 5, delay: 61)).Refusal!.Code);

        // Each of these would be one too many, were the refused ones counted.
        for (var round = 0; round < 6; round++)
        {
            var id = _room.NewKey().ToString("N");
            var poor = (await _room.FundAsync("ana", 1_001, 5, packetId: id)).Refusal!;
            Assert.Equal((RefusalCode.InsufficientCoins, 1_000L, 1_001L), (poor.Code, poor.Amounts!["balance"], poor.Amounts["price"]));
            Assert.Equal(poor.Message, (await _room.FundAsync("ana", 1_001, 5, packetId: id)).Refusal!.Message);
            Assert.Equal(RefusalCode.PacketNotFound, (await _room.GrabAsync(id, "fritz")).Refusal!.Code);
        }

        Assert.Equal(0, (await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("ana")).Get()).GivenToday);
        await _room.OpenPacketAsync("ana", 100, 5);
        Assert.Empty(await DueAsync(TimeSpan.FromSeconds(30)));
        await _room.VerifyAsync();
    }

    [Fact]
    public async Task FrozenCoins_FundNothing()
    {
        await _room.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).SetFrozen(
            new LedgerFreeze(_room.NewKey(), LedgerAccount.Coins(IdOf("ana")), true, "op", "asked"));

        Assert.Equal(RefusalCode.AccountFrozen, (await _room.FundAsync("ana", 100, 5)).Refusal!.Code);
    }

    [Fact]
    public async Task RoomOfASleepingStream_TakesNoPacket_ItsOwnerMaySendOne()
    {
        await _room.GiveCoinsAsync(Owner, 100);
        Assert.True((await _room.FundAsync(Owner, 50, 5)).Ok);
        await _room.ModerateAsync("eva@platform", new StopStream(null));

        Assert.Equal(RefusalCode.StreamNotLive, (await _room.FundAsync("ana", 100, 5)).Refusal!.Code);
    }

    [Fact]
    public async Task OpenPackets_AreFew_BySenderAndByRoom()
    {
        foreach (var name in (string[])["ben", "cleo", "dora"]) { await _room.GiveCoinsAsync(name, 100); }
        var first = await _room.OpenPacketAsync("ana", 10, 1);
        await _room.OpenPacketAsync("ana", 10, 1);
        Assert.Equal(RefusalCode.TooManyPackets, (await _room.FundAsync("ana", 10, 1)).Refusal!.Code);

        await _room.OpenPacketAsync("ben", 10, 1);
        await _room.OpenPacketAsync("ben", 10, 1);
        await _room.OpenPacketAsync("cleo", 10, 1);
        Assert.Equal(RefusalCode.TooManyPackets, (await _room.FundAsync("dora", 10, 1)).Refusal!.Code);

        await _room.GrabAsync(first, "dora");
        await _room.UntilOverAsync(first);
        await UntilAsync(async () => (await _room.FundAsync("dora", 10, 1)).Ok);
    }

    [Fact]
    public async Task PacketWithACountdown_OpensWhenItIsOver()
    {
        var packet = await _room.OpenPacketAsync("ana", 10, 1, delay: 30);

        var early = (await _room.GrabAsync(packet, "ben")).Refusal!;
        Assert.Equal((RefusalCode.PacketNotOpen, 30_000L), (early.Code, early.RetryAfterMs));
        await _room.PassAsync(30);

        Assert.Equal(10, (await _room.GrabAsync(packet, "ben")).Value!.Coins);
    }

    [Fact]
    public async Task RepeatedFunding_IsOnePacket_AndItsKeyIsNobodyElses()
    {
        var id = _room.NewKey().ToString("N");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _room.FundAsync("ana", 100, 5, packetId: id, greeting: "  Good \u202Eluck ")));

        Assert.All(answers, answer => Assert.Equal((id, "Good luck"), (answer.Value!.Card.PacketId, answer.Value.Card.Greeting)));
        Assert.Equal(900, await _room.CoinsOfAsync("ana"));
        Assert.Equal(RefusalCode.KeyReused, (await _room.FundAsync("ana", 101, 5, packetId: id)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeyReused, (await _room.FundAsync("ben", 100, 5, packetId: id)).Refusal!.Code);
    }

    [Fact]
    public async Task ThousandsAtOnce_AreServedInOneGo_AndOnlyAsManyAsThereAreSharesGetOne()
    {
        var packet = await _room.OpenPacketAsync("ana", 1_000, RedPacketLimits.SharesMax);
        var people = Enumerable.Range(0, 2_000)
            .Select(number => new Person(Guid.CreateVersion7(_room.Time.GetUtcNow().AddDays(-2)).ToString("N"), $"Viewer {number}")).ToList();

        var started = TimeProvider.System.GetTimestamp();
        var grabs = await Task.WhenAll(people.Select(person => _room.Packet(packet).Grab(new Caller(person, PlatformRole.Member), _room.RoomId).AsTask()));
        TestContext.Current.TestOutputHelper?.WriteLine($"2,000 grabs in {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms");
        await _room.UntilOverAsync(packet);

        Assert.Equal(RedPacketLimits.SharesMax, grabs.Count(grab => grab.Ok));
        Assert.Equal(1_000, grabs.Where(grab => grab.Ok).Sum(grab => grab.Value!.Coins));
        Assert.All(grabs.Where(grab => !grab.Ok), grab => Assert.Equal(RefusalCode.PacketOver, grab.Refusal!.Code));
        Assert.Equal(RedPacketLimits.SharesMax, (await _room.ViewAsync(packet)).Grabs.Select(grab => grab.Person.Id).Distinct().Count());
        await _room.VerifyAsync();
    }

    [Fact]
    public async Task RoomThatWakes_ShowsItsOpenPacket_AndThePacketGoesOn()
    {
        var packet = await _room.OpenPacketAsync("ana", 100, 2, RedPacketKind.Equal);
        await _room.GrabAsync(packet, "ben");

        await _room.RestartAsync();

        // Whether ben's share is known to be in the wallet again is a matter of a tick.
        await UntilAsync(async () =>
        {
            await _room.PassAsync(RedPacketGrain.Tick);
            return (await _room.SnapshotAsync()).Packets is [{ SharesLeft: 1, CoinsLeft: 50 } shown] && shown.PacketId == packet;
        });
        Assert.Equal(50, (await _room.GrabAsync(packet, "ben")).Value!.Coins);
        Assert.Equal(50, (await _room.GrabAsync(packet, "cleo")).Value!.Coins);
        await _room.UntilOverAsync(packet);
        await _room.VerifyAsync();
    }

    [Fact]
    public async Task PacketThatTimePassedByWhileNothingRan_GoesBackWhenItIsDue_HoweverLate()
    {
        var packet = await _room.OpenPacketAsync("ana", 100, 4, RedPacketKind.Equal);
        await _room.GrabAsync(packet, "ben");
        await _room.RestartAsync(later: TimeSpan.FromHours(30));

        Assert.Equal([packet], await DueAsync(TimeSpan.Zero));
        await _room.Packet(packet).OnDue();

        Assert.Equal((975L, 25L), (await _room.CoinsOfAsync("ana"), await _room.CoinsOfAsync("ben")));
        Assert.Empty(await DueAsync(TimeSpan.FromDays(1)));
        await _room.VerifyAsync();
    }

    [Fact]
    public async Task PacketsCountAsGiving_WhatCameBackDoesNot_AlsoAfterARestart()
    {
        var limits = _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("ana"));
        var packet = await _room.OpenPacketAsync("ana", 100, 4, RedPacketKind.Equal);
        Assert.Equal(100, (await limits.Get()).GivenToday);
        await _room.GrabAsync(packet, "ben");
        await _room.UntilOverAsync(packet);

        await UntilAsync(async () => (await limits.Get()).GivenToday == 25);
        await _room.RestartAsync();
        Assert.Equal(25, (await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("ana")).Get()).GivenToday);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CoinsOfAStreamersPacket_DoNotComeBackAsGifts(bool restart)
    {
        await _room.GiveCoinsAsync(Owner, 2_000);
        await _room.GiveCoinsAsync("ben", 100);
        var packet = await _room.OpenPacketAsync(Owner, 2_000, 2, RedPacketKind.Equal);
        await _room.GrabAsync(packet, "ben");
        await _room.GrabAsync(packet, "cleo");
        await _room.UntilOverAsync(packet);
        await _room.Packet(packet).OnDue(); // and everybody has been told: after the restart nothing here would wake it for that
        if (restart) { await _room.RestartAsync(); await _room.GoLiveAsync("g2"); }

        await UntilAsync(async () => (await _room.SendAsync("ben", "rose")).Refusal?.Code == RefusalCode.CircularGift);
    }

    [Fact]
    public async Task SharesOfADay_AreBounded_AlsoAfterARestart()
    {
        await using var room = await RoomScenario.StartAsync(configure: services => services.Configure<RedPacketOptions>(options => options.GrabsPerDayMax = 1));
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 1_000);
        await room.GrabAsync(await room.OpenPacketAsync("ana", 10, 1), "ben");
        var second = await room.OpenPacketAsync("ana", 10, 1);

        Assert.Equal(RefusalCode.TooManyPackets, (await room.GrabAsync(second, "ben")).Refusal!.Code);
        await room.RestartAsync();
        Assert.Equal(RefusalCode.TooManyPackets, (await room.GrabAsync(second, "ben")).Refusal!.Code);
        Assert.True((await room.GrabAsync(second, "cleo")).Ok);
    }

    private async Task<IEnumerable<string>> DueAsync(TimeSpan within)
    {
        var now = _room.Time.GetUtcNow();
        return (await new DueTimes(_room.Database).ClaimAsync(now + within, now + within, 100)).Select(due => due.GrainKey);
    }
}
