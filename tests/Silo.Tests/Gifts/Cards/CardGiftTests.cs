using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Ledger;
using LiveCommerce.Silo.Tests.Payments.Reconciliation;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Gifts.Cards;

/// <summary>Large gifts paid by card, with the real ledger, a real room and the sandbox over HTTP.</summary>
public sealed class CardGiftTests
{
    private const long Coins = 2_999;
    private const long Price = 3_869;
    private static readonly Caller Ben = Person("Ben");
    private static readonly Caller Cleo = Person("Cleo");
    private static readonly Caller Operator = new(Person("Olga").Person, PlatformRole.Operator);

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task CardGift_IsPaidPostedAndShownOnce(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);

        var gift = await world.Give(Ben, Visa);

        Assert.Equal((CardGiftState.Settled, Coins, Price), (gift.State, gift.Coins, gift.PriceMinor));
        Assert.Equal((1_499, 0), (await world.Earned(), await world.Held()));
        Assert.Equal((-Coins, -Price, Price), await world.Sides());
        var shown = Assert.Single(await world.Shown());
        Assert.Equal((Ben.Person, "rocket", 1, Coins), (shown.Sender, shown.GiftId, shown.Quantity, shown.Coins));
        Assert.Equal(0, await world.Payments.Coins(Ben));
        Assert.Equal(Price, await world.Payments.MoneyTaken());
    }

    [Fact]
    public async Task CardGift_CountsForTheLimitsOfGiving_AfterARestartToo()
    {
        await using var world = await CardGiftWorld.StartAsync();
        await world.Give(Ben, Visa);

        await world.Payments.RestartAsync();

        Assert.Equal(Coins, (await world.Payments.Grains.GetGrain<IGivingLimitsGrain>(Ben.Id).Get()).GivenToday);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task GiftThatIsBeingPaid_IsHeldAndSeenByItsSenderAndItsStreamerOnly(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);

        var gift = await world.Give(Ben, Asks);

        Assert.Equal(CardGiftState.RequiresAction, gift.State);
        Assert.Empty(await world.Shown());
        Assert.Equal((0, Coins), (await world.Earned(), await world.Held()));
        Assert.Equal(gift.ActionUrl, Assert.Single(await world.List(Ben, ICardGiftListGrain.Sent)).ActionUrl);
        Assert.Equal((gift.CardGiftId, null), (await world.List(world.Streamer, ICardGiftListGrain.Received)).Select(one => (one.CardGiftId, one.ActionUrl)).Single());
        Assert.Null((await world.Find(world.Streamer, gift.CardGiftId)).ActionUrl);
        Assert.Equal(RefusalCode.GiftNotFound, Refused(await world.Gift(gift.CardGiftId).Get(Cleo, ask: true)).Code);

        await world.Payments.Decide(gift.ActionUrl, "approve");
        await world.UntilState(Ben, gift.CardGiftId, CardGiftState.Settled);
        Assert.Single(await world.Shown());
        Assert.Equal((1_499, 0), (await world.Earned(), await world.Held()));
    }

    [Theory]
    [InlineData(Declined)]
    [InlineData(Asks)]
    public async Task GiftThatIsNotPaid_IsNeverShownAndFreesTheHold(string card)
    {
        await using var world = await CardGiftWorld.StartAsync();

        var gift = await world.Give(Ben, card);
        if (card == Asks) { await world.Payments.Decide(gift.ActionUrl, "fail"); }

        await world.UntilState(Ben, gift.CardGiftId, CardGiftState.Failed);
        await Until(async () => await world.Payments.DueTime("CardGift", gift.CardGiftId) is null);
        Assert.NotNull((await world.Find(Ben, gift.CardGiftId)).Problem);
        Assert.Empty(await world.Shown());
        Assert.Equal((0, 0), (await world.Earned(), await world.Held()));
        Assert.Equal((0, 0, 0), await world.Sides());
    }

    [Fact]
    public async Task GiftNobodyConfirms_IsCanceledAfterAQuarterOfAnHour()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Asks);

        await world.Payments.PassUntil(async () => (await world.Find(Ben, gift.CardGiftId)).State == CardGiftState.Canceled);

        await Until(async () => await world.Held() == 0);
        Assert.Equal("canceled", Assert.Single(await world.Payments.Payments()).Status);
        Assert.Empty(await world.Shown());
    }

    [Fact]
    public async Task MoneyThatComesAfterTheGiftWasGivenUp_StillGivesIt()
    {
        await using var world = await CardGiftWorld.StartAsync(sendWebhooks: false);
        var gift = await world.Give(Ben, Declined);
        await Until(async () => await world.Held() == 0);
        var payment = Assert.Single(await world.Payments.Payments());

        for (var told = 0; told < 2; told++)
        {
            await world.Gift(gift.CardGiftId).PaymentMoved(new PaymentNews(payment.Id, "succeeded", Price, "usd", null, null, null));
        }

        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal((1_499, 0), (await world.Earned(), await world.Held()));
        Assert.Single(await world.Shown());
    }

    [Fact]
    public async Task HoldThatEndsWhileItsGiftIsPosted_DoesNotLoseTheGift()
    {
        FaultyLedgerStore store = null!;
        await using var world = await CardGiftWorld.StartAsync(sendWebhooks: false, ledger: services =>
        {
            services.AddLedger();
            services.AddSingleton<ILedgerStore>(provider => store = new FaultyLedgerStore(SqlLedgerStore.For(provider.GetRequiredService<Database>())));
        });
        var gift = await world.Give(Ben, Asks);
        var payment = Assert.Single(await world.Payments.Payments());
        store.AfterFind = async originals =>
        {
            if (originals.Count == 0) { return; }
            store.AfterFind = _ => Task.CompletedTask;
            await world.Ledger.Post(new LedgerEntry(
                Guid.CreateVersion7(world.Payments.Time.GetUtcNow()), 1, LedgerEntryKind.HoldVoided, LedgerAccount.Clearing(LedgerUnit.Coins), [], 0,
                Original: originals.Single()));
        };

        await world.Gift(gift.CardGiftId).PaymentMoved(new PaymentNews(payment.Id, "succeeded", Price, "usd", null, null, null));
        await world.Payments.PassUntil(async () => (await world.Find(Ben, gift.CardGiftId)).State == CardGiftState.Settled);

        Assert.Equal((1_499, 0), (await world.Earned(), await world.Held()));
        Assert.Single(await world.Shown());
    }

    [Fact]
    public async Task StreamThatEndsWhileThePaymentRuns_DoesNotLoseTheGift()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Asks);
        Value(await world.Room.Moderate(Operator, new StopStream(null)));

        await world.Payments.Decide(gift.ActionUrl, "approve");

        await world.UntilState(world.Streamer, gift.CardGiftId, CardGiftState.Settled);
        Assert.Equal(1_499, await world.Earned());
        Assert.Equal(CardGiftState.Settled, Assert.Single(await world.List(world.Streamer, ICardGiftListGrain.Received)).State);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task SameGiftAgain_GetsTodaysStateAndIsPaidOnce_AndOtherContentIsRefused(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var id = world.Payments.NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.Give(Ben, Visa, id)));
        await world.Payments.RestartAsync();

        Assert.All(answers.Append(await world.Give(Ben, Visa, id)), answer => Assert.Equal(CardGiftState.Settled, answer.State));
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryGive(Ben, Visa, id, "castle")).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryGive(Cleo, Visa, id)).Code);
        Assert.Equal((Price, 1_499), (await world.Payments.MoneyTaken(), await world.Earned()));
        Assert.Single(await world.Shown());
    }

    [Fact]
    public async Task GiftThatCannotBe_IsRefusedWithAReasonAndLeavesNothingBehind()
    {
        await using var world = await CardGiftWorld.StartAsync();

        var small = Refused(await world.TryGive(Ben, Visa, giftId: "fireworks"));
        Assert.Equal((RefusalCode.CardGiftTooSmall, 999, 1_000), (small.Code, small.Amounts!["coins"], small.Amounts["min"]));
        Assert.Equal(RefusalCode.CardGiftTooLarge, Refused(await world.TryGive(Ben, Visa, giftId: "galaxy", quantity: 6)).Code);
        Assert.Equal(RefusalCode.PriceChanged, Refused(await world.TryGive(Ben, Visa, unitPrice: 2_998)).Code);
        Assert.Equal(RefusalCode.PriceChanged, Refused(await world.TryGive(Ben, Visa, price: 3_868)).Code);
        Assert.Equal(RefusalCode.GiftUnknown, Refused(await world.TryGive(Ben, Visa, giftId: "unicorn")).Code);
        Assert.Equal(RefusalCode.AmountNotAllowed, Refused(await world.TryGive(Ben, Visa, quantity: 0)).Code);
        Assert.Equal(RefusalCode.AmountNotAllowed, Refused(await world.TryGive(Ben, Visa, quantity: 1_000)).Code);
        Assert.Equal(RefusalCode.OwnRoom, Refused(await world.TryGive(world.Streamer, Visa)).Code);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryGive(Ben, "no card!")).Code);
        Assert.Equal(RefusalCode.RoomNotFound, Refused(await world.TryGive(Ben, Visa, roomId: world.Payments.NewKey())).Code);
        Value(await world.Room.Moderate(world.Streamer, new MuteViewer(Cleo.Id, 60, null)));
        Assert.Equal(RefusalCode.Muted, Refused(await world.TryGive(Cleo, Visa)).Code);
        Value(await world.Room.Moderate(Operator, new StopStream(null)));
        Assert.Equal(RefusalCode.StreamNotLive, Refused(await world.TryGive(Ben, Visa)).Code);

        Assert.Empty(await world.Payments.Payments());
        Assert.Empty(await world.List(Ben, ICardGiftListGrain.Sent));
        Assert.Equal((0, 0), (await world.Earned(), await world.Held()));
    }

    [Theory]
    [InlineData(ApiFault.TimeoutAfterCommit)]
    [InlineData(ApiFault.ResetAfterCommit)]
    [InlineData(ApiFault.BadGatewayAfterCommit)]
    public async Task AnswerThatIsLost_GivesTheGiftOnce(ApiFault fault)
    {
        await using var world = await CardGiftWorld.StartAsync();
        world.Payments.Arm(fault);

        var gift = await world.Give(Ben, Visa);

        await world.Payments.PassUntil(async () => (await world.Find(Ben, gift.CardGiftId)).State == CardGiftState.Settled);
        Assert.Equal((Price, 1_499, 0), (await world.Payments.MoneyTaken(), await world.Earned(), await world.Held()));
        Assert.Single(await world.Shown());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task CrashWhileThePayerConfirms_LosesNothing(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(sendWebhooks: false, dialect: dialect);
        var gift = await world.Give(Ben, Asks);
        await world.Payments.RestartAsync();
        await world.Payments.Decide(gift.ActionUrl, "approve");

        await world.Payments.PassUntil(async () => (await world.Find(world.Streamer, gift.CardGiftId)).State == CardGiftState.Settled);

        Assert.Equal((1_499, 0), (await world.Earned(), await world.Held()));
        Assert.Single(await world.Shown());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task HoldingTime_MakesTheGiftMatured(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        await MatureAsync(world, await world.Give(Ben, Visa));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task GiftWhosePendingShareWentForAnotherOneThatWentBack_IsMaturedAllTheSame(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var first = await world.Give(Ben, Visa);
        world.Payments.Time.Advance(TimeSpan.FromDays(4));
        var second = await world.Give(Ben, Visa);
        await MatureAsync(world, first, days: 3.5);
        Value(await world.Gift(first.CardGiftId).Refund(Operator));
        await world.UntilState(Ben, first.CardGiftId, CardGiftState.Reversed);
        Assert.Equal(0, await world.Earned());

        await MatureAsync(world, second);
    }

    [Theory]
    [InlineData(DisputeMove.Won)]
    [InlineData(DisputeMove.Released)]
    public async Task DisputeThatIsWon_FreesWhatItFroze(DisputeMove end)
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);

        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Opened));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Opened));
        Assert.Equal(CardGiftState.Held, (await world.Find(world.Streamer, gift.CardGiftId)).State);
        Assert.Equal(1_499, (await world.Ledger.GetBalances([LedgerAccount.Earnings(world.Streamer.Id)]))[0].Held);

        Assert.True(await world.Dispute(gift.CardGiftId, end));

        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal(0, (await world.Ledger.GetBalances([LedgerAccount.Earnings(world.Streamer.Id)]))[0].Held);
        Assert.Equal(1_499, await world.Earned());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task DisputeThatIsLost_TakesTheGiftBackAndAfterAllWonGivesItAgainWithoutShowingIt(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var gift = await world.Give(Ben, Visa);
        await BankTakes(world, "dispute:1", LedgerAccount.Disputed(LedgerUnit.UsdCents), LedgerAccount.Clearing(LedgerUnit.UsdCents));

        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Opened));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost));

        Assert.Equal(CardGiftState.Reversed, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal((0, 0, 0, 0), (await world.Earned(), await Fee(world), (await world.Sides()).Float, await Disputed(world)));
        Assert.Equal(0, (await world.Sides()).Coins);

        await BankTakes(world, "dispute:2", LedgerAccount.Clearing(LedgerUnit.UsdCents), LedgerAccount.Disputed(LedgerUnit.UsdCents));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Won));

        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal((1_499, 0), (await world.Earned(), await Disputed(world)));
        Assert.Equal((-Coins, -Price, Price), await world.Sides());
        Assert.Single(await world.Shown());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task OperatorWhoSendsTheMoneyBack_TakesTheGiftBack(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var gift = await world.Give(Ben, Visa);
        Assert.Equal(RefusalCode.NotAllowed, Refused(await world.Gift(gift.CardGiftId).Refund(Ben)).Code);

        Value(await world.Gift(gift.CardGiftId).Refund(Operator));
        Value(await world.Gift(gift.CardGiftId).Refund(Operator));

        await world.UntilState(Ben, gift.CardGiftId, CardGiftState.Reversed);
        Assert.Equal((0, 0, 0), await world.Sides());
        Assert.Equal((0, 0, Price), (await world.Earned(), await Fee(world), await world.Payments.MoneyReturned()));
        Assert.Empty((await world.Payments.RunLaterAsync()).Breaks);
    }

    [Fact]
    public async Task DisputeLostOfAGiftThatWentBack_IsThePlatformsLossOnce()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        Value(await world.Gift(gift.CardGiftId).Refund(Operator));
        await world.UntilState(Ben, gift.CardGiftId, CardGiftState.Reversed);
        await BankTakes(world, "dispute:1", LedgerAccount.Disputed(LedgerUnit.UsdCents), LedgerAccount.Clearing(LedgerUnit.UsdCents));

        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost));

        Assert.Equal((0, -Price), (await Disputed(world), await Losses(world)));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PartsSentBackAtTheProvider_TakeThatMuchOfTheGiftEachOnceUpToAllOfIt(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var id = (await world.Give(Ben, Visa)).CardGiftId;

        Assert.True(await world.Gift(id).RefundMoved(new RefundNews("re_1", "pi_1", 100, "usd")));
        Assert.True(await world.Gift(id).RefundMoved(new RefundNews("re_1", "pi_1", 100, "usd")));
        Assert.Equal((-(Coins - 77), -(Price - 100), Price - 100), await world.Sides());
        Assert.InRange(await world.Earned(), 1_460, 1_461);

        await world.Payments.RestartAsync();
        Assert.True(await world.Gift(id).RefundMoved(new RefundNews("re_2", "pi_1", 1, "usd")));
        Assert.True(await world.Gift(id).RefundMoved(new RefundNews("re_3", "pi_1", 1_899, "usd")));
        Assert.Equal((-(Coins - (Coins * 2_000 / Price)), -(Price - 2_000), Price - 2_000), await world.Sides());
        Assert.Equal(CardGiftState.Settled, Value(await world.Gift(id).Get(Ben, ask: false)).State);

        Assert.True(await world.Gift(id).RefundMoved(new RefundNews("re_4", "pi_1", Price - 2_000, "usd")));
        Assert.Equal((0, 0, 0), await world.Sides());
        Assert.Equal((0, 0), (await world.Earned(), await Fee(world)));
        Assert.Equal(CardGiftState.Reversed, Value(await world.Gift(id).Get(Ben, ask: false)).State);
    }

    [Fact]
    public async Task PartThatTheBankKeeps_TakesThatMuchOfTheGiftAndFreesTheRest()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        var clearing = LedgerAccount.Clearing(LedgerUnit.UsdCents);
        await BankTakes(world, "dispute:1", LedgerAccount.Disputed(LedgerUnit.UsdCents), clearing, 1_000);

        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Opened, amount: 1_000));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost, amount: 1_000));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost, amount: 1_000));

        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal((-(Coins - (Coins * 1_000 / Price)), -(Price - 1_000), Price - 1_000), await world.Sides());
        Assert.Equal((0, 0), (await Disputed(world), await Losses(world)));
        Assert.Equal(0, (await world.Ledger.GetBalances([LedgerAccount.Earnings(world.Streamer.Id)]))[0].Held);

        Value(await world.Gift(gift.CardGiftId).Refund(Operator));
        await world.UntilState(Ben, gift.CardGiftId, CardGiftState.Reversed);
        Assert.Equal((0, 0, 0), await world.Sides());
        Assert.Equal(Price - 1_000, await world.Payments.MoneyReturned());
    }

    [Fact]
    public async Task RefundThatFailsAfterItWasBooked_GivesTheGiftAgain()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, "pm_card_simRefundPendsThenFails");
        Value(await world.Gift(gift.CardGiftId).Refund(Operator));

        await world.Payments.PassUntil(async () => (await world.Find(Ben, gift.CardGiftId)).State == CardGiftState.Settled);
        Assert.Equal((-Coins, -Price, Price), await world.Sides());
        Assert.Equal(1_499, await world.Earned());
        Assert.Empty((await world.Payments.RunLaterAsync()).Breaks);
    }

    [Fact]
    public async Task StreamerWhoIsFrozenWhenTheDisputeOpens_HasTheShareHeldAfterTheThaw()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        var account = LedgerAccount.Earnings(world.Streamer.Id);
        await world.Payments.SetFrozen(account, frozen: true);
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Opened));
        await world.Payments.SetFrozen(account, frozen: false);

        await world.Payments.PassUntil(async () => (await world.Ledger.GetBalances([account]))[0].Held == 1_499);
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Won));
        Assert.Equal(0, (await world.Ledger.GetBalances([account]))[0].Held);
    }

    private static async Task MatureAsync(CardGiftWorld world, CardGiftView gift, double days = 7.5)
    {
        world.Payments.Time.Advance(TimeSpan.FromDays(days));
        var maturity = world.Payments.Grains.GetGrain<ILedgerMaturityGrain>(IGiftLedgerGrain.Key);
        await Until(async () => !(await maturity.Look()).More);
        await Until(async () =>
        {
            await world.Payments.WakeAfter(TimeSpan.FromHours(13));
            return (await world.Find(Ben, gift.CardGiftId)).State == CardGiftState.Matured;
        });
    }

    private static ValueTask<long> Fee(CardGiftWorld world) => world.Payments.Balance(LedgerAccount.Fee(LedgerUnit.Coins));

    private static ValueTask<long> Disputed(CardGiftWorld world) => world.Payments.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents));

    private static ValueTask<long> Losses(CardGiftWorld world) => world.Payments.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents));

    private static async Task BankTakes(CardGiftWorld world, string reference, LedgerAccount from, LedgerAccount to, long minor = Price)
    {
        var moved = await world.Ledger.Post(new LedgerEntry(
            Guid.CreateVersion7(world.Payments.Time.GetUtcNow()), 1, LedgerEntryKind.Dispute, from, [new LedgerLeg(to, minor)], 0, Reference: reference));
        Assert.Equal(LedgerOutcome.Moved, moved.Outcome);
    }
}
