using System.Globalization;
using System.Text;

namespace LiveCommerce.Host.Telemetry;

/// <summary>The text format that Prometheus and its kin read, version 0.0.4 (prometheus.io, <i>Exposition formats</i>).</summary>
internal static class PrometheusText
{
    /// <summary>Of the response.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary><c>livecommerce.gifts</c> counted gives <c>livecommerce_gifts_total</c>; the unit stands in the name.</summary>
    public static string NameOf(string instrument, string? unit, MetricKind kind)
    {
        var name = new StringBuilder(instrument.Length + 16);
        foreach (var letter in instrument) { name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_'); }
        if (char.IsAsciiDigit(name[0])) { name.Insert(0, '_'); }
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            _ => "",
        };
        var text = name.ToString();
        if (suffix.Length > 0 && !text.EndsWith(suffix, StringComparison.Ordinal)) { text += suffix; }
        return kind == MetricKind.Counter && !text.EndsWith("_total", StringComparison.Ordinal) ? text + "_total" : text;
    }

    /// <summary>Appends <c>name="value"</c>, with what is not allowed taken out or escaped.</summary>
    public static void AppendLabel(StringBuilder text, string name, string value)
    {
        foreach (var letter in name) { text.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_'); }
        text.Append("=\"");
        foreach (var letter in value)
        {
            switch (letter)
            {
                case '\\': text.Append("\\\\"); break;
                case '"': text.Append("\\\""); break;
                case '\n': text.Append("\\n"); break;
                default: text.Append(letter); break;
            }
        }

        text.Append('"');
    }

    /// <summary>Everything, sorted by name, so that two readings can be compared line by line.</summary>
    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder(16 * 1024);

        // Two instruments may bear one name (of two meters): one head, all series.
        foreach (var family in families.GroupBy(family => family.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            var help = first.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            var type = first.Kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" };
            text.Append("# HELP ").Append(first.Name).Append(' ').Append(help).Append('\n');
            text.Append("# TYPE ").Append(first.Name).Append(' ').Append(type).Append('\n');
            foreach (var same in family.Where(other => other.Kind == first.Kind))
            {
                foreach (var series in same.Series.OrderBy(series => series.Labels, StringComparer.Ordinal)) { Append(text, same, series); }
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, MetricFamily family, MetricSeries series)
    {
        if (series is NumberSeries number)
        {
            AppendLine(text, family.Name, series.Labels, "", number.Value);
            return;
        }

        var (counts, sum) = ((HistogramSeries)series).Read();
        var total = 0L;
        for (var place = 0; place < counts.Length; place++)
        {
            total += counts[place];
            var bound = place < family.Bounds.Count ? Number(family.Bounds[place]) : "+Inf";
            AppendLine(text, $"{family.Name}_bucket", series.Labels, $"le=\"{bound}\"", total);
        }

        AppendLine(text, $"{family.Name}_sum", series.Labels, "", sum);
        AppendLine(text, $"{family.Name}_count", series.Labels, "", total);
    }

    private static void AppendLine(StringBuilder text, string name, string labels, string last, double value)
    {
        text.Append(name);
        if (labels.Length + last.Length > 0)
        {
            text.Append('{').Append(labels);
            if (labels.Length > 0 && last.Length > 0) { text.Append(','); }
            text.Append(last).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
