using System.Diagnostics.Metrics;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>What an operator sees of the viewers of a gateway. Meter <c>LiveCommerce.Gateway</c>. No label names a person or a room.</summary>
internal sealed class GatewayMetrics
{
    private readonly Counter<long> _calls;

    public GatewayMetrics(IMeterFactory meters, ViewerConnections viewers, RoomCasts rooms)
    {
        var meter = meters.Create("LiveCommerce.Gateway");
        meter.CreateObservableGauge("livecommerce.viewers", () => viewers.Count, "{viewer}", "Hub connections of this gateway.");
        meter.CreateObservableGauge("livecommerce.gateway.rooms", () => rooms.Count, "{room}", "Rooms whose feed this gateway carries.");
        _calls = meter.CreateCounter<long>("livecommerce.hub.calls", "{call}", "Calls of viewers over the hub (Say: messages), by method and result: ok, or why not.");
    }

    /// <summary>A call of a viewer was answered.</summary>
    public void Called(string method, string result) =>
        _calls.Add(1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("result", result));
}

/// <summary>How the fan-out does. Static, because every room of the process adds to it.</summary>
internal static class FanOutMetrics
{
    private static readonly Meter Meter = new("LiveCommerce.FanOut");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "livecommerce.fanout.duration", "s", "From a room's batch at this gateway until it was handed to all its viewers.");

    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "livecommerce.fanout.deliveries", "{frame}", "Batches times the viewers that they were handed to.");

    /// <summary>A batch was handed out.</summary>
    public static void Handed(TimeSpan took, int viewers)
    {
        Duration.Record(took.TotalSeconds);
        Deliveries.Add(viewers);
    }
}
