using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Payouts;

/// <summary>The ledger's entries of one payout: each list is one commit.</summary>
internal sealed class PayoutEntries(string id, PayoutRecord payout)
{
    private const LedgerUnit Money = LedgerUnit.UsdCents;

    /// <summary>No payout waits for so long; should one be forgotten, its earnings do not stay away for ever.</summary>
    private static readonly TimeSpan HoldFor = TimeSpan.FromDays(3650);

    private string Reference => $"payout:{id}";

    private LedgerAccount Coins => LedgerAccount.Available(payout.Owner.Id, LedgerUnit.Coins);

    private LedgerAccount Sales => LedgerAccount.Available(payout.Owner.Id, Money);

    /// <summary>Keeps the earnings back.</summary>
    public IReadOnlyList<LedgerEntry> Reserve(Guid key)
    {
        var list = new List<LedgerEntry>(2);
        if (payout.Coins > 0) { list.Add(Hold(key, Coins, LedgerAccount.PaidOut(LedgerUnit.Coins), payout.Coins)); }
        if (payout.SalesMinor > 0) { list.Add(Hold(SalesKey(key), Sales, LedgerAccount.Clearing(Money), payout.SalesMinor)); }
        return list;
    }

    /// <summary>The money has left: earnings become paid out, and the float and the provider's balance shrink.</summary>
    /// <param name="reserved">The key of the commit that kept them back.</param>
    public IReadOnlyList<LedgerEntry> PayOut(Guid key, Guid reserved)
    {
        var list = new List<LedgerEntry>(3);
        foreach (var hold in Reserve(reserved))
        {
            list.Add(hold with { Key = Next(key, list), Kind = LedgerEntryKind.HoldPosted, Original = hold.Key, ExpiresAt = null });
        }

        if (payout.CoinsMinor > 0)
        {
            list.Add(Entry(Next(key, list), LedgerEntryKind.Payout, LedgerAccount.CoinFloat(Money), LedgerAccount.Clearing(Money), payout.CoinsMinor));
        }

        return list;
    }

    /// <summary>Nothing was sent: the earnings can be withdrawn again.</summary>
    public IReadOnlyList<LedgerEntry> GiveBack(Guid key, Guid reserved)
    {
        var list = new List<LedgerEntry>(2);
        foreach (var hold in Reserve(reserved))
        {
            list.Add(hold with { Key = Next(key, list), Kind = LedgerEntryKind.HoldVoided, Original = hold.Key, ExpiresAt = null });
        }

        return list;
    }

    /// <summary>The platform has taken the transfer back, up to <paramref name="until"/> of it: the entries the other way.</summary>
    /// <param name="from">What had been taken back before, in minor units.</param>
    public IReadOnlyList<LedgerEntry> TakeBack(Guid key, long from, long until)
    {
        var list = new List<LedgerEntry>(3);
        Add(LedgerAccount.PaidOut(LedgerUnit.Coins), Coins, Share(payout.Coins, until) - Share(payout.Coins, from));
        Add(LedgerAccount.Clearing(Money), LedgerAccount.CoinFloat(Money), MinorBack(from, until));
        Add(LedgerAccount.Clearing(Money), Sales, until - from - MinorBack(from, until));
        return list;

        void Add(LedgerAccount debit, LedgerAccount credit, long amount)
        {
            if (amount > 0) { list.Add(Entry(Next(key, list), LedgerEntryKind.Payout, debit, credit, amount)); }
        }
    }

    /// <summary>What is available repays what its owner owes.</summary>
    public LedgerEntry Repay(Guid key, LedgerUnit unit, long amount) => Entry(
        key, LedgerEntryKind.Adjustment, LedgerAccount.Available(payout.Owner.Id, unit), LedgerAccount.Receivable(payout.Owner.Id, unit), amount);

    private long MinorBack(long from, long until) => Share(payout.CoinsMinor, until) - Share(payout.CoinsMinor, from);

    /// <summary>What of a part of the payout belongs to so much of the whole.</summary>
    private long Share(long part, long reversed) => (long)((Int128)part * reversed / payout.AmountMinor);

    private Guid SalesKey(Guid key) => payout.Coins > 0 ? LedgerKeys.Derive(key, "sales") : key;

    /// <summary>The first entry of a commit has the key itself.</summary>
    private static Guid Next(Guid key, List<LedgerEntry> list) => list.Count == 0 ? key : LedgerKeys.Derive(key, $"{list.Count}");

    private LedgerEntry Hold(Guid key, LedgerAccount debit, LedgerAccount credit, long amount) =>
        Entry(key, LedgerEntryKind.Hold, debit, credit, amount) with { ExpiresAt = payout.RequestedAt + HoldFor };

    private LedgerEntry Entry(Guid key, LedgerEntryKind kind, LedgerAccount debit, LedgerAccount credit, long amount) => new(
        key, PaymentIds.Fingerprint("payout", id, kind, debit, credit, amount), kind, debit, [new LedgerLeg(credit, amount)], Rate: 0,
        Reference: Reference);
}
