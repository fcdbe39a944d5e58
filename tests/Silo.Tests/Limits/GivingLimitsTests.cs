using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Limits;

public sealed class GivingLimitsTests
{
    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task OwnDailyLimit_HoldsThroughARestartAndEndsWithTheDay(SqlDialect dialect)
    {
        await using var room = await RoomScenario.StartAsync(dialect);
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 1_000);
        Assert.True((await Limits(room, "ana").SetOwn(new OwnLimits(null, 100, null))).Ok);
        Assert.True((await room.SendAsync("ana", "applause")).Ok);

        var warned = (await room.SendAsync("ana", "coffee", quantity: 2)).Value!;
        Assert.Equal(new GivingLeft(10, 49_999_910, true), warned.Left);
        await room.RestartAsync();
        await room.GoLiveAsync("g2");
        Assert.Equal(RefusalCode.GivingLimitReached, (await room.SendAsync("ana", "coffee")).Refusal!.Code);
        Assert.Equal(910, await room.CoinsOfAsync("ana"));

        await room.RestartAsync(later: TimeSpan.FromHours(24));
        await room.GoLiveAsync("g3");
        Assert.True((await room.SendAsync("ana", "coffee")).Ok);
        var view = await Limits(room, "ana").Get();
        Assert.Equal((20L, 110L), (view.GivenToday, view.GivenThisMonth));
    }

    [Fact]
    public async Task GiftThatWasNotPaid_DoesNotCount_AndARepeatCountsOnce()
    {
        await using var room = await RoomScenario.StartAsync();
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 60);
        var key = room.NewKey();

        Assert.Equal(RefusalCode.InsufficientCoins, (await room.SendAsync("ana", "cake")).Refusal!.Code);
        await room.SendAsync("ana", "applause", key: key);
        await room.SendAsync("ana", "applause", key: key);

        Assert.Equal(50, (await Limits(room, "ana").Get()).GivenToday);
    }

    [Fact]
    public async Task NewAccount_IsShownItsLowerLimitOfADay_AndTheUsualOneADayLater()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = room.Grains.GetGrain<IGivingLimitsGrain>(Guid.CreateVersion7(room.Time.GetUtcNow()).ToString("N"));

        var young = await limits.Get();
        room.Time.Advance(TimeSpan.FromHours(24));

        Assert.Equal((1_000_000L, 10_000_000L), (young.PerDay, (await limits.Get()).PerDay));
    }

    [Fact]
    public async Task KeyOfAGiftThatIsOnItsWay_MakesNoRoomForAnother()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = Limits(room, "ana");
        await limits.SetOwn(new OwnLimits(null, 100, null));
        var key = room.NewKey();

        Assert.True((await limits.Take(key, IdOf("bob"), 60)).Ok);
        Assert.True((await limits.Take(key, IdOf("bob"), 60)).Ok);
        Assert.Equal(RefusalCode.KeyReused, (await limits.Take(key, IdOf("bob"), 90)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeyReused, (await limits.Take(key, IdOf("cy"), 60)).Refusal!.Code);
        Assert.Equal(60, (await limits.Get()).GivenToday);
    }

    [Fact]
    public async Task TryThatCameToNothing_LeavesTheCountToTheOneThatPays()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = Limits(room, "ana");
        var key = room.NewKey();

        await limits.Take(key, IdOf("bob"), 60);
        await limits.Take(key, IdOf("bob"), 60);
        await limits.TryFailed(key);
        Assert.Equal(60, (await limits.Get()).GivenToday);

        await limits.TryFailed(key);
        await limits.TryFailed(key);
        Assert.Equal(0, (await limits.Get()).GivenToday);
    }

    [Fact]
    public async Task WhatWasTakenBeforeMidnightAndNotPaid_MakesNoRoomInTheNewDay()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = await BeforeMidnightAsync(room);
        var (given, other) = (room.NewKey(), room.NewKey());
        Assert.True((await limits.Take(given, IdOf("bob"), 60)).Ok);

        room.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.True((await limits.Take(other, IdOf("bob"), 80)).Ok);
        await limits.GiveBack(given);

        var view = await limits.Get();
        Assert.Equal((80L, 80L), (view.GivenToday, view.GivenThisMonth));
        Assert.Equal(RefusalCode.GivingLimitReached, (await limits.Take(room.NewKey(), IdOf("bob"), 30)).Refusal!.Code);
    }

    [Fact]
    public async Task RetryAfterMidnight_MakesNoRoomAndCountsOnce_OnTheDayOnWhichItIsPaid()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = await BeforeMidnightAsync(room);
        var key = room.NewKey();
        Assert.False((await limits.Take(key, IdOf("bob"), 60)).Value!.IsOfAnotherDay);

        room.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.True((await limits.Take(room.NewKey(), IdOf("bob"), 50)).Ok);
        Assert.Equal(RefusalCode.GivingLimitReached, (await limits.Take(key, IdOf("bob"), 60)).Refusal!.Code);
        Assert.Equal((50L, 110L), (await limits.Get()) is var refused ? (refused.GivenToday, refused.GivenThisMonth) : default);
    }

    [Fact]
    public async Task RetryThatPaysAfterMidnight_StandsInTodaysSumAndNoLongerInYesterdays()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = await BeforeMidnightAsync(room);
        var key = room.NewKey();
        Assert.True((await limits.Take(key, IdOf("bob"), 20)).Ok);

        room.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((false, true), (await limits.Take(key, IdOf("bob"), 20)).Value is { } again ? (again.IsNew, again.IsOfAnotherDay) : default);
        Assert.Equal((0L, 20L), (await limits.Get()) is var before ? (before.GivenToday, before.GivenThisMonth) : default);
        await limits.PaidToday(key);
        await limits.PaidToday(key);

        Assert.Equal((20L, 20L), (await limits.Get()) is var paid ? (paid.GivenToday, paid.GivenThisMonth) : default);
    }

    [Fact]
    public async Task GiftThatWasPaidBeforeMidnight_IsNotCountedAgainByARepeatAfterIt()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = await BeforeMidnightAsync(room);
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 500);
        var key = room.NewKey();
        Assert.True((await room.SendAsync("ana", "applause", key: key)).Ok);

        room.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.True((await room.SendAsync("ana", "applause", key: key)).Ok);

        var view = await limits.Get();
        Assert.Equal((0L, 50L), (view.GivenToday, view.GivenThisMonth));
        Assert.Equal(450, await room.CoinsOfAsync("ana"));
    }

    [Fact]
    public async Task HigherOwnLimit_HoldsADayLater_ALowerOneAtOnce()
    {
        await using var room = await RoomScenario.StartAsync();
        var limits = Limits(room, "ana");
        await limits.SetOwn(new OwnLimits(100, null, 500));

        var wished = (await limits.SetOwn(new OwnLimits(200, null, 300))).Value!;
        Assert.Equal((new OwnLimits(100, null, 300), new OwnLimits(200, null, 300)), (wished.Own, wished.Next));
        Assert.Equal(room.Time.GetUtcNow() + TimeSpan.FromHours(24), wished.NextAt);

        await room.RestartAsync(later: TimeSpan.FromHours(24));
        limits = Limits(room, "ana");
        var now = await limits.Get();
        Assert.Equal((new OwnLimits(200, null, 300), null), (now.Own, now.Next));
        Assert.Equal(RefusalCode.LimitNotAllowed, (await limits.SetOwn(new OwnLimits(-1, null, null))).Refusal!.Code);
    }

    [Fact]
    public async Task Minor_NeitherGivesNorBuys()
    {
        await using var room = await RoomScenario.StartAsync();
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 60);
        var limits = Limits(room, "ana");
        var born = DateOnly.FromDateTime(room.Time.GetUtcNow().UtcDateTime).AddYears(-18).AddDays(1);

        Assert.True((await limits.DeclareBirthDate(born)).Value!.Minor);
        Assert.Equal(RefusalCode.TooYoung, (await room.SendAsync("ana", "rose")).Refusal!.Code);
        Assert.Equal(RefusalCode.TooYoung, (await limits.MayBuy()).Refusal!.Code);
        Assert.Equal(RefusalCode.BirthDateNotAllowed, (await limits.DeclareBirthDate(born.AddYears(-10))).Refusal!.Code);
        Assert.Equal(60, await room.CoinsOfAsync("ana"));

        await room.RestartAsync(later: TimeSpan.FromHours(24));
        await room.GoLiveAsync("g2");
        Assert.True((await room.SendAsync("ana", "rose")).Ok);
        await Limits(room, "ana").SetMinor(true);
        Assert.Equal(RefusalCode.TooYoung, (await room.SendAsync("ana", "rose")).Refusal!.Code);
    }

    [Theory]
    [InlineData("2100-01-01")]
    [InlineData("1803-01-01")]
    public async Task DateThatIsNoBirthday_IsRefused(string date)
    {
        await using var room = await RoomScenario.StartAsync();

        Assert.Equal(
            RefusalCode.BirthDateNotAllowed, (await Limits(room, "ana").DeclareBirthDate(DateOnly.Parse(date, null))).Refusal!.Code);
    }

    [Fact]
    public async Task Coins_DoNotGoInACircle()
    {
        await using var room = await RoomScenario.StartAsync();
        await room.GoLiveAsync();
        var anas = await room.CreateRoomAsync("ana");
        await room.GoLiveAsync("g1", anas, "ana");
        var bens = await room.CreateRoomAsync("ben");
        await room.GoLiveAsync("g1", bens, "ben");
        foreach (var name in (string[])["ana", "ben", "mia"]) { await room.GiveCoinsAsync(name, 10_000); }

        // mia -> ana -> ben, and now ben's gift to mia would close the circle.
        Assert.True((await Send(room, "mia", anas, "fireworks", 2)).Ok);
        Assert.True((await Send(room, "ana", bens, "fireworks", 2)).Ok);
        Assert.Equal(RefusalCode.CircularGift, (await room.SendAsync("ben", "fireworks")).Refusal!.Code);

        // Nor straight back.
        Assert.Equal(RefusalCode.CircularGift, (await room.SendAsync("ana", "fireworks")).Refusal!.Code);

        // What lies further back than the days that are looked at is forgotten.
        await room.RestartAsync(later: TimeSpan.FromDays(9));
        await room.GoLiveAsync("g2");
        Assert.True((await room.SendAsync("ana", "fireworks")).Ok);
    }

    /// <summary>A minute before midnight, with an own limit of 100 coins a day.</summary>
    private static async Task<IGivingLimitsGrain> BeforeMidnightAsync(RoomScenario room)
    {
        var now = room.Time.GetUtcNow();
        room.Time.Advance(now.Date.AddDays(1).AddMinutes(-1) - now.UtcDateTime);
        var limits = Limits(room, "ana");
        Assert.True((await limits.SetOwn(new OwnLimits(null, 100, null))).Ok);
        return limits;
    }

    private static IGivingLimitsGrain Limits(RoomScenario room, string name) => room.Grains.GetGrain<IGivingLimitsGrain>(IdOf(name));

    private static async Task<Result<Contracts.Gifts.GiftReceipt>> Send(RoomScenario room, string name, string roomId, string giftId, int quantity) =>
        await room.Grains.GetGrain<Contracts.Gifts.IGiftDesk>(roomId).Send(
            As(name), new Contracts.Gifts.SendGift(room.NewKey(), giftId, quantity, Silo.Gifts.GiftCatalog.Find(giftId)!.Price));
}
