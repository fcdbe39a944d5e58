using System.Buffers;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>
/// One WebSocket between two processes. Whatever is sent while a message is on its way gathers and goes out as the next one, so many
/// small calls cost few system calls; what gathers is bounded, and a peer that does not read is cut off.
/// </summary>
internal sealed partial class LinkConnection : IAsyncDisposable
{
    /// <summary>Buffers that grew beyond this are not kept.</summary>
    private const int KeptBytes = 1024 * 1024;

    /// <summary>What is written at once: between two such pieces of a long message a ping finds its place.</summary>
    private const int PieceBytes = 64 * 1024;

    /// <summary>Answers of so few bytes find room where longer ones do not: each caller hears something.</summary>
    private const int ShortBytes = 256;

    private readonly WebSocket _socket;
    private readonly LinkOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Receiver _receive;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private ArrayBufferWriter<byte> _waiting = new(4096);
    private ArrayBufferWriter<byte> _sending = new(4096);
    private int _unsent;
    private int _waitingNotices;
    private int _unsentNotices;
    private bool _closed;
    private bool _last;

    /// <summary>Takes a frame. Runs on the connection's own thread: quick, and never waiting. False: what came is no sense, and ends the connection.</summary>
    public delegate bool Receiver(LinkConnection from, LinkFrame frame);

    public LinkConnection(WebSocket socket, LinkOptions options, Receiver receive, TimeProvider time, ILogger logger)
    {
        (_socket, _options, _receive, _time, _logger) = (socket, options, receive, time, logger);
    }

    /// <summary>Who is at the other end, once it has said so.</summary>
    public string? Peer { get; set; }

    /// <summary>Bytes that wait to be sent.</summary>
    public int WaitingBytes
    {
        get
        {
            lock (_gate) { return _waiting.WrittenCount + _unsent; }
        }
    }

