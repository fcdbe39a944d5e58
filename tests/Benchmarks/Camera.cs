using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Benchmarks;

/// <summary>Goes live with a short recording that is sent at once: afterwards nothing takes its share of the machine.</summary>
internal static class Camera
{
    private const int HeaderBytes = 12;
    private const int SliceBytes = 8_000;

    /// <summary>Settings under which such a broadcast stays live for minutes.</summary>
    public static IReadOnlyDictionary<string, string> Patience { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Video__PublisherIdleSeconds"] = "300",
        ["Video__GraceSeconds"] = "300",
        ["Video__LeaseSeconds"] = "60",
    };

    /// <summary>Opens the room for a broadcast.</summary>
    /// <returns>The connection, when the server is ready to take slices.</returns>
    public static async Task<ClientWebSocket> ConnectAsync(Uri server, string roomId, string cookie)
    {
        var camera = new ClientWebSocket();
        camera.Options.SetRequestHeader("Cookie", cookie);
        await camera.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = $"/api/rooms/{roomId}/publish" }.Uri, CancellationToken.None);
        var hello = """{"type":"hello","mimeType":"video/x-matroska;codecs=avc1,opus","key":null,"takeOver":true}""";
        await camera.SendAsync(Encoding.UTF8.GetBytes(hello), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var ready = new byte[8_192];
        while (JsonSerializer.Deserialize<JsonElement>(ready.AsSpan(0, (await camera.ReceiveAsync(ready, CancellationToken.None)).Count)).GetProperty("type").GetString() != "ready") { }
        return camera;
    }

    /// <summary>Sends the recording.</summary>
    /// <returns>The connection, to be held as long as the broadcast lasts; it is read, so that the server's pings are answered.</returns>
    public static async Task<ClientWebSocket> GoLiveAsync(Uri server, string roomId, string cookie)
    {
        var camera = await ConnectAsync(server, roomId, cookie);
        var recording = ShortRecording.Bytes;
        for (var (at, number) = (0, 0u); at < recording.Length; at += SliceBytes, number++)
        {
            var count = Math.Min(SliceBytes, recording.Length - at);
            var message = new byte[HeaderBytes + count];
            BinaryPrimitives.WriteUInt32BigEndian(message, number);
            BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)((long)ShortRecording.LengthMs * at / recording.Length));
            recording.AsSpan(at, count).CopyTo(message.AsSpan(HeaderBytes));
            await camera.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }

        _ = ListenAsync(camera);
        return camera;
    }

    private static async Task ListenAsync(ClientWebSocket camera)
    {
        var buffer = new byte[8_192];
        try
        {
            while ((await camera.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (WebSocketException)
        {
            // The server is gone, or the bench is through with it.
        }
        catch (ObjectDisposedException)
        {
        }
    }
}
