using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>What became of the items of one reference.</summary>
/// <param name="Matched">Items that the other side has too.</param>
/// <param name="Waiting">Items that may still be matched.</param>
internal sealed record MatchResult(IReadOnlyList<BalanceItem> Matched, IReadOnlyList<FoundBreak> Breaks, int Waiting);

/// <summary>Matches what both sides say of one reference, one to one, and names what is left. Decides nothing else and posts nothing.</summary>
internal static class Matcher
{
    /// <summary>Matches the items of one reference.</summary>
    /// <param name="items">All of them, those matched before included.</param>
    /// <param name="settledBefore">What is younger may still find its other half.</param>
    public static MatchResult Match(IReadOnlyList<BalanceItem> items, DateTimeOffset settledBefore)
    {
        var provider = OpenOf(items, BalanceSide.Provider);
        var ledger = OpenOf(items, BalanceSide.Ledger);
        var matched = new List<BalanceItem>();
        MatchCorrections(provider, ledger, matched);
        MatchEqual(provider, ledger, matched);
        MatchSum(provider, ledger, matched);

        // A refund that failed while we still waited, an order refunded at once: money that came and went is level on its own.
        MatchOpposite(provider, matched, settledBefore);
        MatchOpposite(ledger, matched, settledBefore);

        var doubled = items.Where(item => item.IsMatched).Concat(matched).Select(item => (item.Side, Math.Sign(item.AmountMinor))).ToHashSet();
        var (breaks, waiting) = NameRest(provider, ledger, doubled, settledBefore);
        return new MatchResult(matched, breaks, waiting);
    }

    private static List<BalanceItem> OpenOf(IReadOnlyList<BalanceItem> items, BalanceSide side) =>
        [.. items.Where(item => item.Side == side && !item.IsMatched).OrderBy(item => item.At).ThenBy(item => item.Id, StringComparer.Ordinal)];

    /// <summary>A correction levels a break, which is one thing of a side or a pair of both: whichever makes the difference it was posted for.</summary>
    private static void MatchCorrections(List<BalanceItem> provider, List<BalanceItem> ledger, List<BalanceItem> matched)
    {
        foreach (var correction in ledger.FindAll(item => item.IsCorrection))
        {
            var fits = provider.FindAll(there => there.Currency == correction.Currency).ConvertAll<BalanceItem?>(there => there).Append(null)
                .SelectMany(there => ledger.FindAll(here => !here.IsCorrection).ConvertAll<BalanceItem?>(here => here).Append(null), (there, here) => (There: there, Here: here))
                .Where(pair => pair is not (null, null) && (pair.There is null || pair.Here is null || Agree(pair.There, pair.Here))
                    && (pair.There?.AmountMinor ?? 0) - (pair.Here?.AmountMinor ?? 0) == correction.AmountMinor)
                .OrderBy(pair => pair.There is null || pair.Here is null ? 0 : 1).FirstOrDefault();
            if (fits is (null, null)) { continue; }
            Take(ledger, correction, matched);
            if (fits.There is { } one) { Take(provider, one, matched); }
            if (fits.Here is { } other) { Take(ledger, other, matched); }
        }
    }

    private static void MatchEqual(List<BalanceItem> provider, List<BalanceItem> ledger, List<BalanceItem> matched)
    {
        foreach (var one in provider.ToList())
        {
            if (ledger.Find(other => other.AmountMinor == one.AmountMinor && other.Currency == one.Currency) is { } other)
            {
                Take(provider, one, matched);
                Take(ledger, other, matched);
            }
        }
    }

    /// <summary>One transaction that the ledger has in several commits, as a payout of gifts and sales may be.</summary>
    private static void MatchSum(List<BalanceItem> provider, List<BalanceItem> ledger, List<BalanceItem> matched)
    {
        foreach (var one in provider.ToList())
        {
            var parts = ledger.FindAll(part => Agree(part, one) && part.Currency == one.Currency);
            if (parts.Count < 2 || parts.Sum(part => part.AmountMinor) != one.AmountMinor || provider.Count(other => Agree(other, one)) != 1) { continue; }
            Take(provider, one, matched);
            foreach (var part in parts) { Take(ledger, part, matched); }
        }
    }

    private static void MatchOpposite(List<BalanceItem> side, List<BalanceItem> matched, DateTimeOffset settledBefore)
    {
        foreach (var one in side.ToList())
        {
            if (one.At > settledBefore || !side.Contains(one)) { continue; }
            if (side.Find(other => other.AmountMinor == -one.AmountMinor && other.Currency == one.Currency && other.At <= settledBefore) is { } other)
            {
                Take(side, one, matched);
                Take(side, other, matched);
            }
        }
    }

    private static (List<FoundBreak> Breaks, int Waiting) NameRest(
        List<BalanceItem> provider, List<BalanceItem> ledger, HashSet<(BalanceSide Side, int Sign)> doubled, DateTimeOffset settledBefore)
    {
        var (breaks, waiting) = (new List<FoundBreak>(), 0);
        foreach (var one in provider)
        {
            var other = ledger.Find(item => Agree(item, one));
            if (other is not null) { ledger.Remove(other); }
            if (one.At > settledBefore || other?.At > settledBefore)
            {
                waiting += other is null ? 1 : 2;
                continue;
            }

            var kind = one.Currency != BalanceItems.Currency ? ReconciliationBreakKind.Currency
                : other is not null ? ReconciliationBreakKind.Amount
                : doubled.Contains((one.Side, Math.Sign(one.AmountMinor))) ? ReconciliationBreakKind.Duplicate
                : ReconciliationBreakKind.MissingHere;
            breaks.Add(new FoundBreak(kind, one.Id, one.Reference, one.AmountMinor, other?.AmountMinor, one.Currency, one.At));
            doubled.Add((one.Side, Math.Sign(one.AmountMinor)));
        }

        foreach (var one in ledger)
        {
            if (one.At > settledBefore)
            {
                waiting++;
                continue;
            }

            var kind = doubled.Contains((one.Side, Math.Sign(one.AmountMinor))) ? ReconciliationBreakKind.Duplicate : ReconciliationBreakKind.MissingThere;
            breaks.Add(new FoundBreak(kind, one.Id, one.Reference, ProviderMinor: null, one.AmountMinor, one.Currency, one.At));
        }

        return (breaks, waiting);
    }

    private static bool Agree(BalanceItem one, BalanceItem other) => Math.Sign(one.AmountMinor) == Math.Sign(other.AmountMinor);

    private static void Take(List<BalanceItem> from, BalanceItem item, List<BalanceItem> matched)
    {
        from.Remove(item);
        matched.Add(item);
    }
}
