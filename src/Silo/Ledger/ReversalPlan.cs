using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>How an amount that is given back falls on the legs of its original. Pure.</summary>
internal static class ReversalPlan
{
    /// <summary>
    /// Shares an amount among what is left of each leg, in proportion; what rounding leaves is the platform's. The sum is exact, no leg
    /// gives more than it has left, and the last reversal takes all that is left of every leg.
    /// </summary>
    /// <param name="left">Of each leg.</param>
    /// <param name="platform">The leg that takes what rounding leaves.</param>
    /// <param name="amount">1 to the sum of <paramref name="left"/>.</param>
    public static long[] Share(IReadOnlyList<long> left, int platform, long amount)
    {
        var total = left.Sum();
        var shares = new long[left.Count];
        var rest = amount;
        for (var leg = 0; leg < shares.Length; leg++)
        {
            if (leg == platform) { continue; }
            shares[leg] = (long)((Int128)left[leg] * amount / total);
            rest -= shares[leg];
        }

        shares[platform] = Math.Min(rest, left[platform]);
        rest -= shares[platform];

        // The platform's leg may be used up: then a coin or two are the others'.
        for (var leg = 0; leg < shares.Length && rest > 0; leg++)
        {
            var more = Math.Min(rest, left[leg] - shares[leg]);
            shares[leg] += more;
            rest -= more;
        }

        return shares;
    }

    /// <summary>The platform's leg of an entry; the last one when it has none.</summary>
    public static int PlatformLeg(LedgerEntry entry)
    {
        for (var leg = 0; leg < entry.Credits.Count; leg++)
        {
            if (entry.Credits[leg].Account.Kind == LedgerAccountKind.Fee) { return leg; }
        }

        return entry.Credits.Count - 1;
    }

    /// <summary>Which accounts give a leg back, in their order; the last may go below zero unless the leg is a viewer's.</summary>
    public static IReadOnlyList<LedgerAccount> Sources(LedgerAccount account) => account.Kind switch
    {
        LedgerAccountKind.Streamer or LedgerAccountKind.Agency =>
            [account, LedgerAccount.Available(account.Owner, account.Unit), LedgerAccount.Receivable(account.Owner, account.Unit)],
        LedgerAccountKind.Available => [account, LedgerAccount.Receivable(account.Owner, account.Unit)],
        LedgerAccountKind.Fee => [account, LedgerAccount.Losses(account.Unit)],
        _ => [account],
    };

    /// <summary>Whether entries of this kind can be given back.</summary>
    public static bool IsReversible(LedgerEntryKind kind) => LedgerRules.Moves(kind)
        && !PacketRules.IsPacket(kind)
        && kind is not (LedgerEntryKind.Reversal or LedgerEntryKind.Repayment or LedgerEntryKind.Maturity);
}
