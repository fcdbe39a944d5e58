using System.Net.WebSockets;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Instant;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>
/// A rung of another gateway's broadcast: its frames come over one socket, as that gateway's own viewers get them, and are given on as they are.
/// A socket that breaks ends the feed; viewers are told to come back, and by then the broadcast may be elsewhere.
/// </summary>
internal sealed partial class EdgeFeed : InstantFeed
{
    private static readonly byte[] Watch = "{\"type\":\"watch\"}"u8.ToArray();
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    private readonly EdgeFeedKey _key;
    private readonly EdgeOrigins _origins;
    private readonly EdgeReach _reach;
    private readonly EdgeMetrics _metrics;
    private readonly VideoOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _credential;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Refusal?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private InstantHello? _hello;
    private int _closeCode = InstantClose.ComeBack;

    public EdgeFeed(
        EdgeFeedKey key,
        EdgeOrigins origins,
        EdgeReach reach,
        EdgeMetrics metrics,
        VideoOptions options,
        string credential,
        InstantLimits limits,
        TimeProvider time,
        ILogger logger)
        : base(limits, time, logger)
    {
        (_key, _origins, _reach, _metrics, _options, _credential, _time, _logger) = (key, origins, reach, metrics, options, credential, time, logger);
        _ = RunAsync();
    }

    /// <inheritdoc/>
    public override string Name => Volatile.Read(ref _hello)?.Rung ?? _key.Rung;

    /// <inheritdoc/>
    public override IReadOnlyList<InstantRung> Rungs => Volatile.Read(ref _hello)?.Rungs ?? [];

    /// <inheritdoc/>
    public override bool IsSurpassed =>
        Volatile.Read(ref _hello) is { } hello && hello.Rung != _key.Rung && hello.Rungs!.Any(rung => rung.Name == _key.Rung);

    /// <inheritdoc/>
    public override int CloseCode => Volatile.Read(ref _closeCode);

    /// <inheritdoc/>
    public override Task<Refusal?> Ready => _ready.Task;

    // The socket ends by its token; that needs no disposing.
    /// <inheritdoc/>
    protected override void Stop() => _stop.Cancel();

    private long Max => _options.InstantBytesMax;

    private async Task RunAsync()
    {
        try
        {
            // Not under the lock of whoever makes us.
            await Task.Yield();
            Uri? asked = null;
            var isNowhere = true;
            for (var attempt = 0; attempt < 2; attempt++)
            {
                var origin = await _origins.FindAsync(_key.StreamId, _stop.Token);
                isNowhere &= origin is not null;
                if (origin?.Address is not { } address || address == asked) { break; }

                asked = address;
                var carried = await CarryAsync(address);
                if (carried == Carried.ToTheEnd) { return; }

                // Whoever was not reached may have it still.
                isNowhere &= carried == Carried.NotThere;
                _origins.Forget(_key.StreamId, origin, isGone: carried == Carried.NotThere);
            }

            if (isNowhere)
            {
                Volatile.Write(ref _closeCode, InstantClose.NotFound);
                _ready.TrySetResult(new Refusal(RefusalCode.StreamNotLive, "This broadcast is over or has never been."));
            }
        }
        catch (Exception failure)
        {
            if (!_stop.IsCancellationRequested) { Log.Broke(_logger, failure, _key.StreamId, _key.Rung); }
        }
        finally
        {
            _ready.TrySetResult(new Refusal(RefusalCode.Unavailable, "The server that carries this broadcast does not answer. Try again in a moment."));
            lock (Sync) { End(); }
            Pulse();
        }
    }

    /// <summary>Gives on what one gateway gives.</summary>
    private async Task<Carried> CarryAsync(Uri address)
    {
        if (_reach.IsDown(address)) { return Carried.NotReached; }
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", _credential);
        socket.Options.KeepAliveInterval = KeepAlive;
        socket.Options.KeepAliveTimeout = KeepAlive;
        var target = new UriBuilder(new Uri(address, $"{EdgeEndpoints.Prefix}/live/{_key.StreamId}/{InstantEndpoint.Name}"))
        {
            Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs, Query = $"rung={_key.Rung}",
        };
        _metrics.Fetched("Instant");
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(_options.Edge.AnswerSeconds), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        try
        {
            await socket.ConnectAsync(target.Uri, either.Token);
            await socket.SendAsync(Watch, WebSocketMessageType.Text, true, either.Token);
            return await ReadAsync(socket, late, either.Token);
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException && !_stop.IsCancellationRequested && !_ready.Task.IsCompleted)
        {
            _metrics.Failed();
            if (late.IsCancellationRequested) { _reach.TimedOut(address); }
            Log.NotReached(_logger, address, _key.StreamId, failure.Message);
            return Carried.NotReached;
        }
    }

    /// <summary>Reads to the end.</summary>
    /// <param name="late">Runs until the hello is heard.</param>
    private async Task<Carried> ReadAsync(ClientWebSocket socket, CancellationTokenSource late, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult piece;
            do
            {
                if (length == buffer.Length) { Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, Max + 1)); }
                piece = await socket.ReceiveAsync(buffer.AsMemory(length), stop);
                length += piece.Count;
                if (length > Max) { throw new IOException("A frame of another gateway is too large."); }
            }
            while (!piece.EndOfMessage);

            switch (piece.MessageType)
            {
                case WebSocketMessageType.Close:
                    var code = (int?)socket.CloseStatus;
                    if (_hello is null) { return code is InstantClose.NotFound ? Carried.NotThere : Carried.NotReached; }

                    // Whatever else the other gateway says, it says to us; our viewers may come back.
                    if (code is InstantClose.Over) { Volatile.Write(ref _closeCode, InstantClose.Over); }
                    return Carried.ToTheEnd;
                case WebSocketMessageType.Text:
                    if (InstantWire.ReadHello(buffer.AsSpan(0, length)) is { } hello)
                    {
                        Volatile.Write(ref _hello, hello);

                        // The run that it names comes next; viewers hear of both at once.
                        if (hello.Run is null) { _ready.TrySetResult(null); }
                    }

                    break;
                default:
                    _metrics.Took(length);
                    Give(buffer.AsSpan(0, length));
                    break;
            }

            if (_hello is not null) { late.CancelAfter(Timeout.InfiniteTimeSpan); }
        }
    }

    private void Give(ReadOnlySpan<byte> message)
    {
        lock (Sync)
        {
            if (InstantWire.Read(message, Run?.Header) is not { } frame) { return; }
            if (frame.Kind != InstantKind.Init) { Take(frame); }
            else if (InstantWire.CodecsOf(frame) is { } codecs) { Begin(new InstantRun(frame, codecs)); }
        }

        _ready.TrySetResult(null);
        Pulse();
    }

    /// <summary>What came of asking one gateway.</summary>
    private enum Carried
    {
        ToTheEnd = 0,
        NotThere = 1,
        NotReached = 2,
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3904, Level = LogLevel.Warning, Message = "The instant frames of {StreamId} ({Rung}) from another gateway broke off")]
        public static partial void Broke(ILogger logger, Exception failure, string streamId, string rung);

        [LoggerMessage(EventId = 3905, Level = LogLevel.Warning, Message = "The gateway {Address} gives no instant frames of {StreamId}: {Reason}")]
        public static partial void NotReached(ILogger logger, Uri address, string streamId, string reason);
    }
}
