using System.Globalization;
using LiveCommerce.LoadTester.Running;
using Spectre.Console;

namespace LiveCommerce.LoadTester.Reports;

/// <summary>The result for people.</summary>
internal static class Report
{
    public static void Print(IAnsiConsole console, LoadResult result)
    {
        var (load, meter) = (result.Load, result.Load.Meter);
        console.WriteLine();
        var table = new Table().RoundedBorder().AddColumns("from scheduled to received", "count", "p50", "p90", "p99", "p99.9", "max");
        foreach (var (name, values) in meter.Latencies.Where(one => one.Values.Count > 0))
        {
            table.AddRow(
                Words(name), values.Count.ToString("N0", CultureInfo.InvariantCulture), ProgressView.Milliseconds(values, 50),
                ProgressView.Milliseconds(values, 90), ProgressView.Milliseconds(values, 99), ProgressView.Milliseconds(values, 99.9), ProgressView.Milliseconds(values, 100));
        }

        console.Write(table);
        foreach (var sentence in Sentences(result)) { console.WriteLine(sentence); }
        foreach (var (name, count) in meter.Errors.ByName()) { console.WriteLine($"  {name}: {count}"); }
        foreach (var (name, count) in meter.Expected.ByName()) { console.WriteLine($"  (expected) {name}: {count}"); }
        console.WriteLine();
        foreach (var check in result.Checks)
        {
            var verdict = check.Kept ? "[green]kept[/]  " : "[red]FAILED[/]";
            console.MarkupLine($"{verdict} {Markup.Escape(check.Name)}: {Markup.Escape(check.Detail)}");
        }
    }

    /// <summary>What happened, in sentences.</summary>
    public static IEnumerable<string> Sentences(LoadResult result)
    {
        var (load, meter) = (result.Load, result.Load.Meter);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{meter.Events:N0} events in {meter.Batches:N0} batches delivered to {meter.Joined:N0} viewers, {meter.Bytes / 1e6:0.0} MB, "
            + $"{meter.Events / Math.Max(result.LoadSeconds, 1):N0} events a second.");
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{load.Chats.Acknowledged:N0} messages, {load.Gifts.Acknowledged:N0} gifts and {load.Orders.Acknowledged:N0} orders acknowledged; {meter.Likes:N0} likes; "
            + $"{meter.Reconnects:N0} reconnects, {meter.Snapshots:N0} snapshots in place of a replay.");
        if (meter.Segments > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{meter.Segments:N0} segments fetched, {meter.MediaBytes / 1e6:0.0} MB of video, {meter.Stalls} stalls.");
        }

        if (meter.Players > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{meter.Parts:N0} parts fetched by {meter.Players:N0} players, {meter.MediaBytes / 1e6:0.0} MB of video; pictures stood still {meter.Stalls:N0} times, "
                + $"{meter.PartsStoodStill / Math.Max(1, meter.PlayersShown):0.00} parts' length for each player that had one; {meter.Players - meter.PlayersShown:N0} never had one.");
        }

        var costs = load.Costs;
        var perBatch = meter.Batches > 0 ? (costs.CpuSeconds - costs.CrowdCpu) / meter.Batches * 1e6 : 0;
        yield return string.Create(CultureInfo.InvariantCulture,
            $"The load tester itself: {(costs.BytesPerViewer is { } bytes ? $"{bytes / 1024:0.0} KB of memory a viewer ({costs.Crowd:N0} inside), " : "")}"
            + $"{costs.CpuSeconds:0.0} s of CPU ({costs.CrowdCpu / Math.Max(1, costs.Crowd) * 1e3:0.00} ms a join, {perBatch:0.0} µs a batch received), {costs.Allocated / 1e6:0} MB allocated.");
    }

    /// <summary>What a latency is, in words.</summary>
    public static string Words(string name) => name switch
    {
        "join" => "join, to the snapshot",
        "rejoin" => "after a break, to the room again",
        "chat" => "message, to each viewer",
        "gift" => "gift, to each viewer",
        "order" => "order, to each viewer told of it",
        "chatAnswer" => "message, to its receipt",
        "giftAnswer" => "gift, to its receipt",
        "orderAnswer" => "order, to its payment",
        "playlist" => "playlist",
        "segment" => "segment, from its playlist",
        "part" => "part, from its playlist",
        "delay" => "part, from its recording",
        _ => "this program's own lateness",
    };
}
