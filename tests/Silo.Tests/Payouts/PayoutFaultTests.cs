using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments.Stripe;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payouts;

/// <summary>What goes wrong between the ledger, the provider and the bank: nothing is sent twice, nothing is lost.</summary>
public sealed class PayoutFaultTests
{
    [Fact]
    public async Task PlatformWithoutMoney_KeepsTheEarningsReservedAndSendsLater()
    {
        await using var world = await PayoutWorld.StartAsync();
        await world.OnboardAsync();
        await world.EarnAsync(3_000);
        var id = world.Payments.NewKey();

        var waiting = await world.PayOut(2_000, id: id);
        Assert.Equal(PayoutState.Reserved, waiting.State);
        Assert.StartsWith("The platform's balance does not cover it yet.", waiting.Problem, StringComparison.Ordinal);
        Assert.Equal((1_000L, 2_000L), (await world.Available(), await world.Held()));
        Assert.Equal(RefusalCode.PayoutRunning, Refused(await world.TryPayOut(1_000)).Code);
        await world.Payments.WakeAfter(TimeSpan.FromMinutes(11));
        Assert.Empty(await world.Transfers());

        await world.FundAsync(10_000);
        await world.UntilState(id, PayoutState.BankPaid);

        Assert.Equal(2_000, Assert.Single(await world.Transfers()).Amount);
        Assert.Equal((1_000L, 0L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AccountThatCanReceiveNothingAnyMore_CancelsThePayoutAndGivesTheEarningsBack(bool sendWebhooks)
    {
        await using var world = await PayoutWorld.StartAsync(sendWebhooks: sendWebhooks);
        await world.OnboardAsync();
        await world.EarnAsync(3_000);
        var id = world.Payments.NewKey();
        Assert.Equal(PayoutState.Reserved, (await world.PayOut(2_000, id: id)).State);

        await world.Payments.Stripe.UpdateAccountAsync(await world.ProviderIdAsync(id), new UpdateAccount(RequestTransfers: false), "lose-1");

        // An event tells at once; without one the provider refuses the next try.
        if (!sendWebhooks) { await world.FundAsync(5_000); }
        var canceled = sendWebhooks ? await Canceled(world, id) : await world.UntilState(id, PayoutState.Canceled);
        Assert.StartsWith("Your payout account can receive nothing", canceled.Problem, StringComparison.Ordinal);
        Assert.Equal((3_000L, 0L), (await world.Available(), await world.Held()));
        Assert.Empty(await world.Transfers());
        await world.AuditAsync();
    }

    [Fact]
    public async Task BankThatSendsItBack_IsToldAndTheMoneyGoesOutAgainWithTheNext()
    {
        await using var world = await PayoutWorld.StartAsync();
        await world.FundAsync(10_000);
        await world.OnboardAsync(bank: "account_closed");
        await world.EarnAsync(3_000);
        var (first, second) = (world.Payments.NewKey(), world.Payments.NewKey());
        await world.PayOut(1_500, id: first);

        var failed = await world.UntilState(first, PayoutState.BankFailed);
        Assert.StartsWith("Your bank account is closed", failed.Problem, StringComparison.Ordinal);
        Assert.Equal(1_500, await world.Balance(LedgerAccount.PaidOut(LedgerUnit.Coins)));

        await world.OnboardAsync(bank: "paid");
        await world.PayOut(1_500, id: second);

        Assert.Equal(PayoutState.BankPaid, (await world.UntilState(second, PayoutState.BankPaid)).State);
        Assert.Equal(PayoutState.BankPaid, (await world.UntilState(first, PayoutState.BankPaid)).State);
        await world.AuditAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TransferThatIsTakenBack_MakesTheEarningsAvailableAgain(bool sendWebhooks)
    {
        await using var world = await PayoutWorld.StartAsync(sendWebhooks: sendWebhooks);
        await world.FundAsync(10_000);
        await world.OnboardAsync(bank: "no_account");
        await world.EarnAsync(3_000);
        await world.EarnAsync(1_000, LedgerUnit.UsdCents);
        var id = world.Payments.NewKey();
        await world.PayOut(2_000, 1_000, id);
        var transfer = Assert.Single(await world.Transfers()).Id;

        // What the bank sent back is where the platform can take it from.
        await world.UntilState(id, PayoutState.BankFailed);

        await world.ReverseAsync(transfer, 600, "reverse-1");
        await world.Payments.PassUntil(async () => (await world.Find(id)).ReversedMinor == 600);
        await world.Settled(id);
        Assert.Equal((1_400L, 200L), (await world.Available(), await world.Available(LedgerUnit.UsdCents)));
        await world.AuditAsync();

        await world.ReverseRestAsync(id, transfer);

        Assert.Equal((3_000L, 1_000L), (await world.Available(), await world.Available(LedgerUnit.UsdCents)));
        Assert.Equal(0, await world.Balance(LedgerAccount.PaidOut(LedgerUnit.Coins)));
        var earnings = await world.Payments.Grains.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key).GetEarnings(world.Star.Id);
        Assert.Equal((0L, 0L, 3_000L, 1_000L), (earnings.Gifts.PaidOut, earnings.Sales.PaidOut, earnings.Gifts.Available, earnings.Sales.Available));
        await world.AuditAsync();
    }

    [Fact]
    public async Task RefundAfterThePayout_IsADebtThatBlocksTheNextUntilEarningsRepayIt()
    {
        await using var world = await PayoutWorld.ReadyAsync(coins: 1);
        var fan = Person("Ben");
        await world.Payments.TopUp(fan, Visa, pack: "coins-500");
        await world.PostAsync(LedgerEntryKind.Adjustment, LedgerAccount.Clearing(LedgerUnit.Coins), LedgerAccount.Coins(fan.Id), 1_000);
        var gift = await world.PostAsync(
            LedgerEntryKind.Gift, LedgerAccount.Coins(fan.Id), LedgerAccount.Earnings(world.Star.Id), 1_500, new GiftMemo("room1", fan.Person, "rose", 1));
        await world.PostAsync(LedgerEntryKind.Maturity, LedgerAccount.Earnings(world.Star.Id), LedgerAccount.Available(world.Star.Id, LedgerUnit.Coins), 1_500);
        await world.PayOut(1_501);

        var back = await world.Ledger.Reverse(new LedgerReversal(Guid.CreateVersion7(world.Payments.Time.GetUtcNow()), 1, gift, null, "dispute:1", []));
        Assert.Equal(LedgerOutcome.Moved, back.Outcome);
        Assert.Equal(-1_500, await world.Balance(LedgerAccount.Receivable(world.Star.Id, LedgerUnit.Coins)));

        await world.EarnAsync(1_200);
        var blocked = Refused(await world.TryPayOut(1_200));
        Assert.Equal((RefusalCode.PayoutOwed, 1_500L), (blocked.Code, blocked.Amounts!["coins"]));
        Assert.Equal("After refunds you owe 1,500 coins and $0.00. What you earn next repays that; payouts go on afterwards.", blocked.Message);

        // Later gifts repay first.
        await world.PostAsync(LedgerEntryKind.Adjustment, LedgerAccount.Clearing(LedgerUnit.Coins), LedgerAccount.Earnings(world.Star.Id), 1_600);
        Assert.Equal(0, await world.Balance(LedgerAccount.Receivable(world.Star.Id, LedgerUnit.Coins)));
        Assert.Equal(100, await world.Balance(LedgerAccount.Earnings(world.Star.Id)));
        Assert.Equal(PayoutState.Transferred, (await world.PayOut(1_200)).State);
        await world.AuditAsync();
    }

    [Fact]
    public async Task PayoutWhoseOwnerOwesWhenItIsApproved_IsNotSent()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "0"));
        var id = world.Payments.NewKey();
        await world.PayOut(3_000, id: id);
        await world.OweAsync(2_000);

        var canceled = Value(await world.Grain(id).Approve(world.Operator));

        Assert.Equal(PayoutState.Canceled, canceled.State);
        Assert.StartsWith("Nothing was sent. After refunds you owe 2,000 coins and $0.00.", canceled.Problem, StringComparison.Ordinal);
        Assert.Empty(await world.Transfers());
        Assert.Equal(0, await world.Held());
        await world.AuditAsync();
    }

