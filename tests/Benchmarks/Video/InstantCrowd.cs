using System.Net.WebSockets;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>Viewers on the instant path: they take every fragment and look at none.</summary>
internal sealed class InstantCrowd : IAsyncDisposable
{
    private readonly List<ClientWebSocket> _viewers = [];
    private readonly List<Task> _watching = [];
    private long _bytes;
    private int _lost;
    private volatile bool _over;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Viewers that the server sent away.</summary>
    public int Lost => Volatile.Read(ref _lost);

    public static async Task<InstantCrowd> EnterAsync(Uri server, string streamId, int viewers)
    {
        var crowd = new InstantCrowd();
        for (var number = 0; number < viewers; number++)
        {
            var viewer = new ClientWebSocket();
            crowd._viewers.Add(viewer);
            await viewer.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = $"/live/{streamId}/instant" }.Uri, CancellationToken.None);
            await viewer.SendAsync("{\"type\":\"watch\"}"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            crowd._watching.Add(crowd.WatchAsync(viewer));
        }

        return crowd;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _over = true;
        foreach (var viewer in _viewers) { viewer.Abort(); }
        await Task.WhenAll(_watching);
        foreach (var viewer in _viewers) { viewer.Dispose(); }
    }

    private async Task WatchAsync(ClientWebSocket viewer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var received = await viewer.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) { break; }
                Interlocked.Add(ref _bytes, received.Count);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It was ended here, or there.
        }

        if (!_over) { Interlocked.Increment(ref _lost); }
    }
}
