using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Agencies;
using LiveCommerce.Gateway.Battles;
using LiveCommerce.Gateway.Gifts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Limits;
using LiveCommerce.Gateway.Moderation;
using LiveCommerce.Gateway.Operations;
using LiveCommerce.Gateway.Payments;
using LiveCommerce.Gateway.Payouts;
using LiveCommerce.Gateway.Pictures;
using LiveCommerce.Gateway.RedPackets;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Shop;
using LiveCommerce.Gateway.Statements;
using LiveCommerce.Gateway.Video;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Rtmp;
using LiveCommerce.Gateway.Wallet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway;

/// <summary>The gateway: carries what viewers say to the grains and what happens back to every viewer, and serves the player.</summary>
public static class GatewayServices
{
    /// <summary>
    /// Adds everything a gateway needs beside <see cref="Actors.IGrainFactory"/>. Options sections: <c>Gateway</c>, <c>Accounts</c>,
    /// <c>FanOut</c>, <c>RateLimits</c>, <c>Player</c>, <c>Webhooks</c>; reads <c>Storage</c>.
    /// </summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddOptions<GatewayOptions>().BindConfiguration("Gateway", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddOptions<PlayerOptions>().BindConfiguration("Player", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();

        services.AddAccounts(configuration);
        services.AddRoomHub();
        services.AddVideo();
        services.AddRateLimits();
        services.AddSandboxPages();
        services.AddHealth();
        services.AddOpenApiDocument();
        services.AddSingleton<ReturnUrls>();
        services.AddSingleton<StatementDesk>();

        services.AddRouting(options => options.SetParameterPolicy<IdConstraint>("id"));
        services.ConfigureHttpJsonOptions(options => WireJson.Apply(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>((kestrel, gateway) =>
        {
            // Of every body; the few endpoints that take more say so.
            kestrel.Limits.MaxRequestBodySize = gateway.Value.JsonBytesMax;
            kestrel.AddServerHeader = false;
        });
        // What comes in is read and answered by the thread that took it from the socket. Nothing here holds a thread for long, and two
        // changes of thread for each message of a viewer cost more than the message.
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<GatewayOptions>>((forwarded, gateway) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var proxy in gateway.Value.TrustedProxies) { forwarded.KnownProxies.Add(IPAddress.Parse(proxy)); }
        });
        services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
        });
        return services;
    }

    /// <summary>The pipeline and every endpoint. The last thing a host maps: the player answers whatever is left.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.TrustedProxies.Count > 0) { app.UseForwardedHeaders(); }
        app.UsePasses();
        app.UseMiddleware<FailureMiddleware>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseWebSockets();
        app.UseMiddleware<OriginCheck>();
        app.UsePlayerFiles();
        app.UseRouting();
        app.UseAuthentication();
        app.Use(next => context => context.RequestServices.GetRequiredService<Sessions>().AttachAsync(context, next));
        app.Use(next => context => context.RequestServices.GetRequiredService<ConnectionLimit>().InvokeAsync(context, next));
        app.UseRateLimiter();
        app.Use(next => context => Requirements.CheckCallerAsync(context, next));

        var api = app.MapGroup("/api").RequireRateLimiting(RateLimits.Api);
        api.MapAccounts();
        api.MapRooms();
        api.MapRoomGivers();
        api.MapGuests();
        api.MapPasses();
        api.MapEncoders();
        api.MapModeration();
        api.MapGifts();
        api.MapCardGifts();
        api.MapRedPackets();
        api.MapBattles();
        api.MapShop();
        api.MapPictures();
        api.MapWallet();
        api.MapLimits();
        api.MapStatements();
        api.MapAgencies();
        api.MapOperations();
        api.MapOperators();
        api.MapPayouts();
        api.MapWebhook();
        api.MapCards();
        api.MapRefunds();
        api.MapDisputes();
        api.MapReconciliation();
        api.MapRecordings();
        app.MapSandboxPages();
        app.MapRoomHub();
        app.MapVideo();
        app.MapHealth();
        app.MapOpenApi(OpenApiDocument.Path);

        // Not a fallback endpoint: that would match in place of the refusals of a wrong method or content type.
        app.UseEndpoints(_ => { });
        app.Run(PlayerFiles.FallbackAsync);
        return app;
    }
}