    [Fact]
    public async Task PayoutWhoseOwnerIsFrozenBeforeThePlatformHasTheMoney_IsNotSent()
    {
        await using var world = await PayoutWorld.StartAsync();
        await world.OnboardAsync();
        await world.EarnAsync(3_000);
        var id = world.Payments.NewKey();
        Assert.Equal(PayoutState.Reserved, (await world.PayOut(2_000, id: id)).State);
        await world.FundAsync(10_000);
        await world.FreezeAsync();

        var canceled = await world.UntilState(id, PayoutState.Canceled);

        Assert.StartsWith("Your earnings were frozen before the payout was sent", canceled.Problem, StringComparison.Ordinal);
        Assert.Empty(await world.Transfers());
        Assert.Equal(0, await world.Held());
        await world.AuditAsync();
    }

    [Fact]
    public async Task PayoutThatGivesItsEarningsBack_RepaysWhatItsOwnerOwes()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "2000"));
        var id = world.Payments.NewKey();
        await world.PayOut(3_000, id: id);
        await world.OweAsync(1_200);

        Assert.Equal(PayoutState.Declined, Value(await world.Grain(id).Decline(world.Operator, new DeclinePayout("Not like this."))).State);

        Assert.Equal(0, await world.Balance(LedgerAccount.Receivable(world.Star.Id, LedgerUnit.Coins)));
        Assert.Equal((1_800L, 0L), (await world.Available(), await world.Held()));
        Assert.Equal(PayoutState.Transferred, (await world.PayOut(1_800)).State);
        await world.AuditAsync();
    }

    [Fact]
    public async Task OwnerWhoCanPayWhatIsOwed_RepaysItFirstAndIsPaidTheRest()
    {
        await using var world = await PayoutWorld.ReadyAsync();
        await world.OweAsync(1_200);

        var large = Refused(await world.TryPayOut(2_000));
        Assert.Equal((RefusalCode.PayoutAboveAvailable, 1_800L), (large.Code, large.Amounts!["coins"]));
        Assert.Equal(0, await world.Balance(LedgerAccount.Receivable(world.Star.Id, LedgerUnit.Coins)));
        await world.OweAsync(300);
        await world.PayOut(1_500);

        Assert.Equal(0, await world.Balance(LedgerAccount.Receivable(world.Star.Id, LedgerUnit.Coins)));
        Assert.Equal(0, await world.Available());
        await world.AuditAsync();
    }

    [Fact]
    public async Task TransferTakenBackFromSomebodyWhoOwes_RepaysFirst()
    {
        await using var world = await PayoutWorld.ReadyAsync();
        var id = world.Payments.NewKey();
        await world.PayOut(2_000, id: id);
        var owed = LedgerAccount.Receivable(world.Star.Id, LedgerUnit.Coins);
        await world.OweAsync(1_700);

        await world.ReverseRestAsync(id, Assert.Single(await world.Transfers()).Id);

        Assert.Equal(0, await world.Balance(owed));
        Assert.Equal(1_300, await world.Available());
        await world.AuditAsync();
    }

    [Theory]
    [InlineData(ApiFault.TimeoutAfterCommit)]
    [InlineData(ApiFault.ResetAfterCommit)]
    [InlineData(ApiFault.BadGatewayAfterCommit)]
    [InlineData(ApiFault.TruncatedAfterCommit)]
    [InlineData(ApiFault.ResetBefore)]
    [InlineData(ApiFault.BadGatewayBefore)]
    [InlineData(ApiFault.RateLimit)]
    [InlineData(ApiFault.ServerError)]
    [InlineData(ApiFault.KeyInUse)]
    public async Task TransferWithAnUnknownOutcome_IsMadeExactlyOnce(ApiFault fault)
    {
        await using var world = await PayoutWorld.ReadyAsync(sendWebhooks: false);
        var id = world.Payments.NewKey();
        world.Payments.Arm(fault, times: 3, operation: "Transfer.create");

        await world.PayOut(2_000, id: id);
        await world.UntilState(id, PayoutState.BankPaid);

        Assert.Equal(2_000, Assert.Single(await world.Transfers()).Amount);
        Assert.Equal((1_000L, 0L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }

    [Fact]
    public async Task TimeoutAfterCommit_IsLookedUpWhenItsKeyIsTooOld()
    {
        await using var world = await PayoutWorld.ReadyAsync(sendWebhooks: false);
        var id = world.Payments.NewKey();
        world.Payments.Arm(ApiFault.TimeoutAfterCommit, times: 3, operation: "Transfer.create");
        Assert.Equal(PayoutState.TransferSent, (await world.PayOut(2_000, id: id)).State);

        await world.Payments.RestartAsync();
        await world.Payments.WakeAfter(TimeSpan.FromHours(30));

        Assert.Equal(PayoutState.Transferred, (await world.Find(id)).State);
        Assert.Single(await world.Transfers());
        await world.AuditAsync();
    }

    [Fact]
    public async Task TransferThatNeverArrived_IsSentAnewWhenItsKeyIsTooOld()
    {
        await using var world = await PayoutWorld.ReadyAsync(sendWebhooks: false);
        var id = world.Payments.NewKey();
        world.Payments.Arm(ApiFault.ResetBefore, times: 3, operation: "Transfer.create");
        Assert.Equal(PayoutState.TransferSent, (await world.PayOut(2_000, id: id)).State);

        await world.Payments.WakeAfter(TimeSpan.FromHours(30));
        await world.UntilState(id, PayoutState.BankPaid);

        Assert.Equal("2", Assert.Single(await world.Transfers()).Metadata!["payout_attempt"]);
        await world.AuditAsync();
    }

    [Theory]
    [InlineData(WebhookFault.BeforeAnswer)]
    [InlineData(WebhookFault.Duplicate)]
    [InlineData(WebhookFault.Reorder)]
    [InlineData(WebhookFault.Delay)]
    [InlineData(WebhookFault.Drop)]
    public async Task EventsInWhateverOrder_MoveNothingTwice(WebhookFault fault)
    {
        await using var world = await PayoutWorld.ReadyAsync();
        var id = world.Payments.NewKey();
        world.Payments.Arm(fault, times: 20);

        await world.PayOut(2_000, id: id);
        await world.UntilState(id, PayoutState.BankPaid);
        await Until(async () => await world.Payments.WaitingEvents() == 0);

        Assert.Equal(PayoutState.BankPaid, (await world.Find(id)).State);
        Assert.Equal((1_000L, 0L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }

    [Fact]
    public async Task EventBeforeAnAnswerThatNeverComes_IsEnough()
    {
        await using var world = await PayoutWorld.ReadyAsync();
        var id = world.Payments.NewKey();
        world.Payments.Arm(ApiFault.TimeoutAfterCommit, times: 3, operation: "Transfer.create");
        world.Payments.Arm(WebhookFault.BeforeAnswer, "transfer.created");

        await world.PayOut(2_000, id: id);

        await Until(async () => (await world.Find(id)).State == PayoutState.Transferred);
        await world.Settled(id);
        Assert.Single(await world.Transfers());
        await world.AuditAsync();
    }

    [Fact]
    public async Task EventOfAConnectedAccountAboutATransfer_IsNotBelieved()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "0"));
        var id = world.Payments.NewKey();
        await world.PayOut(2_000, id: id);
        var forged = """
            {"id":"evt_forged","type":"transfer.created","account":"acct_evil","data":{"object":{"id":"tr_forged","amount":2000,"amount_reversed":0,
            "currency":"usd","created":1,"reversed":false,"destination":"acct_evil","metadata":{"payout_id":"PAYOUT"}}}}
            """.Replace("PAYOUT", id, StringComparison.Ordinal);

        await world.Payments.StoreEvent("evt_forged", "transfer.created", forged);
        await world.Payments.WakeAfter(TimeSpan.FromMinutes(1));

        await Until(async () => await world.Payments.WaitingEvents() == 0);
        Assert.Equal(PayoutState.WaitingForApproval, (await world.Find(id)).State);
        await world.AuditAsync();
    }

    [Fact]
    public async Task CrashWhileTheProviderIsAway_EndsWithOneTransfer()
    {
        await using var world = await PayoutWorld.ReadyAsync();
        var id = world.Payments.NewKey();
        world.Payments.Arm(ApiFault.ResetBefore, times: 6, operation: "Transfer.create");
        Assert.Equal(PayoutState.TransferSent, (await world.PayOut(2_000, id: id)).State);
        Assert.Equal((1_000L, 2_000L), (await world.Available(), await world.Held()));

        await world.Payments.RestartAsync();
        await world.Payments.WakeAfter(TimeSpan.FromMinutes(2));
        await world.Payments.RestartAsync();
        await world.UntilState(id, PayoutState.BankPaid);

        Assert.Single(await world.Transfers());
        Assert.Equal((1_000L, 0L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }

    private static async Task<PayoutView> Canceled(PayoutWorld world, string id)
    {
        await Until(async () => (await world.Find(id)).State == PayoutState.Canceled);
        return await world.Settled(id);
    }
}
