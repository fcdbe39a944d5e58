using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Cards;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>What comes after a payment: gifts, refunds, disputes, payouts.</summary>
internal sealed partial class PaymentWorld
{
    /// <summary>What a streamer gets of a gift in these tests.</summary>
    private const long StreamerPercent = 50;

    public IGiftLedgerGrain Ledger => Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public ValueTask<Result<RefundView>> Refund(Caller caller, string topUpId, long? coins = null, string? id = null) =>
        Grains.GetGrain<IRefundGrain>(id ?? NewKey()).Request(caller, new RequestRefund(topUpId, GiftEntry: null, coins, "test"));

    public ValueTask<Result<TopUpReturns>> Returns(Caller caller, string topUpId) => Grains.GetGrain<ITopUpGrain>(topUpId).GetReturns(caller);

    public ValueTask<Result<RefundView>> RefundGift(Caller caller, Guid gift, string id) =>
        Grains.GetGrain<IRefundGrain>(id).Request(caller, new RequestRefund(TopUpId: null, gift, Coins: null, "a minor's"));

    public ValueTask<Result<RefundView>> FindRefund(Caller caller, string id) => Grains.GetGrain<IRefundGrain>(id).Get(caller);

    public ValueTask<Result<RefundView>> RetryRefund(Caller caller, string id) => Grains.GetGrain<IRefundGrain>(id).Retry(caller);

    public ValueTask<IReadOnlyList<LedgerLine>> Lines(Caller viewer) => Ledger.GetLines(LedgerAccount.Coins(viewer.Id), 200);

    /// <summary>Posts a gift, past the desk of any room.</summary>
    public async Task<Guid> Give(Caller viewer, Caller streamer, long coins)
    {
        var gift = GiftOf(viewer, streamer, coins);
        await Moved(gift);
        return gift.Key;
    }

    /// <summary>The same, whatever the ledger says of it.</summary>
    public async Task<LedgerOutcome> TryGive(Caller viewer, Caller streamer, long coins) => (await Ledger.Post(GiftOf(viewer, streamer, coins))).Outcome;

    /// <summary>An operator freezes or thaws an account.</summary>
    public async Task SetFrozen(LedgerAccount account, bool frozen) => Assert.Equal(
        LedgerOutcome.Moved,
        (await Ledger.SetFrozen(new LedgerFreeze(Guid.CreateVersion7(Time.GetUtcNow()), account, frozen, "desk", "is looked into"))).Outcome);

    /// <summary>Earnings mature and leave.</summary>
    public async Task PayOut(Caller streamer, long coins)
    {
        var available = LedgerAccount.Available(streamer.Id, LedgerUnit.Coins);
        await Moved(new LedgerEntry(
            Guid.CreateVersion7(Time.GetUtcNow()), coins, LedgerEntryKind.Maturity, LedgerAccount.Earnings(streamer.Id), [new LedgerLeg(available, coins)], Rate: 0));
        await Moved(new LedgerEntry(
            Guid.CreateVersion7(Time.GetUtcNow()), coins, LedgerEntryKind.Payout, available, [new LedgerLeg(LedgerAccount.PaidOut(LedgerUnit.Coins), coins)], Rate: 0));
    }

    /// <summary>Somebody refunds in the provider's own dashboard.</summary>
    public async Task RefundAtProvider(string id, long minor, string purpose = CardPayments.TopUpId)
    {
        var payment = await PaymentOf(id, purpose);
        var answer = await Stripe.CreateRefundAsync(new CreateRefund(payment, new Dictionary<string, string>(), minor), $"dashboard:{payment}");
        Assert.IsType<StripeAnswer<StripeRefund>.Ok>(answer);
    }

    /// <summary>The cardholder disputes the payment of a top-up.</summary>
    /// <returns>The provider's id of the dispute.</returns>
    public async Task<string> OpenDispute(string topUpId, long? minor = null) => await Sandbox.OpenDisputeAsync(await PaymentOf(topUpId), amount: minor);

    /// <summary>The provider says something of a dispute of a top-up's payment that is one of several.</summary>
    public async Task DisputeSays(string topUpId, string disputeId, string status, long minor = 129) =>
        await Grains.GetGrain<IDisputeGrain>(disputeId).Moved(new ProviderDispute(
            disputeId, status, await PaymentOf(topUpId), $"ch_{disputeId}", minor, "usd", "fraudulent", Time.GetUtcNow(), EvidenceDueBy: null));

    /// <summary>The provider's list of events, oldest first.</summary>
    public async Task<IReadOnlyList<StripeListedEvent>> Events()
    {
        var answer = await StripePages.ReadAsync<StripeListedEvent>(page => Stripe.ListEventsAsync(new ListEvents(), page));
        return [.. Assert.IsType<StripeAnswer<StripeList<StripeListedEvent>>.Ok>(answer).Value.Data.Reverse()];
    }

    /// <summary>One look at the provider's list of events.</summary>
    public Task<int> PollEvents() => _silo.Services.GetRequiredService<EventPoller>().PollAsync();

    /// <summary>How many accounts have used the test card that simply pays.</summary>
    public Task<int> VisaSharers() => _silo.Services.GetRequiredService<CardBook>().CountAccountsAsync("sim4242", atMost: 100);

    private async Task<string> PaymentOf(string id, string purpose = CardPayments.TopUpId) =>
        Assert.Single(await Payments(), payment => payment.Metadata?.GetValueOrDefault(purpose) == id).Id;

    private LedgerEntry GiftOf(Caller viewer, Caller streamer, long coins)
    {
        var earned = coins * StreamerPercent / 100;
        return new LedgerEntry(
            Guid.CreateVersion7(Time.GetUtcNow()), coins, LedgerEntryKind.Gift, LedgerAccount.Coins(viewer.Id),
            [new LedgerLeg(LedgerAccount.Earnings(streamer.Id), earned), new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), coins - earned)],
            Rate: 1, new GiftMemo("room", viewer.Person, "rose", 1));
    }

    private async Task Moved(LedgerEntry entry) => Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(entry)).Outcome);
}
