using System.Diagnostics.Metrics;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>What an operator sees of a gateway's broadcasts. Meter <c>LiveCommerce.Streams</c>.</summary>
internal sealed class StreamMetrics
{
    public StreamMetrics(IMeterFactory meters, Broadcasts broadcasts) =>
        meters.Create("LiveCommerce.Streams")
            .CreateObservableGauge("livecommerce.rooms.live", () => broadcasts.LiveCount, "{room}", "Broadcasts that run on this gateway.");
}
