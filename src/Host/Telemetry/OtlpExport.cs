using System.Diagnostics;
using LiveCommerce.Actors.Cluster;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using LinkOptions = LiveCommerce.Actors.Links.LinkOptions;

namespace LiveCommerce.Host.Telemetry;

/// <summary>
/// Sends traces and metrics as OTLP over HTTP to <see cref="TelemetryOptions.OtlpEndpoint"/>. Without one nothing listens, and no span
/// is made. What waits is bounded, what fails is dropped: the product never waits for its watchers.
/// </summary>
internal sealed class OtlpExport(
    IOptions<TelemetryOptions> options, IOptions<ClusterOptions> cluster, IOptions<LinkOptions> links, IConfiguration configuration, ProcessRole role) : IHostedService, IDisposable
{
    /// <summary>Spans of one sending.</summary>
    private const int BatchMax = 512;

    private const int SpansEveryMs = 2_000;

    /// <summary>Whose spans are kept: HTTP, the hub, grains and links, the ledger's commits, the database, and calls of the payment provider.</summary>
    private static readonly string[] Sources =
        ["Microsoft.AspNetCore", "Microsoft.AspNetCore.SignalR.Server", "LiveCommerce.Gateway", "LiveCommerce.Actors", "LiveCommerce.Silo", "Npgsql", "System.Net.Http"];

    private static readonly string[] Meters =
        ["LiveCommerce.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Http.Connections", "System.Runtime", "Npgsql"];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        if (settings.OtlpEndpoint is not { } endpoint) { return Task.CompletedTask; }

        var name = cluster.Value.NodeName is { Length: > 0 } given ? given : Environment.MachineName;
        var resource = ResourceBuilder.CreateEmpty().AddAttributes(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["service.name"] = "livecommerce",
            ["service.version"] = typeof(OtlpExport).Assembly.GetName().Version?.ToString(3) ?? "0",
            ["service.instance.id"] = $"{name} {configuration["Cluster:LinkUrl"]}".TrimEnd(),
            ["livecommerce.role"] = role.Name,
        });
        if (settings.TraceShare > 0)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .SetSampler(new ShareSampler(settings.TraceShare, Shared(links.Value)))
                .AddSource(Sources)
                .AddProcessor(new PlainSpans())
                .AddProcessor(new BatchActivityExportProcessor(
                    new OtlpTraceExporter(Exporter(endpoint, "v1/traces", settings)), settings.SpansWaitingMax, SpansEveryMs,
                    settings.SendWithinSeconds * 1000, Math.Min(BatchMax, settings.SpansWaitingMax)))
                .Build();
        }

        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = settings.SeriesMax })
            .AddReader(new PeriodicExportingMetricReader(
                new OtlpMetricExporter(Exporter(endpoint, "v1/metrics", settings)), settings.SendEverySeconds * 1000, settings.SendWithinSeconds * 1000))
            .Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        // What waits goes out once more, within the time of one sending.
        var patience = options.Value.SendWithinSeconds * 1000;
        return Task.Run(
            () =>
            {
                _traces?.Shutdown(patience);
                _metrics?.Shutdown(patience);
            },
            CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    // Processes that know one another by certificates alone share no secret; they agree all the same, though a stranger may reckon what they keep.
    private static string? Shared(LinkOptions links) => links.Secret.Length > 0 || links.PeerCertificate ? links.Secret : null;

    private static OtlpExporterOptions Exporter(Uri endpoint, string path, TelemetryOptions settings) => new()
    {
        Protocol = OtlpExportProtocol.HttpProtobuf,
        Endpoint = new Uri($"{endpoint.ToString().TrimEnd('/')}/{path}"),
        TimeoutMilliseconds = settings.SendWithinSeconds * 1000,
    };

    /// <summary>Takes out of a span what is not known to be harmless: addresses, agents, paths with ids.</summary>
    private sealed class PlainSpans : BaseProcessor<Activity>
    {
        private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
        {
            "http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "error.type",
            "rpc.system", "rpc.service", "rpc.method", "signalr.connection.status", "signalr.transport", "livecommerce.requests",
            "db.system", "db.system.name", "db.operation.name", "db.query.text", "db.query.summary", "db.statement", "db.collection.name",
            "db.response.status_code", "db.npgsql.prepared", "server.port",
        };

        public override void OnEnd(Activity data)
        {
            foreach (var name in data.TagObjects.Select(tag => tag.Key).Where(name => !Harmless.Contains(name)).ToList()) { data.SetTag(name, null); }
            if (data.GetTagItem("http.route") is string route) { data.DisplayName = $"{data.GetTagItem("http.request.method")} {route}"; }
        }
    }
}

/// <summary>Which part of the product this process is, for those who watch it.</summary>
internal sealed record ProcessRole(string Name);
