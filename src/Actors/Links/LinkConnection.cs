using System.Buffers;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>
/// One WebSocket between two processes. Whatever is sent while a message is on its way gathers and goes out as the next one, so many
/// small calls cost few system calls; what gathers is bounded.
/// </summary>
internal sealed partial class LinkConnection : IAsyncDisposable
{
    /// <summary>Buffers that grew beyond this are not kept.</summary>
    private const int KeptBytes = 1024 * 1024;

    private readonly WebSocket _socket;
    private readonly LinkOptions _options;
    private readonly ILogger _logger;
    private readonly Receiver _receive;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private ArrayBufferWriter<byte> _waiting = new(4096);
    private ArrayBufferWriter<byte> _sending = new(4096);
    private bool _closed;

    /// <summary>Takes a frame. Runs on the connection's own thread: quick, and never waiting. False: what came is no sense, and ends the connection.</summary>
    public delegate bool Receiver(LinkConnection from, LinkFrame frame);

    public LinkConnection(WebSocket socket, LinkOptions options, Receiver receive, ILogger logger)
    {
        (_socket, _options, _receive, _logger) = (socket, options, receive, logger);
    }

    /// <summary>Who is at the other end, once it has said so.</summary>
    public string? Peer { get; set; }

    /// <summary>Queues a frame. False: the connection is over, or too much waits already; nothing was queued.</summary>
    public bool TrySend(FrameKind kind, long call, ReadOnlySpan<byte> json)
    {
        lock (_gate)
        {
            // What waits goes out as one message, so it may be no longer than the other side takes.
            if (_closed || _waiting.WrittenCount + LinkFrame.HeadLength + json.Length > Math.Min(_options.WaitingBytesMax, _options.MessageBytesMax)) { return false; }

            LinkFrame.Write(_waiting, kind, call, json);
            if (_work.CurrentCount == 0) { _work.Release(); }
            return true;
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
    public async ValueTask DisposeAsync()
    {
        lock (_gate) { _closed = true; }
        await _closing.CancelAsync();
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _work.WaitAsync(cancellationToken);
            lock (_gate) { (_waiting, _sending) = (_sending, _waiting); }
            if (_sending.WrittenCount > 0)
            {
                await _socket.SendAsync(_sending.WrittenMemory, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            }

            if (_sending.Capacity > KeptBytes) { _sending = new ArrayBufferWriter<byte>(4096); }
            else { _sending.ResetWrittenCount(); }
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
    }
}
