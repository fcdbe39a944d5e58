using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Decides the requests of one batch, in the order they arrived, on top of what was last committed. Pure: nothing is changed
/// but the draft, so a batch that fails is dropped and decided again.
/// </summary>
/// <param name="accounts">Every account that a request names and that exists.</param>
/// <param name="known">Every key of the requests that was decided before.</param>
/// <param name="lastAccountId">New accounts get the ids after it.</param>
/// <param name="originals">Every stored entry that a request is about.</param>
internal sealed class LedgerDraft(
    IReadOnlyDictionary<LedgerAccount, AccountRecord> accounts,
    IReadOnlyDictionary<Guid, RememberedAnswer> known,
    long lastAccountId,
    DateTimeOffset now,
    IReadOnlyDictionary<Guid, StoredEntry>? originals = null)
{
    private readonly Dictionary<Guid, RememberedAnswer> _decided = [];
    private readonly DraftBooks _books = new(accounts, lastAccountId);
    private DraftHolds? _holds;
    private DraftReversals? _reversals;

    /// <summary>What will be stored, in order.</summary>
    public IReadOnlyList<DecidedEntry> Entries => _books.Entries;

    /// <summary>The keys decided here, moved and refused; not those that were known.</summary>
    public IReadOnlyDictionary<Guid, RememberedAnswer> Decided => _decided;

    /// <summary>The highest account id given so far.</summary>
    public long LastAccountId => _books.LastAccountId;

    /// <summary>The holds that are opened or end.</summary>
    public IReadOnlyList<HoldChange> HoldChanges() => _holds?.Changes() ?? [];

    /// <summary>The accounts that <see cref="Entries"/> name.</summary>
    public IReadOnlyList<AccountChange> Changes() => _books.Changes();

    /// <summary>What is given back.</summary>
    public IReadOnlyList<ReversalRecord> ReversalRecords() => _reversals?.Records ?? [];

    private DraftReversals Reversals => _reversals ??= new DraftReversals(_books, originals ?? new Dictionary<Guid, StoredEntry>());

    private DraftHolds Holds => _holds ??= new DraftHolds(_books, originals ?? new Dictionary<Guid, StoredEntry>(), now);

    /// <summary>The answer to one request, whatever it is.</summary>
    public LedgerAnswer Decide(LedgerRequest request) =>
        request.Entry is { } entry ? Decide(entry, request.IsOwn)
        : request.Reversal is { } reversal ? Decide(reversal)
        : DecideTogether(request.Together);

    /// <summary>The answer to one entry. Checked in the order of <see cref="LedgerOutcome"/>.</summary>
    /// <param name="isOwn">Made by the ledger itself: its key's time does not matter.</param>
    public LedgerAnswer Decide(LedgerEntry entry, bool isOwn = false)
    {
        // A known key is answered whatever its age and whatever has changed since: the coins have moved.
        if (Recall(entry.Key) is { } earlier) { return earlier.To(entry.Fingerprint); }
        if (!isOwn && !LedgerRules.IsKeyInTime(entry.Key, now)) { return new LedgerAnswer(LedgerOutcome.KeyOutOfTime, 0, 0); }
        return Remember(entry, Apply(entry));
    }

    /// <summary>The answer to several entries that are committed all or none. The first one's key stands for all.</summary>
    public LedgerAnswer DecideTogether(IReadOnlyList<LedgerEntry> entries)
    {
        var first = entries[0];
        if (Recall(first.Key) is { } earlier) { return earlier.To(first.Fingerprint); }
        if (RefuseKeys([.. entries.Select(entry => entry.Key)]) is { } refusal) { return refusal; }

        _books.Begin();
        var (answers, refused) = ApplyAll(entries);
        if (refused is not null)
        {
            _books.TakeBack();
            return Remember(first.Key, first.Fingerprint, refused);
        }

        _books.Keep();
        for (var i = 0; i < answers.Length; i++) { Remember(entries[i], answers[i]); }
        return answers[0];
    }

    /// <summary>The answer to a reversal. What comes together with it is decided first: it may free what is given back.</summary>
    public LedgerAnswer Decide(LedgerReversal reversal)
    {
        if (Recall(reversal.Key) is { } earlier) { return earlier.To(reversal.Fingerprint); }
        IReadOnlyList<LedgerEntry> together = reversal.Together ?? [];
        if (RefuseKeys([reversal.Key, .. together.Select(entry => entry.Key)]) is { } refusal) { return refusal; }

        _books.Begin();
        var (answers, refused) = ApplyAll(together);
        var answer = refused ?? Reversals.Reverse(reversal);
        if (answer.Outcome != LedgerOutcome.Moved)
        {
            _books.TakeBack();
            return Remember(reversal.Key, reversal.Fingerprint, answer);
        }

        _books.Keep();
        for (var i = 0; i < answers.Length; i++) { Remember(together[i], answers[i]); }
        return Remember(reversal.Key, reversal.Fingerprint, answer);
    }

    private (LedgerAnswer[] Answers, LedgerAnswer? Refused) ApplyAll(IReadOnlyList<LedgerEntry> entries)
    {
        var answers = new LedgerAnswer[entries.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Apply(entries[i]);
            if (answers[i].Outcome != LedgerOutcome.Moved) { return (answers, answers[i]); }
        }

        return (answers, null);
    }

    private RememberedAnswer? Recall(Guid key) =>
        known.TryGetValue(key, out var earlier) || _decided.TryGetValue(key, out earlier) ? earlier : null;

    private LedgerAnswer? RefuseKeys(Guid[] keys)
    {
        // The first key is new, so none of the others may have been used: all were stored in one commit, or none.
        var outcome = LedgerOutcome.Moved;
        for (var i = 0; i < keys.Length && outcome == LedgerOutcome.Moved; i++)
        {
            if (Recall(keys[i]) is not null) { outcome = LedgerOutcome.KeyReused; }
            else if (!LedgerRules.IsKeyInTime(keys[i], now)) { outcome = LedgerOutcome.KeyOutOfTime; }
            else if (keys.AsSpan(0, i).Contains(keys[i])) { outcome = LedgerOutcome.Malformed; }
        }

        return outcome == LedgerOutcome.Moved ? null : new LedgerAnswer(outcome, 0, 0);
    }

    // Either adds the entry and what follows from it, or changes nothing.
    private LedgerAnswer Apply(LedgerEntry entry)
    {
        if (LedgerRules.Frees(entry.Kind))
        {
            return LedgerRules.IsHeadWellFormed(entry) ? Answer(entry, Holds.Free(entry)) : new LedgerAnswer(LedgerOutcome.Malformed, 0, 0);
        }

        if (LedgerRules.AmountOf(entry) is not { } amount) { return new LedgerAnswer(LedgerOutcome.Malformed, 0, 0); }
        return entry.Kind == LedgerEntryKind.Hold ? Answer(entry, Holds.Open(entry, amount)) : Answer(entry, (Move(entry, amount), amount));
    }

    private LedgerOutcome Move(LedgerEntry entry, long amount)
    {
        var debit = _books.Account(entry.Debit);
        if (WouldOverflow(debit, entry, amount)) { return LedgerOutcome.Malformed; }
        var isPost = entry.Kind == LedgerEntryKind.HoldPosted;
        if (isPost)
        {
            // What is held was there when it was held and stays there, frozen or not.
            var outcome = Holds.CheckPost(entry, amount);
            if (outcome != LedgerOutcome.Moved) { return outcome; }
        }
        else if (debit.Before.Flags.HasFlag(AccountFlags.Frozen))
        {
            return LedgerOutcome.Frozen;
        }
        else if (!debit.MayBeNegative && debit.Spendable < amount)
        {
            return LedgerOutcome.Insufficient;
        }

        if (Overpays(entry)) { return LedgerOutcome.TooMuch; }
        if (isPost) { Holds.Post(entry, amount); }
        _books.Move(entry, amount);
        if (LedgerRules.BringsEarnings(entry.Kind)) { RepayFrom(entry); }
        return LedgerOutcome.Moved;
    }

    // What somebody owes is repaid from what they earn next, in the same commit.
    private void RepayFrom(LedgerEntry entry)
    {
        for (var leg = 0; leg < entry.Credits.Count; leg++)
        {
            var (account, earned) = entry.Credits[leg];
            if (!LedgerRules.IsEarning(account.Kind) || !_books.MayOwe(_books.Account(account))) { continue; }
            var receivable = LedgerAccount.Receivable(account.Owner, account.Unit);
            var repaid = Math.Min(-_books.Account(receivable).Balance, earned);
            if (repaid <= 0) { continue; }
            _books.Move(
                new LedgerEntry(
                    LedgerKeys.DeriveOwn(entry.Key, $"repayment:{leg}"), Fingerprint: 0, LedgerEntryKind.Repayment, account,
                    [new LedgerLeg(receivable, repaid)], Rate: 0, Original: entry.Key),
                repaid);
        }
    }

    private bool Overpays(LedgerEntry entry)
    {
        foreach (var leg in entry.Credits)
        {
            if (leg.Account.Kind == LedgerAccountKind.Receivable && leg.Amount > -_books.Account(leg.Account).Balance) { return true; }
        }

        return false;
    }

    private LedgerAnswer Answer(LedgerEntry entry, (LedgerOutcome Outcome, long Amount) decision) =>
        new(decision.Outcome, _books.Account(entry.Debit).Spendable, decision.Amount);

    private LedgerAnswer Remember(LedgerEntry entry, LedgerAnswer answer) => Remember(entry.Key, entry.Fingerprint, answer);

    // Only what the same request would be told for good: a hold may still come, or come to its end.
    private LedgerAnswer Remember(Guid key, long fingerprint, LedgerAnswer answer)
    {
        if (answer.Outcome is LedgerOutcome.Moved or LedgerOutcome.Frozen or LedgerOutcome.Insufficient)
        {
            _decided.Add(key, new RememberedAnswer(fingerprint, answer.Outcome, answer.Balance, answer.Amount));
        }

        return answer;
    }

    private bool WouldOverflow(DraftAccount debit, LedgerEntry entry, long amount)
    {
        if (amount > long.MaxValue - debit.Debits) { return true; }
        foreach (var leg in entry.Credits)
        {
            if (leg.Amount > long.MaxValue - _books.Account(leg.Account).Credits) { return true; }
        }

        return false;
    }
}
