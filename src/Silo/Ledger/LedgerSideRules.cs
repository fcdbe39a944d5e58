using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Both sides of what is paid stand in one commit: coins and the money that they were paid with. What a reference names (<c>topup:</c>,
/// <c>cardgift:</c>, <c>refund:</c>, <c>payout:</c>) must be there on the other side as well. Each rule is asked from the postings of one account of
/// the platform's, so that gifts from wallets, which are most of the journal, are not read.
/// </summary>
internal static class LedgerSideRules
{
    /// <summary>Places within a commit in which the two sides stand: a reversal has several entries, and repayments stand between.</summary>
    private const int Near = 16;

    private const int Coins = (int)LedgerUnit.Coins;
    private const int Money = (int)LedgerUnit.UsdCents;
    private const int Clearing = (int)LedgerAccountKind.TopUpClearing;
    private const int TopUp = (int)LedgerEntryKind.TopUp;
    private const int Reversal = (int)LedgerEntryKind.Reversal;
    private const int Posted = (int)LedgerEntryKind.HoldPosted;
    private const int Payout = (int)LedgerEntryKind.Payout;
    private const int Charge = (int)LedgerEntryKind.Charge;
    private const int Refund = (int)LedgerEntryKind.Refund;
    private const int Dispute = (int)LedgerEntryKind.Dispute;

    private static readonly Side[] Sides =
    [
        // A refund that came back buys its coins again, with a reference of the refund.
        new("top_up_has_charge", Clearing, Coins,
            $"e.kind = {TopUp} and {Is("e", "topup:", "refund:")} and not {Exists($"s.kind in ({Charge}, {Refund}) and s.reference = e.reference")}"),

        // Also of the coins that a refund had taken, when its money comes back.
        new("top_up_reversal_has_money", Clearing, Coins,
            $"""
            e.kind = {Reversal} and exists (select 1 from ledger_entry o where o.id = e.original
                and ((o.kind = {TopUp} and {Is("o", "topup:", "refund:")}) or (o.kind = {Posted} and {Is("o", "refund:")})))
            and not {Exists($"s.kind in ({Refund}, {Dispute}) and s.reference = e.reference")}
            """),

        // One that was taken back and is given again has its money from the refund or the dispute.
        new("card_gift_has_charge", Clearing, Coins,
            $"""
            e.kind = {Posted} and e.debit = a.id and {Is("e", "cardgift:")}
            and not {Exists($"((s.kind = {Charge} and s.reference = e.reference) or (s.kind in ({Refund}, {Dispute}) and s.ord > e.ord))")}
            """),

        new("charge_has_coins", (int)LedgerAccountKind.CoinFloat, Money,
            $"""
            e.kind = {Charge} and {Is("e", "topup:", "cardgift:")}
            and not {Exists($"s.kind in ({TopUp}, {Posted}) and s.unit = {Coins} and s.reference = e.reference")}
            """),

        // Of one cent, no whole coin need go back.
        new("refund_has_coins", (int)LedgerAccountKind.CoinFloat, Money,
            $"""
            e.kind = {Refund} and e.amount > 1 and {Is("e", "refund:")}
            and not {Exists($"s.unit = {Coins} and ((s.kind in ({TopUp}, {Reversal}, {Posted}) and s.reference = e.reference) or (s.kind = {Posted} and {Is("s", "cardgift:")} and s.ord < e.ord))")}
            """),

        new("payout_has_money", (int)LedgerAccountKind.PayoutClearing, Coins,
            $"""
            e.kind in ({Posted}, {Payout}) and {Is("e", "payout:")}
            and not {Exists($"s.unit = {Money} and s.kind in ({Posted}, {Payout}) and s.reference = e.reference")}
            """),
    ];

    /// <summary>For the whole ledger.</summary>
    public static readonly IReadOnlyList<LedgerAuditRule> Whole = [.. Sides.Select(side => side.Rule("", "p.shard"))];

    /// <summary>For the newest commits (<c>@shard</c>, <c>@after</c>, <c>@until</c>).</summary>
    public static readonly IReadOnlyList<LedgerAuditRule> Recent =
        [.. Sides.Select(side => side.Rule("a.shard = @shard and p.batch > @after and p.batch <= @until and", "@shard"))];

    private static string Is(string entry, params string[] prefixes) =>
        $"({string.Join(" or ", prefixes.Select(prefix => $"substr({entry}.reference, 1, {prefix.Length}) = '{prefix}'"))})";

    private static string Exists(string condition) =>
        $"exists (select 1 from ledger_entry s where s.shard = e.shard and s.batch = e.batch and s.ord between e.ord - {Near} and e.ord + {Near} and {condition})";

    /// <summary>What must not be among the entries of one account of the platform's.</summary>
    /// <param name="Condition">Of an entry <c>e</c> of the account <c>a</c>.</param>
    private sealed record Side(string Name, int Kind, int Unit, string Condition)
    {
        // The order of the tables is kept, and the plus keeps SQLite from reading the whole journal between two commits (Journal.InPosting).
        public LedgerAuditRule Rule(string range, string shard) => new(Name, LedgerAuditRules.Entries,
            $"""
            select '{Name}', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text) || ', ' || coalesce(e.reference, '')
            from ledger_account a cross join ledger_posting p cross join ledger_entry e
            where a.kind = {Kind} and a.owner = '' and a.unit = {Unit} and p.account = a.id and {range}
                e.shard = {shard} and e.batch = +p.batch and e.ord between p.first_ord and p.last_ord
                and (e.debit = a.id or e.credit1 = a.id) and {Condition}
            """);
    }
}
