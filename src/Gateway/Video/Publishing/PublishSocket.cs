using System.Net.WebSockets;

namespace LiveCommerce.Gateway.Video.Publishing;

/// <summary>What came in.</summary>
internal enum IncomingKind
{
    Text = 0,
    Binary = 1,

    /// <summary>The other side closed or the connection broke.</summary>
    Gone = 2,

    /// <summary>More bytes than a message may have; nothing more is read.</summary>
    TooLarge = 3,
}

/// <summary>One message.</summary>
/// <param name="Bytes">Valid until the next receive.</param>
internal readonly record struct Incoming(IncomingKind Kind, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// A publisher's WebSocket with bounded messages and bounded waiting. A receive is never cancelled, because that would break the
/// connection before the goodbye: the waiting for it is.
/// </summary>
internal sealed class PublishSocket(WebSocket socket, int messageBytesMax, TimeProvider time) : IDisposable
{
    private const int TextBytesMax = 8 * 1024;
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _buffer = new byte[32 * 1024];
    private Task<Incoming>? _receiving;

    /// <summary>The next message.</summary>
    /// <exception cref="TimeoutException">None within the time; the message may still come with the next call.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled; likewise.</exception>
    public async Task<Incoming> ReceiveAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        _receiving ??= ReadAsync();
        var incoming = await _receiving.WaitAsync(patience, time, cancellationToken);
        _receiving = null;
        return incoming;
    }

    /// <summary>Sends a text message. False: the other side does not take it.</summary>
    public async Task<bool> SendAsync(byte[] message)
    {
        using var deadline = new CancellationTokenSource(SendPatience, time);
        try
        {
            await _sending.WaitAsync(deadline.Token);
            try { await socket.SendAsync(message, WebSocketMessageType.Text, true, deadline.Token); }
            finally { _sending.Release(); }
            return true;
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Says goodbye, waits a little for the answer, and is gone.</summary>
    public async Task CloseAsync(int code, string reason)
    {
        try
        {
            using var deadline = new CancellationTokenSource(ClosePatience, time);
            await _sending.WaitAsync(deadline.Token);
            try { await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, deadline.Token); }
            finally { _sending.Release(); }

            // What still comes before the other side's close is read and thrown away: bytes left unread would make the kernel reset
            // the connection, and the goodbye would be lost with it.
            while (socket.State == WebSocketState.CloseSent && (await ReceiveAsync(ClosePatience, deadline.Token)).Kind != IncomingKind.Gone) { }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or TimeoutException or IOException or ObjectDisposedException)
        {
            // It left without a goodbye.
        }

        socket.Abort();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Abort();
        socket.Dispose();
        _sending.Dispose();
    }

    private async Task<Incoming> ReadAsync()
    {
        var length = 0;
        try
        {
            while (true)
            {
                var piece = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None);
                if (piece.MessageType == WebSocketMessageType.Close) { return new Incoming(IncomingKind.Gone, default); }

                length += piece.Count;
                var max = piece.MessageType == WebSocketMessageType.Text ? TextBytesMax : messageBytesMax;
                if (length > max) { return new Incoming(IncomingKind.TooLarge, default); }
                if (piece.EndOfMessage)
                {
                    return new Incoming(piece.MessageType == WebSocketMessageType.Text ? IncomingKind.Text : IncomingKind.Binary, _buffer.AsMemory(0, length));
                }

                // Grows with what has come, never with what was announced.
                if (length == _buffer.Length) { Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, messageBytesMax + 1)); }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            return new Incoming(IncomingKind.Gone, default);
        }
    }
}
