using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Agencies;

public sealed class AgencyTests
{
    private static readonly DateOnly Tomorrow = new(2026, 1, 2);

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task AgencysShare_BeginsAndEndsWithItsContract(SqlDialect dialect)
    {
        await using var room = await RoomScenario.StartAsync(dialect);
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 10_000);
        var contract = await OfferAsync(room, new ContractTerms(2_000, Tomorrow, Tomorrow));
        Assert.True((await Desk(room).Decide(As(Owner), contract.ContractId, ContractDecision.Accept)).Ok);

        await room.SendAsync("ana", "cake");
        Assert.Equal((49L, 0L, 50L), await EarnedAsync(room));

        await room.RestartAsync(later: TimeSpan.FromHours(24));
        await room.GoLiveAsync("g2");
        await room.SendAsync("ana", "cake");
        Assert.Equal((49L + 39, 9L, 50L + 51), await EarnedAsync(room));

        await room.RestartAsync(later: TimeSpan.FromHours(24));
        await room.GoLiveAsync("g3");
        await room.SendAsync("ana", "cake");
        Assert.Equal((88L + 49, 9L, 101L + 50), await EarnedAsync(room));
    }

    [Fact]
    public async Task PublishedRate_BeginsWhenItSaid()
    {
        await using var room = await RoomScenario.StartAsync();
        var book = room.Grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key);
        var operatorOf = new Caller(Who("eva"), PlatformRole.Operator);
        var since = room.Time.GetUtcNow().AddDays(8);

        Assert.Equal(RefusalCode.NotAllowed, (await book.Publish(As("eva@platform"), new PublishRate(6_000, since))).Refusal!.Code);
        Assert.Equal(RefusalCode.RateNotAllowed, (await book.Publish(operatorOf, new PublishRate(6_000, since.AddDays(-2)))).Refusal!.Code);
        Assert.Equal(RefusalCode.RateNotAllowed, (await book.Publish(operatorOf, new PublishRate(10_001, since))).Refusal!.Code);
        var published = (await book.Publish(operatorOf, new PublishRate(6_000, since))).Value!;

        Assert.Equal(new ShareRate(1, 5_000, 0, null), await book.GetRate(IdOf(Owner)));
        await room.RestartAsync(later: TimeSpan.FromDays(8));
        book = room.Grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key);
        Assert.Equal(new ShareRate(2, 6_000, 0, null), await book.GetRate(IdOf(Owner)));
        Assert.Equal(published, (await book.List())[^1]);
    }

    [Fact]
    public async Task PublishedRate_SharesGiftsFromItsFirstMoment_ThoughTheDeskRemembersTheOneBefore()
    {
        await using var room = await RoomScenario.StartAsync();
        var since = room.Time.GetUtcNow().AddDays(8).AddSeconds(20);
        var operatorOf = new Caller(Who("eva"), PlatformRole.Operator);
        Assert.True((await room.Grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key).Publish(operatorOf, new PublishRate(6_000, since))).Ok);
        await room.RestartAsync(later: TimeSpan.FromDays(8));
        var streamId = await room.GoLiveAsync("g2");
        await room.GiveCoinsAsync("ana", 10_000);

        await room.SendAsync("ana", "cake");
        while (room.Time.GetUtcNow() + TimeSpan.FromSeconds(2) < since)
        {
            await room.PassAsync(1);
            Assert.True(await room.Room.ReportStream(streamId, StreamPhase.Live));
        }

        await room.SendAsync("ana", "cake");
        Assert.Equal((98L, 0L, 100L), await EarnedAsync(room));
        room.Time.Advance(since - room.Time.GetUtcNow());
        await room.SendAsync("ana", "cake");
        Assert.Equal((98L + 59, 0L, 100L + 40), await EarnedAsync(room));
    }

    [Fact]
    public async Task RateOfAContract_IsOneVersionHoweverOftenItIsAsked()
    {
        await using var room = await RoomScenario.StartAsync();
        var contract = await OfferAsync(room, new ContractTerms(1_000, Tomorrow, null));
        await Desk(room).Decide(As(Owner), contract.ContractId, ContractDecision.Accept);
        await room.RestartAsync(later: TimeSpan.FromDays(1));

        var first = await room.Grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key).GetRate(IdOf(Owner));
        await room.RestartAsync();
        var again = await room.Grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key).GetRate(IdOf(Owner));

        Assert.Equal((new ShareRate(2, 4_500, 500, IdOf("lead")), first), (first, again));
    }

    [Fact]
    public async Task Streamer_HasOneAgencyAtATime()
    {
        await using var room = await RoomScenario.StartAsync();
        var first = await OfferAsync(room, new ContractTerms(1_000, Tomorrow, null));
        var second = await OfferAsync(room, new ContractTerms(1_500, Tomorrow.AddDays(10), null), "other lead");
        await Desk(room).Decide(As(Owner), first.ContractId, ContractDecision.Accept);

        Assert.Equal(RefusalCode.ContractOverlaps, (await Desk(room).Decide(As(Owner), second.ContractId, ContractDecision.Accept)).Refusal!.Code);

        // Ended with a month's notice; an offer that begins later can be taken.
        var ended = (await Desk(room).Decide(As("lead"), first.ContractId, ContractDecision.End)).Value!;
        Assert.Equal(Tomorrow.AddDays(29), ended.Until);
        var third = await OfferAsync(room, new ContractTerms(1_500, Tomorrow.AddDays(30), null), "other lead");
        Assert.True((await Desk(room).Decide(As(Owner), third.ContractId, ContractDecision.Accept)).Ok);
    }

    [Fact]
    public async Task Contract_IsDecidedByThoseItConcerns()
    {
        await using var room = await RoomScenario.StartAsync();
        var contract = await OfferAsync(room, new ContractTerms(1_000, Tomorrow, null));

        Assert.Equal(RefusalCode.ContractNotFound, (await Desk(room).Decide(As("ben"), contract.ContractId, ContractDecision.Accept)).Refusal!.Code);
        Assert.Equal(RefusalCode.ContractDecided, (await Desk(room).Decide(As("lead"), contract.ContractId, ContractDecision.Accept)).Refusal!.Code);
        Assert.Equal(RefusalCode.ContractDecided, (await Desk(room).Decide(As(Owner), contract.ContractId, ContractDecision.Withdraw)).Refusal!.Code);
        Assert.True((await Desk(room).Decide(As(Owner), contract.ContractId, ContractDecision.Decline)).Ok);
        Assert.Equal(RefusalCode.ContractDecided, (await Desk(room).Decide(As(Owner), contract.ContractId, ContractDecision.Accept)).Refusal!.Code);
        Assert.Equal([ContractState.Declined], (await Desk(room).GetContracts(As(Owner))).Select(one => one.State));
    }

    [Theory]
    [InlineData(0, 1, null)]
    [InlineData(5_001, 1, null)]
    [InlineData(100, 0, null)]
    [InlineData(100, 5, 4)]
    [InlineData(100, 400, null)]
    public async Task TermsThatAreNotAllowed_AreRefused(int share, int from, int? until)
    {
        await using var room = await RoomScenario.StartAsync();
        await Desk(room).Found(As("lead"), "Bright Lights");
        var today = Tomorrow.AddDays(-1);

        var refusal = (await Desk(room).Offer(
            As("lead"), room.NewKey().ToString("N"), Who(Owner), new ContractTerms(share, today.AddDays(from), until is { } day ? today.AddDays(day) : null))).Refusal!;

        Assert.Equal(RefusalCode.ContractTermsNotAllowed, refusal.Code);
    }

    [Fact]
    public async Task AgencyIsFoundedOnce()
    {
        await using var room = await RoomScenario.StartAsync();

        Assert.Equal(RefusalCode.AgencyNotFound, (await Desk(room).GetMine(As("lead"))).Refusal!.Code);
        Assert.Equal(RefusalCode.AgencyNameNotAllowed, (await Desk(room).Found(As("lead"), " x ")).Refusal!.Code);
        Assert.Equal("Bright Lights", (await Desk(room).Found(As("lead"), "Bright Lights ")).Value!.Name);
        Assert.True((await Desk(room).Found(As("lead"), "Bright Lights")).Ok);
        Assert.Equal(RefusalCode.AgencyExists, (await Desk(room).Found(As("lead"), "Other")).Refusal!.Code);
    }

    [Fact]
    public void Shares_SumToTheGiftForEveryRate()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var streamer = random.Next(0, 10_001);
            var rate = new ShareRate(1, streamer, random.Next(0, 10_001 - streamer), "lead");
            var coins = random.NextInt64(1, 1_000_000_000_000);

            var legs = GiftShares.Split("mia", coins, rate);

            Assert.True(legs.Sum(leg => leg.Amount) == coins && legs.All(leg => leg.Amount >= 0), $"seed {seed}");
        }
    }

    private static IAgencyDeskGrain Desk(RoomScenario room) => room.Grains.GetGrain<IAgencyDeskGrain>(IAgencyDeskGrain.Key);

    private static async Task<AgencyContract> OfferAsync(RoomScenario room, ContractTerms terms, string lead = "lead")
    {
        Assert.True((await Desk(room).Found(As(lead), $"Agency of {lead}")).Ok);
        var offered = await Desk(room).Offer(As(lead), room.NewKey().ToString("N"), Who(Owner), terms);
        Assert.True(offered.Ok, offered.Refusal?.Message);
        return offered.Value;
    }

    private static async Task<(long Streamer, long Agency, long Fee)> EarnedAsync(RoomScenario room)
    {
        var ledger = room.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);
        return (
            await ledger.GetBalance(LedgerAccount.Earnings(IdOf(Owner))), await ledger.GetBalance(LedgerAccount.Agency(IdOf("lead"), LedgerUnit.Coins)),
            await ledger.GetBalance(LedgerAccount.Fee(LedgerUnit.Coins)));
    }
}
