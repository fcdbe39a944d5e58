using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Acts;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>Proofs that find what they are there to find.</summary>
public sealed class ActProofsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly IReadOnlySet<string> Nobody = new HashSet<string>();

    [Fact]
    public void Packet_IsSharedToTheCoin_OneShareAPerson_AsTheyWereTold()
    {
        Assert.Null(Problem(Packet(returned: 40, ("a", 25), ("b", 35)), [("a", 25), ("b", 35)], wanted: 2));
        Assert.Null(ActProofs.OfPacket(Packet(returned: 40, ("a", 25), ("b", 35)), Told(("a", 25)), new HashSet<string> { "b" }, wanted: 2));

        Assert.Contains("of 100", Problem(Packet(returned: 39, ("a", 25), ("b", 35)), [("a", 25), ("b", 35)], wanted: 2), StringComparison.Ordinal);
        Assert.Contains("a has 2 shares", Problem(Packet(returned: 40, ("a", 25), ("a", 35)), [("a", 25)], wanted: 2), StringComparison.Ordinal);
        Assert.Contains("was told 20", Problem(Packet(returned: 40, ("a", 25), ("b", 35)), [("a", 20), ("b", 35)], wanted: 2), StringComparison.Ordinal);
        Assert.Contains("was told of none", Problem(Packet(returned: 40, ("a", 25), ("b", 35)), [("a", 25)], wanted: 2), StringComparison.Ordinal);
        Assert.Contains("c was told of a share", Problem(Packet(returned: 40, ("a", 25), ("b", 35)), [("a", 25), ("b", 35), ("c", 1)], wanted: 3), StringComparison.Ordinal);
        Assert.Contains("3 people wanted", Problem(Packet(returned: 40, ("a", 25), ("b", 35)), [("a", 25), ("b", 35)], wanted: 3), StringComparison.Ordinal);
        Assert.Contains("still Open", Problem(Packet(returned: 0) with { Phase = RedPacketPhase.Open }, [], wanted: 0), StringComparison.Ordinal);
    }

    [Fact]
    public void Battle_CountsWhatWasCommittedInItsTime_AndItsWinnerHasMore()
    {
        (DateTimeOffset, long)[] mine = [(Noon.AddMicroseconds(-1), 1_000), (Noon, 10), (Noon.AddSeconds(60).AddMicroseconds(-1), 5), (Noon.AddSeconds(60), 2_000)];
        (DateTimeOffset, long)[] theirs = [(Noon.AddSeconds(30), 20)];
        var end = Noon.AddSeconds(60);

        Assert.Null(ActProofs.OfBattle(Battle(15, 20, "theirs"), mine, theirs, end, end));
        Assert.Contains("was given 15", ActProofs.OfBattle(Battle(25, 20, "mine"), mine, theirs, end, end), StringComparison.Ordinal);
        Assert.Contains("was given 20", ActProofs.OfBattle(Battle(15, 0, "mine"), mine, theirs, end, end), StringComparison.Ordinal);
        Assert.Contains("should be theirs", ActProofs.OfBattle(Battle(15, 20, "mine"), mine, theirs, end, end), StringComparison.Ordinal);
        Assert.Contains("is Running", ActProofs.OfBattle(Battle(15, 20, null) with { Phase = BattlePhase.Running }, mine, theirs, end, end), StringComparison.Ordinal);

        // Given up between two moments: what came in between may count or not.
        var conceded = Battle(10, 20, "theirs") with { Ending = BattleEnding.Conceded };
        Assert.Null(ActProofs.OfBattle(conceded, mine, theirs, Noon.AddSeconds(40), Noon.AddSeconds(59.9)));
        Assert.NotNull(ActProofs.OfBattle(conceded, mine, theirs, Noon.AddSeconds(20), Noon.AddSeconds(25)));
    }

    [Fact]
    public void Goal_HasWhatWasGivenSinceItBegan()
    {
        var goal = new GiftGoal(Guid.CreateVersion7(Noon).ToString("N"), "Tea", TargetCoins: 30, Coins: 25, ReachedAt: null);
        (DateTimeOffset, long)[] given = [(Noon.AddMilliseconds(-1), 7), (Noon.AddMilliseconds(2), 20), (Noon.AddSeconds(2), 5)];

        Assert.Null(ActProofs.OfGoal(goal, given));
        Assert.Null(ActProofs.OfGoal(goal, [.. given, (Noon.AddMicroseconds(300), 9)])); // in its first millisecond: before or after
        Assert.Contains("was given 25", ActProofs.OfGoal(goal with { Coins = 32 }, given), StringComparison.Ordinal);
        Assert.Contains("reached", ActProofs.OfGoal(goal with { TargetCoins = 25 }, given), StringComparison.Ordinal);
        Assert.Contains("reached", ActProofs.OfGoal(goal with { ReachedAt = Noon }, given), StringComparison.Ordinal);
    }

    private static string? Problem(RedPacketView packet, (string Id, long Coins)[] told, int wanted) => ActProofs.OfPacket(packet, Told(told), Nobody, wanted);

    private static Dictionary<string, long> Told(params (string Id, long Coins)[] told) => told.ToDictionary(one => one.Id, one => one.Coins);

    private static RedPacketView Packet(long returned, params (string Id, long Coins)[] grabs) => new(
        new RedPacketCard("p", new Person("s", "Sender"), RedPacketKind.Random, Coins: 100, Shares: 3, null, Noon, Noon, 0, 0), "room", RedPacketPhase.Over,
        [.. grabs.Select(grab => new RedPacketShare(new Person(grab.Id, grab.Id), grab.Coins))], returned);

    private static BattleView Battle(long mine, long theirs, string? winner) => new(
        "b", new BattleSide("mine", new Person("m", "Mia"), mine), new BattleSide("theirs", new Person("t", "Tom"), theirs), 60, BattlePhase.Over, Noon,
        Noon.AddSeconds(60), winner, BattleEnding.TimeUp);
}
