using System.Buffers;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>
/// One WebSocket between two processes. Who sends while nobody else does writes on its own thread: waking another one costs more than a
/// small message. Whatever is sent while a message is on its way gathers and goes out as the next one, and so does what a thread sends while
/// it takes a message, so many small calls cost few system calls. What gathers is bounded, and a peer that does not read is cut off.
/// </summary>
internal sealed partial class LinkConnection : IAsyncDisposable
{
    /// <summary>Buffers that grew beyond this are not kept.</summary>
    private const int KeptBytes = 1024 * 1024;

    /// <summary>What is written at once: between two such pieces of a long message a ping finds its place.</summary>
    private const int PieceBytes = 64 * 1024;

    /// <summary>Answers of so few bytes find room where longer ones do not: each caller hears something.</summary>
    private const int ShortBytes = 256;

    // Whose message this thread is taking: what it sends there goes out when all of the message is taken.
    [ThreadStatic]
    private static LinkConnection? _taking;

    private readonly WebSocket _socket;
    private readonly LinkOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Receiver _receive;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _nothingGoesOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _writtenOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArrayBufferWriter<byte> _waiting = new(4096);
    private ArrayBufferWriter<byte> _sending = new(4096);
    private int _unsent;
    private int _waitingNotices;
    private int _unsentNotices;
    private bool _closed;
    private bool _last;

    // Nobody writes before the connection runs.
    private bool _writing = true;

    /// <summary>Takes a frame. Runs on the connection's own thread: quick, and never waiting. False: what came is no sense, and ends the connection.</summary>
    public delegate bool Receiver(LinkConnection from, LinkFrame frame);

    public LinkConnection(WebSocket socket, LinkOptions options, Receiver receive, TimeProvider time, ILogger logger)
    {
        (_socket, _options, _receive, _time, _logger) = (socket, options, receive, time, logger);
    }

    /// <summary>Who is at the other end, once it has said so.</summary>
    public string? Peer { get; set; }

    /// <summary>Whether the message whose frame is being taken has no other: for the receiver, while it takes it.</summary>
    public bool TakesOne { get; private set; }

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

    /// <summary>Sends a frame, now or behind what is on its way. False: the connection is over, or too much waits already; nothing was queued.</summary>
    public bool TrySend(FrameKind kind, long call, ReadOnlySpan<byte> json)
    {
        if (!TryQueue(kind, call, json)) { return false; }
        Flush();
        return true;
    }

    /// <summary>As <see cref="TrySend"/>, for those who hold a lock: <see cref="Flush"/> must follow when they have let go of it.</summary>
    public bool TryQueue(FrameKind kind, long call, ReadOnlySpan<byte> json)
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
            return true;
        }
    }

    /// <summary>Writes what waits, unless somebody is at it. Never waits and never throws.</summary>
    public void Flush()
    {
        if (ReferenceEquals(_taking, this)) { return; }
        lock (_gate)
        {
            if (_writing || _closed || _waiting.WrittenCount == 0) { return; }
            _writing = true;
        }

        _ = WriteOutAsync();
    }

    /// <summary>Sends what waits and this, and nothing after it; then the connection ends.</summary>
    public void EndWith(FrameKind kind, ReadOnlySpan<byte> json)
    {
        lock (_gate)
        {
            if (_closed || _last) { return; }
            LinkFrame.Write(_waiting, kind, 0, json);
            _last = true;
        }

        Flush();
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
        using var stop = cancellationToken.UnsafeRegister(static connection => ((LinkConnection)connection!).Close(), this);
        lock (_gate) { _writing = false; }
        Flush();
        var receiving = ReceiveAsync(_closing.Token);
        await Task.WhenAny(_nothingGoesOut.Task, receiving);
        lock (_gate)
        {
            _closed = true;
            if (!_writing) { _writtenOut.TrySetResult(); }
        }

        await _closing.CancelAsync();
        _socket.Abort();
        await _writtenOut.Task;
        await Quietly(receiving);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes until nothing waits. Begins on the thread of one who sends, maybe in the middle of a turn; longer work goes on elsewhere.</summary>
    private async Task WriteOutAsync()
    {
        try
        {
            if (await TryWriteOutAsync().ConfigureAwait(false)) { return; }
        }
        catch (Exception over)
        {
            NoteEnd(over);
        }

        lock (_gate) { _closed = true; }
        _writtenOut.TrySetResult();
        _nothingGoesOut.TrySetResult();
    }

    /// <summary>Writes until nothing waits; then whoever sends writes. False: nothing will go out any more.</summary>
    private async ValueTask<bool> TryWriteOutAsync()
    {
        while (true)
        {
            bool last;
            lock (_gate)
            {
                _unsentNotices = 0;
                if (_closed || _waiting.WrittenCount == 0)
                {
                    _writing = _closed;
                    return !_closed;
                }

                if (_sending.Capacity > KeptBytes) { _sending = new ArrayBufferWriter<byte>(4096); } else { _sending.ResetWrittenCount(); }
                (_waiting, _sending) = (_sending, _waiting);
                last = _last;
                _unsent = _sending.WrittenCount;
                (_unsentNotices, _waitingNotices) = (_waitingNotices, 0);
            }

            if (!await TryWriteAllAsync(_sending.WrittenMemory).ConfigureAwait(false)) { return false; }
            if (last)
            {
                // The other side closes when it has read that; a connection that is torn down at once could lose it.
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _closing.Token).ConfigureAwait(false);
                await Task.Delay(_options.ConnectWithin, _time, _closing.Token).ConfigureAwait(false);
                return false;
            }

            // What others have sent meanwhile is not the business of this thread.
            if (WaitingBytes > 0) { await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); }
        }
    }

    /// <summary>Writes what has gathered, as messages no longer than the other side takes. False: the peer takes nothing.</summary>
    private async ValueTask<bool> TryWriteAllAsync(ReadOnlyMemory<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            var message = frames[..LinkFrame.MessageLength(frames.Span, _options.MessageBytesMax)];
            if (!await TryWriteAsync(message).ConfigureAwait(false)) { return false; }
            frames = frames[message.Length..];
            lock (_gate) { _unsent -= message.Length; }
        }

        return true;
    }

    /// <summary>Writes one message. False: the peer takes nothing.</summary>
    private async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> message)
    {
        while (true)
        {
            var piece = message[..Math.Min(PieceBytes, message.Length)];
            message = message[piece.Length..];

            // Without a token, which costs more than a small write: the end of the connection tears the socket down.
            var writing = _socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: message.IsEmpty, CancellationToken.None);
            if (!writing.IsCompletedSuccessfully)
            {
                // A peer that still talks, but takes nothing, is not found out by pings.
                try { await writing.AsTask().WaitAsync(_options.StalledAfter, _time, _closing.Token).ConfigureAwait(false); }
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
        _taking = this;
        try
        {
            for (var isFirst = true; !message.IsEmpty; isFirst = false)
            {
                if (!LinkFrame.TryRead(ref message, out var frame)) { return false; }
                TakesOne = isFirst && message.IsEmpty;
                if (!_receive(this, frame)) { return false; }
            }

            return true;
        }
        finally
        {
            _taking = null;
            Flush();
        }
    }

    private async Task Quietly(Task task)
    {
        try { await task; }
        catch (Exception over) { NoteEnd(over); }
    }

    private void NoteEnd(Exception over)
    {
        // The first are how connections end.
        if (over is not (OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)) { Log.Failed(_logger, over, Peer); }
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
