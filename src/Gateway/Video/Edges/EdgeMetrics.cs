using System.Diagnostics.Metrics;
using LiveCommerce.Gateway.Video.Encoders;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>What this gateway does for other gateways' broadcasts. Meter <c>LiveCommerce.Video</c>.</summary>
internal sealed class EdgeMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _asked;
    private readonly Counter<long> _upstream;
    private readonly Counter<long> _upstreamBytes;
    private readonly Counter<long> _failed;

    public EdgeMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(EncodeBudget.MeterName);
        _asked = _meter.CreateCounter<long>("livecommerce.video.edge.requests", "{request}", "Viewers' requests for other gateways' broadcasts, by where the answer came from.");
        _upstream = _meter.CreateCounter<long>("livecommerce.video.edge.upstream.requests", "{request}", "Requests to other gateways, by what was asked for.");
        _upstreamBytes = _meter.CreateCounter<long>("livecommerce.video.edge.upstream.bytes", "By", "Bytes that other gateways gave.");
        _failed = _meter.CreateCounter<long>("livecommerce.video.edge.upstream.failures", "{request}", "Requests that other gateways did not answer in time, or at all.");
    }

    /// <summary>Shows what a cache holds and who waits for it.</summary>
    public void Watch(EdgeCache<EdgeOutcome> cache)
    {
        _meter.CreateObservableGauge("livecommerce.video.edge.held", () => cache.Bytes, "By", "Bytes in memory of other gateways' broadcasts.");
        _meter.CreateObservableGauge("livecommerce.video.edge.waiting", () => cache.Waiting, "{request}", "Requests that wait for other gateways.");
        _meter.CreateObservableGauge("livecommerce.video.edge.streams", () => cache.Streams, "{stream}", "Broadcasts of other gateways that are served here.");
    }

    public void Asked(EdgeSource source) => _asked.Add(1, new KeyValuePair<string, object?>("source", source.ToString()));

    public void Fetched(string kind) => _upstream.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Took(long bytes) => _upstreamBytes.Add(bytes);

    public void Failed() => _failed.Add(1);
}
