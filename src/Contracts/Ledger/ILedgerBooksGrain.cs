using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>Reads the books of one shard: statements, coin lots, earnings over time. Key: the shard number (<c>0</c> today). Decides nothing.</summary>
public interface ILedgerBooksGrain : IGrainWithStringKey
{
    /// <summary>A statement: what an account had, what moved, what it has, page by page.</summary>
    [AlwaysInterleave]
    ValueTask<LedgerStatement> GetStatement(LedgerStatementRequest request);

    /// <summary>The coin lots of a viewer, oldest first: what each top-up paid for and what is left of it.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<CoinLot>> GetLots(string accountId);

    /// <summary>The entries that a top-up's coins paid for, oldest first.</summary>
    /// <param name="topUp">Key of the top-up's entry.</param>
    [AlwaysInterleave]
    ValueTask<CoinLotTrace?> TraceLot(string accountId, Guid topUp);

    /// <summary>What a streamer has earned: pending, available, held for payouts, paid, owed.</summary>
    [AlwaysInterleave]
    ValueTask<EarningsSummary> GetEarnings(string accountId);

    /// <summary>Earnings by day (UTC), oldest first, days without any included.</summary>
    /// <param name="days">1 to 366.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<EarningsDay>> GetEarningsByDay(string accountId, int days);
}

/// <summary>Which part of which account.</summary>
/// <param name="From">First moment.</param>
/// <param name="Until">First moment after.</param>
/// <param name="After">Place of the last line of the page before; null: the first page.</param>
/// <param name="Take">1 to 500.</param>
public sealed record LedgerStatementRequest(LedgerAccount Account, DateTimeOffset From, DateTimeOffset Until, LedgerPlace? After, int Take);

/// <summary>Where an entry stands in its shard's journal.</summary>
public readonly record struct LedgerPlace(long Batch, int Order);

/// <summary>One page of a statement. Opening + credits - debits = closing, for the whole period, on every page.</summary>
/// <param name="Entries">Entries that touch the account in the whole period; at least as many as there are lines.</param>
/// <param name="Next">Place to ask the next page with; null: this was the last.</param>
public sealed record LedgerStatement(
    LedgerAccount Account, DateTimeOffset From, DateTimeOffset Until, long Opening, long Debits, long Credits, long Closing, long Entries,
    IReadOnlyList<LedgerStatementLine> Lines, LedgerPlace? Next);

/// <summary>One line of a statement, oldest first.</summary>
/// <param name="Change">Signed.</param>
/// <param name="Balance">After this line.</param>
/// <param name="Rate">Version of the shares that were applied.</param>
/// <param name="EarnerId">Whose earnings it is about, when that is somebody else: the streamer of an agency's share, or to whom a viewer gave.</param>
/// <param name="EarnerName">Their name; null in the ledger, which knows ids.</param>
public sealed record LedgerStatementLine(
    Guid EntryId, LedgerEntryKind Kind, long Change, long Balance, DateTimeOffset At, string? RoomId, string? SenderName, string? GiftId,
    int Quantity, int Rate, string? Reference, Guid? Original, string? EarnerId = null, string? EarnerName = null);

/// <summary>Coins of one top-up.</summary>
/// <param name="TopUp">Key of the entry that brought them.</param>
/// <param name="Left">Coins of it that are not spent.</param>
/// <param name="Held">Of those, frozen by a hold on this lot.</param>
public sealed record CoinLot(Guid TopUp, string? Reference, long Coins, long Left, long Held, DateTimeOffset At);

/// <summary>What a top-up's coins paid for.</summary>
public sealed record CoinLotTrace(CoinLot Lot, IReadOnlyList<CoinLotUse> Uses);

/// <summary>Coins of a lot that an entry used.</summary>
/// <param name="Amount">Of this lot; an entry may use several lots.</param>
/// <param name="Earner">Whose earnings the entry became; null: nobody's.</param>
/// <param name="Earned">What of <paramref name="Amount"/> the earner got: the same share as of the whole entry, rounded up.</param>
public sealed record CoinLotUse(
    Guid EntryId, LedgerEntryKind Kind, long Amount, DateTimeOffset At, string? RoomId, string? GiftId, string? Earner = null, long Earned = 0);

/// <summary>A streamer's earnings now. Coins by gifts, minor units of the currency by sales.</summary>
/// <param name="GiftHoldingDays">How long coins are pending.</param>
public sealed record EarningsSummary(EarningsOf Gifts, EarningsOf Sales, string Currency, int GiftHoldingDays);

/// <summary>One kind of earnings.</summary>
/// <param name="Pending">Within the holding time.</param>
/// <param name="Available">Can be withdrawn.</param>
/// <param name="Held">Reserved by payouts or disputes; part of neither of the others.</param>
/// <param name="PaidOut">Withdrawn so far.</param>
/// <param name="Owed">To be repaid from later earnings: zero or positive.</param>
/// <param name="NextAt">When the oldest pending part becomes available; null: nothing is pending, or each order decides (sales).</param>
public sealed record EarningsOf(long Pending, long Available, long Held, long PaidOut, long Owed, DateTimeOffset? NextAt);

/// <summary>One day's earnings.</summary>
/// <param name="GiftCoins">What gifts brought, minus what was given back on the day; may be negative.</param>
/// <param name="SalesMinor">What sales brought, likewise.</param>
/// <param name="PaidOutMinor">What was transferred, gifts and sales together.</param>
public sealed record EarningsDay(DateOnly Day, long GiftCoins, long SalesMinor, long PaidOutMinor);
