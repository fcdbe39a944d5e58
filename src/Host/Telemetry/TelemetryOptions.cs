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

    /// <summary>The share of traces that are sent, from 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double TraceShare { get; set; } = 0.05;

    /// <summary>Seconds between two sendings of metrics.</summary>
    [Range(1, 3600)]
    public int SendEverySeconds { get; set; } = 15;
}

[OptionsValidator]
internal sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
