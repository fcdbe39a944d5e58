using System.Globalization;
using System.Text.RegularExpressions;
using LiveCommerce.LoadTester.Measuring;

namespace LiveCommerce.LoadTester.Checks;

/// <summary>A limit that the user sets: <c>gift.p99&lt;=200</c> (milliseconds) or <c>errors&lt;=0</c>.</summary>
internal sealed partial record Threshold(string Text, string Figure, string? Statistic, double Limit)
{
    /// <summary>How it is written, for people.</summary>
    public const string Usage = "FIGURE.STATISTIC<=MS with join, rejoin, chat, gift, order, chatAnswer, giftAnswer, orderAnswer, playlist, segment, part, delay or lateness, and p50, p90, p99, p99.9 or max; or errors<=N, reconnects<=N, snapshots<=N, stalls<=N, video.stalls<=PARTS (of low-latency players that had a picture, on average), video.dark<=N (those that never had one)";

    /// <summary>Null: it is not written like that.</summary>
    public static Threshold? Parse(string text)
    {
        var match = Form().Match(text.Replace(" ", "", StringComparison.Ordinal));
        if (!match.Success || !double.TryParse(match.Groups["limit"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var limit))
        {
            return null;
        }

        var statistic = match.Groups["statistic"];
        return new Threshold(text, match.Groups["figure"].Value, statistic.Success ? statistic.Value : null, limit);
    }

    public Check Against(LoadMeter meter)
    {
        var value = Statistic is null ? Count(meter) : Latency(meter);
        return value is { } measured
            ? new Check(Text, measured <= Limit, string.Create(CultureInfo.InvariantCulture, $"{measured:0.##}{(Statistic is null ? "" : " ms")}"))
            : new Check(Text, Kept: false, "nothing was measured");
    }

    private double? Count(LoadMeter meter) => Figure switch
    {
        "errors" => meter.Errors.Total,
        "reconnects" => meter.Reconnects,
        "snapshots" => meter.Snapshots,
        "video.stalls" => meter.PlayersShown > 0 ? meter.PartsStoodStill / meter.PlayersShown : null,
        "video.dark" => meter.Players > 0 ? meter.Players - meter.PlayersShown : null,
        _ => meter.Stalls,
    };

    private double? Latency(LoadMeter meter)
    {
        var values = meter.Latencies.Single(one => one.Name == Figure).Values;
        if (values.Count == 0) { return null; }
        return (Statistic == "max" ? values.Max : values.Percentile(double.Parse(Statistic![1..], CultureInfo.InvariantCulture))) / 1000.0;
    }

    [GeneratedRegex(
        @"^(?:(?<figure>errors|reconnects|snapshots|stalls|video\.stalls|video\.dark)|(?<figure>join|rejoin|chat|gift|order|chatAnswer|giftAnswer|orderAnswer|playlist|segment|part|delay|lateness)\.(?<statistic>p50|p90|p99(?:\.9)?|max))<=(?<limit>\d{1,9}(?:\.\d{1,3})?)$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
