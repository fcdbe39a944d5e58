using System.Diagnostics.Metrics;

namespace LiveCommerce.Actors.Links;

/// <summary>What an operator sees of the links between processes. Meter <c>LiveCommerce.Links</c>.</summary>
internal static class LinkMetrics
{
    private static readonly Meter Meter = new("LiveCommerce.Links");

    private static readonly Counter<long> Calls = Meter.CreateCounter<long>(
        "livecommerce.links.calls", "{call}", "Calls to other processes that were answered, by outcome: answer, failure, moved.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "livecommerce.links.call.duration", "s", "From a call to another process to its answer, waiting for an owner included.");

    private static readonly Counter<long> Unread = Meter.CreateCounter<long>(
        "livecommerce.links.not_understood", "{record}", "Records of kinds that only the newer release beside this one knows, by what they are: their place is kept.");

    private static readonly KeyValuePair<string, object?>[] Outcomes = [new("outcome", "answer"), new("outcome", "failure"), new("outcome", "moved")];

    /// <summary>A newer process has sent what this one cannot read.</summary>
    public static void NotUnderstood(Type what) => Unread.Add(1, new KeyValuePair<string, object?>("record", what.Name));

    /// <summary>A call was answered.</summary>
    public static void Answered(FrameKind kind, TimeSpan took)
    {
        Calls.Add(1, Outcomes[kind switch { FrameKind.Answer => 0, FrameKind.Failure => 1, _ => 2 }]);
        Duration.Record(took.TotalSeconds);
    }
}
