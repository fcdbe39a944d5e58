using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payments;

/// <summary>
/// What a dispute, or an early fraud warning, is to the thing that was paid: told to <c>DisputeMoved</c> of its grain (top-up, card
/// gift, order). May be told twice, late and out of order: a final move implies those before it.
/// </summary>
/// <remarks>
/// The dispute's own grain posts what the provider does with the money: <c>Disputed(usd) → Clearing(usd)</c> when it is taken,
/// <c>Clearing(usd) → Disputed(usd)</c> when it comes back. The thing that was paid freezes what the payment led to
/// (<see cref="DisputeMove.Warned"/>, <see cref="DisputeMove.Opened"/>), thaws it (<see cref="DisputeMove.Released"/>,
/// <see cref="DisputeMove.Won"/>), or takes it back and books the loss so that <c>Disputed(usd)</c> is level again
/// (<see cref="DisputeMove.Lost"/>).
/// </remarks>
/// <param name="DisputeId">The provider's id of the dispute or of the warning.</param>
/// <param name="AmountMinor">What is disputed; of a warning, what was paid.</param>
public sealed record DisputeNews(
    string DisputeId, DisputeMove Move, string PaymentIntentId, long AmountMinor, string Currency, string Reason);

/// <summary>What happened. Numbers are stored.</summary>
public enum DisputeMove
{
    /// <summary>The card's bank says that it was fraud, or asks. No money has moved.</summary>
    Warned = 0,

    /// <summary>An operator has looked at a warning, or the bank has dropped it: nothing was wrong.</summary>
    Released = 1,

    /// <summary>The bank has taken the money back for the time being.</summary>
    Opened = 2,

    /// <summary>The money is ours.</summary>
    Won = 3,

    /// <summary>The money is gone.</summary>
    Lost = 4,
}

/// <summary>Money that went back to a card without a refund of ours (the provider's dashboard): told to <c>RefundMoved</c> of the thing that was paid.</summary>
/// <param name="RefundId">The provider's id of the refund: posted once.</param>
public sealed record RefundNews(string RefundId, string PaymentIntentId, long AmountMinor, string Currency);

/// <summary>One dispute or early fraud warning. Key: the provider's id of it.</summary>
public interface IDisputeGrain : IGrainWithStringKey
{
    /// <summary>The provider says something about it. Idempotent; order does not matter.</summary>
    [Priority(CallPriority.High)]
    ValueTask Moved(ProviderDispute dispute);

    /// <summary>The dispute; operators only.</summary>
    ValueTask<Result<DisputeView>> Get(Caller caller);

    /// <summary>Keeps evidence, or sends it to the bank. Operators only.</summary>
    ValueTask<Result<DisputeView>> GiveEvidence(Caller caller, GiveEvidence evidence);

    /// <summary>Accepts a dispute: it is lost. Operators only; the same again is fine.</summary>
    ValueTask<Result<DisputeView>> Accept(Caller caller);

    /// <summary>A warning was looked at and nothing is wrong: what it froze is free again. Operators only.</summary>
    ValueTask<Result<DisputeView>> Release(Caller caller);

    /// <summary>The due time has come: what is unfinished is told, posted or asked for again. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>The operator's list of disputes. Key: <see cref="Key"/>.</summary>
public interface IDisputeDeskGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Disputes and warnings, newest first; operators only.</summary>
    /// <param name="onlyOpen">Without those that are won, lost or released.</param>
    /// <param name="take">1 to 200.</param>
    [AlwaysInterleave]
    ValueTask<Result<DisputeList>> List(Caller caller, bool onlyOpen, int take);
}

/// <summary>What the provider says about a dispute or a warning.</summary>
/// <param name="Status">The provider's: <c>needs_response</c>, <c>under_review</c>, <c>won</c>, <c>lost</c>, with <c>warning_</c> before it while no money has moved; <c>early_fraud_warning</c>.</param>
/// <param name="EvidenceDueBy">When the bank stops listening.</param>
public sealed record ProviderDispute(
    string DisputeId, string Status, string? PaymentIntentId, string ChargeId, long AmountMinor, string Currency, string Reason,
    DateTimeOffset CreatedAt, DateTimeOffset? EvidenceDueBy);

/// <summary>Where a dispute is.</summary>
public enum DisputeState
{
    /// <summary>An early fraud warning or an inquiry.</summary>
    Warning = 0,

    /// <summary>Evidence may be given until <see cref="DisputeView.EvidenceDueBy"/>.</summary>
    NeedsResponse = 1,
    UnderReview = 2,
    Won = 3,
    Lost = 4,
    Released = 5,
}

/// <summary>A dispute as an operator sees it.</summary>
/// <param name="Kind">What was paid: <c>top-up</c>, <c>card gift</c>, <c>order</c>; <c>unknown</c> for a payment that is not ours.</param>
/// <param name="ThingId">Our id of what was paid.</param>
public sealed record DisputeView(
    string DisputeId, DisputeState State, bool IsWarning, string Kind, string ThingId, string PaymentIntentId, long AmountMinor, string Currency,
    string Reason, DateTimeOffset CreatedAt, DateTimeOffset? EvidenceDueBy, DisputeText? Evidence, bool EvidenceSent);

/// <summary>Disputes, newest first.</summary>
public sealed record DisputeList(IReadOnlyList<DisputeView> Disputes);

/// <summary>Evidence, as text in an operator's words; each at most 5,000 characters.</summary>
/// <param name="Submit">True: sent to the bank, once and for all. False: kept.</param>
public sealed record GiveEvidence(DisputeText Text, bool Submit);

/// <summary>What an operator says against a dispute.</summary>
public sealed record DisputeText(
    string? ProductDescription, string? CustomerName, string? AccessActivityLog, string? ServiceDate, string? RefundRefusalExplanation,
    string? UncategorizedText);
