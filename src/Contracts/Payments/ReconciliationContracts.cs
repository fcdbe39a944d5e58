using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payments;

/// <summary>Compares what the payment provider did with our balance to what the ledger says. Key: <see cref="Key"/>.</summary>
public interface IReconciliationGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>The last run and what does not agree; operators only.</summary>
    [AlwaysInterleave]
    ValueTask<Result<ReconciliationView>> Get(Caller caller);

    /// <summary>Runs now. Answers when it is done, or after the time a caller waits: then the last run is the one before. Operators only.</summary>
    [AlwaysInterleave]
    ValueTask<Result<ReconciliationView>> Run(Caller caller);

    /// <summary>What does not agree and has this subject or this reference, at most 200.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<ReconciliationBreak>> FindBreaks(string name);

    /// <summary>A correction has levelled it: it is shown no more, unless the next run finds it again.</summary>
    [AlwaysInterleave]
    ValueTask Levelled(ReconciliationBreak levelled);

    /// <summary>Runs if it is time for it. For the timer of the server; calling it besides does no harm.</summary>
    ValueTask RunDue();
}

/// <summary>What an operator sees of the reconciliation.</summary>
/// <param name="LastRun">Null: it never ran.</param>
/// <param name="BreakCount">All that is open; <paramref name="Breaks"/> are at most 200 of them, the oldest first.</param>
public sealed record ReconciliationView(ReconciliationRun? LastRun, bool IsRunning, int BreakCount, IReadOnlyList<ReconciliationBreak> Breaks);

/// <summary>What one run has found.</summary>
/// <param name="Matched">Changes of the provider's balance that the ledger has too, fees included, since the beginning.</param>
/// <param name="Waiting">Changes that one side has and the other may still get: too young to be a break.</param>
/// <param name="FeesPosted">The provider's fees that this run has posted.</param>
/// <param name="FeesOpen">Fees of known changes that are not in the ledger yet.</param>
/// <param name="ProviderMinor">What the provider holds for us, available and pending, in cents; null: it was not compared.</param>
/// <param name="LedgerMinor">What the ledger says that it holds, in cents; null: it was not compared.</param>
public sealed record ReconciliationRun(
    DateTimeOffset StartedAt, DateTimeOffset FinishedAt, long Matched, int Waiting, int FeesPosted, int FeesOpen, int Breaks, long? ProviderMinor,
    long? LedgerMinor);

/// <summary>
/// One thing that does not agree. It is reported, and nothing is posted for it by itself; it goes away when both sides say the same, or when
/// two operators have levelled it.
/// </summary>
/// <param name="Subject">What it is: a balance transaction of the provider, an entry of the ledger, a row (<c>TopUp/ID</c>), or <c>balance</c>.</param>
/// <param name="Reference">What it is about, such as <c>topup:ID</c>; an entry with this reference settles it.</param>
/// <param name="ProviderMinor">By how much the provider's balance changed; null: the provider does not know of it.</param>
/// <param name="LedgerMinor">The same as the ledger has it; null: the ledger does not know of it.</param>
/// <param name="Since">When it happened.</param>
/// <param name="FoundAt">When it was first found.</param>
public sealed record ReconciliationBreak(
    ReconciliationBreakKind Kind, string Subject, string Reference, long? ProviderMinor, long? LedgerMinor, string Currency, DateTimeOffset Since,
    DateTimeOffset FoundAt)
{
    /// <summary>By how much more the provider's balance changed than the ledger says, in minor units; what a correction must post.</summary>
    public long Difference => (ProviderMinor ?? 0) - (LedgerMinor ?? 0);

    /// <summary>Whether a correction can level it: one movement of money, in the ledger's currency.</summary>
    public bool CanBeLevelled => Kind is ReconciliationBreakKind.MissingHere or ReconciliationBreakKind.MissingThere or ReconciliationBreakKind.Amount
        or ReconciliationBreakKind.Duplicate;
}

/// <summary>How two sides do not agree. Numbers are stored.</summary>
public enum ReconciliationBreakKind
{
    /// <summary>The provider has moved money that the ledger does not know of.</summary>
    MissingHere = 0,

    /// <summary>The ledger has money moved that the provider does not know of.</summary>
    MissingThere = 1,

    /// <summary>Both know of it, with different amounts.</summary>
    Amount = 2,

    /// <summary>The provider has moved another currency than the ledger keeps.</summary>
    Currency = 3,

    /// <summary>One side has it more than once.</summary>
    Duplicate = 4,

    /// <summary>A row that should be final long since is not.</summary>
    Stuck = 5,

    /// <summary>Everything agrees one by one, and the balances do not.</summary>
    Balance = 6,
}
