using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace LiveCommerce.Gateway.Tests.Running;

/// <summary>A hub connection of bare frames: says any frame at all, and sees each one as it comes.</summary>
internal sealed class WireSocket : IDisposable
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private WireSocket()
    {
    }

    /// <summary>What the server said to the upgrade.</summary>
    public string Upgraded { get; private set; } = "";

    /// <summary>Connects and becomes a WebSocket.</summary>
    /// <param name="receiveBytes">Of the kernel's receive buffer; 0: its own choice.</param>
    public static async Task<WireSocket> ConnectAsync(Uri address, string? cookie = null, int receiveBytes = 0)
    {
        var wire = new WireSocket();
        if (receiveBytes > 0) { wire._socket.ReceiveBufferSize = receiveBytes; }
        await wire._socket.ConnectAsync(address.Host, address.Port);
        await wire.SendBytesAsync(Encoding.ASCII.GetBytes(
            $"GET /hub/room HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + $"Sec-WebSocket-Key: {Key}\r\n{(cookie is null ? "" : $"Cookie: {cookie}\r\n")}\r\n"));
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) { head.Append((char)(await wire.ReadAsync(1))[0]); }
        wire.Upgraded = head.ToString();
        Assert.StartsWith("HTTP/1.1 101 ", wire.Upgraded, StringComparison.Ordinal);
        return wire;
    }

    /// <summary>Agrees on JSON.</summary>
    public async Task<WireSocket> GreetAsync()
    {
        await SayAsync("""{"protocol":"json","version":1}""" + "\u001e");
        Assert.Equal("{}\u001e", (await NextAsync()).Text);
        return this;
    }

    /// <summary>Says a text as one frame, or as a part of one message.</summary>
    public Task SayAsync(string text, int kind = 1, bool isFinal = true) => SendAsync(Encoding.UTF8.GetBytes(text), kind, isFinal);

    /// <summary>Sends one frame.</summary>
    public Task SendAsync(byte[] payload, int kind, bool isFinal = true, bool isMasked = true)
    {
        byte[] mask = [0x12, 0x34, 0x56, 0x78];
        List<byte> frame = [(byte)((isFinal ? 0x80 : 0) | kind)];
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
        var masked = isMasked ? 0x80 : 0;
        if (payload.Length <= 125) { frame.Add((byte)(masked | payload.Length)); }
        else if (payload.Length <= ushort.MaxValue) { frame.AddRange([(byte)(masked | 126), .. length[6..]]); }
        else { frame.AddRange([(byte)(masked | 127), .. length]); }
        if (isMasked) { frame.AddRange(mask); }
        frame.AddRange(payload.Select((one, at) => (byte)(one ^ (isMasked ? mask[at % 4] : 0))));
        return SendBytesAsync([.. frame]);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendBytesAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;) { sent += await _socket.SendAsync(bytes.AsMemory(sent)).AsTask().WaitAsync(Patience); }
    }

    /// <summary>The server's next frame.</summary>
    public async Task<WireFrame> NextAsync()
    {
        var head = await ReadAsync(2);
        Assert.Equal(0x80, head[0] & 0xf0);
        Assert.Equal(0, head[1] & 0x80);
        var length = head[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2)),
            127 => (int)BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(8)),
            var small => small,
        };
        return new WireFrame(head[0] & 0x0f, await ReadAsync(length));
    }

    /// <summary>The server's frames up to its Close frame, but for its signs of life: how many there are is a matter of time.</summary>
    public async Task<List<WireFrame>> UntilClosedAsync()
    {
        List<WireFrame> frames = [];
        while (frames is not [.., { Kind: 8 }])
        {
            if (await NextAsync() is var frame && !frame.IsSignOfLife) { frames.Add(frame); }
        }

        return frames;
    }

    /// <summary>Reads until the connection has ended.</summary>
    /// <returns>Whether it did in order: it was not cut.</returns>
    public async Task<bool> UntilEndedAsync()
    {
        try
        {
            var bytes = new byte[64 * 1024];
            while (await _socket.ReceiveAsync(bytes).WaitAsync(Patience) > 0) { }
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]> ReadAsync(int count)
    {
        var read = new byte[count];
        for (var at = 0; at < count;)
        {
            var got = await _socket.ReceiveAsync(read.AsMemory(at)).AsTask().WaitAsync(Patience);
            Assert.NotEqual(0, got);
            at += got;
        }

        return read;
    }
}

/// <summary>A frame of the server.</summary>
internal sealed record WireFrame(int Kind, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>The hub's ping.</summary>
    public bool IsSignOfLife => Kind == 1 && Text == "{\"type\":6}\u001e";

    /// <summary>Of a Close frame.</summary>
    public int Code => BinaryPrimitives.ReadUInt16BigEndian(Payload);
}
