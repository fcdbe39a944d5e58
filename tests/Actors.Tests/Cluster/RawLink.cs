using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using LiveCommerce.Tests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>One end of a link that a test speaks by itself, frame by frame.</summary>
internal sealed class RawLink(WebSocket socket) : IAsyncDisposable
{
    private readonly Queue<(FrameKind Kind, long Call, string Json)> _read = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Connects to a silo with the secret of these tests.</summary>
    public static async Task<RawLink> ConnectAsync(Node silo)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer the secret of this test");
        await socket.ConnectAsync(new Uri(silo.Url.Replace("http", "ws", StringComparison.Ordinal) + LinkServer.Path), Token);
        return new RawLink(socket);
    }

    /// <summary>Connects, says hello and reads the welcome.</summary>
    public static async Task<(RawLink Link, LinkWelcome Welcome)> WelcomeAsync(Node silo, string process = "a test")
    {
        var link = await ConnectAsync(silo);
        await link.SendAsync(FrameKind.Hello, 0, JsonSerializer.Serialize(new LinkHello(process, LinkHello.Current, 1, "")));
        var (kind, _, json) = await link.ReadAsync();
        Assert.Equal(FrameKind.Welcome, kind);
        return (link, JsonSerializer.Deserialize<LinkWelcome>(json)!);
    }

    public Task SendAsync(FrameKind kind, long call, string json)
    {
        var frame = new ArrayBufferWriter<byte>();
        LinkFrame.Write(frame, kind, call, Encoding.UTF8.GetBytes(json));
        return socket.SendAsync(frame.WrittenMemory, WebSocketMessageType.Binary, true, Token).AsTask();
    }

    /// <summary>The next frame, at the latest after two minutes.</summary>
    public async Task<(FrameKind Kind, long Call, string Json)> ReadAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (_read.Count == 0)
        {
            var message = new ArrayBufferWriter<byte>();
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(message.GetMemory(16 * 1024), limit.Token);
                if (part.MessageType == WebSocketMessageType.Close) { throw new WebSocketException("The other end has closed."); }
                message.Advance(part.Count);
            }
            while (!part.EndOfMessage);

            var rest = message.WrittenSpan;
            while (!rest.IsEmpty)
            {
                Assert.True(LinkFrame.TryRead(ref rest, out var frame));
                _read.Enqueue((frame.Kind, frame.Call, Encoding.UTF8.GetString(frame.Json)));
            }
        }

        return _read.Dequeue();
    }

    /// <summary>Reads until the other end is gone.</summary>
    public async Task IsCutOffAsync()
    {
        while (true)
        {
            try { await ReadAsync(); }
            catch (WebSocketException) { return; }
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A silo that owns every shard and does on its links what a test wants.</summary>
internal sealed class FakeSilo : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeSilo(WebApplication app) => _app = app;

    /// <summary>Connections that were made to it.</summary>
    public ConcurrentQueue<RawLink> Links { get; } = new();

    /// <summary>Starts it as the only silo of a cluster.</summary>
    /// <param name="store">The cluster.</param>
    /// <param name="serve">What it does on a connection, until that ends.</param>
    public static async Task<FakeSilo> StartAsync(MemoryClusterStore store, Func<RawLink, Task> serve)
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var silo = new FakeSilo(app);
        app.UseWebSockets();
        app.MapGet(LinkServer.Path, async (HttpContext context) =>
        {
            await using var link = new RawLink(await context.WebSockets.AcceptWebSocketAsync());
            silo.Links.Enqueue(link);
            try { await serve(link); }
            catch (Exception over) when (over is WebSocketException or OperationCanceledException or IOException)
            {
                // The other end has gone.
            }
        });
        await app.StartAsync();
        var token = TestContext.Current.CancellationToken;
        var id = await store.JoinAsync(new SiloEntry("fake", url, "1"), token);
        await store.ClaimAsync(id, Shards.Count, token);
        return silo;
    }

    /// <summary>Reads the hello and grants credit.</summary>
    public static async Task WelcomeAsync(RawLink link, int calls = 1000, int bytes = 1_000_000)
    {
        Assert.Equal(FrameKind.Hello, (await link.ReadAsync()).Kind);
        await link.SendAsync(FrameKind.Welcome, 0, JsonSerializer.Serialize(new LinkWelcome(LinkHello.Current, 1, "", calls, bytes)));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
