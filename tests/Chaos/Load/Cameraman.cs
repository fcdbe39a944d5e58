using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Chaos.Load;

/// <summary>Keeps a room live: sends a short recording, and again over another gateway when the broadcast has broken off.</summary>
internal sealed class Cameraman(Person streamer, string roomId) : IDisposable
{
    private const int HeaderBytes = 12;
    private const int SliceBytes = 8_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>A room that has not become live by then is filmed anew.</summary>
    private static readonly TimeSpan LiveWithin = TimeSpan.FromSeconds(20);

    private ClientWebSocket? _camera;

    /// <summary>How often it had to begin anew.</summary>
    public int Starts { get; private set; }

    /// <summary>Until told to stop.</summary>
    public async Task FilmAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var answer = await streamer.AskAsync(HttpMethod.Get, $"/api/rooms/{roomId}");
                if (answer.IsUnknown) { streamer.GoElsewhere(); }
                if (!answer.Ok || answer.Read<RoomView>().Stream.Phase == StreamPhase.Live) { continue; }
                var isTrying = _camera is { State: WebSocketState.Open } && TimeProvider.System.GetElapsedTime(began) < LiveWithin;
                if (isTrying || !await TryFilmAsync(stop)) { continue; }
                began = TimeProvider.System.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The show is over.
        }
    }

    public void Dispose() => _camera?.Dispose();

    private async Task<bool> TryFilmAsync(CancellationToken stop)
    {
        _camera?.Dispose();
        _camera = new ClientWebSocket();
        _camera.Options.SetRequestHeader("Cookie", streamer.Cookie);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            await _camera.ConnectAsync(new UriBuilder(streamer.Gateway) { Scheme = "ws", Path = $"/api/rooms/{roomId}/publish" }.Uri, patience.Token);
            const string Hello = """{"type":"hello","mimeType":"video/x-matroska;codecs=avc1,opus","key":null,"takeOver":true}""";
            await _camera.SendAsync(Encoding.UTF8.GetBytes(Hello), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            if (!await IsReadyAsync(patience.Token)) { return false; }
            await RecordAsync(patience.Token);
            _ = ListenAsync(_camera);
            Starts++;
            return true;
        }
        catch (Exception broken) when (broken is WebSocketException or IOException or JsonException || (broken is OperationCanceledException && !stop.IsCancellationRequested))
        {
            streamer.GoElsewhere();
            return false;
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[8_192];
        while (true)
        {
            var piece = await _camera!.ReceiveAsync(buffer, cancellationToken);
            if (piece.MessageType == WebSocketMessageType.Close) { return false; }
            switch (JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, piece.Count)).GetProperty("type").GetString())
            {
                case "ready": return true;
                case "refused": return false;
                default: break;
            }
        }
    }

    // Who does not read answers no ping, and is taken for dead.
    private static async Task ListenAsync(ClientWebSocket camera)
    {
        var buffer = new byte[8_192];
        try
        {
            while ((await camera.ReceiveAsync(buffer, CancellationToken.None)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (Exception over) when (over is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The room's phase tells.
        }
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        var recording = ShortRecording.Bytes;
        for (var (at, number) = (0, 0u); at < recording.Length; at += SliceBytes, number++)
        {
            var count = Math.Min(SliceBytes, recording.Length - at);
            var message = new byte[HeaderBytes + count];
            BinaryPrimitives.WriteUInt32BigEndian(message, number);
            BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)((long)ShortRecording.LengthMs * at / recording.Length));
            recording.AsSpan(at, count).CopyTo(message.AsSpan(HeaderBytes));
            await _camera!.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
    }
}
