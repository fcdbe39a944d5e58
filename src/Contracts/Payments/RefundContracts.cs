using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payments;

/// <summary>One refund: of a top-up's coins to the card that paid for them, or of a gift to its sender's wallet. Key: refund id.</summary>
public interface IRefundGrain : IGrainWithStringKey
{
    /// <summary>Asks for it. Answers when the money is on its way, or after the time a payer waits. The same again is answered with today's state.</summary>
    ValueTask<Result<RefundView>> Request(Caller caller, RequestRefund request);

    /// <summary>The refund; for its viewer and for operators.</summary>
    ValueTask<Result<RefundView>> Get(Caller caller);

    /// <summary>Sends a failed refund once more. Operators only.</summary>
    ValueTask<Result<RefundView>> Retry(Caller caller);

    /// <summary>The provider says something about it. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask Moved(ProviderRefund refund);

    /// <summary>
    /// A refund that something else than a top-up has sent did not reach the card after all: it is shown to operators, and the thing is told
    /// until it has taken it in. Idempotent. Key: the provider's id.
    /// </summary>
    /// <param name="purpose">Name of the metadata that carries our id.</param>
    /// <param name="thingId">That id.</param>
    ValueTask CameBack(ProviderRefund refund, string purpose, string thingId);

    /// <summary>The due time has come. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>The operator's list of refunds. Key: <see cref="Key"/>.</summary>
public interface IRefundDeskGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Refunds, newest first; operators only.</summary>
    /// <param name="take">1 to 200.</param>
    [AlwaysInterleave]
    ValueTask<Result<RefundList>> List(Caller caller, int take);
}

/// <summary>What is to be given back. Exactly one of the two is set.</summary>
/// <param name="TopUpId">Unspent coins of this top-up, to its card.</param>
/// <param name="GiftEntry">This gift, to its sender's wallet; operators only.</param>
/// <param name="Coins">How many; null: all that can be.</param>
/// <param name="Reason">For the books, at most 200 characters.</param>
public sealed record RequestRefund(string? TopUpId, Guid? GiftEntry, long? Coins, string Reason);

/// <summary>Where a refund is. Numbers are stored.</summary>
public enum RefundState
{
    /// <summary>Noted; the coins are not out of the wallet yet.</summary>
    Requested = 0,

    /// <summary>The coins are held; the provider has been asked, or is about to be.</summary>
    Sent = 1,

    /// <summary>The provider has taken it and the bank has not.</summary>
    Pending = 2,
    Succeeded = 3,

    /// <summary>The provider would not; the coins are back in the wallet. An operator may try again.</summary>
    Failed = 4,
}

/// <summary>A refund as its viewer and operators see it.</summary>
/// <param name="AmountMinor">What goes back to the card; 0 for a gift's.</param>
public sealed record RefundView(
    string RefundId, RefundState State, string? TopUpId, Guid? GiftEntry, long Coins, long AmountMinor, string Currency, string Reason,
    DateTimeOffset RequestedAt, string? Problem);

/// <summary>Refunds, newest first.</summary>
public sealed record RefundList(IReadOnlyList<RefundView> Refunds);

/// <summary>What the provider says about a refund.</summary>
/// <param name="Status">The provider's: <c>pending</c>, <c>requires_action</c>, <c>succeeded</c>, <c>failed</c>, <c>canceled</c>.</param>
public sealed record ProviderRefund(string RefundId, string Status, string PaymentIntentId, long AmountMinor, string Currency);

/// <summary>Coins of a top-up that are kept back for a refund.</summary>
/// <param name="AmountMinor">What they cost.</param>
public sealed record RefundHeld(long Coins, long AmountMinor, string Currency, string PaymentIntentId);

/// <summary>What of a top-up may go back to its card, and what did.</summary>
/// <param name="Coins">How many its viewer may send back now; 0: none.</param>
/// <param name="AmountMinor">What the card gets for them.</param>
/// <param name="Until">How long the viewer may.</param>
/// <param name="Problem">Why none can be sent back now, in a sentence.</param>
/// <param name="Returns">Oldest first.</param>
public sealed record TopUpReturns(
    TopUpView TopUp, DateTimeOffset BoughtAt, long Coins, long AmountMinor, DateTimeOffset Until, string? Problem, IReadOnlyList<ReturnedCoins> Returns);

/// <summary>Coins of a top-up that went back.</summary>
/// <param name="RefundId">Ours, or the provider's when it was made there.</param>
public sealed record ReturnedCoins(string RefundId, long Coins, long AmountMinor, ReturnState State);

/// <summary>Where they are.</summary>
public enum ReturnState
{
    /// <summary>Kept back in the wallet; the provider and the bank are at it.</summary>
    OnItsWay = 0,
    Returned = 1,

    /// <summary>The bank would not, and the coins are in the wallet again.</summary>
    CameBack = 2,
}
