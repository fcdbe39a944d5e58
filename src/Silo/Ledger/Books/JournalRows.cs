using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>An account as the books know it.</summary>
/// <param name="Debits">All that ever went out.</param>
/// <param name="Credits">All that ever came in.</param>
/// <param name="Held">What open holds have taken out of the balance.</param>
internal sealed record BookAccount(long Id, LedgerAccount Account, long Debits, long Credits, long Held)
{
    /// <summary>Credits minus debits.</summary>
    public long Balance => Credits - Debits;

    /// <summary>The balance without what is held.</summary>
    public long Free => Balance - Held;
}

/// <summary>What one commit did to one account.</summary>
/// <param name="After">The balance when it was done.</param>
internal readonly record struct BookPosting(long Batch, long Debit, long Credit, int Entries, long After)
{
    /// <summary>The balance before it.</summary>
    public long Before => After - Credit + Debit;
}

/// <summary>An entry as one account sees it.</summary>
/// <param name="Change">Signed; 0 when the entry moves nothing, such as a hold.</param>
/// <param name="Amount">What the entry is about, all legs together; of a hold what it held.</param>
/// <param name="Earner">Whose earnings it, or what it reverses, is about: somebody else than the account's owner. Only where it was asked for.</param>
internal sealed record BookEntry(
    LedgerPlace Place, Guid Key, LedgerEntryKind Kind, long Change, long Amount, DateTimeOffset At, string? RoomId, string? SenderName,
    string? GiftId, int Quantity, int Rate, string? Reference, Guid? Original, Guid? Lot, string? Earner = null);

/// <summary>Turnover of an account between two commits.</summary>
/// <param name="Entries">How many entries touched it.</param>
internal sealed record BookTurnover(long Opening, long Debits, long Credits, long Closing, long Entries);
