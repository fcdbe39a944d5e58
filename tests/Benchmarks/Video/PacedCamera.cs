using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>A recording that is sent in real time, ten slices a second: to the product as a browser sends it, and to whoever reads the same.</summary>
internal sealed class PacedCamera : IAsyncDisposable
{
    private const int HeaderBytes = 12;
    private static readonly TimeSpan SliceLength = TimeSpan.FromMilliseconds(100);

    private const string Pattern =
        "-v error -nostdin -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine=frequency=440:sample_rate=48000 " +
        "-c:v libx264 -preset ultrafast -profile:v baseline -tune zerolatency -g 30 -pix_fmt yuv420p -b:v 2500k -maxrate 2500k -bufsize 2500k " +
        "-c:a libopus -b:a 64k -cluster_time_limit 200 -f matroska";

    private readonly byte[] _recording;
    private readonly int _sliceBytes;
    private readonly ClientWebSocket _camera;
    private readonly SemaphoreSlim _going = new(1);
    private readonly List<Stream> _others = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _sending;
    private readonly Task _hearing;
    private int _sent;

    private PacedCamera(byte[] recording, TimeSpan length, ClientWebSocket camera)
    {
        _recording = recording;
        _sliceBytes = (int)(recording.Length * (SliceLength / length));
        _camera = camera;
        _hearing = HearAsync();
        _sending = Task.Run(SendAsync);
    }

    /// <summary>Makes a recording of so many seconds: 1280 × 720, 30 frames and 2.5 Mbit a second, a keyframe a second.</summary>
    public static async Task<byte[]> RecordAsync(TimeSpan length)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in Pattern.Split(' ')) { start.ArgumentList.Add(argument); }
        start.ArgumentList.Add("-t");
        start.ArgumentList.Add(length.TotalSeconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture));
        start.ArgumentList.Add("pipe:1");
        using var ffmpeg = Process.Start(start)!;
        using var recording = new MemoryStream();
        await ffmpeg.StandardOutput.BaseStream.CopyToAsync(recording);
        await ffmpeg.WaitForExitAsync();
        return recording.ToArray();
    }

    /// <summary>Goes live with it.</summary>
    public static async Task<PacedCamera> StartAsync(Uri server, string roomId, string cookie, byte[] recording, TimeSpan length) =>
        new(recording, length, await Camera.ConnectAsync(server, roomId, cookie));

    /// <summary>From now on somebody else reads the same at the same pace; what was sent before it gets at once.</summary>
    public async Task ShareAsync(Stream other)
    {
        await _going.WaitAsync();
        try
        {
            await other.WriteAsync(_recording.AsMemory(0, _sent));
            _others.Add(other);
        }
        finally
        {
            _going.Release();
        }
    }

    /// <summary>Nothing is sent until it is disposed of.</summary>
    public async Task<IDisposable> PauseAsync()
    {
        await _going.WaitAsync();
        return new Pause(_going);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _sending;
        try
        {
            await _camera.SendAsync("{\"type\":\"bye\"}"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The server was the first to leave.
        }

        await _hearing;
        foreach (var other in _others) { await other.DisposeAsync(); }
        _camera.Dispose();
        _over.Dispose();
        _going.Dispose();
    }

    private async Task SendAsync()
    {
        var message = new byte[HeaderBytes + _sliceBytes];
        var (began, paused) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        for (var number = 0u; _sent < _recording.Length && !_over.IsCancellationRequested; number++)
        {
            var due = (SliceLength * number) + paused - Stopwatch.GetElapsedTime(began);
            if (due > TimeSpan.Zero) { await Task.Delay(due, TimeProvider.System); }
            var waiting = Stopwatch.GetTimestamp();
            await _going.WaitAsync();
            paused += Stopwatch.GetElapsedTime(waiting);
            try
            {
                var count = Math.Min(_sliceBytes, _recording.Length - _sent);
                BinaryPrimitives.WriteUInt32BigEndian(message, number);
                BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)(SliceLength * (number + 1)).TotalMilliseconds);
                _recording.AsSpan(_sent, count).CopyTo(message.AsSpan(HeaderBytes));
                await _camera.SendAsync(message.AsMemory(0, HeaderBytes + count), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
                foreach (var other in _others) { await other.WriteAsync(message.AsMemory(HeaderBytes, count)); }
                _sent += count;
            }
            catch (Exception gone) when (gone is WebSocketException or IOException)
            {
                return;
            }
            finally
            {
                _going.Release();
            }
        }
    }

    private async Task HearAsync()
    {
        var message = new byte[16_384];
        try
        {
            while (_camera.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                var received = await _camera.ReceiveAsync(message, CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) { return; }
                var said = Encoding.UTF8.GetString(message, 0, received.Count);
                if (said.Contains("\"refused\"", StringComparison.Ordinal)) { Console.WriteLine($"  The camera was refused: {said}"); }
            }
        }
        catch (WebSocketException)
        {
            // The server left.
        }
    }

    private sealed class Pause(SemaphoreSlim going) : IDisposable
    {
        public void Dispose() => going.Release();
    }
}
