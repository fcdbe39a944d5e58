using System.Net.WebSockets;
using System.Text;

namespace LiveCommerce.Gateway.Tests.Running;

/// <summary>A hub connection of bare bytes: says anything at all, and keeps what was answered.</summary>
internal sealed class RawHub : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClientWebSocket _socket = new();
    private readonly MemoryStream _heard = new();
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>All that came, the handshake's answer included; what is no text in it is of no matter.</summary>
    public string Heard => Encoding.UTF8.GetString(_heard.ToArray());

    /// <summary>Connects and agrees on a protocol.</summary>
    public static async Task<RawHub> ConnectAsync(Uri address, string protocol, string? cookie = null)
    {
        var hub = new RawHub();
        if (cookie is not null) { hub._socket.Options.SetRequestHeader("Cookie", cookie); }
        await hub._socket.ConnectAsync(new Uri($"ws://{address.Authority}/hub/room"), CancellationToken.None).WaitAsync(Patience);
        await hub.SayAsync(Encoding.UTF8.GetBytes($$"""{"protocol":"{{protocol}}","version":1}{{'\u001e'}}"""));
        return hub;
    }

    public Task SayAsync(byte[] bytes) => _socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    /// <summary>Listens until something was said.</summary>
    public async Task ListenForAsync(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!Heard.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(await ReadAsync(limit.Token), $"The connection has ended without '{text}': {Heard}");
        }
    }

    /// <summary>Says that it will say no more, and listens until the server has ended the connection too.</summary>
    public async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            while (await ReadAsync(limit.Token)) { }
        }
        catch (WebSocketException)
        {
            // The server was first.
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> ReadAsync(CancellationToken cancellation)
    {
        var read = await _socket.ReceiveAsync(_buffer, cancellation);
        _heard.Write(_buffer, 0, read.Count);
        return read.MessageType != WebSocketMessageType.Close;
    }
}
