using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>Requests as the product makes them.</summary>
internal static class LedgerSamples
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static readonly LedgerAccount Ana = LedgerAccount.Coins("ana");
    public static readonly LedgerAccount Ben = LedgerAccount.Coins("ben");
    public static readonly LedgerAccount Star = LedgerAccount.Earnings("star");
    public static readonly LedgerAccount Fee = LedgerAccount.Fee(LedgerUnit.Coins);
    public static readonly LedgerAccount Clearing = LedgerAccount.Clearing(LedgerUnit.Coins);

    public static Guid Key(DateTimeOffset at) => Guid.CreateVersion7(at);

    public static Guid Key() => Key(Noon);

    public static LedgerEntry TopUp(LedgerAccount viewer, long coins, Guid? key = null) =>
        new(key ?? Key(), Fingerprint: 1, LedgerEntryKind.TopUp, Clearing, [new LedgerLeg(viewer, coins)], Rate: 0, Reference: "pi_1");

    public static LedgerEntry Gift(
        LedgerAccount viewer, long coins, Guid? key = null, long fingerprint = 7, string room = "room1", LedgerAccount? streamer = null) =>
        new(key ?? Key(), fingerprint, LedgerEntryKind.Gift, viewer,
            [new LedgerLeg(streamer ?? Star, coins / 2), new LedgerLeg(Fee, coins - (coins / 2))],
            Rate: 3, new GiftMemo(room, new Person(viewer.Owner, $"Name of {viewer.Owner}"), "rose", Quantity: 2));

    /// <summary>A card gift before its payment: five minutes to pay.</summary>
    public static LedgerEntry Hold(LedgerAccount debit, long coins, DateTimeOffset? ends = null) => new(
        Key(), Fingerprint: 20, LedgerEntryKind.Hold, debit, [new LedgerLeg(Star, coins / 2), new LedgerLeg(Fee, coins - (coins / 2))], Rate: 3,
        Reference: "cardgift:1", ExpiresAt: ends ?? Noon.AddMinutes(5));

    /// <summary>The hold's end, by the kind of its entry.</summary>
    public static LedgerEntry End(LedgerEntry hold, LedgerEntryKind kind) =>
        new(Key(), Fingerprint: 21, kind, hold.Debit, [], Rate: 0, Original: hold.Key);

    /// <summary>The hold posted, whole or in part.</summary>
    public static LedgerEntry Posted(LedgerEntry hold, long coins) => new(
        Key(), Fingerprint: 22, LedgerEntryKind.HoldPosted, hold.Debit, [new LedgerLeg(Star, coins / 2), new LedgerLeg(Fee, coins - (coins / 2))], Rate: 3,
        new GiftMemo("room1", new Person("ana", "Ana"), "castle", 1), Original: hold.Key);

    /// <summary>Earnings whose holding time is over.</summary>
    public static LedgerEntry Maturity(long coins) => new(
        Key(), Fingerprint: 23, LedgerEntryKind.Maturity, Star, [new LedgerLeg(LedgerAccount.Available("star", LedgerUnit.Coins), coins)], Rate: 0);
}

/// <summary>A clock whose hands the test moves; its timers run in real time.</summary>
internal class TestClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
