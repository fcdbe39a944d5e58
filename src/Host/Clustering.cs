using System.Globalization;
using System.Net;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LiveCommerce.Host;

/// <summary>Which part of the product a process is.</summary>
public enum ProductRole
{
    /// <summary>Everything: alone, or as one of several when <c>Cluster:LinkUrl</c> is set.</summary>
    All = 0,

    /// <summary>Owns grains: rooms, money, orders. No viewer connects to it.</summary>
    Silo = 1,

    /// <summary>Carries viewers, video and the HTTP API.</summary>
    Gateway = 2,
}

/// <summary>This process as one of several.</summary>
internal static class Clustering
{
    /// <summary>Whether there are other processes: by the role, or because an address for them is set.</summary>
    public static bool IsWanted(IConfiguration configuration, ProductSettings settings)
    {
        if (settings.Role == ProductRole.All && string.IsNullOrEmpty(configuration["Cluster:LinkUrl"])) { return false; }

        // Where it listens is where the others reach it, unless told otherwise.
        configuration["Cluster:LinkUrl"] ??= settings.Urls.Split(';')[0];

        // Gateways fetch video from each other where the links go. Only an address that another machine could use: not "all of mine".
        configuration["Video:Edge:OriginUrl"] ??= Reachable(configuration["Cluster:LinkUrl"]!);

        // A room whose silo has died answers again within about seven seconds; its broadcast must not be given up before.
        configuration["Video:LeaseSeconds"] ??= "15";
        return true;
    }

    /// <summary>Processes that share a data folder must not share recordings: each takes what it finds there for its own.</summary>
    public static void SeparateRecordings(IConfiguration configuration, DataFolder data, string urls)
    {
        if (configuration["Video:Recordings:Folder"] == data.Recordings && Uri.TryCreate(urls.Split(';')[0], UriKind.Absolute, out var address))
        {
            configuration["Video:Recordings:Folder"] = string.Create(CultureInfo.InvariantCulture, $"{data.Recordings}-{address.Port}");
        }
    }

    /// <summary>
    /// Without a real provider the processes of one machine share the sandbox that <c>livecommerce sandbox</c> runs on the same data folder:
    /// a sandbox in each of them would be as many banks.
    /// </summary>
    /// <exception cref="ClusterMismatchException">There is neither.</exception>
    public static void UseSandboxOf(ConfigurationManager configuration, DataFolder data)
    {
        if (!string.IsNullOrEmpty(configuration["Payments:SecretKey"])) { return; }
        if (data.SandboxAddress is not { } address)
        {
            throw new ClusterMismatchException(
                "Several processes need one payment provider: set Payments:SecretKey, or start `livecommerce sandbox` with the same --data first.");
        }

        configuration.AddInMemoryCollection(Product.SandboxSettings(data, address));
    }

    public static IServiceCollection AddProcessOfCluster(this IServiceCollection services, ProductRole role)
    {
        var contracts = new ClusterContracts(LinkJson.Options, ContractsVersion.Current, ContractBook.Of(typeof(ContractsVersion).Assembly, LinkJson.Plain).Hash)
            .WithException<LedgerUnavailableException>(_ => new LedgerUnavailableException());
        services.AddCluster(role == ProductRole.Gateway ? ClusterRole.Gateway : ClusterRole.Silo, contracts);
        if (role == ProductRole.Silo)
        {
            services.AddHealthChecks().AddCheck<SiloHealth>("silo");

            // As at a gateway: what comes over a link is read by the thread that took it from the socket.
            services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        }

        return services;
    }

    /// <summary>What a silo answers to the other processes and to those who watch it.</summary>
    public static void MapSilo(this WebApplication application, ProductRole role)
    {
        if (role == ProductRole.Gateway) { return; }
        application.MapClusterLink();
        if (role != ProductRole.Silo) { return; }
        application.UseWebSockets();
        application.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        application.MapHealthChecks("/health/ready");
    }

    /// <summary>The address, with this machine's name where it says "on all addresses"; empty when it is none.</summary>
    internal static string Reachable(string url)
    {
        if (!Uri.TryCreate(url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var address)) { return ""; }

        var isAny = IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        return new UriBuilder(address.Scheme, isAny ? Dns.GetHostName() : address.Host, address.Port).Uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>A silo is ready while it may serve.</summary>
    private sealed class SiloHealth(ICluster cluster) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(cluster.View.Shards.Any(shard => shard.Owner == cluster.SiloId && cluster.Serves(shard.Shard))
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("This silo serves no shard now: it has just joined, drains, or the database does not answer."));
    }
}
