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

    private DraftHolds Holds => _holds ??= new DraftHolds(_books, originals ?? new Dictionary<Guid, StoredEntry>(), now);

    /// <summary>The answer to one request, whatever it is.</summary>
    public LedgerAnswer Decide(LedgerRequest request) =>
        request.Entry is { } entry ? Decide(entry, request.IsOwn) : DecideTogether(request.Together);

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
        if (RefuseKeys(entries) is { } refusal) { return refusal; }

        _books.Begin();
        var answers = new LedgerAnswer[entries.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Apply(entries[i]);
            if (answers[i].Outcome == LedgerOutcome.Moved) { continue; }
            _books.TakeBack();
            return Remember(first, answers[i]);
        }

        _books.Keep();
        for (var i = 0; i < answers.Length; i++) { Remember(entries[i], answers[i]); }
        return answers[0];
    }

    private RememberedAnswer? Recall(Guid key) =>
        known.TryGetValue(key, out var earlier) || _decided.TryGetValue(key, out earlier) ? earlier : null;

    private LedgerAnswer? RefuseKeys(IReadOnlyList<LedgerEntry> entries)
    {
        // The first key is new, so none of the others may have been used: all were stored in one commit, or none.
        var outcome = LedgerOutcome.Moved;
        for (var i = 0; i < entries.Count && outcome == LedgerOutcome.Moved; i++)
        {
            if (Recall(entries[i].Key) is not null) { outcome = LedgerOutcome.KeyReused; }
            else if (!LedgerRules.IsKeyInTime(entries[i].Key, now)) { outcome = LedgerOutcome.KeyOutOfTime; }
            else if (entries.Take(i).Any(other => other.Key == entries[i].Key)) { outcome = LedgerOutcome.Malformed; }
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

    // Only what the same request would be told for good: a hold may still come, or come to its end.
    private LedgerAnswer Remember(LedgerEntry entry, LedgerAnswer answer)
    {
        if (answer.Outcome is LedgerOutcome.Moved or LedgerOutcome.Frozen or LedgerOutcome.Insufficient)
        {
            _decided.Add(entry.Key, new RememberedAnswer(entry.Fingerprint, answer.Outcome, answer.Balance, answer.Amount));
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
