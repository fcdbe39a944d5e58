using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace LiveCommerce.Host.Telemetry;

/// <summary>How the text format treats an instrument.</summary>
internal enum MetricKind
{
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}

/// <summary>One instrument with its series, a bounded number of them.</summary>
internal sealed class MetricFamily
{
    /// <summary>Of durations in seconds when the instrument gives no advice: from a millisecond to ten seconds.</summary>
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>Of everything else.</summary>
    private static readonly double[] Powers = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000];

    private readonly ConcurrentDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly int _seriesMax;
    private readonly bool _adds;
    private long _leftOut;

    public MetricFamily(Instrument instrument, int seriesMax)
    {
        _seriesMax = seriesMax;
        var type = instrument.GetType();
        var shape = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        Kind = shape == typeof(Histogram<>) ? MetricKind.Histogram
            : shape == typeof(Counter<>) || shape == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;

        // Counters tell what was added, observable ones where they are.
        _adds = shape == typeof(Counter<>) || shape == typeof(UpDownCounter<>);
        Name = PrometheusText.NameOf(instrument.Name, instrument.Unit, Kind);
        Help = instrument.Description ?? "";
        Bounds = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } => advised,
            Histogram<long> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(bound => (double)bound)],
            _ => instrument.Unit == "s" ? Seconds : Powers,
        };
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public IReadOnlyList<double> Bounds { get; }

    /// <summary>Measurements that no series was made for, because there were enough.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    public ICollection<MetricSeries> Series => _series.Values;

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= _seriesMax)
            {
                Interlocked.Increment(ref _leftOut);
                return;
            }

            series = _series.GetOrAdd(
                labels, Kind == MetricKind.Histogram ? new HistogramSeries(labels, Bounds) : new NumberSeries(labels, _adds));
        }

        series.Record(value);
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) { return ""; }

        var text = new StringBuilder(64);
        foreach (var (name, value) in tags)
        {
            if (value is null) { continue; }
            if (text.Length > 0) { text.Append(','); }
            PrometheusText.AppendLabel(text, name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }

        return text.ToString();
    }
}
