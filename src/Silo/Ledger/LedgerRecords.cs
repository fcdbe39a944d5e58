using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What is stored about an account beside its turnover. Numbers are stored.</summary>
[Flags]
internal enum AccountFlags
{
    None = 0,

    /// <summary>Its kind is a counterpart of the outside world, so it may owe.</summary>
    MayBeNegative = 1,

    /// <summary>Nothing can be debited; credits still arrive.</summary>
    Frozen = 2,
}

/// <summary>An account as it was last committed.</summary>
/// <param name="Id">Given by the owner of the shard; never reused.</param>
/// <param name="Debits">Turnover, only grows.</param>
/// <param name="Credits">Turnover, only grows.</param>
/// <param name="Postings">How many commits have touched it.</param>
internal sealed record AccountRecord(long Id, LedgerAccount Account, AccountFlags Flags, long Debits, long Credits, long Postings)
{
    /// <summary>Credits minus debits.</summary>
    public long Balance => Credits - Debits;
}

/// <summary>What is remembered of a decided key: enough to repeat the first answer, or to refuse another use of the key.</summary>
internal readonly record struct RememberedAnswer(long Fingerprint, LedgerOutcome Outcome, long Balance, long Amount)
{
    /// <summary>What a request with this fingerprint is told.</summary>
    public LedgerAnswer To(long fingerprint) =>
        fingerprint == Fingerprint ? new LedgerAnswer(Outcome, Balance, Amount) : new LedgerAnswer(LedgerOutcome.KeyReused, 0, 0);
}

/// <summary>A request that was decided to move.</summary>
/// <param name="DebitAfter">The debit account's balance after it.</param>
internal sealed record DecidedEntry(LedgerEntry Request, long Amount, long DebitAfter);

/// <summary>What one commit does to one account.</summary>
/// <param name="Before">As last committed; all zero and <paramref name="IsNew"/> when the batch opens it.</param>
/// <param name="Debit">The batch's debits of the account.</param>
/// <param name="Credit">The batch's credits of the account.</param>
/// <param name="Entries">How many entries of the batch touch it.</param>
/// <param name="FirstOrder">Place of the first of them in the batch.</param>
/// <param name="LastOrder">Place of the last.</param>
internal sealed record AccountChange(
    AccountRecord Before, bool IsNew, long Debit, long Credit, int Entries, int FirstOrder, int LastOrder)
{
    /// <summary>The account when the batch is committed.</summary>
    public AccountRecord After => Before with
    {
        Debits = Before.Debits + Debit,
        Credits = Before.Credits + Credit,
        Postings = Before.Postings + 1,
    };
}

/// <summary>One commit.</summary>
/// <param name="Seq">One more than the last.</param>
/// <param name="Entries">Not empty; the place in the list is the entry's order.</param>
/// <param name="Accounts">Every account that the entries touch, each once.</param>
internal sealed record LedgerBatch(
    int Shard,
    long Epoch,
    long Seq,
    DateTimeOffset At,
    byte[] PreviousHash,
    byte[] Hash,
    IReadOnlyList<DecidedEntry> Entries,
    IReadOnlyList<AccountChange> Accounts)
{
    /// <summary>The gifts in it, as their rooms are told.</summary>
    public IReadOnlyList<SettledGift> Gifts()
    {
        var gifts = new List<SettledGift>();
        for (var order = 0; order < Entries.Count; order++)
        {
            var entry = Entries[order];
            if (entry.Request.Gift is { } memo)
            {
                gifts.Add(new SettledGift(
                    entry.Request.Key, memo.RoomId, memo.Sender, memo.GiftId, memo.Quantity, entry.Amount, Seq, order, At));
            }
        }

        return gifts;
    }
}

/// <summary>What an owner gets when it takes a shard over.</summary>
/// <param name="Epoch">Its own; every earlier owner is fenced from now on.</param>
/// <param name="LastSeq">Of the last commit.</param>
/// <param name="LastHash">The end of the hash chain.</param>
/// <param name="LastAccountId">The highest id given in this shard; 0 when there is none.</param>
/// <param name="NewestKey">The highest stored key of any shard: a key of a later time is certainly new.</param>
internal sealed record LedgerHead(long Epoch, long LastSeq, byte[] LastHash, long LastAccountId, Guid? NewestKey);

/// <summary>What is stored about the keys and accounts that were asked for; what is not stored is absent.</summary>
internal sealed record LedgerFound(
    IReadOnlyDictionary<Guid, RememberedAnswer> Keys, IReadOnlyDictionary<LedgerAccount, AccountRecord> Accounts);
