using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>Reads single entries of one shard and what became of them. Key: the shard number (<c>0</c> today). Decides nothing.</summary>
public interface ILedgerEntriesGrain : IGrainWithStringKey
{
    /// <summary>An entry; null when there is none with this key.</summary>
    [AlwaysInterleave]
    ValueTask<LedgerEntryView?> Find(Guid key);
}

/// <summary>An entry and what became of it.</summary>
/// <param name="Reversed">How much of the amount was given back.</param>
/// <param name="Matured">Whether the earnings of a gift have become available: their holding time is over, and the ledger has moved them.</param>
/// <param name="Held">Open holds that name this entry as their original: somebody looks into it.</param>
public sealed record LedgerEntryView(
    Guid Key, LedgerEntryKind Kind, LedgerAccount Debit, long Amount, IReadOnlyList<LedgerLegView> Credits, int Rate, DateTimeOffset At,
    GiftMemo? Gift, string? Reference, Guid? Original, long Reversed, long Held, bool Matured);

/// <summary>One credit of an entry.</summary>
/// <param name="Reversed">How much of it was given back.</param>
public readonly record struct LedgerLegView(LedgerAccount Account, long Amount, long Reversed)
{
    /// <summary>What is left of it.</summary>
    public long Left => Amount - Reversed;
}
