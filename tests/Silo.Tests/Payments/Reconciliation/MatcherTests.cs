using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Reconciliation;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>One reference at a time: what is paired, what waits, what is a break.</summary>
public sealed class MatcherTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private int _number;

    [Fact]
    public void OneTransactionInSeveralCommits_IsMatchedBySum()
    {
        var result = Match([There(-900), Here(-600), Here(-300)]);

        Assert.Equal(3, result.Matched.Count);
        Assert.Empty(result.Breaks);
    }

    [Fact]
    public void MoneyThatCameAndWent_IsLevelOnItsOwn_OnEitherSide()
    {
        Assert.Equal(2, Match([There(-900), There(900)]).Matched.Count);
        Assert.Equal(2, Match([Here(-900), Here(900)]).Matched.Count);
    }

    [Fact]
    public void MoneyThatCameAndWentAMomentAgo_WaitsForTheOtherSide()
    {
        var result = Match([There(-900) with { At = Then.AddMinutes(1) }, There(900) with { At = Then.AddMinutes(1) }]);

        Assert.Equal((0, 2), (result.Matched.Count, result.Waiting));
    }

    [Fact]
    public void EqualAmounts_ArePairedBeforeOthers()
    {
        var result = Match([There(500), There(700), Here(700), Here(400)]);

        var found = Assert.Single(result.Breaks);
        Assert.Equal((ReconciliationBreakKind.Amount, 500, 400), (found.Kind, found.ProviderMinor, found.LedgerMinor));
        Assert.Equal(2, result.Matched.Count);
    }

    [Fact]
    public void SecondOfWhatWasMatchedBefore_IsADuplicate_AndWhatGoesTheOtherWayIsNot()
    {
        var before = new[] { There(500) with { IsMatched = true }, Here(500) with { IsMatched = true } };

        Assert.Equal(ReconciliationBreakKind.Duplicate, Assert.Single(Match([.. before, There(300)]).Breaks).Kind);
        Assert.Equal(ReconciliationBreakKind.MissingHere, Assert.Single(Match([.. before, There(-300)]).Breaks).Kind);
        Assert.Equal(ReconciliationBreakKind.Duplicate, Assert.Single(Match([.. before, Here(300)]).Breaks).Kind);
        Assert.Equal(ReconciliationBreakKind.MissingThere, Assert.Single(Match([.. before, Here(-300)]).Breaks).Kind);
    }

    private static MatchResult Match(IReadOnlyList<BalanceItem> items) => Matcher.Match(items, settledBefore: Then);

    private BalanceItem There(long minor) => Item(BalanceSide.Provider, minor);

    private BalanceItem Here(long minor) => Item(BalanceSide.Ledger, minor);

    private BalanceItem Item(BalanceSide side, long minor) => new(side, $"{++_number}", "topup:1", minor, "usd", Then);
}
