using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

public sealed class LedgerDraftTests
{
    private readonly Dictionary<LedgerAccount, AccountRecord> _accounts = [];
    private readonly Dictionary<Guid, RememberedAnswer> _known = [];

    [Fact]
    public void AffordableGift_MovesAndSplits()
    {
        Have(Ana, 100);
        var draft = Draft();

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), draft.Decide(Gift(Ana, 11)));
        Assert.Equal([(Ana, 11L, 0L), (Star, 0L, 5L), (Fee, 0L, 6L)], draft.Changes().Select(change => (change.Before.Account, change.Debit, change.Credit)));
    }

    [Fact]
    public void GiftTheSenderCannotAfford_MovesNothingAndNamesBothAmounts()
    {
        Have(Ana, 10);
        var draft = Draft();

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Insufficient, 10, 11), draft.Decide(Gift(Ana, 11)));
        Assert.Empty(draft.Entries);
        Assert.Empty(draft.Changes());
    }

    [Fact]
    public void GiftsOfOneBatch_AreDecidedInTheirOrderOnTopOfEachOther()
    {
        Have(Ana, 10);
        var draft = Draft();

        Assert.Equal(LedgerOutcome.Moved, draft.Decide(Gift(Ana, 6)).Outcome);
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Insufficient, 4, 6), draft.Decide(Gift(Ana, 6)));
        Assert.Equal(LedgerOutcome.Moved, draft.Decide(TopUp(Ana, 2)).Outcome);
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 0, 6), draft.Decide(Gift(Ana, 6)));
        Assert.Equal([(Ana, 0, 2), (Star, 0, 2), (Fee, 0, 2), (Clearing, 1, 1)],
            draft.Changes().Select(change => (change.Before.Account, change.FirstOrder, change.LastOrder)));
    }

    [Fact]
    public void OnlyTheOutsideWorldMayOwe()
    {
        var draft = Draft();

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, -5, 5), draft.Decide(TopUp(Ana, 5)));
        Assert.Equal(LedgerOutcome.Insufficient, draft.Decide(Gift(Ben, 1)).Outcome);
        Assert.Equal(LedgerOutcome.Insufficient, draft.Decide(TopUp(Ana, 5) with { Debit = Fee }).Outcome);
        Assert.Equal([Clearing, Ana], draft.Changes().Select(change => change.Before.Account));
        Assert.Equal([8L, 9L], draft.Changes().Select(change => change.Before.Id));
    }

    [Fact]
    public void FrozenAccount_PaysNothingAndStillReceives()
    {
        Have(Ana, 10, AccountFlags.Frozen);
        var draft = Draft();

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Frozen, 10, 20), draft.Decide(Gift(Ana, 20)));
        Assert.Equal(LedgerOutcome.Moved, draft.Decide(TopUp(Ana, 5)).Outcome);
    }

    [Fact]
    public void KeyRepeatedInTheBatch_MovesOnce()
    {
        Have(Ana, 100);
        var draft = Draft();
        var gift = Gift(Ana, 10);
        var first = draft.Decide(gift);
        draft.Decide(Gift(Ana, 10));

        Assert.Equal(first, draft.Decide(gift));
        Assert.Equal(LedgerOutcome.KeyReused, draft.Decide(gift with { Fingerprint = 8 }).Outcome);
        Assert.Equal(2, draft.Entries.Count);
    }

    [Fact]
    public void KnownKey_GetsItsFirstAnswerWhateverItsAgeAndContentToday()
    {
        var old = Gift(Ana, 10, Key(Noon.AddDays(-30)));
        _known[old.Key] = new RememberedAnswer(old.Fingerprint, LedgerOutcome.Moved, 55, 10);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 55, 10), Draft().Decide(old));
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 55, 10), Draft().Decide(old with { Credits = [] }));
        Assert.Equal(LedgerOutcome.KeyReused, Draft().Decide(old with { Fingerprint = 8, Credits = [] }).Outcome);
    }

    [Fact]
    public void RefusedKey_GetsItsFirstAnswerAfterATopUp()
    {
        var draft = Draft();
        var gift = Gift(Ana, 10);
        var first = draft.Decide(gift);
        draft.Decide(TopUp(Ana, 100));

        Assert.Equal(LedgerOutcome.Insufficient, first.Outcome);
        Assert.Equal(first, draft.Decide(gift));
        Assert.Equal(LedgerOutcome.KeyReused, draft.Decide(gift with { Fingerprint = 8 }).Outcome);
    }

    [Fact]
    public void KeyOutOfTime_IsSaidBeforeMalformed_AndIsNotRemembered()
    {
        var draft = Draft();
        var early = Gift(Ana, 10, Key(Noon.AddHours(1))) with { Credits = [] };

        Assert.Equal(LedgerOutcome.KeyOutOfTime, draft.Decide(early).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, draft.Decide(Gift(Ana, 10) with { Credits = [] }).Outcome);
        Assert.Empty(draft.Decided);
    }

    [Fact]
    public void TurnoverBeyond64Bits_IsRefused()
    {
        _accounts[Ana] = new AccountRecord(1, Ana, AccountFlags.None, long.MaxValue - 5, long.MaxValue, 9);
        var draft = Draft();

        Assert.Equal(LedgerOutcome.Malformed, draft.Decide(Gift(Ana, 6)).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, draft.Decide(TopUp(Ana, 1)).Outcome);
        Assert.Equal(LedgerOutcome.Moved, draft.Decide(Gift(Ana, 5)).Outcome);
    }

    private void Have(LedgerAccount account, long balance, AccountFlags flags = AccountFlags.None) =>
        _accounts[account] = new AccountRecord(_accounts.Count + 1, account, flags, 0, balance, 1);

    private LedgerDraft Draft() => new(_accounts, _known, lastAccountId: 7, Noon);
}
