namespace LiveCommerce.Contracts.Ledger;

/// <summary>What became of a request. Checked in this order; the first that applies is the answer.</summary>
public enum LedgerOutcome
{
    /// <summary>Committed, now or by an earlier call with the same key.</summary>
    Moved = 0,

    /// <summary>The key was used for something else.</summary>
    KeyReused = 1,

    /// <summary>The key's time is outside the window.</summary>
    KeyOutOfTime = 2,

    /// <summary>Zero, negative, too many legs, an overflow, or mixed units.</summary>
    Malformed = 3,

    /// <summary>The debit account is frozen.</summary>
    Frozen = 4,

    /// <summary>The debit account has too little.</summary>
    Insufficient = 5,

    /// <summary>Too much waits; nothing was decided. Retry with the same key.</summary>
    Busy = 6,

    /// <summary>There is no such hold, or no such entry to reverse.</summary>
    OriginalUnknown = 7,

    /// <summary>The hold was posted, voided or expired before.</summary>
    HoldOver = 8,

    /// <summary>The hold may not be expired yet.</summary>
    NotYet = 9,

    /// <summary>More than was held, or more than is left to reverse.</summary>
    TooMuch = 10,
}

/// <summary>The ledger's answer.</summary>
/// <param name="Balance">Of the debit account after the decision.</param>
/// <param name="Amount">What the request would move or has moved.</param>
public sealed record LedgerAnswer(LedgerOutcome Outcome, long Balance, long Amount)
{
    /// <summary>The key was decided before. Does not make it another answer: a repeat equals the first.</summary>
    public bool IsRepeat { get; init; }

    /// <inheritdoc/>
    public bool Equals(LedgerAnswer? other) =>
        other is not null && Outcome == other.Outcome && Balance == other.Balance && Amount == other.Amount;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Outcome, Balance, Amount);
}

/// <summary>One entry as seen from one account.</summary>
/// <param name="Change">Signed.</param>
public sealed record LedgerLine(
    Guid EntryId, LedgerEntryKind Kind, long Change, DateTimeOffset At, string? RoomId, string? GiftId, int Quantity, string? Reference);

/// <summary>What an account has.</summary>
/// <param name="Balance">Credits minus debits, what is held included.</param>
/// <param name="Held">Taken out by open holds; what can be spent is the difference.</param>
/// <param name="Frozen">Nothing can be debited.</param>
public readonly record struct LedgerBalance(LedgerAccount Account, long Balance, long Held, bool Frozen);
