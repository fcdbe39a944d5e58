using System.Globalization;
using LiveCommerce.Chaos.Checks;
using LiveCommerce.Chaos.Faults;
using LiveCommerce.Chaos.Load;

namespace LiveCommerce.Chaos;

/// <summary>What a run says: as it goes, and at its end.</summary>
internal static class Report
{
    public static void Line(TimeSpan at, string text) => Console.WriteLine($"[{Seconds(at),7}] {text}");

    public static void Fault(FaultResult fault) => Line(
        fault.At,
        $"{FaultNames.Of(fault.Kind)}: {fault.Target}, {Seconds(fault.Lasted)}{(fault.ShardsBack is { } shards ? $", shards owned again after {Seconds(shards)}" : "")}, " +
        $"a new gift answered after {Seconds(fault.GiftBack)}");

    public static void Table(IReadOnlyList<FaultResult> faults)
    {
        Console.WriteLine();
        Console.WriteLine($"{"fault",-22} {"times",5} {"lasted",9} {"shards owned again",20} {"first gift after",18} {"longest answer",15}  called dead");
        foreach (var group in faults.GroupBy(fault => fault.Kind).OrderBy(group => group.Key))
        {
            var shards = group.Where(fault => fault.ShardsBack is not null).Select(fault => fault.ShardsBack!.Value).ToList();
            Console.WriteLine(
                $"{FaultNames.Of(group.Key),-22} {group.Count(),5} {Seconds(group.Max(fault => fault.Lasted)),9} {Spread(shards),20} " +
                $"{Spread([.. group.Select(fault => fault.GiftBack)]),18} {Seconds(group.Max(fault => fault.LongestGift)),15}  {group.Sum(fault => fault.Deaths.Count)}");
        }

        var kills = faults.Where(fault => fault.Kind == FaultKind.KillSilo).Select(fault => fault.ShardsBack!.Value).ToList();
        if (kills.Count > 0) { Console.WriteLine($"A killed silo's shards had other owners after {Seconds(kills.Max())} at most ({Seconds(RunChecks.FailoverWithin)} are meant)."); }
        var drains = faults.Where(fault => fault.HandOver is not null).ToList();
        if (drains.Count > 0) { Console.WriteLine($"While silos gave their shards away, an answer took {Seconds(drains.Max(fault => fault.HandOver!.Value))} at most ({Seconds(RunChecks.HandOverWithin)} is meant)."); }
    }

    /// <summary>The promises.</summary>
    /// <returns>Whether all were kept.</returns>
    public static bool Verdicts(IReadOnlyList<Verdict> verdicts)
    {
        Console.WriteLine();
        foreach (var verdict in verdicts)
        {
            Console.WriteLine($"{(verdict.Problems.Count == 0 ? "kept  " : "BROKEN")}  {verdict.Promise}");
            foreach (var problem in verdict.Problems) { Console.WriteLine($"          {problem}"); }
        }

        return verdicts.All(verdict => verdict.Problems.Count == 0);
    }

    public static void Load(Crowd crowd) => Console.WriteLine(
        $"{crowd.Book.Acknowledged} gifts acknowledged ({crowd.Book.Gifts.Sum(gift => gift.Tries - 1)} sent again), {crowd.Book.Chats} messages, " +
        $"{crowd.Watching.Sum(watcher => watcher.Breaks)} connections of {crowd.Watching.Count} viewers broke, {crowd.Camera.Starts} broadcasts.");

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s";

    private static string Spread(List<TimeSpan> times) =>
        times.Count == 0 ? "" : times.Count == 1 ? Seconds(times[0]) : $"{times.Min().TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} to {Seconds(times.Max())}";
}
