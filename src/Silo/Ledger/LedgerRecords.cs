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
/// <param name="Postings">How many commits have moved something of it.</param>
/// <param name="Held">What open holds have taken out.</param>
/// <param name="Indebted">Earnings only: whether their owner owes, so that new earnings repay first. Known here, stored nowhere.</param>
internal sealed record AccountRecord(
    long Id, LedgerAccount Account, AccountFlags Flags, long Debits, long Credits, long Postings, long Held = 0, bool Indebted = false)
{
    /// <summary>Credits minus debits.</summary>
    public long Balance => Credits - Debits;

    /// <summary>The balance without what is held.</summary>
    public long Spendable => Balance - Held;
}

/// <summary>What is remembered of a decided key: enough to repeat the first answer, or to refuse another use of the key.</summary>
internal readonly record struct RememberedAnswer(long Fingerprint, LedgerOutcome Outcome, long Balance, long Amount)
{
    /// <summary>What a request with this fingerprint is told.</summary>
    public LedgerAnswer To(long fingerprint) =>
        fingerprint == Fingerprint
            ? new LedgerAnswer(Outcome, Balance, Amount) { IsRepeat = true }
            : new LedgerAnswer(LedgerOutcome.KeyReused, 0, 0) { IsRepeat = true };
}

/// <summary>A request that was decided to move, to hold, or to free.</summary>
/// <param name="DebitAfter">What the debit account can spend after it.</param>
internal sealed record DecidedEntry(LedgerEntry Request, long Amount, long DebitAfter);

/// <summary>What one commit does to one account.</summary>
/// <param name="Before">As last committed; all zero and <paramref name="IsNew"/> when the batch opens it.</param>
/// <param name="Debit">The batch's debits of the account.</param>
/// <param name="Credit">The batch's credits of the account.</param>
/// <param name="Entries">How many entries of the batch move something of it; 0 when it is only named or held.</param>
/// <param name="FirstOrder">Place of the first of them in the batch.</param>
/// <param name="LastOrder">Place of the last.</param>
/// <param name="Held">By how much the batch changes what is held of it.</param>
internal sealed record AccountChange(
    AccountRecord Before, bool IsNew, long Debit, long Credit, int Entries, int FirstOrder, int LastOrder, long Held = 0)
{
    /// <summary>Whether a posting is written.</summary>
    public bool Moves => Entries > 0;

    /// <summary>How many commits have moved something of it, this one included.</summary>
    public long PostingsAfter => Before.Postings + (Moves ? 1 : 0);

    /// <summary>Credits minus debits when the batch is committed.</summary>
    public long BalanceAfter => Before.Balance + Credit - Debit;

    /// <summary>The account when the batch is committed.</summary>
    public AccountRecord After => Before with
    {
        Debits = Before.Debits + Debit,
        Credits = Before.Credits + Credit,
        Postings = PostingsAfter,
        Held = Before.Held + Held,
    };
}

/// <summary>What one commit does to one hold.</summary>
/// <param name="IsNew">Whether the batch opens it.</param>
/// <param name="ResolvedBy">The entry that ends it; null while it is open.</param>
internal sealed record HoldChange(
    Guid Key, LedgerAccount Account, long Amount, DateTimeOffset ExpiresAt, bool IsNew, LedgerHoldState State, long Posted, Guid? ResolvedBy);

/// <summary>What one request gave back of an entry.</summary>
/// <param name="Key">Of the first entry of the reversal.</param>
/// <param name="Seq">1 for the first of the original.</param>
/// <param name="Legs">Of each leg of the original, in its order.</param>
/// <param name="Total">With those before it.</param>
internal sealed record ReversalRecord(Guid Key, Guid Original, int Seq, IReadOnlyList<long> Legs, long Total, long OriginalAmount)
{
    /// <summary>The sum of the legs.</summary>
    public long Amount => Legs.Sum();
}

/// <summary>A freeze or a thaw about to be stored, with the account's row.</summary>
/// <param name="AfterSeq">The last commit before it, which is also its fence.</param>
internal sealed record FreezeRecord(LedgerFreeze Freeze, AccountRecord Before, bool IsNew, int Shard, long Epoch, long AfterSeq, DateTimeOffset At)
{
    /// <summary>The account's flags when it is stored.</summary>
    public AccountFlags Flags => Freeze.Frozen ? Before.Flags | AccountFlags.Frozen : Before.Flags & ~AccountFlags.Frozen;
}

/// <summary>One commit.</summary>
/// <param name="Seq">One more than the last.</param>
/// <param name="Entries">Not empty; the place in the list is the entry's order.</param>
/// <param name="Accounts">Every account that the entries name, each once.</param>
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
    /// <summary>The holds that it opens or ends.</summary>
    public IReadOnlyList<HoldChange> Holds { get; init; } = [];

    /// <summary>What it gives back.</summary>
    public IReadOnlyList<ReversalRecord> Reversals { get; init; } = [];

    /// <summary>Whether every account moves and nothing but moves: gifts and nothing else, the batch that must be quick.</summary>
    public bool IsPlain { get; } = Accounts.All(change => change.Moves && change.Held == 0);

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

/// <summary>What is stored about the keys, accounts and originals that were asked for; what is not stored is absent.</summary>
internal sealed record LedgerFound(
    IReadOnlyDictionary<Guid, RememberedAnswer> Keys, IReadOnlyDictionary<LedgerAccount, AccountRecord> Accounts)
{
    /// <summary>Entries that others are about.</summary>
    public IReadOnlyDictionary<Guid, StoredEntry> Originals { get; init; } = new Dictionary<Guid, StoredEntry>();
}

/// <summary>An entry that another one is about.</summary>
/// <param name="Hold">Where it is, when it is a hold.</param>
/// <param name="Reversed">What was given back of each leg.</param>
/// <param name="ReversedSeq">How often something was given back.</param>
internal sealed record StoredEntry(LedgerEntry Entry, long Amount, HoldChange? Hold, IReadOnlyList<long> Reversed, int ReversedSeq);

/// <summary>A freeze that was decided before.</summary>
internal sealed record StoredFreeze(LedgerFreeze Freeze, long Spendable);

/// <summary>An open hold that may be expired.</summary>
internal sealed record DueHold(Guid Key, LedgerAccount Debit);
