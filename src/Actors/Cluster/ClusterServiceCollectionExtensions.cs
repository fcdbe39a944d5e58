using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using LiveCommerce.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using LinkOptions = LiveCommerce.Actors.Links.LinkOptions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What crosses between processes, and how.</summary>
/// <param name="Json">How contracts are written.</param>
/// <param name="Version">Rises with each release that changes the contracts: processes of neighbouring versions work together.</param>
/// <param name="Hash">Of all members, for people who compare two builds.</param>
public sealed record ClusterContracts(JsonSerializerOptions Json, int Version = 1, string Hash = "")
{
    private readonly LinkExceptions _exceptions = new();

    internal LinkExceptions Exceptions => _exceptions;

    /// <summary>Exceptions of this type become themselves again in the process of the caller; all others become <see cref="RemoteGrainException"/>s.</summary>
    public ClusterContracts WithException<T>(Func<string, Exception> make)
        where T : Exception
    {
        _exceptions.Know<T>(make);
        return this;
    }
}

/// <summary>Makes the grain runtime of this process one of several.</summary>
public static class ClusterServiceCollectionExtensions
{
    /// <summary>
    /// Joins the cluster of an <see cref="IClusterStore"/>. Call it after <c>AddActors</c>. Options sections: <c>Cluster</c>, <c>Links</c>.
    /// A silo's pipeline needs <see cref="MapClusterLink"/>.
    /// </summary>
    public static IServiceCollection AddCluster(this IServiceCollection services, ClusterRole role, ClusterContracts contracts)
    {
        services.AddSingleton<IValidateOptions<ClusterOptions>, ClusterOptionsValidator>();
        services.AddSingleton<IValidateOptions<ClusterOptions>, ClusterOptionsRules>();
        services.AddOptions<ClusterOptions>().BindConfiguration("Cluster", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LinkOptions>, LinkOptionsValidator>();
        services.AddSingleton<IValidateOptions<LinkOptions>, LinkOptionsRules>();
        services.AddOptions<LinkOptions>().BindConfiguration("Links", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();

        services.AddSingleton(new LinkContracts(contracts.Version, contracts.Hash));
        services.AddSingleton(provider =>
            LinkCertificates.Load(provider.GetRequiredService<IOptions<LinkOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        if (role == ClusterRole.Silo)
        {
            services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>((kestrel, provider) => ShowCertificate(
                kestrel, provider.GetRequiredService<IOptions<LinkOptions>>().Value, provider.GetRequiredService<LinkCertificates>()));
        }

        // Services hear of the stop in reverse order: first the shards go, then the connections, then the web server waits for nobody.
        services.AddHostedService(provider => new LinkCloser(provider.GetRequiredService<LinkServer>()));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ClusterProcess>(provider, role));
        services.AddSingleton<ICluster>(provider => provider.GetRequiredService<ClusterProcess>());
        services.AddHostedService(provider => provider.GetRequiredService<ClusterProcess>());
        services.AddSingleton(provider => Wire(provider, contracts));
        services.AddSingleton(provider => provider.GetRequiredService<Wiring>().Server);
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<Wiring>().Grains.GrainFactory);
        return services;
    }

    /// <summary>Where the other processes connect: <c>/link</c>. WebSockets must be in the pipeline.</summary>
    public static void MapClusterLink(this IEndpointRouteBuilder routes) =>
        routes.MapGet(LinkServer.Path, (HttpContext context, LinkServer server) => server.AcceptAsync(context)).ExcludeFromDescription();

    // Who shows a wrong one, or none, is told so at /link, where there is somebody to tell; browsers and watchers need none.
    private static void ShowCertificate(KestrelServerOptions kestrel, LinkOptions options, LinkCertificates certificates)
    {
        if (certificates.Own is not { } own) { return; }
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = own;
            if (!options.PeerCertificate) { return; }
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        });
    }

    private static Wiring Wire(IServiceProvider provider, ClusterContracts contracts)
    {
        var grains = provider.GetRequiredService<ActivationDirectory>();
        var cluster = provider.GetRequiredService<ICluster>();
        var options = provider.GetRequiredService<IOptions<LinkOptions>>().Value;
        var logger = provider.GetRequiredService<ILogger<ClusterLink>>();
        var process = Guid.CreateVersion7().ToString("N");
        var observers = new ObserverBook(process);
        var certificates = provider.GetRequiredService<LinkCertificates>();
        var spoken = provider.GetRequiredService<LinkContracts>();
        var server = new LinkServer(provider.GetRequiredService<GrainRegistry>(), grains, grain => PlaceOf(cluster, grain), spoken, certificates, options, logger);
        var codec = new LinkCodec(NeighbourJson.Telling(contracts.Json, logger), observers.AddressOf, (type, address) =>
            address.Process == process ? observers.Find(address.Observer)! : RemoteObserver.Create(type, address, server.Notify));
        (server.Codec, server.LookSoon) = (codec, cluster.LookSoon);
        var client = new LinkClient(process, spoken, codec, contracts.Exceptions, observers, options, certificates, grains.Options, grains.Time, logger);
        var link = new ClusterLink(grains, cluster, client, provider.GetRequiredService<IOptions<ClusterOptions>>().Value, logger);
        grains.UseLink(link, grain => cluster.Serves(Shards.Of(grain.Key)));
        return new Wiring(grains, server, link);
    }

    private static GrainPlace PlaceOf(ICluster cluster, GrainId grain)
    {
        var shard = Shards.Of(grain.Key);
        if (cluster.Serves(shard)) { return new GrainPlace(true, cluster.SiloId); }

        // What we believe to be ours we know nothing better about: whoever asks waits.
        var owner = cluster.View.Shards.FirstOrDefault(row => row.Shard == shard).Owner;
        return new GrainPlace(false, owner == cluster.SiloId ? null : owner);
    }

    /// <summary>Ends the links when the process stops.</summary>
    private sealed class LinkCloser(LinkServer server) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => server.CloseAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>The parts that know one another.</summary>
    private sealed record Wiring(ActivationDirectory Grains, LinkServer Server, ClusterLink Link) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Link.DisposeAsync();
    }
}
