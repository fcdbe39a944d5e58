using System.Diagnostics.Metrics;

namespace LiveCommerce.Actors.Hosting;

/// <summary>What an operator sees of the grain runtime. Meter <c>LiveCommerce.Actors</c>.</summary>
internal sealed class ActorMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "LiveCommerce.Actors";

    private readonly Meter _meter;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _late;
    private readonly Counter<long> _failed;
    private readonly UpDownCounter<long> _activations;

    public ActorMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _activations = _meter.CreateUpDownCounter<long>("livecommerce.actors.activations", "{grain}", "Grains in memory.");
        _refused = _meter.CreateCounter<long>("livecommerce.actors.calls.refused", "{call}", "Calls refused because a mailbox, or the process, was full.");
        _late = _meter.CreateCounter<long>("livecommerce.actors.calls.late", "{call}", "Calls whose caller waited for the whole call timeout.");
        _failed = _meter.CreateCounter<long>("livecommerce.actors.calls.failed", "{call}", "Calls that ended with an exception of the grain.");
    }

    // The grain's type only: keys would be one series a room.
    public void Activated(GrainId grain) => _activations.Add(1, Tag(grain));

    public void Gone(GrainId grain) => _activations.Add(-1, Tag(grain));

    public void Refused(GrainId grain) => _refused.Add(1, Tag(grain));

    public void Late(GrainId grain) => _late.Add(1, Tag(grain));

    public void Failed(GrainId grain) => _failed.Add(1, Tag(grain));

    private static KeyValuePair<string, object?> Tag(GrainId grain) => new("grain", grain.Type);
}
