using System.Globalization;
using System.Text;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;

namespace LiveCommerce.LoadTester.Reports;

/// <summary>The result for people to pass on: one HTML file with everything in it, no script, readable without its colours and pictures.</summary>
internal static class HtmlReport
{
    private const int RowsMax = 240;

    private const string Style = """
        :root{color-scheme:light dark;--back:#fbfbfa;--card:#fff;--ink:#1c1e21;--soft:#5c626b;--line:#dfe1e5;--good:#1b6e3c;--bad:#b3261e;--c1:#2457c5;--c2:#b3470f;--c3:#6b3fa0;--c4:#0f766e}
        @media(prefers-color-scheme:dark){:root{--back:#15171a;--card:#1d2024;--ink:#eceef0;--soft:#a6adb6;--line:#363b42;--good:#6cd391;--bad:#ff8a80;--c1:#86adff;--c2:#ffab76;--c3:#c9a6ff;--c4:#5fd6c8}}
        *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:1560px;margin:0 auto;padding:2rem clamp(1rem,3vw,3rem)}h1{margin:0;font-size:1.9rem;line-height:1.2}h2{margin:2.2rem 0 .6rem;font-size:1.2rem}
        .about{color:var(--soft);margin:.3rem 0 1rem;max-width:70ch}.verdict{display:inline-block;padding:.3rem .9rem;border-radius:99px;border:2px solid;font-weight:600;margin:.4rem 0}
        .kept{color:var(--good)}.failed{color:var(--bad)}dl.facts{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:1rem 0}dl.facts div{display:flex;gap:.5rem}dt{color:var(--soft)}dd{margin:0;font-weight:600}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:1rem}.chart{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1rem .7rem}
        figcaption{font-weight:600;margin-bottom:.3rem}.chart>svg{width:100%;height:auto;display:block}.grid{stroke:var(--line);stroke-width:1}.tick,.marked{fill:var(--soft);font-size:12px}.unit{color:var(--soft);font-weight:400;font-size:.9rem}table.words td:first-child{white-space:nowrap}
        .mark{stroke:var(--soft);stroke-dasharray:2 4}path{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.c1{stroke:var(--c1)}.c2{stroke:var(--c2);stroke-dasharray:7 4}.c3{stroke:var(--c3);stroke-dasharray:2 4}.c4{stroke:var(--c4);stroke-dasharray:10 3 2 3}
        .legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:.4rem 0 0;color:var(--soft);font-size:.9rem}.legend li{display:flex;align-items:center;gap:.4rem}.key{width:28px;height:8px}
        .none{color:var(--soft)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--card);font-variant-numeric:tabular-nums}caption{text-align:left;color:var(--soft);padding:.3rem 0}
        th,td{padding:.4rem .7rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}th:first-child,td:first-child,table.words td,table.words th{text-align:left}thead th{color:var(--soft);font-weight:600;font-size:.9rem}
        details{margin-top:1rem}summary{cursor:pointer;padding:.4rem 0}
        @media(max-width:600px){.tick,.marked{font-size:22px}th,td{padding:.35rem .5rem;font-size:.9rem}table.words thead{display:none}table.words tr{display:block;padding:.5rem .2rem;border-bottom:1px solid var(--line)}table.words td,table.words th{display:block;border:0;padding:.1rem .5rem}}
        @media print{.chart{break-inside:avoid}}
        """;

