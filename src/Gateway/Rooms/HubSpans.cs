using System.Diagnostics;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Spans of calls over the hub. Without somebody who listens they cost a look at a flag.</summary>
internal static class HubSpans
{
    /// <summary>The source's name.</summary>
    public const string SourceName = "LiveCommerce.Gateway";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins the span of a call. What it says stays out.</summary>
    /// <param name="headers">Of the call's message: <c>traceparent</c> names its trace.</param>
    public static Activity? Begin(HubMethod method, IDictionary<string, string>? headers)
    {
        if (!Source.HasListeners()) { return null; }

        // The request that opened the connection goes on as long as it, and is nobody's parent.
        Activity.Current = null;
        ActivityContext parent = default;
        if (headers is not null && headers.TryGetValue("traceparent", out var trace))
        {
            headers.TryGetValue("tracestate", out var state);
            _ = ActivityContext.TryParse(trace, state, isRemote: true, out parent);
        }

        return Source.StartActivity($"{nameof(RoomHub)}/{method.Name}", ActivityKind.Server, parent)
            ?.SetTag("rpc.system", "signalr").SetTag("rpc.service", nameof(RoomHub)).SetTag("rpc.method", method.Name);
    }
}
