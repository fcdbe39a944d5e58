using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>What the clients of one seed ask: every kind of entry, holds and their ends, reversals, freezes. Accounts are the seed's own.</summary>
internal sealed class LedgerScript(int seed)
{
    private const int Wallets = 4;

    private readonly Random _random = new(seed * 31);
    private readonly List<LedgerAsk> _asks = [];
    private readonly List<LedgerEntry> _holds = [];
    private readonly List<LedgerEntry> _moved = [];
    private readonly List<(LedgerEntry Funded, HashSet<LedgerAccount> Takers)> _packets = [];

    public IReadOnlyList<LedgerAsk> Asks => _asks;

    /// <summary>Writes it.</summary>
    public void Write(int asks)
    {
        while (_asks.Count < asks) { _asks.Add(Next()); }
    }

    private LedgerAsk Next() => _random.Next(22) switch
    {
        < 4 => One(Move(LedgerEntryKind.TopUp, Clearing, (Wallet(), Coins(40)))),
        < 8 => One(Gift()),
        8 => One(Move(LedgerEntryKind.Maturity, Star(), (Available(), Coins(20)))),
        9 => One(Move(LedgerEntryKind.Payout, Available(), (LedgerAccount.PaidOut(LedgerUnit.Coins), Coins(20)))),
        10 => TopUpWithCharge(),
        < 13 => One(Hold()),
        < 16 when _holds.Count > 0 => One(End(_holds[_random.Next(_holds.Count)])),

        // Often the same few, so that what is left of one matters.
        < 19 when _moved.Count > 0 => Back(_moved[_random.Next(_random.Next(2) == 0 ? Math.Min(4, _moved.Count) : _moved.Count)]),
        19 => Freeze(),
        20 => One(FundPacket()),
        21 when _packets.Count > 0 => One(FromPacket()),
        _ => One(Gift()),
    };

    private static LedgerAsk One(LedgerEntry entry) => new([entry]);

    private LedgerAsk TopUpWithCharge()
    {
        var coins = Coins(40);
        var topUp = Move(LedgerEntryKind.TopUp, Clearing, (Wallet(), coins));
        var charge = Move(LedgerEntryKind.Charge, LedgerAccount.Clearing(LedgerUnit.UsdCents), (LedgerAccount.CoinFloat(LedgerUnit.UsdCents), coins)) with
        {
            Key = LedgerKeys.Derive(topUp.Key, "usd"),
        };
        return _random.Next(3) == 0 ? new([topUp, charge, Gift()]) : new([topUp, charge]);
    }

    private LedgerAsk Back(LedgerEntry original)
    {
        var total = original.Credits.Sum(leg => leg.Amount);
        long? amount = _random.Next(3) switch { 0 => null, 1 => 1 + _random.NextInt64(total), _ => 1 + _random.NextInt64((total / 2) + 1) };
        LedgerEntry[] together = _random.Next(4) == 0 && _holds.Count > 0
            ? [Entry(LedgerEntryKind.HoldVoided, _holds[_random.Next(_holds.Count)])]
            : _random.Next(3) == 0
                ? [Move(LedgerEntryKind.Refund, LedgerAccount.CoinFloat(LedgerUnit.UsdCents), (LedgerAccount.Clearing(LedgerUnit.UsdCents), Coins(9)))]
                : [];
        return new(together, new LedgerReversal(NewKey(), 5, original.Key, amount, "refund:1", together));
    }

    private LedgerAsk Freeze() => new([], Freeze: new LedgerFreeze(
        NewKey(), _random.Next(2) == 0 ? Wallet() : Star(), _random.Next(3) == 0, "op", "asked"));

    private LedgerEntry Gift()
    {
        var coins = Coins(40);
        var wallet = Wallet();
        return Move(LedgerEntryKind.Gift, wallet, (Star(), coins / 3), (Fee, coins - (coins / 3))) with
        {
            Gift = new GiftMemo($"s{seed}", new Person(wallet.Owner, "Name"), "rose", 1),
        };
    }

    private LedgerEntry FundPacket()
    {
        var packet = LedgerAccount.Packet($"s{seed}-packet{_packets.Count}");
        var funded = Move(LedgerEntryKind.PacketFunded, Wallet(), (packet, Coins(20)));
        _packets.Add((funded, []));
        return funded;
    }

    // Shares as the packet's owner would give them: one a person, none to the sender, and all that is left goes back; some come too late.
    private LedgerEntry FromPacket()
    {
        var (funded, takers) = _packets[_random.Next(_packets.Count)];
        var packet = funded.Credits[0].Account;
        var who = Wallet();
        return who != funded.Debit && takers.Add(who)
            ? Move(LedgerEntryKind.PacketGrabbed, packet, (who, Coins(8))) with { Original = funded.Key }
            : takers.Add(funded.Debit)
                ? Move(LedgerEntryKind.PacketReturned, packet, (funded.Debit, funded.Credits[0].Amount)) with { Original = funded.Key }
                : Gift();
    }

    private LedgerEntry Hold()
    {
        var coins = Coins(30);
        var debit = _random.Next(4) switch { 0 => Clearing, 1 => Available(), _ => Wallet() };
        var hold = Move(LedgerEntryKind.Hold, debit, (Star(), coins / 2), (Fee, coins - (coins / 2))) with
        {
            ExpiresAt = Noon.AddMinutes(1 + _random.Next(30)),
            Reference = "cardgift:1",
        };
        _holds.Add(hold);
        return hold;
    }

    private LedgerEntry End(LedgerEntry hold)
    {
        if (_random.Next(3) != 0) { return Entry(_random.Next(2) == 0 ? LedgerEntryKind.HoldVoided : LedgerEntryKind.HoldExpired, hold); }
        var coins = 1 + _random.NextInt64(hold.Credits.Sum(leg => leg.Amount) + 1);
        return Move(LedgerEntryKind.HoldPosted, hold.Debit, (Star(), coins / 2), (Fee, coins - (coins / 2))) with { Original = hold.Key };
    }

    private LedgerEntry Entry(LedgerEntryKind kind, LedgerEntry hold) =>
        new(NewKey(), 3, kind, hold.Debit, [], Rate: 0, Original: hold.Key);

    private LedgerEntry Move(LedgerEntryKind kind, LedgerAccount debit, params (LedgerAccount Account, long Amount)[] credits)
    {
        var entry = new LedgerEntry(NewKey(), 2, kind, debit, [.. credits.Select(credit => new LedgerLeg(credit.Account, credit.Amount))], Rate: 1);
        if (kind is LedgerEntryKind.Gift or LedgerEntryKind.TopUp or LedgerEntryKind.HoldPosted) { _moved.Add(entry); }
        return entry;
    }

    private LedgerAccount Wallet() => LedgerAccount.Coins(Id("w", _random.Next(Wallets)));

    private LedgerAccount Star() => LedgerAccount.Earnings(Id("star", _random.Next(2)));

    private LedgerAccount Available() => LedgerAccount.Available(Id("star", _random.Next(2)), LedgerUnit.Coins);

    // As the product's ids are, or by a name: memory keeps the two apart.
    private string Id(string what, int number) => number == 0
        ? $"s{seed}-{what}"
        : LedgerKeys.Derive(new Guid(seed, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0), $"{what}{number}").ToString("N");

    private long Coins(int below) => 1 + _random.Next(below);

    private Guid NewKey() => Key(Noon.AddMilliseconds(_random.Next(60_000) - 30_000));
}
