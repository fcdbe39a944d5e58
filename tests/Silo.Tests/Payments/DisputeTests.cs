using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Storage;
using LiveCommerce.StripeSandbox;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Warnings and disputes freeze what a payment led to, and the decision thaws it or takes it back.</summary>
public sealed class DisputeTests
{
    private static readonly Caller Ana = Person("Ana");
    private static readonly Caller Star = Person("Star");
    private static readonly Caller Desk = Person("Desk") with { Role = PlatformRole.Operator };

    [Fact]
    public async Task EarlyFraudWarning_FreezesWhatIsLeftOfTheLot_UntilTheOperatorReleasesIt()
    {
        await using var world = await StartAsync();
        var other = await world.TopUp(Ana, Visa);
        var topUp = await world.TopUp(Ana, "pm_card_createIssuerFraudRecord");
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);

        var warning = Assert.Single(await Disputes(world));
        Assert.Equal((100, true, DisputeState.Warning), (await world.Coins(Ana), warning.IsWarning, warning.State));
        Assert.Equal(RefusalCode.NotRefundable, Refused(await world.Refund(Desk, topUp.TopUpId)).Code);
        Assert.Equal(TopUpState.Credited, await StateOf(world, other));

        Value(await Dispute(world, warning).Release(Desk));
        Assert.Equal((200, TopUpState.Credited), (await world.Coins(Ana), await StateOf(world, topUp)));
        Assert.Empty(await Disputes(world));
    }

    [Fact]
    public async Task DisputeThatIsWon_TakesTheMoneyAndGivesItBack_AndTheCoinsAreFree()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, "pm_card_createDispute");
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        Assert.Equal((0, 0, -129), (await world.Coins(Ana), await Clearing(world), await Disputed(world)));

        var dispute = Assert.Single(await Disputes(world));
        await world.Sandbox.DecideDisputeAsync(dispute.DisputeId, DisputeOutcome.Won);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Credited);

        await Until(async () => await Disputed(world) == 0);
        Assert.Equal((100, -129), (await world.Coins(Ana), await Clearing(world)));
    }

    [Theory]
    [InlineData(SqlDialect.Sqlite)]
    [InlineData(SqlDialect.PostgreSql)]
    public async Task DisputeThatIsLost_TakesTheCoinsAndTheGiftsTheyPaidFor(SqlDialect dialect)
    {
        await using var world = await StartAsync(dialect);
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 60);
        var earned = await world.Balance(LedgerAccount.Earnings(Star.Id));
        Assert.True(earned > 0);

        var dispute = await world.OpenDispute(topUp.TopUpId);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        Assert.Equal((0, 0), (await world.Coins(Ana), await world.Balance(LedgerAccount.Earnings(Star.Id))));

        await world.Sandbox.DecideDisputeAsync(dispute, DisputeOutcome.Lost);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Clawed);

        Assert.Equal((0, 0), (await world.Coins(Ana), await world.Balance(LedgerAccount.Earnings(Star.Id))));
        Assert.Equal((0, 0, 0), (await world.Balance(LedgerAccount.Clearing(LedgerUnit.Coins)), await Clearing(world), await Float(world)));
        Assert.Equal((0, 0), (await Disputed(world), await world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents))));
    }

    [Fact]
    public async Task DisputeLostAfterTheEarningsWerePaidOut_LeavesTheStreamerOwing()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 100);
        var earned = await world.Balance(LedgerAccount.Earnings(Star.Id));
        await world.PayOut(Star, earned);

        var dispute = await world.OpenDispute(topUp.TopUpId);
        await world.Sandbox.DecideDisputeAsync(dispute, DisputeOutcome.Lost);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Clawed);

        Assert.Equal(-earned, await world.Balance(LedgerAccount.Receivable(Star.Id, LedgerUnit.Coins)));
        Assert.Equal((0, 0), (await world.Coins(Ana), await Disputed(world)));
    }

    [Fact]
    public async Task WarnedPaymentThatIsRefundedAtTheProvider_IsRefundedOnce()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, "pm_card_createIssuerFraudRecord");
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);

        await world.RefundAtProvider(topUp.TopUpId, 129);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Refunded);

        Assert.Equal((0, 0, 0), (await world.Coins(Ana), await Clearing(world), await Float(world)));
        Value(await Dispute(world, Assert.Single(await Disputes(world))).Release(Desk));
        Assert.Equal((TopUpState.Refunded, 0), (await StateOf(world, topUp), await world.Coins(Ana)));
    }

    [Theory]
    [InlineData(DisputeOutcome.Won)]
    [InlineData(DisputeOutcome.Lost)]
    public async Task RefundThatIsRefusedBecauseOfTheDispute_DoesNotFreeTheCoinsBeforeItIsWon(DisputeOutcome outcome)
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        world.Arm(ApiFault.RateLimit, times: 1_000, operation: "Refund.create");
        var refund = Value(await world.Refund(Desk, topUp.TopUpId));
        Assert.Equal(RefundState.Sent, refund.State);

        var dispute = await world.OpenDispute(topUp.TopUpId);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        if (outcome == DisputeOutcome.Lost)
        {
            await world.Sandbox.DecideDisputeAsync(dispute, outcome);
            await Until(async () => await StateOf(world, topUp) == TopUpState.Clawed);
        }

        world.Sandbox.DisarmAll();
        await world.PassUntil(async () => await world.DueTime("Refund", refund.RefundId) is null);
        Assert.Equal(RefundState.Failed, Value(await world.FindRefund(Desk, refund.RefundId)).State);
        Assert.Equal(LedgerOutcome.Insufficient, await world.TryGive(Ana, Star, 1));
        if (outcome == DisputeOutcome.Won)
        {
            await world.Sandbox.DecideDisputeAsync(dispute, outcome);
            await Until(async () => await StateOf(world, topUp) == TopUpState.Credited);
        }

        var left = outcome == DisputeOutcome.Won ? 100 : 0;
        Assert.Equal((left, -left), (await world.Coins(Ana), await world.Balance(LedgerAccount.Clearing(LedgerUnit.Coins))));
        await Until(async () => await Disputed(world) == 0);
        Assert.Equal(
            outcome == DisputeOutcome.Won ? (129, 0) : (0, 0), (await Float(world), await world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents))));
    }

    [Fact]
    public async Task LostPaymentOfAGiftThatAnotherTopUpPaidToo_TakesItsOwnCoinsOnly()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 150);

        var dispute = await world.OpenDispute(topUp.TopUpId);
        await world.Sandbox.DecideDisputeAsync(dispute, DisputeOutcome.Lost);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Clawed);

        Assert.Equal((50, 25), (await world.Coins(Ana), await world.Balance(LedgerAccount.Earnings(Star.Id))));
        Assert.Equal((129, 0, 0), (await Float(world), await Disputed(world), await world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents))));
    }

    [Fact]
    public async Task FrozenWallet_KeepsNobodysEarningsFromBeingHeld_AndItsOwnCoinsAreHeldWhenItThaws()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 60);
        await world.SetFrozen(LedgerAccount.Coins(Ana.Id), frozen: true);

        await world.OpenDispute(topUp.TopUpId);
        await Until(async () => await world.Balance(LedgerAccount.Earnings(Star.Id)) == 0);
        Assert.Equal(40, await world.Coins(Ana));

        await world.SetFrozen(LedgerAccount.Coins(Ana.Id), frozen: false);
        await world.PassUntil(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        Assert.Equal(0, await world.Coins(Ana));
    }

    [Fact]
    public async Task WhileALostPaymentIsTakenBack_ItsCoinsAreNotSpent()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        for (var gift = 0; gift < 8; gift++) { await world.Give(Ana, Star, 10); }
        var dispute = await world.OpenDispute(topUp.TopUpId);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);

        using var over = new CancellationTokenSource();
        var spending = Task.Run(async () =>
        {
            var spent = 0;
            while (!over.IsCancellationRequested) { spent += await world.TryGive(Ana, Star, 1) == LedgerOutcome.Moved ? 1 : 0; }
            return spent;
        });
        await world.Sandbox.DecideDisputeAsync(dispute, DisputeOutcome.Lost);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Clawed);
        await over.CancelAsync();

        Assert.Equal(0, await spending);
        Assert.Equal((0, 0), (await world.Coins(Ana), await world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents))));
        Assert.False(Assert.Single(await world.Ledger.GetBalances([LedgerAccount.Coins(Ana.Id)])).Frozen);
    }

    [Fact]
    public async Task PartOfAPaymentThatIsLost_TakesThatPartAndTheRestIsFree()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        var dispute = await world.OpenDispute(topUp.TopUpId, 43);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);

        await world.Sandbox.DecideDisputeAsync(dispute, DisputeOutcome.Lost);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Clawed);

        Assert.Equal((66, -86, 86, 0), (await world.Coins(Ana), await Clearing(world), await Float(world), await Disputed(world)));
    }

    [Fact]
    public async Task QuestionOfTheBank_FreezesWithoutMoney_AndAsADisputeItTakesIt()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, "pm_card_createDisputeInquiry");
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        var question = Assert.Single(await Disputes(world));
        Assert.Equal((DisputeState.Warning, false, -129), (question.State, question.IsWarning, await Clearing(world)));

        await world.Sandbox.DecideDisputeAsync(question.DisputeId, DisputeOutcome.Escalated);
        await Until(async () => await Clearing(world) == 0);
        await world.Sandbox.DecideDisputeAsync(question.DisputeId, DisputeOutcome.Won);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Credited);

        await Until(async () => await Clearing(world) == -129);
        Assert.Equal((100, 0), (await world.Coins(Ana), await Disputed(world)));
    }

    [Fact]
    public async Task DisputeWhileTheProcessDies_IsFrozenAfterTheRestart()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        await world.OpenDispute(topUp.TopUpId);
        var opened = (await world.Events()).First(one => one.Type == "charge.dispute.created");
        await world.StoreEvent(opened.Id, opened.Type, opened.Json);

        await world.RestartAsync();
        await world.WakeAfter(TimeSpan.FromSeconds(10));

        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        Assert.Equal((0, -129), (await world.Coins(Ana), await Disputed(world)));
    }

    [Fact]
    public async Task DisputeThatTheOperatorAccepts_IsLost()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, "pm_card_createDispute");
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        var dispute = Assert.Single(await Disputes(world));

        Assert.Equal(RefusalCode.NotAllowed, Refused(await Dispute(world, dispute).Accept(Ana)).Code);
        Assert.Equal(DisputeState.Lost, Value(await Dispute(world, dispute).Accept(Desk)).State);
        Assert.Equal((TopUpState.Clawed, 0, 0), (await StateOf(world, topUp), await world.Coins(Ana), await Disputed(world)));
    }

    [Fact]
    public async Task EndOfADisputeBeforeItsBeginning_CountsAndTheBeginningChangesNothing()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        var dispute = await world.OpenDispute(topUp.TopUpId);
        await world.Sandbox.DecideDisputeAsync(dispute, DisputeOutcome.Lost);
        var events = (await world.Events()).Where(one => one.Type.StartsWith("charge.dispute.", StringComparison.Ordinal)).Reverse().ToList();
        Assert.True(events.Count >= 3);

        foreach (var one in events)
        {
            await world.StoreEvent(one.Id, one.Type, one.Json);
            await world.StoreEvent(one.Id, one.Type, one.Json);
            await world.WakeAfter(TimeSpan.FromSeconds(10));
        }

        await Until(async () => await world.WaitingEvents() == 0);
        Assert.Equal(TopUpState.Clawed, await StateOf(world, topUp));
        Assert.Equal((0, 0, 0), (await world.Coins(Ana), await Disputed(world), await Clearing(world)));
    }

    [Fact]
    public async Task EventsWhoseWebhooksAreLost_AreReadFromTheProvidersList()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, "pm_card_createDispute");
        Assert.Equal(TopUpState.Credited, topUp.State);

        Assert.True(await world.PollEvents() > 0);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Frozen);
        Assert.Equal(0, await world.PollEvents());

        var dispute = Assert.Single(await Disputes(world));
        await world.Sandbox.DecideDisputeAsync(dispute.DisputeId, DisputeOutcome.Won);
        Assert.True(await world.PollEvents() > 0);
        await Until(async () => await StateOf(world, topUp) == TopUpState.Credited);
    }

    [Fact]
    public async Task DisputeOfAnotherPayment_FreezesNothingOfTheTopUp()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        var news = new DisputeNews("dp_other", DisputeMove.Opened, "pi_other", 129, "usd", "fraudulent");

        Assert.True(await world.Grains.GetGrain<ITopUpGrain>(topUp.TopUpId).DisputeMoved(news));
        Assert.True(await world.Grains.GetGrain<ITopUpGrain>(topUp.TopUpId).DisputeMoved(news with { Move = DisputeMove.Lost }));

        Assert.Equal(TopUpState.Credited, await StateOf(world, topUp));
        Assert.Equal((100, 0), (await world.Ledger.GetBalances([LedgerAccount.Coins(Ana.Id)]))[0] is var coins ? (coins.Balance, coins.Held) : default);
    }

    private static Task<long> Clearing(PaymentWorld world) => world.Balance(LedgerAccount.Clearing(LedgerUnit.UsdCents)).AsTask();

    private static Task<long> Float(PaymentWorld world) => world.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents)).AsTask();

    private static Task<long> Disputed(PaymentWorld world) => world.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)).AsTask();

    private static async Task<TopUpState> StateOf(PaymentWorld world, TopUpView topUp) => (await world.FindTopUp(Ana, topUp.TopUpId)).State;

    private static async Task<IReadOnlyList<DisputeView>> Disputes(PaymentWorld world) =>
        Value(await world.Grains.GetGrain<IDisputeDeskGrain>(IDisputeDeskGrain.Key).List(Desk, onlyOpen: true, 50)).Disputes;

    private static IDisputeGrain Dispute(PaymentWorld world, DisputeView dispute) => world.Grains.GetGrain<IDisputeGrain>(dispute.DisputeId);
}
