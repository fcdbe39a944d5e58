using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.RedPackets;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What holds of red packets: coins go in once, out by shares or back to the sender, and nowhere else.</summary>
internal static class PacketRules
{
    /// <summary>What holds of the whole ledger at any moment.</summary>
    public static readonly IReadOnlyList<LedgerAuditRule> Audited =
    [
        new("packet_entries", LedgerAuditRules.Entries,
            """
            select 'packet_entries', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e join ledger_account d on d.id = e.debit join ledger_account c on c.id = e.credit1
            left join ledger_account c2 on c2.id = e.credit2 left join ledger_account c3 on c3.id = e.credit3
            left join ledger_entry o on o.id = e.original and o.kind = 19
            where (e.kind = 19 and (d.kind <> 1 or c.kind <> 14 or e.credit2 is not null or e.unit <> 1))
                or (e.kind in (20, 21) and (d.kind <> 14 or c.kind <> 1 or e.credit2 is not null or o.id is null or o.credit1 <> e.debit
                    or o.batch > e.batch or (o.batch = e.batch and o.ord >= e.ord)))
                or (e.kind = 20 and e.credit1 = o.debit) or (e.kind = 21 and e.credit1 <> o.debit)
                or (e.kind not in (19, 20, 21) and (d.kind = 14 or c.kind = 14 or c2.kind = 14 or c3.kind = 14))
            """),

        // Filled once, one share a person, given back once.
        new("packet_once", LedgerAuditRules.Entries,
            """
            select 'packet_once', cast(packet as text), cast(count(*) as text) || ' entries' from (
                select credit1 as packet, kind, 0 as taker from ledger_entry where kind = 19
                union all select debit, kind, credit1 from ledger_entry where kind in (20, 21)) e
            group by packet, kind, taker having count(*) > 1
            """),

        new("packet_over_is_empty", LedgerAuditRules.Accounts,
            """
            select 'packet_over_is_empty', cast(a.id as text), cast(a.credits - a.debits as text)
            from ledger_account a join ledger_entry e on e.debit = a.id and e.kind = 21 where a.kind = 14 and a.credits <> a.debits
            """),

        // Who would give back what nobody takes?
        new("packet_without_end", LedgerAuditRules.Accounts,
            $"""
            select 'packet_without_end', cast(a.id as text), cast(a.credits - a.debits as text)
            from ledger_account a left join due_time t on t.grain_type = '{IRedPacketGrain.DueType}' and t.grain_key = a.owner
            where a.kind = 14 and a.credits > a.debits and t.grain_key is null
            """),
    ];

    /// <summary>Whether entries of this kind move coins of a packet.</summary>
    public static bool IsPacket(LedgerEntryKind kind) =>
        kind is LedgerEntryKind.PacketFunded or LedgerEntryKind.PacketGrabbed or LedgerEntryKind.PacketReturned;

    /// <summary>Whether the accounts are those of the kind: a packet's coins move by its own kinds only, between it and one wallet.</summary>
    public static bool IsWellFormed(LedgerEntry entry)
    {
        if (!IsPacket(entry.Kind)) { return entry.Debit.Kind != LedgerAccountKind.Packet && !CreditsPacket(entry); }
        if (entry.Credits.Count != 1 || entry.Debit.Unit != LedgerUnit.Coins) { return false; }

        var isFunding = entry.Kind == LedgerEntryKind.PacketFunded;
        return (entry.Debit.Kind, entry.Credits[0].Account.Kind) == (isFunding
                ? (LedgerAccountKind.Viewer, LedgerAccountKind.Packet)
                : (LedgerAccountKind.Packet, LedgerAccountKind.Viewer))
            && isFunding == entry.Original is null;
    }

    private static bool CreditsPacket(LedgerEntry entry)
    {
        for (var leg = 0; leg < entry.Credits.Count; leg++)
        {
            if (entry.Credits[leg].Account.Kind == LedgerAccountKind.Packet) { return true; }
        }

        return false;
    }
}
