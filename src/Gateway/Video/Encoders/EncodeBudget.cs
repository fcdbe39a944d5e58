using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>
/// Processor time as the encoders of this gateway share it: what each costs is estimated, so that a new broadcast gets only the
/// rungs that fit. Meter <c>LiveCommerce.Video</c>.
/// </summary>
internal sealed class EncodeBudget
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "LiveCommerce.Video";

    private const double ShareOfMachine = 0.6;
    private const double PerProcess = 0.02;
    private const double Copying = 0.01;
    private const double PerMegapixelRead = 0.002;
    private const double PerMegapixelMade = 0.009;

    private readonly Lock _lock = new();
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _restarted;
    private double _used;

    public EncodeBudget(IOptions<VideoOptions> options, IMeterFactory meters)
    {
        Cores = options.Value.EncodeCores > 0 ? options.Value.EncodeCores : Environment.ProcessorCount * ShareOfMachine;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("livecommerce.video.cores.used", () => Used, "{core}", "Processor cores that the encoders need, as estimated.");
        meter.CreateObservableGauge("livecommerce.video.cores.budget", () => Cores, "{core}", "Processor cores that encoding may keep busy.");
        _dropped = meter.CreateCounter<long>("livecommerce.video.rungs.dropped", "{rung}", "Lower rungs given up, or not begun, by reason.");
        _restarted = meter.CreateCounter<long>("livecommerce.video.encoders.restarted", "{encoder}", "Encoders that died and were followed by another.");
    }

    /// <summary>Cores that there are for encoding.</summary>
    public double Cores { get; }

    /// <summary>Cores that are taken.</summary>
    public double Used
    {
        get
        {
            lock (_lock) { return _used; }
        }
    }

    /// <summary>Whether more is taken than there is: sources are never refused, so lower rungs must make room.</summary>
    public bool IsOver => Used > Cores;

    /// <summary>Cores that a source needs: 0.03 for a copy, and a third of one where 720 lines are encoded (docs/adr/0015).</summary>
    public static double CostOfSource(bool copies, double pixelsPerSecond) =>
        copies ? PerProcess + Copying : CostOfRung(pixelsPerSecond, pixelsPerSecond);

    /// <summary>Cores that decoding one picture stream and encoding another need (docs/adr/0015).</summary>
    public static double CostOfRung(double pixelsReadPerSecond, double pixelsMadePerSecond) =>
        PerProcess + (pixelsReadPerSecond * PerMegapixelRead / 1e6) + (pixelsMadePerSecond * PerMegapixelMade / 1e6);

    /// <summary>Takes for a lower rung. False: not enough is left.</summary>
    public bool TryTake(double cores)
    {
        lock (_lock)
        {
            if (_used + cores > Cores) { return false; }
            _used += cores;
            return true;
        }
    }

    /// <summary>Takes in any case, or gives back with a negative number.</summary>
    public void Take(double cores)
    {
        lock (_lock) { _used = Math.Max(0, _used + cores); }
    }

    public void Give(double cores) => Take(-cores);

    public void Dropped(string rung, RungReason reason) => _dropped.Add(
        1, new KeyValuePair<string, object?>("rung", rung), new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Restarted() => _restarted.Add(1);
}
