using System.Net.WebSockets;
using LiveCommerce.Gateway.Rooms;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>
/// A viewer's WebSocket. Frames go straight to the kernel where the connection allows it (<see cref="SocketLane"/>), else through
/// the framework; the hello, pings and the goodbye are always the framework's.
/// </summary>
internal sealed class InstantSocket(WebSocket socket, SocketLane? lane, TimeProvider time) : IDisposable
{
    private const int TextBytesMax = 1024;
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly byte[] _buffer = new byte[TextBytesMax];
    private Task<int>? _receiving;

    /// <summary>Writes a frame of the feed. One at a time.</summary>
    public ValueTask WriteAsync(InstantFrame frame) =>
        lane is not null ? lane.WriteAsync(frame.Wire) : socket.SendAsync(frame.Message, WebSocketMessageType.Binary, true, CancellationToken.None);

    /// <summary>Sends a text; between two frames, when there are any.</summary>
    public async Task SendAsync(byte[] text, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience, time);
        await socket.SendAsync(text, WebSocketMessageType.Text, true, deadline.Token);
    }

    /// <summary>The viewer's next text; empty: it left, or sent what is no short text.</summary>
    /// <exception cref="TimeoutException">None within the time; it may still come with the next call.</exception>
    public async Task<ReadOnlyMemory<byte>> ReceiveAsync(TimeSpan patience, CancellationToken cancellationToken = default)
    {
        // Not cancelled itself: that would break the connection before the goodbye.
        _receiving ??= ReadAsync();
        var length = await _receiving.WaitAsync(patience, time, cancellationToken);
        _receiving = null;
        return _buffer.AsMemory(0, length);
    }

    /// <summary>Ends when the viewer leaves. Until then it may ask whether the line stands.</summary>
    /// <param name="heard">Gets what else it says.</param>
    public async Task LeftAsync(Action<ReadOnlyMemory<byte>> heard)
    {
        while (await ReceiveAsync(Timeout.InfiniteTimeSpan) is { Length: > 0 } text)
        {
            if (InstantWire.IsPing(text.Span)) { await SendAsync(InstantWire.Pong, ClosePatience); }
            else { heard(text); }
        }
    }

    /// <summary>Says why and goodbye, waits a little for the answer, and is gone.</summary>
    /// <param name="words">A text before the goodbye, or null.</param>
    public async Task CloseAsync(int code, byte[]? words)
    {
        try
        {
            using var deadline = new CancellationTokenSource(ClosePatience, time);
            if (words is not null) { await SendAsync(words, ClosePatience); }
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, deadline.Token);

            // Bytes left unread would make the kernel reset the connection, and the goodbye would be lost with it.
            while (socket.State == WebSocketState.CloseSent && (await ReceiveAsync(ClosePatience, deadline.Token)).Length > 0) { }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or TimeoutException or IOException or ObjectDisposedException)
        {
            // It left without a goodbye.
        }

        socket.Abort();
    }

    /// <summary>Answers the goodbye of a viewer that left with one: its browser would speak of a broken connection.</summary>
    public async Task AnswerGoodbyeAsync()
    {
        if (socket.State != WebSocketState.CloseReceived) { return; }

        try
        {
            using var deadline = new CancellationTokenSource(ClosePatience, time);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It did not wait for it.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Abort();
        socket.Dispose();
    }

    private async Task<int> ReadAsync()
    {
        try
        {
            var length = 0;
            while (length < TextBytesMax)
            {
                var piece = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None);
                if (piece.MessageType != WebSocketMessageType.Text) { return 0; }
                length += piece.Count;
                if (piece.EndOfMessage) { return length; }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It left without a goodbye.
        }

        return 0;
    }
}
