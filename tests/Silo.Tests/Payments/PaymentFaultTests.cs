using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Whatever goes wrong between us and the provider, money moves exactly once.</summary>
public sealed class PaymentFaultTests
{
    private static readonly Caller Ana = Person("Ana");

    [Theory]
    [InlineData(ApiFault.TimeoutAfterCommit)]
    [InlineData(ApiFault.ResetBefore)]
    [InlineData(ApiFault.ResetAfterCommit)]
    public async Task AnswerThatIsLost_IsAskedForAgainUnderTheSameKey(ApiFault fault)
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(fault);

        var topUp = await world.TopUp(Ana, Visa);

        Assert.Equal(TopUpState.Credited, topUp.State);
        Assert.Equal((100, 129), (await world.Coins(Ana), await world.MoneyTaken()));
    }

    [Theory]
    [InlineData(ApiFault.BadGatewayBefore)]
    [InlineData(ApiFault.BadGatewayAfterCommit)]
    public async Task HtmlInsteadOfAnAnswer_IsNoFailureAndEndsCreditedOnce(ApiFault fault)
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(fault, times: 3);
        var id = world.NewKey();

        await world.TopUp(Ana, Visa, id);
        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal((100, 129), (await world.Coins(Ana), await world.MoneyTaken()));
    }

    [Fact]
    public async Task AnswerThatNeverComes_IsOvertakenByTheWebhook()
    {
        await using var world = await StartAsync();
        world.Arm(ApiFault.TimeoutAfterCommit, times: 3);

        var topUp = await world.TopUp(Ana, Visa);

        Assert.Equal(TopUpState.Credited, topUp.State);
        Assert.Equal((100, 129), (await world.Coins(Ana), await world.MoneyTaken()));
    }

    [Fact]
    public async Task TooManyRequests_AreBackedOffFromAndTheTopUpEndsCredited()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(ApiFault.RateLimit);
        var id = world.NewKey();

        Assert.Equal(TopUpState.Submitted, (await world.TopUp(Ana, Visa, id)).State);
        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal(129, await world.MoneyTaken());
    }

    [Fact]
    public async Task ServerErrorThatTheKeyRemembers_EndsAsFailedWithNothingCharged()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(ApiFault.ServerError);
        var id = world.NewKey();

        Assert.Equal(TopUpState.Submitted, (await world.TopUp(Ana, Visa, id)).State);
        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Failed);

        Assert.Equal(
            "The payment did not reach the payment provider and nothing was charged. Start again.", (await world.FindTopUp(Ana, id)).Problem);
        Assert.Equal(0, await world.MoneyTaken());
    }

    [Fact]
    public async Task PaymentWhoseAnswerWasLostForLong_IsFoundByOurId()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(ApiFault.BadGatewayAfterCommit, times: 3);
        var id = world.NewKey();
        world.Arm(ApiFault.RateLimit, times: 10, operation: "PaymentIntent.list");
        await world.TopUp(Ana, Visa, id);
        world.Sandbox.DisarmAll();

        // By now it may not be posted any more, only looked for.
        world.Time.Advance(TimeSpan.FromHours(30));
        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal((100, 129, 1), (await world.Coins(Ana), await world.MoneyTaken(), await world.TopUpEntries(Ana)));
    }

    [Fact]
    public async Task WebhookBeforeTheAnswer_CreditsAndTheAnswerChangesNothing()
    {
        await using var world = await StartAsync();
        world.Arm(WebhookFault.BeforeAnswer, times: 2);

        await world.TopUp(Ana, Visa);

        Assert.Contains(world.Webhooks.New, webhook => webhook.Type == "payment_intent.succeeded");
        Assert.Equal((100, 1), (await world.Coins(Ana), await world.TopUpEntries(Ana)));
    }

    [Fact]
    public async Task WebhookTwice_IsNewOnceAndCreditsOnce()
    {
        await using var world = await StartAsync();
        world.Arm(WebhookFault.Duplicate, "payment_intent.succeeded");
        var asked = await world.TopUp(Ana, Asks);

        await world.Decide(asked.ActionUrl, "approve");

        await Until(() => Task.FromResult(world.Webhooks.Received.Count(webhook => webhook.Type == "payment_intent.succeeded") == 2));
        await Until(async () => await world.Coins(Ana) == 100);
        Assert.Single(world.Webhooks.New, webhook => webhook.Type == "payment_intent.succeeded");
        Assert.Equal(1, await world.TopUpEntries(Ana));
    }

    [Fact]
    public async Task WebhooksInTheWrongOrder_EndCredited()
    {
        await using var world = await StartAsync();
        world.Arm(WebhookFault.Reorder, "payment_intent.requires_action");
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);

        await world.Decide(asked.ActionUrl, "approve");

        await Until(() => Task.FromResult(world.Webhooks.New.Any(webhook => webhook.Type == "payment_intent.requires_action")));
        await Until(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal(1, await world.TopUpEntries(Ana));
    }

    [Fact]
    public async Task SuccessAfterAFailure_IsCreditedAllTheSame()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);
        var payment = Assert.Single(await world.Payments());
        var grain = world.Grains.GetGrain<ITopUpGrain>(id);
        await grain.PaymentMoved(new PaymentNews(payment.Id, "requires_payment_method", 129, "usd", null, "Declined.", "card_declined"));
        Assert.Equal(TopUpState.Failed, (await world.FindTopUp(Ana, id)).State);

        await world.Decide(asked.ActionUrl, "approve");

        await Until(async () => await world.Coins(Ana) == 100);
        Assert.Equal(TopUpState.Credited, (await world.FindTopUp(Ana, id)).State);
    }

    [Fact]
    public async Task PaymentOfAnotherAmountOrASecondPayment_CreditsNothing()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var id = world.NewKey();
        await world.TopUp(Ana, Asks, id);
        var payment = Assert.Single(await world.Payments());
        var grain = world.Grains.GetGrain<ITopUpGrain>(id);

        await grain.PaymentMoved(new PaymentNews(payment.Id, "succeeded", 128, "usd", null, null, null));
        await grain.PaymentMoved(new PaymentNews(payment.Id, "succeeded", 129, "eur", null, null, null));
        await grain.PaymentMoved(new PaymentNews("pi_other", "succeeded", 129, "usd", null, null, null));

        Assert.Equal(0, await world.Coins(Ana));
    }

    [Fact]
    public async Task CrashBetweenChargeAndLedger_IsFinishedByTheNextProcess()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(ApiFault.BadGatewayAfterCommit, times: 3);
        world.Arm(ApiFault.RateLimit, times: 10, operation: "PaymentIntent.list");
        var id = world.NewKey();
        Assert.Equal(TopUpState.Submitted, (await world.TopUp(Ana, Visa, id)).State);
        Assert.Equal((129, 0), (await MoneyTakenOf(world), await world.Coins(Ana)));

        await world.RestartAsync();
        await world.PassUntil(async () => await world.Coins(Ana) == 100);
        Assert.Equal((129, 1), (await world.MoneyTaken(), await world.TopUpEntries(Ana)));
    }

    [Fact]
    public async Task LedgerThatFails_IsAskedAgainWhenDueUnderTheSameKey()
    {
        FlakyLedger.Reset(failures: 2);
        await using var world = await StartAsync(
            sendWebhooks: false, ledger: services => services.AddActors(actors => actors.AddGrain<IGiftLedgerGrain, FlakyLedger>()));
        var id = world.NewKey();

        // The money is taken and noted; the coins are not there yet.
        Assert.Equal(TopUpState.Processing, (await Patiently(world, id)).State);
        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal(3, FlakyLedger.Keys.Count);
        Assert.Single(FlakyLedger.Keys.Distinct());
        Assert.Equal(129, await world.MoneyTaken());
    }

    [Fact]
    public async Task LedgerKeyThatGrewTooOldUnused_IsReplacedByAFreshOne()
    {
        FlakyLedger.Reset(failures: 1);
        await using var world = await StartAsync(
            sendWebhooks: false, ledger: services => services.AddActors(actors => actors.AddGrain<IGiftLedgerGrain, FlakyLedger>()));
        var id = world.NewKey();
        await world.TopUp(Ana, Visa, id);

        // The ledger was away for more than a day.
        FlakyLedger.TooOld = FlakyLedger.Keys.Single();
        world.Time.Advance(TimeSpan.FromHours(25));
        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal(2, FlakyLedger.Keys.Distinct().Count());
    }

    [Fact]
    public async Task EventsThatWereStoredBeforeACrash_AreProcessedByTheNextProcess()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);
        await world.Decide(asked.ActionUrl, "approve");
        var payment = Assert.Single(await world.Payments());
        var body = $$"""
            {"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"{{payment.Id}}","object":"payment_intent",
            "status":"succeeded","amount":129,"amount_received":129,"currency":"usd","created":1,"metadata":{"top_up_id":"{{id}}"} } } }
            """;
        Assert.True(await world.StoreEvent("evt_1", "payment_intent.succeeded", body));

        await world.RestartAsync();
        await world.WakeAfter(TimeSpan.FromSeconds(6));

        await Until(async () => await world.Coins(Ana) == 100);
    }

    [Theory]
    [InlineData("payment_intent.succeeded", """{"id":"evt_x","type":"payment_intent.succeeded","data":{"object":{"id":"pi_x","status":"succeeded","metadata":{}}}}""")]
    [InlineData("payment_intent.succeeded", """{"id":"evt_x","type":"payment_intent.succeeded","data":{"object":{"id":"pi_x","status":"succeeded","metadata":{"top_up_id":"nobody"}}}}""")]
    [InlineData("customer.created", """{"id":"evt_x","type":"customer.created","data":{"object":{"id":"cus_x"}}}""")]
    [InlineData("payment_intent.succeeded", """{"id":"evt_x","type":"payment_intent.succeeded","data":{"object":[1]}}""")]
    [InlineData("payment_intent.succeeded", "not JSON at all")]
    [InlineData("payment_intent.succeeded", "[]")]
    [InlineData("payment_intent.succeeded", "null")]
    public async Task EventThatIsNotAboutUs_IsRecordedAndHoldsNothingUp(string type, string body)
    {
        await using var world = await StartAsync();
        var inbox = world.Grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key);

        Assert.True(await inbox.Receive(new ProviderEvent("evt_x", type, body)));
        await inbox.OnDue();

        Assert.False(await inbox.Receive(new ProviderEvent("evt_x", type, body)));
        Assert.Equal(0, await world.WaitingEvents());
    }

    private static Task<long> MoneyTakenOf(PaymentWorld world)
    {
        world.Sandbox.DisarmAll();
        return world.MoneyTaken();
    }

    /// <summary>A top-up whose answer is given when the payment is noted, credited or not.</summary>
    private static async Task<TopUpView> Patiently(PaymentWorld world, string id)
    {
        await world.TopUp(Ana, Visa, id);
        return await world.FindTopUp(Ana, id);
    }

    /// <summary>A ledger whose first posts fail; then it keeps its promises in memory.</summary>
    private sealed class FlakyLedger : Grain, IGiftLedgerGrain
    {
        private static int _failures;

        public static List<Guid> Keys { get; } = [];

        /// <summary>The key that is outside of the window.</summary>
        public static Guid? TooOld { get; set; }

        public static void Reset(int failures)
        {
            _failures = failures;
            TooOld = null;
            Keys.Clear();
        }

        public ValueTask<LedgerAnswer> Post(LedgerEntry entry)
        {
            Keys.Add(entry.Key);
            if (entry.Key == TooOld) { return ValueTask.FromResult(new LedgerAnswer(LedgerOutcome.KeyOutOfTime, 0, 100)); }
            return Keys.Count <= _failures
                ? throw new IOException("The disk is full.")
                : ValueTask.FromResult(new LedgerAnswer(LedgerOutcome.Moved, -100, 100));
        }

        public ValueTask<LedgerAnswer> PostTogether(IReadOnlyList<LedgerEntry> entries) => Post(entries[0]);

        public ValueTask<LedgerAnswer> Reverse(LedgerReversal reversal) => throw new NotSupportedException();

        public ValueTask<LedgerAnswer> SetFrozen(LedgerFreeze freeze) => throw new NotSupportedException();

        public ValueTask Settle() => throw new NotSupportedException();

        public ValueTask<LedgerHoldView?> GetHold(Guid key) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<LedgerBalance>> GetBalances(IReadOnlyList<LedgerAccount> accounts) => throw new NotSupportedException();

        public ValueTask<LedgerAnswer?> Recall(Guid key, long fingerprint) => ValueTask.FromResult<LedgerAnswer?>(null);

        public ValueTask<long> GetBalance(LedgerAccount account) => ValueTask.FromResult(0L);

        public ValueTask<IReadOnlyList<LedgerLine>> GetLines(LedgerAccount account, int take) => ValueTask.FromResult<IReadOnlyList<LedgerLine>>([]);

        public ValueTask<IReadOnlyList<SettledGift>> GetGiftsAfter(string roomId, long batch, int order, int take) =>
            ValueTask.FromResult<IReadOnlyList<SettledGift>>([]);

        public ValueTask<IReadOnlyList<SettledGift>> GetLatestGifts(string roomId, int take) => ValueTask.FromResult<IReadOnlyList<SettledGift>>([]);
    }
}
