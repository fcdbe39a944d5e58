namespace LiveCommerce.Contracts.Ledger;

/// <summary>A request to give something back.</summary>
/// <param name="Key">UUIDv7; the entries of the reversal get keys derived from it.</param>
/// <param name="Original">Key of the entry to give back.</param>
/// <param name="Amount">How much of the original's amount; null: all that is left.</param>
/// <param name="Reference">Why and by whom, such as <c>dispute:ID</c>.</param>
/// <param name="Together">Entries of the same commit, such as the money side; empty or at most 3.</param>
/// <param name="Lot">Of a top-up's reversal: its coins are taken from its own lot.</param>
/// <param name="Only">What the original must be: an entry of another kind counts as unknown. Null: anything that can be given back.</param>
public sealed record LedgerReversal(
    Guid Key, long Fingerprint, Guid Original, long? Amount, string Reference, IReadOnlyList<LedgerEntry> Together, Guid? Lot = null,
    LedgerEntryKind? Only = null);

/// <summary>A request to freeze or thaw an account.</summary>
/// <param name="By">The account id of who decided, or a machine's name.</param>
public sealed record LedgerFreeze(Guid Key, LedgerAccount Account, bool Frozen, string By, string Reason);

/// <summary>A hold as it stands.</summary>
/// <param name="Posted">What was moved of it; 0 unless it is posted.</param>
public sealed record LedgerHoldView(Guid Key, LedgerAccount Debit, long Amount, LedgerHoldState State, long Posted, DateTimeOffset ExpiresAt, string? Reference);

/// <summary>Where a hold is. Numbers are stored.</summary>
public enum LedgerHoldState
{
    Open = 0,
    Posted = 1,
    Voided = 2,
    Expired = 3,
}
