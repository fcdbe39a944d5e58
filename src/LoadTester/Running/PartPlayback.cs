using System.Buffers;
using System.Globalization;
using LiveCommerce.LoadTester.Measuring;

namespace LiveCommerce.LoadTester.Running;

/// <summary>
/// A viewer's player of low-latency HLS without its screen: each reload names the part that it waits for and asks for what is new only,
/// each part is fetched as soon as it is listed, and a picture that stands still is counted.
/// </summary>
internal sealed class PartPlayback(Load load, Viewer viewer, PlaylistShelf shelf)
{
    private const int PlaylistBytesMax = 256 * 1024;
    private const int PieceBytes = 16 * 1024;
    private const double Micro = 1e6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private string? _stream;
    private PartScreen? _screen;
    private bool _isPlaced;
    private bool _hasEnded;
    private bool _hasShown;
    private (long Number, int Index) _next;
    private string? _init;
    private double _partMicros = 1;

    /// <summary>Plays whenever its viewer is inside and the room is live.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        load.Meter.Plays();
        try
        {
            while (true)
            {
                var stream = viewer.IsInside ? viewer.Room.StreamId : null;
                if (stream != _stream) { Begin(stream); }
                if (stream is null || !await StepAsync(stream, cancellationToken)) { await Task.Delay(LookEvery, load.Clock.Time, cancellationToken); }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over; what stood still then, stood still.
            Begin(null);
        }
    }

    /// <summary>Another broadcast, or none: what stood still at the last one's end stood still, unless that was its end.</summary>
    private void Begin(string? stream)
    {
        if (!_hasEnded) { StoodStill(_screen?.End(load.Clock.Micros) ?? 0); }
        (_stream, _screen, _init, _isPlaced, _hasEnded) = (stream, null, null, false, false);
    }

    /// <summary>One playlist and what is new in it.</summary>
    /// <returns>False: there is nothing to play for a moment.</returns>
    private async Task<bool> StepAsync(string stream, CancellationToken cancellationToken)
    {
        try
        {
            var playlist = await ReloadAsync(stream, cancellationToken);
            if (playlist is null) { return false; }
            if (!_isPlaced)
            {
                if (playlist.Start() is not { } start) { return false; }
                (_next, _partMicros, _isPlaced) = ((start.Number, start.Index), playlist.PartSeconds * Micro, true);
                _screen ??= new PartScreen((long)(playlist.HoldBackSeconds * Micro));
            }

            if (playlist.Init is { } init && init != _init && await FetchAsync($"/live/{stream}/source/{_init = init}", cancellationToken) is null) { return false; }
            return await FetchPartsAsync(stream, playlist, cancellationToken) && playlist.Next is not null;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or InvalidDataException or FormatException
            || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            load.Meter.Errors.Add(ErrorTally.MediaLost);
            return false;
        }
    }

    private async Task<PartPlaylist?> ReloadAsync(string stream, CancellationToken cancellationToken)
    {
        var query = !_isPlaced ? "" : string.Create(CultureInfo.InvariantCulture, $"?_HLS_msn={_next.Number}&_HLS_part={_next.Index}&_HLS_skip=YES");
        var bytes = await FetchAsync($"/live/{stream}/source/list.m3u8{query}", cancellationToken, wanted: true);
        return bytes is null ? null : shelf.Read(bytes);
    }

    private async Task<bool> FetchPartsAsync(string stream, PartPlaylist playlist, CancellationToken cancellationToken)
    {
        var (seen, isFirst) = (load.Clock.Micros, !_screen!.HasBegun);
        if (playlist.Parts is [var oldest, ..] && (oldest.Number, oldest.Index).CompareTo(_next) > 0)
        {
            // What it wanted has left the list: it was too slow, and begins anew. Its picture stands still until it has.
            load.Meter.Expected.Add("media_jumped");
            _screen.Leap();
            _isPlaced = false;
            return true;
        }

        foreach (var part in playlist.Parts)
        {
            if ((part.Number, part.Index).CompareTo(_next) < 0) { continue; }
            if (await FetchAsync($"/live/{stream}/source/{part.Uri}", cancellationToken) is null) { return false; }

            var now = load.Clock.Micros;
            load.Meter.Part.Record(now - seen);

            // What it begins with is older, as it is to be.
            if (!isFirst) { load.Meter.Delay.Record(Math.Max(0, (long)(load.Clock.Time.GetUtcNow() - part.EndsAt).TotalMicroseconds)); }
            load.Meter.GotPart();
            StoodStill(_screen.Take((long)(part.Seconds * Micro), now));
            if (_screen.HasBegun && !_hasShown)
            {
                _hasShown = true;
                load.Meter.Shows();
            }

            _next = (part.Number, part.Index + 1);
        }

        if (playlist.Next is { } next) { _next = next; }
        else { _hasEnded = true; }
        return true;
    }

    private void StoodStill(long micros)
    {
        if (micros <= 0) { return; }
        load.Meter.Stalled();
        load.Meter.StoodStill(micros / _partMicros);
    }

    /// <summary>The bytes of an answer, when they are wanted. Null: it is not there.</summary>
    private async Task<byte[]?> FetchAsync(string path, CancellationToken cancellationToken, bool wanted = false)
    {
        using var patience = new CancellationTokenSource(Patience, load.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(load.Scenario.Server, path));
        using var response = await load.Dialer.For(viewer.Number).SendAsync(request, either.Token);
        if (!response.IsSuccessStatusCode)
        {
            // 404: not yet, or not any more, both part of live video. What the server could not answer is an error.
            var kind = $"media_{(int)response.StatusCode}";
            if ((int)response.StatusCode == 404) { load.Meter.Expected.Add(kind); }
            else { load.Meter.Errors.Add(kind); }
            return null;
        }

        await using var body = await response.Content.ReadAsStreamAsync(either.Token);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            var length = 0;
            while (true)
            {
                var count = await body.ReadAsync(buffer.AsMemory(wanted ? length : 0), either.Token);
                if (count == 0) { return wanted ? buffer.AsSpan(0, length).ToArray() : []; }

                load.Meter.Fetched(count);
                length += count;
                if (!wanted || length < buffer.Length) { continue; }
                if (length > PlaylistBytesMax) { throw new InvalidDataException("A playlist is too long."); }
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
