using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>What must be true of acts. Pure: words for what is wrong, null when all is right.</summary>
internal static class ActProofs
{
    /// <summary>A red packet that is over: its coins are shared to the last one, nobody has two shares, and what was acknowledged is what stands there.</summary>
    /// <param name="acknowledged">What people were told they got, by account.</param>
    /// <param name="unknown">People whose grab got no answer.</param>
    /// <param name="wanted">How many people grabbed.</param>
    public static string? OfPacket(RedPacketView packet, IReadOnlyDictionary<string, long> acknowledged, IReadOnlySet<string> unknown, int wanted)
    {
        if (packet.Phase != RedPacketPhase.Over) { return $"the packet is still {packet.Phase}"; }
        var shared = packet.Grabs.Sum(grab => grab.Coins);
        if (shared + packet.Returned != packet.Card.Coins) { return $"{shared} coins were shared and {packet.Returned} went back, of {packet.Card.Coins}"; }
        if (packet.Grabs.GroupBy(grab => grab.Person.Id).FirstOrDefault(grabs => grabs.Count() > 1) is { } twice) { return $"{twice.Key} has {twice.Count()} shares"; }
        foreach (var grab in packet.Grabs)
        {
            if (acknowledged.TryGetValue(grab.Person.Id, out var coins) ? coins != grab.Coins : !unknown.Contains(grab.Person.Id))
            {
                return $"{grab.Person.Name} has a share of {grab.Coins} coins and was told {(acknowledged.ContainsKey(grab.Person.Id) ? $"{coins}" : "of none")}";
            }
        }

        if (acknowledged.Keys.FirstOrDefault(id => packet.Grabs.All(grab => grab.Person.Id != id)) is { } missing) { return $"{missing} was told of a share that is not there"; }
        var least = Math.Min(wanted - unknown.Count, packet.Card.Shares);
        return packet.Grabs.Count < least ? $"{wanted} people wanted one of {packet.Card.Shares} shares and {packet.Grabs.Count} got one" : null;
    }

    /// <summary>A battle that is over: each score is the sum of the gifts in its room within the time.</summary>
    /// <param name="endedAfter">It did not end before, by the clock of this machine …</param>
    /// <param name="endedBefore">… nor after; the same for one that ended by its time.</param>
    public static string? OfBattle(
        BattleView battle, IReadOnlyList<(DateTimeOffset At, long Coins)> challenger, IReadOnlyList<(DateTimeOffset At, long Coins)> opponent,
        DateTimeOffset endedAfter, DateTimeOffset endedBefore)
    {
        if (battle.Phase != BattlePhase.Over || battle.StartedAt is not { } from) { return $"the battle is {battle.Phase}"; }
        foreach (var (side, given) in new[] { (battle.Challenger, challenger), (battle.Opponent, opponent) })
        {
            var (least, most) = (SumOf(given, from, endedAfter), SumOf(given, from, endedBefore));
            if (side.Coins < least || side.Coins > most) { return $"the room of {side.Owner.Name} has {side.Coins} coins and was given {Range(least, most)}"; }
        }

        if (battle.Ending != BattleEnding.TimeUp) { return null; }
        var winner = battle.Challenger.Coins == battle.Opponent.Coins ? null
            : battle.Challenger.Coins > battle.Opponent.Coins ? battle.Challenger.RoomId : battle.Opponent.RoomId;
        return battle.WinnerRoomId == winner ? null : $"the winner is {battle.WinnerRoomId ?? "nobody"} and should be {winner ?? "nobody"}";
    }

    /// <summary>A goal: its coins are the sum of the gifts since it began.</summary>
    public static string? OfGoal(GiftGoal goal, IReadOnlyList<(DateTimeOffset At, long Coins)> given)
    {
        // Its id begins with the millisecond at which it did.
        var from = DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(goal.GoalId[..12], 16));
        var (least, most) = (SumOf(given, from.AddMilliseconds(1), DateTimeOffset.MaxValue), SumOf(given, from, DateTimeOffset.MaxValue));
        if (goal.Coins < least || goal.Coins > most) { return $"the goal has {goal.Coins} coins and the room was given {Range(least, most)}"; }
        return goal.ReachedAt is null == goal.Coins < goal.TargetCoins ? null : $"{goal.Coins} of {goal.TargetCoins} coins, and the goal is {(goal.ReachedAt is null ? "not " : "")}reached";
    }

    private static long SumOf(IReadOnlyList<(DateTimeOffset At, long Coins)> given, DateTimeOffset from, DateTimeOffset before) =>
        given.Where(gift => gift.At >= from && gift.At < before).Sum(gift => gift.Coins);

    private static string Range(long least, long most) => least == most ? $"{least}" : $"{least} to {most}";
}
