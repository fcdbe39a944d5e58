using System.Buffers;
using System.Net;
using System.Net.WebSockets;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>A WebSocket of the framework: for servers behind TLS, and where there is no <see cref="SocketLoop"/>.</summary>
internal sealed class WebSocketLink : ILink, IDisposable
{
    private const int PieceBytes = 4 * 1024;
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly ClientWebSocket _socket;
    private readonly ILinkSink _sink;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _over = new();
    private TaskCompletionSource? _resumed;
    private int _bytesPerSecond = -1;
    private byte[]? _buffer;

    private WebSocketLink(ClientWebSocket socket, ILinkSink sink, TimeProvider time)
    {
        _socket = socket;
        _sink = sink;
        _time = time;
    }

    /// <summary>Connects, and reads from then on.</summary>
    public static async Task<WebSocketLink> OpenAsync(
        Uri address, HttpMessageInvoker invoker, string? cookie, ILinkSink sink, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            // The protocol has pings of its own.
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            socket.Options.CollectHttpResponseDetails = true;
            if (cookie is not null) { socket.Options.SetRequestHeader("Cookie", cookie); }
            await socket.ConnectAsync(address, invoker, cancellationToken);
            var link = new WebSocketLink(socket, sink, time);
            _ = link.ReadAsync();
            return link;
        }
        catch (WebSocketException) when (socket.HttpStatusCode >= HttpStatusCode.BadRequest)
        {
            var status = (int)socket.HttpStatusCode;
            socket.Dispose();
            throw new ConnectionRefusedException(status, refusal: null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, bool binary, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try { await _socket.SendAsync(message, binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, endOfMessage: true, cancellationToken); }
        catch (Exception lost) when (lost is WebSocketException or ObjectDisposedException or InvalidOperationException) { throw new IOException(lost.Message, lost); }
        finally { _sending.Release(); }
    }

    /// <inheritdoc/>
    public void Pace(int? bytesPerSecond)
    {
        Volatile.Write(ref _bytesPerSecond, bytesPerSecond ?? -1);
        if (bytesPerSecond != 0) { Interlocked.Exchange(ref _resumed, null)?.TrySetResult(); }
    }

    /// <inheritdoc/>
    public void Close(bool politely) => _ = CloseAsync(politely);

    /// <inheritdoc/>
    public void Dispose() => Close(politely: false);

    private async Task CloseAsync(bool politely)
    {
        try
        {
            using var patience = new CancellationTokenSource(ClosePatience, _time);
            if (politely && _socket.State == WebSocketState.Open) { await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token); }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It is gone already, which is what was wanted.
        }

        await _over.CancelAsync();
        _socket.Abort();
    }

    private async Task ReadAsync()
    {
        string? why = null;
        try
        {
            for (var length = 0; ;)
            {
                await PauseAsync(length);

                // A viewer waits with no buffer at all: only when bytes are there is one rented.
                if (length == 0)
                {
                    Return();
                    await _socket.ReceiveAsync(Memory<byte>.Empty, _over.Token);
                }

                var piece = await _socket.ReceiveAsync(Room(length), _over.Token);
                if (piece.MessageType == WebSocketMessageType.Close) { break; }
                length += piece.Count;
                if (!piece.EndOfMessage) { continue; }
                _sink.OnMessage(_buffer.AsSpan(0, length));
                length = 0;
            }
        }
        catch (Exception lost) when (lost is WebSocketException or IOException or InvalidDataException or ObjectDisposedException or OperationCanceledException)
        {
            why = lost.Message;
        }

        Return();
        var code = (int?)_socket.CloseStatus;
        _socket.Dispose();
        _sink.OnEnd(code, code is null ? why : null);
    }

    private async ValueTask PauseAsync(int bytes)
    {
        var pace = Volatile.Read(ref _bytesPerSecond);
        if (pace > 0 && bytes > 0) { await Task.Delay(TimeSpan.FromSeconds((double)Math.Min(bytes, PieceBytes) / pace), _time, _over.Token); }
        if (pace != 0) { return; }
        var resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _resumed, resumed);
        await resumed.Task.WaitAsync(_over.Token);
    }

    private Memory<byte> Room(int length)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
        if (length < _buffer.Length) { return _buffer.AsMemory(length); }
        if (length >= WebSocketFrames.MessageBytesMax) { throw new InvalidDataException($"A message has more than {WebSocketFrames.MessageBytesMax} bytes."); }
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return _buffer.AsMemory(length);
    }

    private void Return()
    {
        if (_buffer is null) { return; }
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }
}
