using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester.Running;

/// <summary>What every run checks at its end.</summary>
internal static class RunChecks
{
    public static Check EverybodyJoined(Load load, IReadOnlyList<Viewer> viewers)
    {
        var inside = viewers.Count(viewer => viewer.IsInside);
        return new Check(
            "everybody joined and stayed", load.Meter.Joined == viewers.Count && inside == viewers.Count,
            $"{load.Meter.Joined} of {viewers.Count} joined, {inside} are in the room at the end, {load.Meter.Reconnects} reconnects");
    }

    public static Check Sequence(IReadOnlyList<Viewer> viewers)
    {
        var broken = viewers.FirstOrDefault(viewer => viewer.Feed.Violations > 0);
        var jumps = viewers.Sum(viewer => viewer.Feed.Jumps);
        return new Check(
            "every viewer saw the feed without a hole or a repeat", broken is null,
            broken is null
                ? $"{viewers.Count} feeds, {jumps} declared jumps to a snapshot"
                : $"{viewers.Count(viewer => viewer.Feed.Violations > 0)} feeds are broken; viewer {broken.Number}: {broken.Feed.FirstViolation}");
    }

    public static Check Answers(Load load)
    {
        var unknown = load.Chats.Unknown + load.Gifts.Unknown;
        var sent = load.Chats.Sent + load.Gifts.Sent;
        var taken = load.Chats.Acknowledged + load.Gifts.Acknowledged;
        return new Check(
            "every message and gift got an answer, and not only refusals",
            load.Chats.Settled && load.Gifts.Settled && unknown == 0 && (taken > 0 || sent == 0),
            $"{sent} sent, {taken} acknowledged, {load.Chats.Refused + load.Gifts.Refused} refused, {unknown} without an answer");
    }

    /// <summary>
    /// Only who was there before a gift was to be sent, and is still there, must have seen it. The protocol
    /// announces at least once and players drop what they have shown: a second announcement is told, and breaks nothing.
    /// </summary>
    public static Check GiftsSeen(Load load, IReadOnlyList<Viewer> viewers)
    {
        var stayed = viewers.Where(viewer => viewer.IsInside).ToList();
        long missed = 0;
        string? first = null;
        foreach (var index in load.Gifts.In(SendState.Acknowledged))
        {
            foreach (var viewer in stayed.Where(viewer => viewer.JoinedAt < load.Gifts.ScheduledAt(index) && !viewer.HasSeenGift(index)))
            {
                missed++;
                first ??= $"gift {index} by viewer {viewer.Number}";
            }
        }

        var repeats = viewers.Sum(viewer => (long)viewer.RepeatedGifts);
        return new Check(
            "every acknowledged gift was seen once by everyone who stayed", missed == 0 && load.Gifts.Acknowledged > 0,
            missed == 0
                ? $"{load.Gifts.Acknowledged} gifts by {stayed.Count} viewers, {repeats} announced again"
                : $"{missed} were missed, first {first}");
    }

    public static Check Wallets(IReadOnlyList<Sender> senders, IReadOnlyList<string> problems) => new(
        "every acknowledged gift is in its sender's wallet exactly once", problems.Count == 0,
        problems.Count == 0
            ? $"{senders.Sum(sender => sender.Wallet.Count)} gifts in {senders.Count} wallets, and the balances agree"
            : $"{problems.Count} wallets are wrong; first: {problems[0]}");
}
