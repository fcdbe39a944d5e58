using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Registers the hub and its fan-out.</summary>
internal static class HubServices
{
    public static IServiceCollection AddRoomHub(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<FanOutOptions>, FanOutOptionsValidator>();
        services.AddSingleton<IValidateOptions<FanOutOptions>, FanOutBoundsValidator>();
        services.AddOptions<FanOutOptions>()
            .BindConfiguration("FanOut", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<GatewayIdentity>();
        services.AddSingleton<ViewerConnections>();
        services.AddSingleton<ConnectionLimit>();
        services.AddSingleton<MoneyCalls>();
        services.AddSingleton<RoomCasts>();
        services.AddSingleton<RoomCalls>();
        services.AddSingleton<HubLines>();
        services.AddSingleton<GatewayMetrics>();
        services.AddHostedService(provider => provider.GetRequiredService<RoomCasts>());

        services.AddSignalR(hub => hub.AddFilter<RoomHubFilter>());
        services.AddSingleton<RoomHubFilter>();
        services.AddSingleton<HubLifetimeManager<RoomHub>, ViewerLifetimeManager>();
        services.AddOptions<HubOptions>().Configure<IOptions<FanOutOptions>>((hub, fanOut) =>
        {
            hub.MaximumReceiveMessageSize = fanOut.Value.ReceiveBytesMax;
            hub.MaximumParallelInvocationsPerClient = fanOut.Value.ParallelCallsMax;
            hub.StatefulReconnectBufferSize = fanOut.Value.ResumeBytesMax;
        });
        services.Configure<JsonHubProtocolOptions>(json => WireJson.Apply(json.PayloadSerializerOptions));

        // Found by its name, the last one wins: ours stands in front of the framework's.
        services.AddSingleton<IHubProtocol>(provider =>
            new RefusingHubProtocol(new JsonHubProtocol(provider.GetRequiredService<IOptions<JsonHubProtocolOptions>>())));
        services.AddSingleton<IHubProtocol>(provider =>
            new RefusingHubProtocol(new MessagePackHubProtocol(provider.GetRequiredService<IOptions<FanOutOptions>>().Value.ReceiveBytesMax)));
        return services;
    }

    // For what is no line, and for negotiations. What opens its socket at once is taken by ConnectionLimit.
    public static void MapRoomHub(this IEndpointRouteBuilder routes)
    {
        // Made now: its gauges are read before the first viewer comes.
        routes.ServiceProvider.GetRequiredService<GatewayMetrics>();
        routes.MapHub<RoomHub>(RoomHub.Path, options =>
        {
            // One socket per viewer is what the bounds are about; every browser of today has it.
            options.Transports = HttpTransportType.WebSockets;

            // For clients that ask for it; ours joins again with its position, which costs the server no memory.
            options.AllowStatefulReconnects = true;
        }).Add(LimitNegotiation);
    }

    // Each negotiation holds memory until its socket comes; sockets themselves are counted by ConnectionLimit.
    private static void LimitNegotiation(EndpointBuilder endpoint)
    {
        if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } path } && path.EndsWith("/negotiate", StringComparison.Ordinal))
        {
            endpoint.Metadata.Add(new EnableRateLimitingAttribute(RateLimits.Api));
        }
    }
}
