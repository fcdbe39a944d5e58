using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>
/// One shard of the double-entry ledger: the only writer of its balances. Key: the shard number (<c>0</c> today).
/// Everything it acknowledges is committed; a repeated key with the same content gets the first answer.
/// </summary>
public interface IGiftLedgerGrain : IGrainWithStringKey
{
    /// <summary>The one shard of today.</summary>
    const string Key = "0";

    /// <summary>Moves an amount from one account to up to three, in one commit.</summary>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<LedgerAnswer> Post(LedgerEntry entry);

    /// <summary>The first answer to this key, if it is known; KeyReused when the content differs; null when it is new.</summary>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<LedgerAnswer?> Recall(Guid key, long fingerprint);

    /// <summary>The balance: credits minus debits, minus what is held. 0 for an account never used.</summary>
    [AlwaysInterleave]
    ValueTask<long> GetBalance(LedgerAccount account);

    /// <summary>The newest entries that touch the account, newest first.</summary>
    /// <param name="take">1 to 200.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<LedgerLine>> GetLines(LedgerAccount account, int take);

    /// <summary>Gifts of a room committed after a place, oldest first: what a room asks for when it wakes.</summary>
    /// <param name="take">1 to 1,000.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<SettledGift>> GetGiftsAfter(string roomId, long batch, int order, int take);

    /// <summary>The newest gifts of a room, oldest first.</summary>
    /// <param name="take">1 to 200.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<SettledGift>> GetLatestGifts(string roomId, int take);
}

/// <summary>An account of the ledger.</summary>
/// <param name="Kind">Its purpose; decides whether it may be negative.</param>
/// <param name="Owner">Whose: an account id of 32 hex digits, or empty for the platform's own.</param>
/// <param name="Unit">What it counts. Legs never mix units.</param>
public readonly record struct LedgerAccount(LedgerAccountKind Kind, string Owner, LedgerUnit Unit)
{
    /// <summary>Spendable coins of a viewer.</summary>
    public static LedgerAccount Coins(string accountId) => new(LedgerAccountKind.Viewer, accountId, LedgerUnit.Coins);

    /// <summary>Coins earned by gifts: income, not spendable.</summary>
    public static LedgerAccount Earnings(string accountId) => new(LedgerAccountKind.Streamer, accountId, LedgerUnit.Coins);

    /// <summary>Money earned by sales.</summary>
    public static LedgerAccount Sales(string accountId) => new(LedgerAccountKind.Streamer, accountId, LedgerUnit.UsdCents);

    /// <summary>The platform's share.</summary>
    public static LedgerAccount Fee(LedgerUnit unit) => new(LedgerAccountKind.Fee, "", unit);

    /// <summary>Where paid money comes from: minus what the payment provider has taken in.</summary>
    public static LedgerAccount Clearing(LedgerUnit unit) => new(LedgerAccountKind.TopUpClearing, "", unit);
}

/// <summary>What a ledger account is for. Numbers are stored.</summary>
public enum LedgerAccountKind
{
    Viewer = 1,
    Streamer = 2,
    Fee = 3,
    Agency = 4,

    /// <summary>May be negative.</summary>
    TopUpClearing = 5,

    /// <summary>May be negative.</summary>
    PayoutClearing = 6,

    /// <summary>May be negative.</summary>
    Receivable = 7,
}

/// <summary>What is counted: whole coins, or minor units of a currency. Numbers are stored.</summary>
public enum LedgerUnit
{
    Coins = 1,
    UsdCents = 2,
}

/// <summary>What an entry is. Numbers are stored.</summary>
public enum LedgerEntryKind
{
    Gift = 1,
    TopUp = 2,
    Reversal = 3,
    Sale = 13,
}

/// <summary>A request to the ledger.</summary>
/// <param name="Key">UUIDv7, the entry's id. Its time must be within −24 h … +5 min of the ledger's clock.</param>
/// <param name="Fingerprint">Hash of the request that led here: the same key with another fingerprint is refused.</param>
/// <param name="Debit">Who pays.</param>
/// <param name="Credits">1 to 3 legs, each ≥ 0, the sum &gt; 0.</param>
/// <param name="Rate">Version of the shares that were applied.</param>
/// <param name="Gift">Set on gifts: what the room will be told after the commit.</param>
/// <param name="Reference">What the entry is about elsewhere: a payment, an order.</param>
public sealed record LedgerEntry(
    Guid Key,
    long Fingerprint,
    LedgerEntryKind Kind,
    LedgerAccount Debit,
    IReadOnlyList<LedgerLeg> Credits,
    int Rate,
    GiftMemo? Gift = null,
    string? Reference = null);

/// <summary>One credit.</summary>
public readonly record struct LedgerLeg(LedgerAccount Account, long Amount);

/// <summary>What a gift entry remembers of the gift.</summary>
public sealed record GiftMemo(string RoomId, Accounts.Person Sender, string GiftId, int Quantity);

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
}

/// <summary>The ledger's answer.</summary>
/// <param name="Balance">Of the debit account after the decision.</param>
/// <param name="Amount">What the request would move or has moved.</param>
public sealed record LedgerAnswer(LedgerOutcome Outcome, long Balance, long Amount);

/// <summary>One entry as seen from one account.</summary>
/// <param name="Change">Signed.</param>
public sealed record LedgerLine(
    Guid EntryId, LedgerEntryKind Kind, long Change, DateTimeOffset At, string? RoomId, string? GiftId, int Quantity, string? Reference);