    /// <summary>Whether the connection is over.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate) { return _closed; }
        }
    }

    /// <summary>The longest frame that can be sent at all.</summary>
    public int FrameBytesMax => Math.Min(_options.WaitingBytesMax, _options.MessageBytesMax) - LinkFrame.HeadLength;

    /// <summary>Queues a frame. False: the connection is over, or too much waits already; nothing was queued.</summary>
    public bool TrySend(FrameKind kind, long call, ReadOnlySpan<byte> json)
    {
        // Notices, which may be lost, leave room for answers, and all leave room for short answers.
        var most = _options.WaitingBytesMax;
        if (kind == FrameKind.Notice) { most -= most / 4; }
        if (kind is FrameKind.Answer or FrameKind.Failure or FrameKind.Moved && json.Length <= ShortBytes) { most += most / 8; }
        lock (_gate)
        {
            var length = LinkFrame.HeadLength + json.Length;
            if (kind == FrameKind.Notice && _waitingNotices + _unsentNotices is > 0 and var notices && notices + length > _options.NoticeBytesMax) { return false; }
            if (_closed || _last || json.Length > FrameBytesMax || _waiting.WrittenCount + _unsent + length > most) { return false; }
            if (kind == FrameKind.Notice) { _waitingNotices += length; }

            LinkFrame.Write(_waiting, kind, call, json);
            if (_work.CurrentCount == 0) { _work.Release(); }
            return true;
        }
    }

    /// <summary>Sends what waits and this, and nothing after it; then the connection ends.</summary>
    public void EndWith(FrameKind kind, ReadOnlySpan<byte> json)
    {
        lock (_gate)
        {
            if (_closed || _last) { return; }
            LinkFrame.Write(_waiting, kind, 0, json);
            _last = true;
            if (_work.CurrentCount == 0) { _work.Release(); }
        }
    }

    /// <summary>Ends the connection at once.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_closed) { return; }
            _closed = true;
        }

        _ = _closing.CancelAsync();
    }

    /// <summary>Carries frames both ways until one end is gone; never fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        var sending = SendAsync(stop.Token);
        var receiving = ReceiveAsync(stop.Token);
        await Task.WhenAny(sending, receiving);
        lock (_gate) { _closed = true; }
        await stop.CancelAsync();
        _socket.Abort();
        await Quietly(sending);
        await Quietly(receiving);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _work.WaitAsync(cancellationToken);
            bool last;
            lock (_gate)
            {
                (_waiting, _sending) = (_sending, _waiting);
                last = _last;
                _unsent = _sending.WrittenCount;
                (_unsentNotices, _waitingNotices) = (_waitingNotices, 0);
            }

            if (!await TryWriteAllAsync(_sending.WrittenMemory, cancellationToken)) { return; }
            lock (_gate) { _unsentNotices = 0; }
            if (last)
            {
                // The other side closes when it has read that; a connection that is torn down at once could lose it.
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                await Task.Delay(_options.ConnectWithin, _time, cancellationToken);
                return;
            }

            if (_sending.Capacity > KeptBytes) { _sending = new ArrayBufferWriter<byte>(4096); }
            else { _sending.ResetWrittenCount(); }
        }
    }

    /// <summary>Writes what has gathered, as messages no longer than the other side takes. False: the peer takes nothing.</summary>
    private async ValueTask<bool> TryWriteAllAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        while (!frames.IsEmpty)
        {
            var message = frames[..LinkFrame.MessageLength(frames.Span, _options.MessageBytesMax)];
            if (!await TryWriteAsync(message, cancellationToken)) { return false; }
            frames = frames[message.Length..];
            lock (_gate) { _unsent -= message.Length; }
        }

        return true;
    }

    /// <summary>Writes one message. False: the peer takes nothing.</summary>
    private async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        while (true)
        {
            var piece = message[..Math.Min(PieceBytes, message.Length)];
            message = message[piece.Length..];
            var writing = _socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: message.IsEmpty, cancellationToken);
            if (!writing.IsCompletedSuccessfully)
            {
                // A peer that still talks, but takes nothing, is not found out by pings.
                try { await writing.AsTask().WaitAsync(_options.StalledAfter, _time, cancellationToken); }
                catch (TimeoutException)
                {
                    Log.Stalled(_logger, Peer, _options.StalledAfter);
                    return false;
                }
            }

            if (message.IsEmpty) { return true; }
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var message = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            message.ResetWrittenCount();
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(message.GetMemory(16 * 1024), cancellationToken);
                if (part.MessageType != WebSocketMessageType.Binary) { return; }
                message.Advance(part.Count);
                if (message.WrittenCount > _options.MessageBytesMax)
                {
                    Log.TooLarge(_logger, Peer, _options.MessageBytesMax);
                    return;
                }
            }
            while (!part.EndOfMessage);

            if (!Take(message.WrittenSpan))
            {
                Log.NoSense(_logger, Peer);
                return;
            }

            if (message.Capacity > KeptBytes) { message = new ArrayBufferWriter<byte>(16 * 1024); }
        }
    }

    private bool Take(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            if (!LinkFrame.TryRead(ref message, out var frame) || !_receive(this, frame)) { return false; }
        }

        return true;
    }

    private async Task Quietly(Task task)
    {
        try { await task; }
        catch (Exception over) when (over is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // How connections end.
        }
        catch (Exception failure)
        {
            Log.Failed(_logger, failure, Peer);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1201, Level = LogLevel.Error, Message = "The link with {Peer} is cut: it sent what makes no sense")]
        public static partial void NoSense(ILogger logger, string? peer);

        [LoggerMessage(EventId = 1202, Level = LogLevel.Error, Message = "The link with {Peer} is cut: it sent a message of more than {Max} bytes")]
        public static partial void TooLarge(ILogger logger, string? peer, int max);

        [LoggerMessage(EventId = 1203, Level = LogLevel.Error, Message = "The link with {Peer} failed")]
        public static partial void Failed(ILogger logger, Exception failure, string? peer);

        [LoggerMessage(EventId = 1204, Level = LogLevel.Error, Message = "The link with {Peer} is cut: it has taken nothing for {StalledAfter}")]
        public static partial void Stalled(ILogger logger, string? peer, TimeSpan stalledAfter);
    }
}
