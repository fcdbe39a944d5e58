using System.Collections.Concurrent;
using System.Net.Security;
using System.Text.Json;
using LiveCommerce.Actors.Runtime;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>Where a grain is served.</summary>
/// <param name="Here">By this process, at this moment.</param>
/// <param name="Owner">By whom, as far as is known.</param>
internal readonly record struct GrainPlace(bool Here, long? Owner);

/// <summary>The silo's end of the links: takes calls of other processes, lets the grains decide, and sends the answers back.</summary>
internal sealed partial class LinkServer(
    GrainRegistry registry, ActivationDirectory grains, Func<GrainId, GrainPlace> placeOf, LinkContracts contracts, LinkCertificates certificates,
    LinkOptions options, ILogger logger) : IDisposable
{
    /// <summary>Where others connect.</summary>
    public const string Path = "/link";

    /// <summary>The header in which a refused process reads why.</summary>
    public const string ReasonHeader = "Link-Refused";

    private readonly ConcurrentDictionary<LinkPeer, Task> _connected = new();
    private readonly ConcurrentDictionary<string, LinkConnection> _peers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly RareLine _strangers = new(grains.Time);
    private readonly RareLine _lost = new(grains.Time);
    private readonly RareLine _lostAnswers = new(grains.Time);

    /// <summary>Set once, before the first connection.</summary>
    public LinkCodec Codec { get; set; } = null!;

    /// <summary>Called when somebody asks for what is not here: it may be, and not be known yet.</summary>
    public Action LookSoon { get; set; } = static () => { };

    /// <summary>What this process speaks.</summary>
    public LinkContracts Contracts => contracts;

    /// <summary>The grains of this process.</summary>
    public ActivationDirectory Grains => grains;

    /// <summary>Processes that are connected.</summary>
    public int PeerCount => _peers.Count;

    /// <summary>Where a grain is served.</summary>
    public GrainPlace PlaceOf(GrainId grain) => placeOf(grain);

    /// <summary>Serves one connection to its end. Whoever does not know the secret gets nothing but a refusal.</summary>
    public async Task AcceptAsync(HttpContext context)
    {
        if (ProblemOf(context) is { } problem)
        {
            if (_strangers.TryTake(out var count)) { Log.Stranger(logger, context.Connection.RemoteIpAddress?.ToString(), problem, count); }
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers[ReasonHeader] = problem;
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { KeepAliveInterval = options.PingEvery, KeepAliveTimeout = options.DeadAfter });
        var peer = new LinkPeer(this, options, logger);
        await using var connection = new LinkConnection(socket, options, peer.Receive, grains.Time, logger);
        peer.Connection = connection;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closing.Token);
        var running = connection.RunAsync(either.Token);
        _connected[peer] = running;
        await running;
        _connected.TryRemove(peer, out _);
        if (connection.Peer is { } name) { _peers.TryRemove(KeyValuePair.Create(name, connection)); }
    }

    /// <summary>A process has said who it is, and may call.</summary>
    public void Welcome(LinkConnection connection) => _peers[connection.Peer!] = connection;

    /// <summary>A process has said who it is, and may not call.</summary>
    public void Refuse(LinkConnection connection, LinkHello hello, string problem)
    {
        if (_strangers.TryTake(out var count)) { Log.Mismatch(logger, hello.Process, problem, count); }
        connection.EndWith(FrameKind.Farewell, JsonSerializer.SerializeToUtf8Bytes(problem));
    }

    /// <summary>Calls an observer of another process, if that is connected.</summary>
    public void Notify(LinkCodec.ObserverAddress observer, GrainMethod method, object?[] arguments)
    {
        if (!_peers.TryGetValue(observer.Process, out var connection))
        {
            if (_lost.TryTake(out var lost)) { Log.NoticeLost(logger, method, observer.Process, lost); }
            return;
        }

        using var text = Codec.WriteNotice(observer.Observer, method, arguments);
        if (!connection.TrySend(FrameKind.Notice, 0, text.Json) && !connection.IsClosed && _lost.TryTake(out var count))
        {
            Log.NoticeDropped(logger, method, observer.Process, count);
        }
    }

    /// <summary>An answer found no room.</summary>
    public void LostAnswer(LinkConnection connection, int bytes)
    {
        if (_lostAnswers.TryTake(out var count)) { Log.AnswerLost(logger, bytes, connection.Peer, connection.WaitingBytes, count); }
    }

    /// <summary>Makes the call that another process asks for.</summary>
    public GrainCall Read(GrainId grain, string methodName, ref Utf8JsonReader json)
    {
        var method = registry.Find(grain.Type)?.Interface.Find(methodName)
            ?? throw new UnknownGrainMethodException($"{grain} has no method {methodName} in this process: it runs an older or newer version than the caller.");
        var call = method.CreateCall(grain, Codec.ReadArguments(ref json, method));
        call.TraceParent = LinkCodec.ReadTraceParent(ref json);
        return call;
    }

    /// <summary>Ends every connection in order: this process stops.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_connected.Keys.Select(peer => peer.EndAsync(options.DeadAfter, cancellationToken)));
        try { await Task.WhenAll(_connected.Values).WaitAsync(options.ConnectWithin, grains.Time, cancellationToken); }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // Whoever has not let go by now is let go.
        }

        await _closing.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _closing.Dispose();

    /// <summary>The value of the Authorization header.</summary>
    public static string Credential(LinkOptions options) => LinkCredential.Of(options);

    private string? ProblemOf(HttpContext context)
    {
        if (options.Secret.Length > 0 && !KnowsSecret(context.Request.Headers.Authorization.ToString()))
        {
            return "the secret is another one; Links:Secret must be the same in every process of the cluster";
        }

        return options.PeerCertificate ? certificates.ProblemOf(context.Connection.ClientCertificate, SslPolicyErrors.None, grains.Time) : null;
    }

    private bool KnowsSecret(string given) => LinkCredential.Is(given, options);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1211, Level = LogLevel.Warning,
            Message = "Somebody at {Address} wanted to link and was refused: {Problem} ({Count} since the last line; one line a minute)")]
        public static partial void Stranger(ILogger logger, string? address, string problem, long count);

        [LoggerMessage(EventId = 1212, Level = LogLevel.Warning,
            Message = "{Method} for process {Process} was dropped: too much waits for it ({Count} notices since the last line)")]
        public static partial void NoticeDropped(ILogger logger, GrainMethod method, string process, long count);

        [LoggerMessage(EventId = 1215, Level = LogLevel.Warning, Message = "Process {Process} wanted to link and was refused: {Problem} ({Count} since the last line)")]
        public static partial void Mismatch(ILogger logger, string process, string problem, long count);

        [LoggerMessage(EventId = 1217, Level = LogLevel.Warning,
            Message = "An answer of {Bytes} bytes for {Peer} was lost: {Waiting} bytes wait for it already ({Count} answers since the last line)")]
        public static partial void AnswerLost(ILogger logger, int bytes, string? peer, int waiting, long count);

        [LoggerMessage(EventId = 1216, Level = LogLevel.Information,
            Message = "{Method} for process {Process} was lost: it is not connected ({Count} notices since the last line)")]
        public static partial void NoticeLost(ILogger logger, GrainMethod method, string process, long count);
    }
}

/// <summary>Holds a log line that strangers can cause to one a minute, and counts the rest.</summary>
internal sealed class RareLine(TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _last;
    private long _count;

    /// <summary>Whether to write now.</summary>
    /// <param name="count">How often it has happened since the last line, this time included.</param>
    public bool TryTake(out long count)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            count = ++_count;
            if (_last is { } last && time.GetElapsedTime(last, now) < Every) { return false; }
            (_last, _count) = (now, 0);
            return true;
        }
    }
}
