using LiveCommerce.Actors;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Contracts;
using LiveCommerce.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Benchmarks.Cluster;

/// <summary>The least that a grain can do.</summary>
public interface IEchoGrain : IGrainWithStringKey
{
    /// <summary>Says the same.</summary>
    ValueTask<string> Echo(string text);
}

/// <inheritdoc/>
internal sealed class EchoGrain : Grain, IEchoGrain
{
    public ValueTask<string> Echo(string text) => ValueTask.FromResult(text);
}

/// <summary>A silo with nothing but the grain runtime, its cluster and its links: of two of them one is this process, the other its own.</summary>
internal sealed class EchoNode : IAsyncDisposable
{
    /// <summary>With this first argument, this program is such a silo.</summary>
    public const string Argument = "echo-silo";

    /// <summary>Holds the connection string of the other process.</summary>
    public const string Setting = "Storage__ConnectionString";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _application;

    private EchoNode(WebApplication application) => _application = application;

    private ICluster Cluster => _application.Services.GetRequiredService<ICluster>();

    public static async Task<EchoNode> StartAsync(string address, string connectionString)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(address);
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Storage:Provider"] = "PostgreSql",
            ["Storage:ConnectionString"] = connectionString,
            ["Cluster:LinkUrl"] = address,
            ["Links:Secret"] = "the secret of this benchmark",
        });
        builder.Services.AddSingleton(TimeProvider.System).AddStorage().AddActors(actors => actors.AddGrain<IEchoGrain, EchoGrain>());
        builder.Services.AddClusterStore().AddCluster(ClusterRole.Silo, new ClusterContracts(LinkJson.Options));
        var application = builder.Build();
        application.UseWebSockets();
        application.MapClusterLink();
        application.MapGet("/", () => Results.Text("ready"));
        await application.Services.GetRequiredService<Migrator>().ApplyAsync();
        await application.StartAsync();
        return new EchoNode(application);
    }

    /// <summary>As a process, until it is killed.</summary>
    public static async Task RunAsync(string address)
    {
        await using var node = await StartAsync(address, Environment.GetEnvironmentVariable($"LIVECOMMERCE__{Setting}")!);
        await node._application.WaitForShutdownAsync();
    }

    /// <summary>A grain of this process and one of the other, once both have their shares of the shards.</summary>
    public async Task<(IEchoGrain Here, IEchoGrain There)> GrainsAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Key(here: true) is null || Key(here: false) is null || Cluster.View.Shards.Any(shard => shard.Owner is null))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience) { throw new TimeoutException("The two silos do not share the shards."); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }

        var grains = _application.Services.GetRequiredService<IGrainFactory>();
        return (grains.GetGrain<IEchoGrain>(Key(here: true)!), grains.GetGrain<IEchoGrain>(Key(here: false)!));
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private string? Key(bool here) => Enumerable.Range(0, 100).Select(number => $"echo-{number}").FirstOrDefault(key =>
        Cluster.View.Shards.FirstOrDefault(shard => shard.Shard == Shards.Of(key)).Owner is { } owner && (owner == Cluster.SiloId) == here);
}
