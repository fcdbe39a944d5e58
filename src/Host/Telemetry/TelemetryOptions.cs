using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Host.Telemetry;

/// <summary>What leaves the process for those who watch over it. Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>
    /// Whoever sends it as a bearer token may read <c>/metrics</c> from anywhere. Without one only callers on this machine may, and
    /// only when no proxy stands between: what a shop sells in a minute is nobody else's business.
    /// </summary>
    [MinLength(16, ErrorMessage = "Telemetry:MetricsKey must have at least 16 characters.")]
    public string? MetricsKey { get; set; }

    /// <summary>Series that one instrument may have; further combinations of labels are counted, not kept.</summary>
    [Range(10, 100_000)]
    public int SeriesMax { get; set; } = 500;

    /// <summary>Where traces and metrics are sent as OTLP over HTTP, such as <c>http://collector:4318</c>; empty: nowhere.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>The share of traces that are sent, from 0 to 1; the same in every process, or traces have holes.</summary>
    [Range(0.0, 1.0)]
    public double TraceShare { get; set; } = 0.05;

    /// <summary>Seconds between two sendings of metrics.</summary>
    [Range(1, 3600)]
    public int SendEverySeconds { get; set; } = 15;

    /// <summary>Spans that may wait to be sent; further ones are dropped.</summary>
    [Range(128, 1_000_000)]
    public int SpansWaitingMax { get; set; } = 4096;

    /// <summary>What a sending may take before it is given up, in seconds.</summary>
    [Range(1, 60)]
    public int SendWithinSeconds { get; set; } = 5;

    /// <summary>How log lines are written.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Text;
}

/// <summary>How log lines are written.</summary>
internal enum LogFormat
{
    /// <summary>One line for people.</summary>
    Text = 0,

    /// <summary>One JSON object a line, with the ids of the trace and the span that it belongs to.</summary>
    Json = 1,
}

[OptionsValidator]
internal sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
