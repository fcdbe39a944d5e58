using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Links;
using LiveCommerce.Actors.Runtime;
using LiveCommerce.Tests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>One process of a cluster, as far as a test can have several: its own services, its own web server, real sockets between them.</summary>
internal sealed class Node : IAsyncDisposable
{
    // None of these is what most tests are about, and a machine that is busy with other tests stands still for seconds.
    private static readonly (string Key, string Value)[] Patient =
    [
        ("Links:ConnectWithin", "00:00:50"), ("Links:DeadAfter", "00:01:00"), ("Links:StalledAfter", "00:01:00"), ("Links:CreditPatience", "00:00:50"),
        ("Actors:CallTimeout", "00:02:00"), ("Cluster:FenceAfter", "00:00:40"), ("Cluster:DeadAfter", "00:01:00"), ("Cluster:OwnerPatience", "00:00:50"),
        ("Cluster:OrderPatience", "00:00:50"), ("Cluster:ReleaseWithin", "00:00:10"), ("Cluster:DrainWithin", "00:02:00"), ("Cluster:BeatPeriod", "00:00:00.2"),
    ];

    private readonly WebApplication _app;

    private Node(WebApplication app) => _app = app;

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    public ICluster Cluster => _app.Services.GetRequiredService<ICluster>();

    public ActivationDirectory Directory => _app.Services.GetRequiredService<ActivationDirectory>();

    public LinkServer Links => _app.Services.GetRequiredService<LinkServer>();

    public Script Script => _app.Services.GetRequiredService<Script>();

    public RecordingLog Log { get; private init; } = null!;

    public string Url { get; private init; } = "";

    /// <summary>Starts it and waits for nothing.</summary>
    public static Task<Node> StartAsync(MemoryClusterStore store, ClusterRole role, params (string Key, string Value)[] settings) =>
        StartAsync(store, role, new Script(), TimeProvider.System, settings);

    /// <summary>Starts it with a script that it shares with others and a clock of its own, and waits for nothing.</summary>
    public static Task<Node> StartAsync(
        MemoryClusterStore store, ClusterRole role, Script script, TimeProvider time, params (string Key, string Value)[] settings) => StartAsync(
            store, role, script, time, new JsonSerializerOptions(JsonSerializerDefaults.Web), actors => actors.AddGrain<IProbeGrain, ProbeGrain>(), settings);

    /// <summary>Starts it with grains and JSON of its own, and waits for nothing.</summary>
    public static async Task<Node> StartAsync(
        MemoryClusterStore store, ClusterRole role, Script script, TimeProvider time, JsonSerializerOptions json, Action<ActorsBuilder> grains,
        params (string Key, string Value)[] settings)
    {
        var shows = role == ClusterRole.Silo && settings.Any(setting => setting.Key == "Links:Certificate");
        var url = $"{(shows ? "https" : "http")}://127.0.0.1:{FreePort.Next()}";
        var version = int.Parse(settings.FirstOrDefault(setting => setting.Key == "Test:Contracts").Value ?? "1");
        var log = new RecordingLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls(url);
        builder.Configuration.AddInMemoryCollection(
            settings.Append(("Cluster:LinkUrl", url)).Concat(Patient)
                .Append(("Links:Secret", "the secret of this test")).DistinctBy(setting => setting.Item1)
                .ToDictionary(setting => setting.Item1, setting => (string?)setting.Item2));
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(3));
        builder.Services.AddSingleton(time).AddSingleton(script).AddSingleton<IClusterStore>(store);
        builder.Services.AddActors(actors => { if (role == ClusterRole.Silo) { grains(actors); } });
        builder.Services.AddCluster(role, new ClusterContracts(json, version));
        var app = builder.Build();
        app.UseWebSockets();
        app.MapClusterLink();
        await app.StartAsync();
        return new Node(app) { Log = log, Url = url };
    }

    /// <summary>Waits until every shard is served by one of these.</summary>
    public static Task ServingAsync(params Node[] silos) => UntilAsync(() =>
        Enumerable.Range(0, Shards.Count).All(shard => silos.Any(silo => silo.Cluster.Serves(shard))));

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <summary>The same of what has to be asked.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (!await condition()) { await timer.WaitForNextTickAsync(limit.Token); }
    }

    /// <summary>A key that this silo serves.</summary>
    public string KeyHere() => Enumerable.Range(0, int.MaxValue).Select(number => $"key-{number}").First(key => Cluster.Serves(Shards.Of(key)));

    /// <summary>Stops in order.</summary>
    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
