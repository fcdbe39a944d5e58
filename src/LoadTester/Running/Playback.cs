using System.Globalization;
using System.Text;
using LiveCommerce.LoadTester.Measuring;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A playlist, as far as a player needs it.</summary>
/// <param name="TargetSeconds">No segment is longer.</param>
/// <param name="First">Number of the first segment in it.</param>
/// <param name="Segments">Addresses and lengths, oldest first.</param>
/// <param name="Init">Address of the header of the newest.</param>
internal sealed record MediaPlaylist(int TargetSeconds, long First, IReadOnlyList<(string Uri, double Seconds)> Segments, string? Init, bool Ended)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static MediaPlaylist Read(string text)
    {
        if (!text.StartsWith("#EXTM3U", StringComparison.Ordinal)) { throw new InvalidDataException("A playlist begins with #EXTM3U."); }
        var (target, first, seconds, ended) = (1, 0L, 0.0, false);
        string? init = null;
        var segments = new List<(string, double)>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("#EXT-X-TARGETDURATION:", StringComparison.Ordinal)) { target = (int)Number(line[22..]); }
            else if (line.StartsWith("#EXT-X-MEDIA-SEQUENCE:", StringComparison.Ordinal)) { first = (long)Number(line[22..]); }
            else if (line.StartsWith("#EXT-X-MAP:URI=\"", StringComparison.Ordinal)) { init = line[16..].Split('"')[0]; }
            else if (line.StartsWith("#EXTINF:", StringComparison.Ordinal)) { seconds = Number(line[8..].Split(',')[0]); }
            else if (line == "#EXT-X-ENDLIST") { ended = true; }
            else if (line[0] != '#') { segments.Add((line, seconds)); }
        }

        return new MediaPlaylist(Math.Max(1, target), first, segments, init, ended);
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new InvalidDataException($"{text} is no number.");
}

/// <summary>A viewer's player without its screen: fetches the playlist and each new segment as hls.js would, and notices when nothing is left to show.</summary>
internal sealed class Playback(Load load, Viewer viewer)
{
    private const int BehindLive = 3;
    private const int PieceBytes = 16 * 1024;
    private const int PlaylistBytesMax = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private long _next = -1;
    private double _fetchedSeconds;
    private long _playingSince = -1;
    private bool _stalled;

    /// <summary>Plays whenever its viewer is inside and the room is live.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var due = load.Clock.Micros;
        string? playing = null;
        try
        {
            while (true)
            {
                await load.Clock.UntilAsync(due, cancellationToken);
                var stream = viewer.IsInside ? viewer.Room.StreamId : null;
                if (stream != playing) { Rewind(); }
                playing = stream;
                var pause = stream is null ? LookEvery : await StepAsync(stream, due, cancellationToken);
                due = Math.Max(due + (long)pause.TotalMicroseconds, load.Clock.Micros);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task<TimeSpan> StepAsync(string stream, long due, CancellationToken cancellationToken)
    {
        try
        {
            if (await FetchAsync($"/live/{stream}/source/list.m3u8", PlaylistBytesMax, cancellationToken) is not { } text) { return LookEvery; }
            load.Meter.Playlist.Record(load.Clock.Micros - due);
            var playlist = MediaPlaylist.Read(Encoding.UTF8.GetString(text));
            var seen = load.Clock.Micros;
            var end = playlist.First + playlist.Segments.Count;
            if (_next < 0)
            {
                _next = Math.Max(playlist.First, end - BehindLive);
                if (playlist.Init is { } init) { await FetchAsync($"/live/{stream}/source/{init}", 0, cancellationToken); }
            }

            if (_next < playlist.First)
            {
                // What it wanted has left the list: it was too slow, and jumps.
                load.Meter.Stalled();
                _next = playlist.First;
            }

            for (; _next < end; _next++)
            {
                var (uri, seconds) = playlist.Segments[(int)(_next - playlist.First)];
                if (await FetchAsync($"/live/{stream}/source/{uri}", 0, cancellationToken) is null) { break; }
                load.Meter.Segment.Record(load.Clock.Micros - seen);
                load.Meter.GotSegment();
                _fetchedSeconds += seconds;
                if (_playingSince < 0) { _playingSince = load.Clock.Micros; }
            }

            Watch();
            return TimeSpan.FromSeconds(playlist.TargetSeconds / 2.0);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or InvalidDataException
            || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            load.Meter.Errors.Add(ErrorTally.MediaLost);
            return LookEvery;
        }
    }

    // A stall is counted once, until there is something to show again.
    private void Watch()
    {
        if (_playingSince < 0) { return; }
        var dry = (load.Clock.Micros - _playingSince) / 1e6 > _fetchedSeconds;
        if (dry && !_stalled) { load.Meter.Stalled(); }
        if (dry) { _playingSince = load.Clock.Micros - (long)(_fetchedSeconds * 1e6); }
        _stalled = dry;
    }

    private void Rewind()
    {
        _next = -1;
        _fetchedSeconds = 0;
        _playingSince = -1;
        _stalled = false;
    }

    /// <summary>The bytes of an answer, when they are wanted: segments are only counted. Null: it is not there.</summary>
    private async Task<byte[]?> FetchAsync(string path, int bytesMax, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, load.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(load.Scenario.Server, path));
        using var response = await load.Dialer.For(viewer.Number).SendAsync(request, either.Token);
        if (!response.IsSuccessStatusCode)
        {
            // Not yet, or not any more: both are part of live video.
            load.Meter.Expected.Add($"media_{(int)response.StatusCode}");
            return null;
        }

        if (bytesMax > 0)
        {
            var text = await response.Content.ReadAsByteArrayAsync(either.Token);
            load.Meter.Fetched(text.Length);
            return text.Length <= bytesMax ? text : throw new InvalidDataException("A playlist is too long.");
        }

        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            int count;
            while ((count = await body.ReadAsync(buffer, either.Token)) > 0) { load.Meter.Fetched(count); }
            return [];
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
