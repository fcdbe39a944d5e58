using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payouts;

/// <summary>Earnings on their way to somebody's bank. Key: payout id.</summary>
public interface IPayoutGrain : IGrainWithStringKey
{
    /// <summary>
    /// Asks for it. Answers when the money is on its way, or when somebody else must look at it, or after the time a person waits. The
    /// same again is answered with today's state.
    /// </summary>
    ValueTask<Result<PayoutView>> Request(Caller caller, RequestPayout request);

    /// <summary>Today's state; for the one who asked and for operators.</summary>
    ValueTask<Result<PayoutView>> Get(Caller caller);

    /// <summary>An operator other than the one who asked lets it go. The same again is fine.</summary>
    ValueTask<Result<PayoutView>> Approve(Caller caller);

    /// <summary>An operator other than the one who asked refuses it: the earnings can be withdrawn again. The same again is fine.</summary>
    ValueTask<Result<PayoutView>> Decline(Caller caller, DeclinePayout decline);

    /// <summary>The provider says something about its transfer. Idempotent; may come before the answer to the call that made it.</summary>
    [Priority(CallPriority.High)]
    ValueTask TransferMoved(ProviderTransfer transfer);

    /// <summary>The account can receive nothing any more. A payout whose money has not been sent is given up.</summary>
    [Priority(CallPriority.High)]
    ValueTask AccountLost();

    /// <summary>Something went to the bank or came back: asks whether this payout was in it. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask BankMoved();

    /// <summary>The due time has come. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>Lists of payouts. Key: <see cref="Key"/>.</summary>
public interface IPayoutDeskGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>The caller's payouts, newest first.</summary>
    /// <param name="take">1 to 100.</param>
    [AlwaysInterleave]
    ValueTask<PayoutList> ListMine(Caller caller, int take);

    /// <summary>Payouts that wait for an operator, oldest first; operators only.</summary>
    /// <param name="take">1 to 100.</param>
    [AlwaysInterleave]
    ValueTask<Result<PayoutList>> ListWaiting(Caller caller, int take);
}

/// <summary>What is to be paid out. One of the two may be 0.</summary>
/// <param name="Coins">Earnings of gifts, in coins.</param>
/// <param name="SalesMinor">Earnings of sales, in minor units of the currency.</param>
public sealed record RequestPayout(long Coins, long SalesMinor);

/// <summary>Why an operator says no.</summary>
/// <param name="Reason">For the one who asked, at most 200 characters.</param>
public sealed record DeclinePayout(string Reason);

/// <summary>Where a payout is. Numbers are stored.</summary>
public enum PayoutState
{
    /// <summary>Noted; nothing is reserved yet.</summary>
    Requested = 0,

    /// <summary>The earnings are reserved; the money is sent next, or as soon as the platform's balance covers it.</summary>
    Reserved = 1,

    /// <summary>The earnings are reserved; an operator must look first.</summary>
    WaitingForApproval = 2,

    /// <summary>The provider was asked to send; the outcome is not known.</summary>
    TransferSent = 3,

    /// <summary>The money is in the owner's account at the provider, on its way to the bank.</summary>
    Transferred = 4,

    /// <summary>The bank has it.</summary>
    BankPaid = 5,

    /// <summary>The bank sent it back to the owner's account at the provider.</summary>
    BankFailed = 6,

    /// <summary>The platform has taken it back: the earnings can be withdrawn again.</summary>
    Reversed = 7,

    /// <summary>It could not be sent: the earnings can be withdrawn again.</summary>
    Canceled = 8,

    /// <summary>An operator said no: the earnings can be withdrawn again.</summary>
    Declined = 9,
}

/// <summary>A payout as its owner and operators see it.</summary>
/// <param name="CoinsMinor">What <paramref name="Coins"/> are paid as.</param>
/// <param name="AmountMinor">What is sent, coins and sales together.</param>
/// <param name="ReversedMinor">What of it was taken back.</param>
/// <param name="NeedsApproval">An operator must look, or had to.</param>
/// <param name="ArrivesAt">When the bank should have it, once it is on its way there.</param>
/// <param name="Problem">What went wrong and what to do, in a sentence or two.</param>
public sealed record PayoutView(
    string PayoutId, PayoutState State, Person RequestedBy, long Coins, long CoinsMinor, long SalesMinor, long AmountMinor, string Currency,
    long ReversedMinor, bool NeedsApproval, Person? DecidedBy, DateTimeOffset RequestedAt, DateTimeOffset? ArrivesAt, string? Problem);

/// <summary>Payouts.</summary>
public sealed record PayoutList(IReadOnlyList<PayoutView> Payouts);

/// <summary>What the provider says about a transfer.</summary>
/// <param name="ReversedMinor">What of it was taken back.</param>
/// <param name="Destination">The provider's id of the account that got it.</param>
/// <param name="DestinationPayment">The provider's id of the payment that it is there.</param>
public sealed record ProviderTransfer(
    string TransferId, long AmountMinor, long ReversedMinor, string Currency, string Destination, string? DestinationPayment);
