using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Gateway.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Opens a <see cref="HubLine"/> for each connection that can have one: a WebSocket over HTTP/1.1 without TLS of our own, opened without
/// a negotiation. The others, who negotiate, resume or come over TLS, are served by the framework and cost more.
/// </summary>
internal sealed partial class HubLines
{
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3

    private static readonly TimeSpan KeepAliveElse = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ClientTimeoutElse = TimeSpan.FromSeconds(30);

    private readonly ViewerConnections _connections;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<HubLines> _logger;

    public HubLines(
        RoomCalls calls, RoomHubFilter round, IHubProtocolResolver protocols, ViewerConnections connections,
        IOptions<FanOutOptions> fanOut, IOptions<HubOptions> hub, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<HubLines> logger)
    {
        (Calls, Round, Protocols, Time, _connections, _lifetime, _logger) = (calls, round, protocols, time, connections, lifetime, logger);
        ReceiveBytesMax = fanOut.Value.ReceiveBytesMax;
        ParallelCallsMax = fanOut.Value.ParallelCallsMax;
        CloseGrace = TimeSpan.FromMilliseconds(fanOut.Value.CloseGraceMs);
        KeepAlive = hub.Value.KeepAliveInterval ?? KeepAliveElse;
        ClientTimeout = hub.Value.ClientTimeoutInterval ?? ClientTimeoutElse;
        HandshakeTimeout = hub.Value.HandshakeTimeout ?? KeepAliveElse;
        lifetime.ApplicationStopping.Register(connections.ComeBack);
    }

    public RoomCalls Calls { get; }

    /// <summary>What goes round every call.</summary>
    public RoomHubFilter Round { get; }

    public IHubProtocolResolver Protocols { get; }

    public TimeProvider Time { get; }

    /// <summary>Bytes of one message.</summary>
    public int ReceiveBytesMax { get; }

    /// <summary>Calls of one connection at a time.</summary>
    public int ParallelCallsMax { get; }

    /// <summary>How long a client has to leave after the last words.</summary>
    public TimeSpan CloseGrace { get; }

    /// <summary>A client hears something at least this often.</summary>
    public TimeSpan KeepAlive { get; }

    /// <summary>Who says nothing for so long is not there.</summary>
    public TimeSpan ClientTimeout { get; }

    /// <summary>How long a client has to say which protocol it speaks.</summary>
    public TimeSpan HandshakeTimeout { get; }

    /// <summary>Whether a request for the hub's WebSocket can have a line.</summary>
    public static bool Takes(HttpContext context) =>
        context.Request.Path == RoomHub.Path && LaneUpgrade.IsPlain(context)
        && !(context.Request.QueryString.HasValue && context.Request.Query.ContainsKey("id"))
        && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        && context.Features.Get<IConnectionSocketFeature>()?.Socket is { ProtocolType: ProtocolType.Tcp }
        && context.Features.Get<IConnectionTransportFeature>() is not null;

    /// <summary>A call was served, and nobody can be told.</summary>
    public void AnswerIsLost(string method, Exception why) => Log.AnswerIsLost(_logger, why, method);

    /// <summary>Serves the connection until it ends.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var socket = context.Features.Get<IConnectionSocketFeature>()!.Socket;
        var input = context.Features.Get<IConnectionTransportFeature>()!.Transport.Input;
        var answer = context.Response.Headers;
        answer.Connection = "Upgrade";
        answer.Upgrade = "websocket";
        answer.SecWebSocketAccept = Accept(context.Request.Headers.SecWebSocketKey.ToString());
        await context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();

        // The server's own writing ends with the answer to the upgrade, and the first frame from here follows the client's first.
        socket.Blocking = false;
        var line = new HubLine(this, context.Features.Get<IHttpRequestLifetimeFeature>()!, input, new SocketLane(socket, Time));
        var viewer = _connections.Add(context.Connection.Id, context.Session().Ticket, line, context.Connection.RemoteIpAddress, hasLane: true);
        try
        {
            await LetGoAsync(context);

            // Who came in at the very end was not among those who were told.
            if (_lifetime.ApplicationStopping.IsCancellationRequested) { line.ComeBack(); }
            await line.RunAsync(viewer);
        }
        finally
        {
            await _connections.RemoveAsync(viewer.ConnectionId);
        }
    }

    /// <summary>What the request brought is done with, and the connection may stay for hours: headers, scope, who was signed in by what.</summary>
    private static async ValueTask LetGoAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        foreach (var name in headers.Keys.ToArray()) { headers.Remove(name); }
        if (context.Features.Get<IServiceProvidersFeature>() is IAsyncDisposable scope) { await scope.DisposeAsync(); }
        Forget<IAuthenticateResultFeature>(context.Features);
        Forget<IHttpAuthenticationFeature>(context.Features);
        Forget<IRequestCookiesFeature>(context.Features);
        Forget<IQueryFeature>(context.Features);
        Forget<IHttpWebSocketFeature>(context.Features);
        Forget<IEndpointFeature>(context.Features);
        Forget<IRouteValuesFeature>(context.Features);
        Forget<RequestSession>(context.Features);
    }

    private static void Forget<TFeature>(IFeatureCollection features)
    {
        if (features.Get<TFeature>() is not null) { features.Set<TFeature>(default); }
    }

    private static string Accept(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol's own; nothing is secret about it.
        SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2021, Level = LogLevel.Error, Message = "The answer to {Method} could not be written; the connection is closed")]
        public static partial void AnswerIsLost(ILogger logger, Exception exception, string method);
    }
}