    public static async Task WriteAsync(string path, LoadResult result, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) { Directory.CreateDirectory(folder); }
        await File.WriteAllTextAsync(path, Write(result, at), cancellationToken);
    }

    /// <summary>The whole page.</summary>
    public static string Write(LoadResult result, DateTimeOffset at)
    {
        var scenario = result.Load.Scenario;
        var failed = result.Checks.Where(check => !check.Kept).ToList();
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
            .Append(CultureInfo.InvariantCulture, $"<title>{Text(scenario.Name)} – load test</title><style>{Style}</style></head><body><main>")
            .Append(CultureInfo.InvariantCulture, $"<h1>{Text(scenario.Name)}</h1>");
        if (scenario.About.Length > 0) { html.Append(CultureInfo.InvariantCulture, $"<p class=\"about\">{Text(scenario.About)}</p>"); }
        html.Append(failed.Count == 0
            ? $"<p class=\"verdict kept\">✓ All {result.Checks.Count} checks kept</p>"
            : $"<p class=\"verdict failed\">✗ {failed.Count} of {result.Checks.Count} checks failed: {Text(string.Join("; ", failed.Select(check => check.Name)))}</p>");
        html.Append("<dl class=\"facts\">");
        foreach (var (name, value) in Facts(result, at)) { html.Append(CultureInfo.InvariantCulture, $"<div><dt>{Text(name)}</dt><dd>{Text(value)}</dd></div>"); }
        html.Append("</dl>");
        foreach (var sentence in Report.Sentences(result)) { html.Append(CultureInfo.InvariantCulture, $"<p>{Text(sentence)}</p>"); }

        html.Append("<h2>Over time</h2><div class=\"charts\">").Append(Charts(result)).Append("</div>");
        html.Append("<h2>Checks</h2><div class=\"scroll\"><table class=\"words\"><thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Check</th><th scope=\"col\">Counted</th></tr></thead><tbody>");
        foreach (var check in result.Checks.OrderBy(check => check.Kept))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"{(check.Kept ? "kept" : "failed")}\">{(check.Kept ? "✓ kept" : "✗ failed")}</td><th scope=\"row\">{Text(check.Name)}</th><td>{Text(check.Detail)}</td></tr>");
        }

        html.Append("</tbody></table></div>").Append(Latencies(result.Load.Meter)).Append(Tallies(result.Load.Meter)).Append(Plan(scenario)).Append(Numbers(result.Load.Series.Points));
        return html.Append("</main></body></html>\n").ToString();
    }

    private static IEnumerable<(string Name, string Value)> Facts(LoadResult result, DateTimeOffset at)
    {
        var (load, scenario) = (result.Load, result.Load.Scenario);
        yield return ("Server", scenario.Server.ToString());
        yield return ("When", at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return ("Viewers", (scenario.Viewers + scenario.Senders).ToString("N0", CultureInfo.InvariantCulture));
        yield return ("Rooms", load.Rooms.Count.ToString("N0", CultureInfo.InvariantCulture));
        yield return ("Load", string.Create(CultureInfo.InvariantCulture, $"{result.LoadSeconds:0} s"));
        yield return ("Protocol", scenario.Protocol.ToString());
    }

    private static string Charts(LoadResult result)
    {
        var points = result.Load.Series.Points;
        var marks = result.StartedAt is { } start
            ? result.Load.Scenario.Storms.Select(storm => (start + storm.At, "storm")).Prepend((start, "load")).ToList()
            : [];
        return string.Concat(
            LineChart.Draw("viewers", "Viewers in their rooms", "connected", [Of("connected", 1, point => point.Connected)], marks),
            LineChart.Draw("rates", "Delivered to all viewers", "a second", [Of("events", 1, point => point.Events), Of("batches", 2, point => point.Batches)], marks),
            LineChart.Draw("latency", "From scheduled sending to each viewer", "ms",
                [Of("message p50", 1, point => point.ChatP50), Of("message p99", 2, point => point.ChatP99), Of("gift p50", 3, point => point.GiftP50), Of("gift p99", 4, point => point.GiftP99)], marks),
            LineChart.Draw("joins", "From scheduled arrival to the room (p99)", "ms", [Of("join p99", 1, point => point.JoinP99)], marks),
            result.Load.Meter.Players == 0 ? "" : LineChart.Draw("video", "From a part's recording to each player", "ms", [Of("delay p50", 1, point => point.DelayP50), Of("delay p99", 2, point => point.DelayP99)], marks)
                + LineChart.Draw("still", "Pictures that stood still, all players together", "parts", [Of("parts", 2, point => point.StoodStill)], marks),
            LineChart.Draw("errors", "Errors", "in each stretch", [Of("errors", 2, point => point.Errors)], marks),
            LineChart.Draw("own", "What the load tester itself needs", "cores and GB", [Of("CPU, in cores", 1, point => point.Cpu), Of("memory, in GB", 3, point => point.Memory / 1e9)], marks));

        Curve Of(string name, int style, Func<SeriesPoint, double?> value) => new(name, style, [.. points.Select(point => (point.Second, value(point)))]);
    }

    private static string Latencies(LoadMeter meter)
    {
        var html = new StringBuilder("<h2>Latencies</h2><p class=\"none\">Milliseconds, from the moment something was scheduled. Exact to 1.6 %.</p><div class=\"scroll\"><table><thead><tr>");
        foreach (var head in (string[])["From scheduled to received", "Count", "p50", "p90", "p99", "p99.9", "Max"]) { html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{head}</th>"); }
        html.Append("</tr></thead><tbody>");
        foreach (var (name, values) in meter.Latencies.Where(one => one.Values.Count > 0))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(Report.Words(name))}</th><td>{values.Count:N0}</td>");
            foreach (var percent in (double[])[50, 90, 99, 99.9, 100]) { html.Append(CultureInfo.InvariantCulture, $"<td>{values.Percentile(percent) / 1000.0:0.0}</td>"); }
            html.Append("</tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Tallies(LoadMeter meter)
    {
        var html = new StringBuilder();
        foreach (var (title, tally) in new[] { ("Errors by kind", meter.Errors), ("Refusals and losses that belong to the scenario", meter.Expected) })
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>");
            if (tally.Total == 0)
            {
                html.Append("<p class=\"none\">None.</p>");
                continue;
            }

            html.Append("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Count</th></tr></thead><tbody>");
            foreach (var (name, count) in tally.ByName()) { html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\"><code>{Text(name)}</code></th><td>{count:N0}</td></tr>"); }
            html.Append("</tbody></table></div>");
        }

        return html.ToString();
    }

    private static string Plan(Scenario scenario)
    {
        var html = new StringBuilder("<h2>Scenario</h2><ul>");
        foreach (var room in scenario.Rooms) { Item($"{room.Count} × room “{room.Name}”{(room.Publish ? ", with a broadcast" : "")}{(room.Stock > 0 ? $", selling {room.Stock} items" : "")}"); }
        foreach (var group in scenario.Groups)
        {
            Item(string.Create(CultureInfo.InvariantCulture, $"{group.Count:N0} × “{group.Name}” in “{group.Room}”, {group.ArrivePerSecond:0.##} a second from second {group.ArriveAt:0.#}")
                + (group.ReadBytesPerSecond is { } pace ? pace == 0 ? ", who stop reading" : $", who read {pace} bytes a second" : "")
                + (group.Stay is { } stay ? string.Create(CultureInfo.InvariantCulture, $", staying {stay.Min:0.#} to {stay.Max:0.#} s") : ""));
        }

        foreach (var action in scenario.Actions) { Item(string.Create(CultureInfo.InvariantCulture, $"{action.Kind.ToString().ToLowerInvariant()}: {action.PerSecond:0.##} a second in “{action.Room}”")); }
        foreach (var storm in scenario.Storms) { Item(string.Create(CultureInfo.InvariantCulture, $"storm at second {storm.At:0.#}: {storm.Share:0.#%} of {storm.Group ?? "all"} lose their connection")); }
        return html.Append("</ul>").ToString();

        void Item(string text) => html.Append(CultureInfo.InvariantCulture, $"<li>{Text(text)}</li>");
    }

    // The curves as numbers: for who cannot see them, and for who wants to count.
    private static string Numbers(IReadOnlyList<SeriesPoint> points)
    {
        while (points.Count > RowsMax) { points = [.. points.Chunk(2).Select(pair => pair.Length == 2 ? TimeSeries.Merge(pair[0], pair[1]) : pair[0])]; }
        var html = new StringBuilder("<details><summary>The curves as a table</summary><div class=\"scroll\"><table id=\"numbers\"><caption>Rates a second; latencies in milliseconds. Where a run is long, a row is several seconds and its latency the worst of them.</caption><thead><tr>");
        foreach (var head in (string[])["Second", "Viewers", "Events", "Batches", "MB", "Errors", "Join p99", "Message p50", "Message p99", "Gift p50", "Gift p99", "Video p50", "Video p99", "Own cores", "Own MB"])
        {
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{head}</th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (var point in points)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{point.Second:0}</th><td>{point.Connected:N0}</td><td>{point.Events:N0}</td><td>{point.Batches:N0}</td><td>{point.Bytes / 1e6:0.00}</td><td>{point.Errors}</td>");
            foreach (var value in (double?[])[point.JoinP99, point.ChatP50, point.ChatP99, point.GiftP50, point.GiftP99, point.DelayP50, point.DelayP99])
            {
                html.Append(CultureInfo.InvariantCulture, $"<td>{(value is { } ms ? ms.ToString("0.0", CultureInfo.InvariantCulture) : "–")}</td>");
            }

            html.Append(CultureInfo.InvariantCulture, $"<td>{point.Cpu:0.00}</td><td>{point.Memory / 1e6:0}</td></tr>");
        }

        return html.Append("</tbody></table></div></details>").ToString();
    }

    private static string Text(string text) => LineChart.Text(text);
}
