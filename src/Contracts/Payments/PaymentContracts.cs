using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payments;

/// <summary>One purchase of coins. Key: top-up id.</summary>
public interface ITopUpGrain : IGrainWithStringKey
{
    /// <summary>Starts it. Answers when it is credited, declined, or needs the viewer (3-D Secure). The same again is answered with today's state.</summary>
    ValueTask<Result<TopUpView>> Start(Caller viewer, StartTopUp request);

    /// <summary>Today's state; only for the one who started it. Asks the provider when the last answer is unknown.</summary>
    ValueTask<Result<TopUpView>> Get(Caller caller);

    /// <summary>What its viewer may send back now, and what went back before; only for the one who started it.</summary>
    ValueTask<Result<TopUpReturns>> GetReturns(Caller caller);

    /// <summary>Something happened to the payment: from the webhook inbox or the sweeper. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask PaymentMoved(PaymentNews news);

    /// <summary>Keeps unspent coins back for a refund. Idempotent by refund id; after <see cref="DropRefund"/> it is another try.</summary>
    /// <param name="coins">How many; null: all that are left.</param>
    /// <param name="byOperator">False: the viewer, who may send back an untouched top-up for some days.</param>
    ValueTask<Result<RefundHeld>> HoldRefund(Caller caller, string refundId, long? coins, bool byOperator);

    /// <summary>The provider has sent the money back: the coins are gone. Idempotent.</summary>
    ValueTask CompleteRefund(string refundId);

    /// <summary>The provider would not, or the money came back: the coins are the viewer's again. Idempotent.</summary>
    ValueTask DropRefund(string refundId);

    /// <summary>Money went back without a refund of ours. Idempotent by refund id.</summary>
    /// <returns>False: not now, tell again later.</returns>
    ValueTask<bool> RefundMoved(RefundNews news);

    /// <summary>A warning or a dispute. Idempotent.</summary>
    /// <returns>False: not now, tell again later.</returns>
    ValueTask<bool> DisputeMoved(DisputeNews news);

    /// <summary>The due time that this grain set has come: it asks the provider and finishes what is unfinished. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>What one viewer paid for coins in the last 24 hours, against the daily limit. Key: the account id.</summary>
public interface ITopUpAllowanceGrain : IGrainWithStringKey
{
    /// <summary>Counts a top-up that is about to be paid. Idempotent by top-up id. Refused with LimitReached above the limit.</summary>
    ValueTask<Result<Done>> Take(string topUpId, long priceMinor);

    /// <summary>The top-up was not paid: it no longer counts. Idempotent.</summary>
    ValueTask GiveBack(string topUpId);
}

/// <summary>Which coins can be bought and how. Key: <see cref="Key"/>.</summary>
public interface ITopUpCatalogGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Packs, exact amounts and, with the sandbox, its test cards.</summary>
    [ReadOnly]
    ValueTask<TopUpOffer> Get();
}

/// <summary>What can be bought.</summary>
/// <param name="CoinsMin">Of an exact amount.</param>
/// <param name="CoinsMax">Of an exact amount.</param>
/// <param name="MinorPerHundredCoins">The price of 100 coins of an exact amount.</param>
/// <param name="Sandbox">True: no money moves; players say so.</param>
/// <param name="TestCards">The sandbox's cards; empty with the real provider.</param>
public sealed record TopUpOffer(
    IReadOnlyList<CoinPack> Packs, long CoinsMin, long CoinsMax, long MinorPerHundredCoins, string Currency, bool Sandbox, IReadOnlyList<TestCard> TestCards);

/// <summary>Coins at a price.</summary>
public sealed record CoinPack(string PackId, long Coins, long PriceMinor);

/// <summary>A card of the sandbox.</summary>
/// <param name="PaymentMethod">Such as <c>pm_card_visa</c>.</param>
/// <param name="Label">What it does, for people.</param>
public sealed record TestCard(string PaymentMethod, string Label);

/// <summary>What a viewer asks for: a pack, or an exact number of coins.</summary>
public sealed record StartTopUp(string? PackId, long? Coins, string PaymentMethod, string ReturnUrl);

/// <summary>Where a top-up is.</summary>
public enum TopUpState
{
    Created = 0,
    Submitted = 1,

    /// <summary>The viewer must confirm at <see cref="TopUpView.ActionUrl"/>.</summary>
    RequiresAction = 2,
    Processing = 3,
    Credited = 4,
    Failed = 5,
    Canceled = 6,

    /// <summary>Not confirmed in time.</summary>
    Expired = 7,

    /// <summary>Warned of or disputed: what is left of its coins cannot be spent.</summary>
    Frozen = 8,

    /// <summary>The dispute is lost: the coins were taken back.</summary>
    Clawed = 9,
    PartlyRefunded = 10,
    Refunded = 11,
}

/// <summary>A top-up as its viewer sees it.</summary>
/// <param name="Balance">Coins after crediting; null before.</param>
public sealed record TopUpView(
    string TopUpId, TopUpState State, long Coins, long PriceMinor, string Currency, string? ActionUrl, string? Problem, long? Balance);

/// <summary>Takes the provider's events, each once. Key: <see cref="Key"/>.</summary>
public interface IPaymentInboxGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Stores a verified event; durable on completion, processed afterwards. A known event id changes nothing.</summary>
    /// <returns>False when the event was known.</returns>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<bool> Receive(ProviderEvent providerEvent);

    /// <summary>
    /// Processes what was received and is not done yet: after a crash, or when a first try failed. Idempotent; answers after some seconds although
    /// something slow goes on.
    /// </summary>
    [AlwaysInterleave]
    ValueTask OnDue();
}

/// <summary>An event whose signature was verified by the gateway.</summary>
/// <param name="EventId">The provider's id of it.</param>
/// <param name="Type">Such as <c>payment_intent.succeeded</c>.</param>
/// <param name="Json">The raw body.</param>
/// <param name="Account">The connected account that it comes from or is about; null for the platform's own.</param>
public sealed record ProviderEvent(string EventId, string Type, string Json, string? Account = null);

/// <summary>What is known about a payment now. An event implies its predecessors.</summary>
/// <param name="PaymentIntentId">The provider's id.</param>
/// <param name="Status">The provider's status: <c>succeeded</c>, <c>requires_action</c>, <c>processing</c>, <c>requires_payment_method</c>, <c>canceled</c>.</param>
/// <param name="ActionUrl">Where the payer confirms.</param>
/// <param name="Problem">Why it failed, in a sentence.</param>
public sealed record PaymentNews(
    string PaymentIntentId, string Status, long AmountMinor, string Currency, string? ActionUrl, string? Problem, string? DeclineCode);
