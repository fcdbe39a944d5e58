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
        var table = new Table().RoundedBorder().AddColumns("from scheduled to received", "count", "p50", "p90", "p99", "max");
        foreach (var (name, values) in meter.Latencies.Where(one => one.Values.Count > 0))
        {
            table.AddRow(
                Words(name), values.Count.ToString("N0", CultureInfo.InvariantCulture), ProgressView.Milliseconds(values, 50),
                ProgressView.Milliseconds(values, 90), ProgressView.Milliseconds(values, 99), ProgressView.Milliseconds(values, 100));
        }

        console.Write(table);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{meter.Events:N0} events in {meter.Batches:N0} batches delivered to {meter.Joined} viewers, {meter.Bytes / 1e6:0.0} MB, "
            + $"{meter.Events / Math.Max(result.LoadSeconds, 1):N0} events a second; {load.Chats.Acknowledged} messages and {load.Gifts.Acknowledged} gifts acknowledged."));
        foreach (var (name, count) in meter.Errors.ByName()) { console.WriteLine($"  {name}: {count}"); }
        console.WriteLine();
        foreach (var check in result.Checks)
        {
            var verdict = check.Kept ? "[green]kept[/]  " : "[red]BROKEN[/]";
            console.MarkupLine($"{verdict} {Markup.Escape(check.Name)}: {Markup.Escape(check.Detail)}");
        }
    }

    private static string Words(string name) => name switch
    {
        "join" => "join, to the snapshot",
        "chat" => "message, to each viewer",
        "gift" => "gift, to each viewer",
        "chatAnswer" => "message, to its receipt",
        "giftAnswer" => "gift, to its receipt",
        _ => "this program's own lateness",
    };
}
