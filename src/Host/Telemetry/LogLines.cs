using System.Text.Json;

namespace LiveCommerce.Host.Telemetry;

/// <summary>Log lines on the console: for people, or as JSON for those who collect them.</summary>
internal static class LogLines
{
    public static void Configure(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.ClearProviders();
        if (!string.Equals(configuration["Telemetry:LogFormat"], nameof(LogFormat.Json), StringComparison.OrdinalIgnoreCase))
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
                console.UseUtcTimestamp = true;
            });
            return;
        }

        // The scopes bring the ids of the trace and the span.
        logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        logging.AddJsonConsole(console =>
        {
            console.IncludeScopes = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            console.UseUtcTimestamp = true;
            console.JsonWriterOptions = new JsonWriterOptions { Indented = false };
        });
    }
}
