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

    /// <summary>How many entries one commit takes together.</summary>
    const int TogetherMax = 8;

    /// <summary>Takes one entry of any kind but <see cref="LedgerEntryKind.Reversal"/>, in one commit.</summary>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<LedgerAnswer> Post(LedgerEntry entry);

    /// <summary>Takes several entries in one commit, all or none, decided in their order: each sees what those before it moved.</summary>
    /// <param name="entries">1 to <see cref="TogetherMax"/>, with different keys. The first one's key stands for all: a repeat answers as the first time.</param>
    /// <returns>The first refusal, or the answer to the first entry.</returns>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<LedgerAnswer> PostTogether(IReadOnlyList<LedgerEntry> entries);

    /// <summary>Gives back a gift, a sale, a card gift or a top-up, whole or in part: the legs in mirror image, in one commit.</summary>
    /// <remarks>
    /// What an account of earnings cannot pay (pending first, then available) is taken from what its owner owes
    /// (<see cref="LedgerAccountKind.Receivable"/>), which later earnings repay first.
    /// </remarks>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<LedgerAnswer> Reverse(LedgerReversal reversal);

    /// <summary>Freezes an account (nothing can be debited) or thaws it, and keeps who did it and why. Idempotent by key.</summary>
    [AlwaysInterleave]
    ValueTask<LedgerAnswer> SetFrozen(LedgerFreeze freeze);

    /// <summary>Completes when everything that came before has been decided and committed: what is read afterwards holds all of it.</summary>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask Settle();

    /// <summary>A hold as it stands; null when there is none with this key.</summary>
    [AlwaysInterleave]
    ValueTask<LedgerHoldView?> GetHold(Guid key);

    /// <summary>Balances and what is held, in the order asked.</summary>
    /// <param name="accounts">1 to 64.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<LedgerBalance>> GetBalances(IReadOnlyList<LedgerAccount> accounts);

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
