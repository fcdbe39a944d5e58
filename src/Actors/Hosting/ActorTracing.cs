using System.Diagnostics;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Hosting;

/// <summary>
/// Spans of calls of grains, also across processes. Only calls that come from a span that is kept have one: timers and what nobody
/// watches cost a look at a flag.
/// </summary>
internal static class ActorTracing
{
    /// <summary>The source's name.</summary>
    public const string SourceName = "LiveCommerce.Actors";

    /// <summary>Characters of a W3C trace parent; what is longer is none.</summary>
    public const int ParentLength = 55;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Where the caller stands, as a W3C trace parent; null: nobody keeps it.</summary>
    public static string? Parent() => Source.HasListeners() && Activity.Current is { Recorded: true } current ? current.Id : null;

    /// <summary>Begins the span of a call. The grain's key stays out: it may name a person.</summary>
    public static Activity? Begin(GrainCall call) =>
        call.TraceParent is { } parent && Source.StartActivity(call.Method.ToString(), ActivityKind.Server, parent) is { } span
            ? span.SetTag("rpc.system", "livecommerce").SetTag("rpc.service", call.Grain.Type).SetTag("rpc.method", call.Method.Name)
            : null;

    /// <summary>Ends it.</summary>
    public static void End(Activity? span, Exception? failure)
    {
        if (span is null) { return; }
        if (failure is not null) { span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName); }
        span.Dispose();
    }
}
