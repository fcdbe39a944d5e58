namespace LiveCommerce.Host.Telemetry;

/// <summary>One combination of labels of one instrument.</summary>
/// <param name="labels">As they stand in the text, without braces; empty when there are none.</param>
internal abstract class MetricSeries(string labels)
{
    /// <summary>As they stand in the text, without braces.</summary>
    public string Labels { get; } = labels;

    /// <summary>Takes in a measurement.</summary>
    public abstract void Record(double value);
}

/// <summary>Measurements are added up, or replace one another.</summary>
internal sealed class NumberSeries(string labels, bool adds) : MetricSeries(labels)
{
    private readonly Lock _gate = new();
    private double _value;

    /// <summary>Now.</summary>
    public double Value
    {
        get
        {
            lock (_gate) { return _value; }
        }
    }

    public override void Record(double value)
    {
        lock (_gate) { _value = adds ? _value + value : value; }
    }
}

/// <summary>How many measurements were at most each of some bounds.</summary>
internal sealed class HistogramSeries(string labels, IReadOnlyList<double> bounds) : MetricSeries(labels)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[bounds.Count + 1];
    private double _sum;

    public override void Record(double value)
    {
        var place = 0;
        while (place < bounds.Count && value > bounds[place]) { place++; }
        lock (_gate)
        {
            _counts[place]++;
            _sum += value;
        }
    }

    /// <summary>Counts of each bound and above the last, not added up, and the sum of all values, of one moment.</summary>
    public (long[] Counts, double Sum) Read()
    {
        lock (_gate) { return ([.. _counts], _sum); }
    }
}
