using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Limits;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Tests.Rooms;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Gifts;

public sealed class GiftDeskTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync()
    {
        _room = await RoomScenario.StartAsync();
        await _room.GoLiveAsync();
    }

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task Gift_MovesCoinsAndIsSeenByEverybody()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var gateway = await _room.JoinAsync();

        var receipt = (await _room.SendAsync("ana", "rose", quantity: 3)).Value!;
        await _room.PassAsync(1);

        Assert.Equal((15, 85), (receipt.Coins, receipt.Balance));
        var shown = await gateway.Until<GiftSent>();
        Assert.Equal((receipt.Key, Who("ana"), "rose", 3, 15L, 3, 1), (shown.Key, shown.Sender, shown.GiftId, shown.Quantity, shown.Coins, shown.Combo, shown.Tier));
        Assert.Equal(7, (await _room.Viewer(Owner).GetWallet()).Earnings);
        Assert.Equal(8, await _room.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).GetBalance(LedgerAccount.Fee(LedgerUnit.Coins)));
    }

    [Fact]
    public async Task GiftTheSenderCannotAfford_MovesNothingAndNamesBothAmounts()
    {
        await _room.GiveCoinsAsync("ana", 40);

        var refusal = (await _room.SendAsync("ana", "applause")).Refusal!;

        Assert.Equal(RefusalCode.InsufficientCoins, refusal.Code);
        Assert.Equal("You have 40 coins and this gift costs 50. Top up 10, or choose another.", refusal.Message);
        Assert.Equal((40L, 50L), (refusal.Amounts!["balance"], refusal.Amounts["price"]));
        Assert.Equal(40, await _room.CoinsOfAsync("ana"));
        Assert.Empty((await _room.SnapshotAsync()).Gifts);
    }

    [Fact]
    public async Task RetriedGift_IsPaidAndShownOnceAndAnsweredAlike()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var gateway = await _room.JoinAsync();
        var key = _room.NewKey();

        var first = (await _room.SendAsync("ana", "rose", key: key)).Value!;
        var retries = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _room.SendAsync("ana", "rose", key: key)));
        await _room.PassAsync(6);

        Assert.All(retries, retry => Assert.Equal(first.Coins, retry.Value!.Coins));
        Assert.Equal(95, await _room.CoinsOfAsync("ana"));
        await gateway.Until<GiftSent>();
        Assert.Single(gateway.All<GiftSent>());
    }

    [Fact]
    public async Task RetryAfterTheSenderWasBannedAndTheStreamEnded_StillGetsItsReceipt()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var key = _room.NewKey();
        await _room.SendAsync("ana", "rose", key: key);
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, null));
        await _room.ModerateAsync("eva@platform", new StopStream(null));

        Assert.Equal(5, (await _room.SendAsync("ana", "rose", key: key)).Value!.Coins);
        Assert.Equal(RefusalCode.Banned, (await _room.SendAsync("ana", "rose")).Refusal!.Code);
    }

    [Fact]
    public async Task KeyOfAnotherGift_IsRefused()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var key = _room.NewKey();
        await _room.SendAsync("ana", "rose", key: key);

        Assert.Equal(RefusalCode.KeyReused, (await _room.SendAsync("ana", "heart", key: key)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeyReused, (await _room.SendAsync("ana", "rose", quantity: 2, key: key)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeyReused, (await _room.SendAsync("ben", "rose", key: key)).Refusal!.Code);
        Assert.Equal(95, await _room.CoinsOfAsync("ana"));
    }

    [Fact]
    public async Task RetryThatTheLimitsHaveForgotten_IsAnsweredAlikeAndCountsOnce()
    {
        await _room.GiveCoinsAsync("ana", 1_000);
        var key = _room.NewKey();
        var first = await _room.SendAsync("ana", "rose", key: key);
        for (var i = 0; i < GivingCount.NewestMax; i++) { Assert.True((await _room.SendAsync("ana", "rose")).Ok); }

        Assert.Equal(first.Value, (await _room.SendAsync("ana", "rose", key: key)).Value);
        Assert.Equal(5 * (1 + GivingCount.NewestMax), await GivenAsync("ana"));
        await _room.RestartAsync();
        await _room.GoLiveAsync("g2");
        Assert.Equal(first.Value, (await _room.SendAsync("ana", "rose", key: key)).Value);
        Assert.Equal(5 * (1 + GivingCount.NewestMax), await GivenAsync("ana"));
    }

    [Fact]
    public async Task KeyOfAnotherGiftOfTheSamePrice_LeavesThatOnesCount()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var key = _room.NewKey();
        await _room.SendAsync("ana", "rose", key: key);

        Assert.Equal(RefusalCode.KeyReused, (await _room.SendAsync("ana", "heart", quantity: 5, key: key)).Refusal!.Code);
        Assert.Equal(5, await GivenAsync("ana"));
    }

    [Fact]
    public async Task RetryBeyondALimitSetMeanwhile_StillGetsItsReceipt()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var key = _room.NewKey();
        var first = await _room.SendAsync("ana", "rose", key: key);
        await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf("ana")).SetOwn(new OwnLimits(1, 1, 1));

        Assert.Equal(RefusalCode.GivingLimitReached, (await _room.SendAsync("ana", "rose")).Refusal!.Code);
        Assert.Equal(first.Value, (await _room.SendAsync("ana", "rose", key: key)).Value);
    }

    [Fact]
    public async Task RetryWithAnotherPrice_IsTheKeysConflictAndNotThePrices()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var key = _room.NewKey();
        await _room.SendAsync("ana", "rose", key: key);

        Assert.Equal(RefusalCode.KeyReused, (await _room.SendAsync("ana", "rose", key: key, price: 4)).Refusal!.Code);
    }

    [Theory]
    [InlineData("unicorn", 1, 1L, RefusalCode.GiftUnknown)]
    [InlineData("rose", 0, 5L, RefusalCode.AmountNotAllowed)]
    [InlineData("rose", -1, 5L, RefusalCode.AmountNotAllowed)]
    [InlineData("rose", 1000, 5L, RefusalCode.AmountNotAllowed)]
    [InlineData("rose", 1, 4L, RefusalCode.PriceChanged)]
    public async Task GiftThatIsNotOffered_IsRefused(string giftId, int quantity, long price, RefusalCode code)
    {
        await _room.GiveCoinsAsync("ana", 10_000);

        Assert.Equal(code, (await _room.SendAsync("ana", giftId, quantity, price: price)).Refusal!.Code);
        Assert.Equal(10_000, await _room.CoinsOfAsync("ana"));
    }

    [Fact]
    public async Task WhoMayNotGive_IsToldWhy()
    {
        foreach (var name in (string[])["ana", "ben", Owner]) { await _room.GiveCoinsAsync(name, 100); }
        await _room.ModerateAsync(Owner, new MuteViewer(IdOf("ana"), 60, null));
        await _room.Platform.Ban(As("eva@platform"), Who("ben"), PlatformRole.Member, null);

        var muted = (await _room.SendAsync("ana", "rose")).Refusal!;
        Assert.Equal((RefusalCode.Muted, 60_000L), (muted.Code, muted.RetryAfterMs!.Value));
        Assert.Equal(RefusalCode.Banned, (await _room.SendAsync("ben", "rose")).Refusal!.Code);
        Assert.Equal(RefusalCode.OwnRoom, (await _room.SendAsync(Owner, "rose")).Refusal!.Code);
    }

    [Fact]
    public async Task RoomWithoutAStream_TakesNoGifts()
    {
        await _room.GiveCoinsAsync("ana", 100);
        await _room.ModerateAsync("eva@platform", new StopStream(null));

        Assert.Equal(RefusalCode.StreamNotLive, (await _room.SendAsync("ana", "rose")).Refusal!.Code);
        var nowhere = await _room.Grains.GetGrain<IGiftDesk>("11112222333344445555666677778888").Send(As("ana"), new SendGift(_room.NewKey(), "rose", 1, 5));
        Assert.Equal(RefusalCode.RoomNotFound, nowhere.Refusal!.Code);
    }

    [Fact]
    public async Task InterruptedStream_StillTakesGifts()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var streamId = (await _room.Room.Get()).Value!.Stream.StreamId!;
        await _room.Room.ReportStream(streamId, StreamPhase.Interrupted);

        Assert.True((await _room.SendAsync("ana", "rose")).Ok);
    }

    [Fact]
    public async Task KeyThatIsNoneOrTooOld_IsRefused()
    {
        await _room.GiveCoinsAsync("ana", 100);

        Assert.False((await _room.SendAsync("ana", "rose", key: Guid.NewGuid())).Ok);
        Assert.Equal(
            RefusalCode.KeyOutOfTime,
            (await _room.SendAsync("ana", "rose", key: Guid.CreateVersion7(_room.Time.GetUtcNow().AddDays(-2)))).Refusal!.Code);
    }

    [Fact]
    public async Task GiftsInARow_AreACombo()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var gateway = await _room.JoinAsync();
        for (var i = 0; i < 3; i++)
        {
            await _room.SendAsync("ana", "rose");
            await _room.PassAsync(1);
        }

        await gateway.Until<GiftSent>(sent => sent.Combo == 3);
        Assert.Equal([1, 2, 3], gateway.All<GiftSent>().Select(sent => sent.Combo));
    }

    [Fact]
    public async Task ManyGiftsAtOnce_AreEachPaidAndShownOnce()
    {
        await _room.GiveCoinsAsync("ana", 400);
        var gateway = await _room.JoinAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _room.SendAsync("ana", "rose")));
        await _room.PassAsync(6);

        Assert.Equal(80, results.Count(result => result.Ok));
        Assert.All(results.Where(result => !result.Ok), result => Assert.Equal(RefusalCode.InsufficientCoins, result.Refusal!.Code));
        Assert.Equal(0, await _room.CoinsOfAsync("ana"));
        await gateway.Until<GiftSent>(sent => sent.Combo == 80);
        Assert.Equal(
            results.Where(result => result.Ok).Select(result => result.Value!.Key).Order(),
            gateway.All<GiftSent>().SelectMany(sent => sent.Keys).Order());
        Assert.Equal(400, gateway.All<GiftSent>().Sum(sent => sent.Coins));
        var snapshot = await _room.SnapshotAsync();
        Assert.Equal(400, snapshot.Gifts.Sum(sent => sent.Coins));
        Assert.Equal(80, snapshot.Gifts.Sum(sent => sent.Quantity));
    }

    [Fact]
    public async Task GiftThatTheRoomWasNeverToldOf_IsShownWithinSeconds()
    {
        await _room.GiveCoinsAsync("ana", 100);
        var gateway = await _room.JoinAsync();
        var key = await _room.CommitGiftBehindTheRoomsBackAsync("ana", "rose");

        for (var second = 0; second < 12 && !gateway.All<GiftSent>().Any(); second++)
        {
            await _room.PassAsync(1);
            await gateway.ReportAsync();
        }

        Assert.Equal(key, (await gateway.Until<GiftSent>()).Key);
    }

    [Fact]
    public async Task Panel_HasFourTiersCheapestFirstWithAPriceInMoney()
    {
        var items = await _room.Grains.GetGrain<IGiftCatalogGrain>(IGiftCatalogGrain.Key).List();

        Assert.True(items.Count >= 8);
        Assert.Equal([1, 2, 3, 4], items.Select(item => item.Tier).Distinct());
        Assert.Equal(items.OrderBy(item => item.Price), items);
        Assert.Equal(1, items[0].Price);
        Assert.True(items[^1].Price >= 10_000);
        Assert.All(items, item => Assert.True(item.PriceMinor > 0));
    }

    [Fact]
    public void MoneyBesideTheCoins_IsTheTopUpsPrice() =>
        Assert.Equal(TopUpPrices.MinorPerHundredCoins, GiftCatalog.MinorPerHundredCoins);

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(5, 2, 3)]
    [InlineData(9_999, 4_999, 5_000)]
    public void Shares_SumToTheGiftAndThePlatformTakesTheRemainder(long coins, long streamer, long platform) =>
        Assert.Equal([streamer, platform], GiftShares.Split("mia", coins, new ShareRate(1, 5_000, 0, null)).Select(leg => leg.Amount));

    private async Task<long> GivenAsync(string name) => (await _room.Grains.GetGrain<IGivingLimitsGrain>(IdOf(name)).Get()).GivenToday;
}
