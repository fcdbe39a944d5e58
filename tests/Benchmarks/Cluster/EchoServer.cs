using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Benchmarks.Cluster;

/// <summary>The floor of a call to another process: Kestrel's WebSocket, which sends back what it receives.</summary>
internal static class EchoServer
{
    /// <summary>With this first argument, this program is that server.</summary>
    public const string Argument = "bare-echo";

    public const string Path = "/echo";

    public static async Task RunAsync(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        await using var application = builder.Build();
        application.UseWebSockets();
        application.MapGet("/", () => Results.Text("ready"));
        application.Map(Path, async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[4_096];
            while (socket.State == WebSocketState.Open)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                if (received.MessageType == WebSocketMessageType.Close) { return; }
                await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, received.EndOfMessage, context.RequestAborted);
            }
        });
        await application.RunAsync();
    }
}

/// <summary>Calls it over one connection: many calls may be under way, and answers come in order.</summary>
internal sealed class EchoClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private Task _reading = Task.CompletedTask;

    public static async Task<EchoClient> ConnectAsync(Uri server)
    {
        var client = new EchoClient();
        await client._socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = EchoServer.Path }.Uri, CancellationToken.None);
        client._reading = client.ReadAsync();
        return client;
    }

    public async Task CallAsync(string text)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _sending.WaitAsync();
        try
        {
            lock (_waiting) { _waiting.Enqueue(answer); }
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        await answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[4_096];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (!received.EndOfMessage) { continue; }
                lock (_waiting) { _waiting.Dequeue().SetResult(); }
            }
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }
}
