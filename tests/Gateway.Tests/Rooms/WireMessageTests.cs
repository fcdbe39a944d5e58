using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class WireMessageTests
{
    private readonly JsonHubProtocol _json = new();

    /// <summary>The lengths at which a WebSocket frame's header grows.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    public async Task Frame_IsReadByAWebSocketAsTheMessageItHolds(int bytes)
    {
        var empty = WireMessage.Call("batch", "").GetSerializedMessage(_json).Length;
        var message = WireMessage.Call("batch", new string('x', bytes - empty));
        Assert.Equal(bytes, message.GetSerializedMessage(_json).Length);

        using var wire = new MemoryStream(message.Framed(_json).ToArray());
        using var socket = WebSocket.CreateFromStream(wire, new WebSocketCreationOptions { IsServer = false });
        var read = new ArrayBufferWriter<byte>();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(read.GetMemory(16_384), CancellationToken.None);
            read.Advance(part.Count);
        }
        while (!part.EndOfMessage);

        Assert.Equal(WebSocketMessageType.Text, part.MessageType);
        Assert.Equal(Encoding.UTF8.GetString(message.GetSerializedMessage(_json).Span), Encoding.UTF8.GetString(read.WrittenSpan));
    }

    [Fact]
    public void Frame_IsMadeOnceForEverybody()
    {
        var message = WireMessage.Call("batch", "to all");

        Assert.True(message.Framed(_json).Equals(message.Framed(new JsonHubProtocol())));
    }
}
