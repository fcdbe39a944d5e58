using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LiveCommerce.Actors.Runtime;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>Where a grain is served.</summary>
/// <param name="Here">By this process, at this moment.</param>
/// <param name="Owner">Otherwise by whom, as far as is known.</param>
internal readonly record struct GrainPlace(bool Here, long? Owner);

/// <summary>The silo's end of the links: takes calls of other processes, lets the grains decide, and sends the answers back.</summary>
internal sealed partial class LinkServer(
    GrainRegistry registry, ActivationDirectory grains, Func<GrainId, GrainPlace> placeOf, LinkOptions options, ILogger logger) : IDisposable
{
    /// <summary>Where others connect.</summary>
    public const string Path = "/link";

    private readonly ConcurrentDictionary<string, LinkConnection> _peers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Set once, before the first connection.</summary>
    public LinkCodec Codec { get; set; } = null!;

    /// <summary>Processes that are connected.</summary>
    public int PeerCount => _peers.Count;

    /// <summary>Serves one connection to its end. Whoever does not know the secret gets nothing but a refusal.</summary>
    public async Task AcceptAsync(HttpContext context)
    {
        if (!KnowsSecret(context.Request.Headers.Authorization.ToString()))
        {
            Log.Stranger(logger, context.Connection.RemoteIpAddress?.ToString());
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { KeepAliveInterval = options.PingEvery, KeepAliveTimeout = options.DeadAfter });
        await using var connection = new LinkConnection(socket, options, Receive, logger);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closing.Token);
        await connection.RunAsync(either.Token);
        if (connection.Peer is { } peer) { _peers.TryRemove(KeyValuePair.Create(peer, connection)); }
    }

    /// <summary>Calls an observer of another process, if that is connected.</summary>
    public void Notify(LinkCodec.ObserverAddress observer, GrainMethod method, object?[] arguments)
    {
        if (!_peers.TryGetValue(observer.Process, out var connection)) { return; }
        if (!connection.TrySend(FrameKind.Notice, 0, Codec.WriteNotice(observer.Observer, method, arguments)) && !connection.IsClosed)
        {
            Log.NoticeDropped(logger, method, observer.Process);
        }
    }

    /// <summary>Ends every connection: this process stops.</summary>
    public Task CloseAsync() => _closing.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _closing.Dispose();

    /// <summary>The value of the Authorization header.</summary>
    public static string Credential(LinkOptions options) => $"Bearer {options.Secret}";

    private bool KnowsSecret(string given) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(Credential(options))));

    private bool Receive(LinkConnection from, LinkFrame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Hello when JsonSerializer.Deserialize<string>(frame.Json) is { Length: > 0 and <= GrainId.KeyLengthMax } process:
                from.Peer = process;
                _peers[process] = from;
                return true;
            case FrameKind.Call or FrameKind.OneWayCall:
                return TakeCall(from, frame);
            default:
                return false;
        }
    }

    private bool TakeCall(LinkConnection from, LinkFrame frame)
    {
        var json = new Utf8JsonReader(frame.Json);
        string[] head = new string[3];
        if (!LinkCodec.TryReadHead(ref json, head) || head[1].Length is 0 or > GrainId.KeyLengthMax) { return false; }

        var grain = new GrainId(head[0], head[1]);
        if (placeOf(grain) is { Here: false } elsewhere)
        {
            from.TrySend(FrameKind.Moved, frame.Call, LinkCodec.WriteOwner(elsewhere.Owner));
            return true;
        }

        GrainCall call;
        try
        {
            var method = registry.Find(grain.Type)?.Interface.Find(head[2])
                ?? throw new InvalidOperationException($"{grain} has no method {head[2]} here: the two processes speak different contracts.");
            call = method.CreateCall(grain, Codec.ReadArguments(ref json, method));
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or NotSupportedException)
        {
            from.TrySend(FrameKind.Failure, frame.Call, LinkCodec.WriteFailure(new InvalidOperationException(unreadable.Message)));
            return true;
        }

        grains.Send(call);
        if (frame.Kind == FrameKind.Call) { _ = AnswerAsync(from, frame.Call, call); }
        return true;
    }

    private async Task AnswerAsync(LinkConnection to, long number, GrainCall call)
    {
        try
        {
            await call.Method.AnswerAsync(call, to, number, Codec);
        }
        catch (GrainUnavailableException stopping) when (!stopping.Begun)
        {
            // This process stops. Nothing was decided, so the caller looks for the next owner instead of giving up.
            to.TrySend(FrameKind.Moved, number, LinkCodec.WriteOwner(null));
        }
        catch (Exception failure)
        {
            // The grain's own exception, or a result that is no contract: either way the caller waits for one answer.
            to.TrySend(FrameKind.Failure, number, LinkCodec.WriteFailure(failure));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1211, Level = LogLevel.Warning, Message = "Somebody at {Address} wanted to link without the cluster's secret")]
        public static partial void Stranger(ILogger logger, string? address);

        [LoggerMessage(EventId = 1212, Level = LogLevel.Warning, Message = "{Method} for process {Process} was dropped: too much waits for it")]
        public static partial void NoticeDropped(ILogger logger, GrainMethod method, string process);
    }
}
