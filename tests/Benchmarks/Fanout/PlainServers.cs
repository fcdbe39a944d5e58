using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Threading.Channels;
using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>The servers that are compared with the product, each as its guide shows it.</summary>
internal static class PlainServers
{
    /// <summary>With this first argument, this program is a plain SignalR hub.</summary>
    public const string SignalR = "plain-signalr";

    /// <summary>With this first argument, it writes what it receives to everybody.</summary>
    public const string Raw = "raw-sockets";

    /// <summary>Messages that wait for the one that writes to everybody.</summary>
    private const int WaitingMax = 256;

    /// <summary>One group, one send a message.</summary>
    public static async Task RunSignalRAsync(string address)
    {
        var builder = Begin(address);
        builder.Services.AddSignalR().AddJsonProtocol(json => WireJson.Apply(json.PayloadSerializerOptions));
        await using var application = builder.Build();
        application.MapGet("/", () => Results.Text("ready"));
        application.MapHub<PlainHub>("/hub/room", options => options.Transports = HttpTransportType.WebSockets);
        await application.RunAsync();
    }

    /// <summary>The floor: nothing but the framework's WebSockets, and the same bytes to everybody.</summary>
    public static async Task RunRawAsync(string address)
    {
        var builder = Begin(address);
        await using var application = builder.Build();
        var everybody = new ConcurrentDictionary<WebSocket, bool>();
        var waiting = Channel.CreateBounded<(byte[] Message, WebSocket From)>(WaitingMax);
        application.UseWebSockets();
        application.MapGet("/", () => Results.Text("ready"));
        application.Map("/raw", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            everybody[socket] = true;
            try { await ReadAsync(socket, waiting.Writer); }
            catch (WebSocketException) { }
            finally { everybody.TryRemove(socket, out _); }
        });
        var writing = WriteAsync(everybody, waiting.Reader);
        await application.RunAsync();
        waiting.Writer.Complete();
        await writing;
    }

    private static WebApplicationBuilder Begin(string address)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        return builder;
    }

    private static async Task ReadAsync(WebSocket socket, ChannelWriter<(byte[], WebSocket)> waiting)
    {
        var buffer = new byte[1_024];
        while (true)
        {
            var received = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close) { return; }
            received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close) { return; }
            await waiting.WriteAsync((buffer[..received.Count], socket));
        }
    }

    private static async Task WriteAsync(ConcurrentDictionary<WebSocket, bool> everybody, ChannelReader<(byte[] Message, WebSocket From)> waiting)
    {
        var written = "ok"u8.ToArray();
        await foreach (var (message, from) in waiting.ReadAllAsync())
        {
            foreach (var (socket, _) in everybody) { await WriteAsync(socket, message); }
            await WriteAsync(from, written);
        }
    }

    private static async Task WriteAsync(WebSocket socket, byte[] message)
    {
        try { await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None); }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException) { }
    }

    private sealed class PlainHub : Hub
    {
        private const string Room = "room";

        public override Task OnConnectedAsync() => Groups.AddToGroupAsync(Context.ConnectionId, Room);

        public Task Say(PlainMessage message) => Clients.Group(Room).SendAsync("m", message);
    }
}
