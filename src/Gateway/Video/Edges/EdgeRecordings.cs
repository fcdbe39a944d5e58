using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Gateway.Video.Recordings;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Where something recorded lies.</summary>
/// <param name="Address">Of the gateway that has the place; null: none that can be reached.</param>
internal sealed record EdgePlace(Uri? Address);

/// <summary>
/// Replays and clips that lie at other gateways. Their tables are read from there and kept for a while; media and pictures pass through,
/// a bounded number at once.
/// </summary>
internal sealed class EdgeRecordings(
    EdgeDesk edges, EdgeOrigins origins, EdgeClient client, RecordingHome home, IRecordingDesk desk, IOptions<VideoOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Recordings and clips whose place is remembered. It never changes.</summary>
    private const int PlacesMax = 10_000;

    private const long IndexBytesMax = (long)RecordingIndex.EntriesMax * RecordingEntry.Size;

    // A broadcast that comes back adds to what was a replay already.
    private static readonly TimeSpan ReplayHold = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, string> _places = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (Replay Replay, long At)> _replays = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _reading = new(options.Value.Edge.FilesMax);

    /// <summary>Whether there are other gateways.</summary>
    public bool IsOn => edges.IsOn;

    /// <summary>The gateway that has a recording or a clip; null: it is not at another.</summary>
    public async Task<EdgePlace?> FindAsync(string id, bool isClip, CancellationToken cancellationToken)
    {
        if (!IsOn) { return null; }
        if (!_places.TryGetValue(id, out var place))
        {
            place = await (isClip ? desk.Clip(id).FindPlace() : desk.Recording(id).FindPlace());
            if (place is null) { return null; }
            if (_places.Count >= PlacesMax) { _places.Clear(); }
            _places[id] = place;
        }

        if (place == home.Store?.PlaceId) { return null; }
        return new EdgePlace((await origins.FindAsync(place, cancellationToken))?.Address);
    }

    /// <summary>A replay that lies at another gateway.</summary>
    /// <returns>The replay, or why it cannot be read; neither: it does not lie there, or is not whole yet.</returns>
    public async Task<(Replay? Replay, Refusal? Refusal)> FindReplayAsync(string recordingId, CancellationToken cancellationToken)
    {
        if (_replays.TryGetValue(recordingId, out var known) && time.GetElapsedTime(known.At) < ReplayHold) { return (known.Replay, null); }
        if (await FindAsync(recordingId, isClip: false, cancellationToken) is not { } place) { return default; }
        if (place.Address is not { } address) { return (null, EdgeRefusals.NotAnswering); }

        var bytes = await client.ReadFileAsync(address, Path(recordingId, RecordingIndex.FileName), 0, (int)IndexBytesMax, cancellationToken);
        if (!bytes.Ok) { return (null, Passing(bytes.Refusal)); }
        if (RecordingIndex.Parse(bytes.Value) is not { HasEnd: true } index || Replay.FirstRun(index) is not { } run) { return default; }

        var header = await client.ReadFileAsync(address, Path(recordingId, RecordingIndex.RunName(run.Run)), 0, run.Length, cancellationToken);
        if (!header.Ok) { return (null, Passing(header.Refusal)); }
        if (header.Value.Length != run.Length || Replay.Of(recordingId, index, header.Value) is not { } replay) { return default; }
        if (_replays.Count >= RecordingHome.ReplaysMax) { _replays.Clear(); }
        _replays[recordingId] = (replay, time.GetTimestamp());
        return (replay, null);
    }

    /// <summary>A file at another gateway, or why it is not given.</summary>
    /// <param name="offset">Where reading will begin.</param>
    /// <param name="length">How much will be read; null: all.</param>
    public async Task<Result<EdgeRecordedFile>> OpenAsync(Uri address, string folder, string name, long offset, long? length, CancellationToken cancellationToken)
    {
        // Whoever waits here has a player that asks again.
        if (!await _reading.WaitAsync(TimeSpan.FromSeconds(options.Value.Edge.AnswerSeconds), cancellationToken)) { return EdgeRefusals.Busy; }

        var end = offset + length;
        return await EdgeRecordedFile.OpenAsync(
            offset, (at, space, stop) => client.OpenAsync(address, Path(folder, name), at, end - at, space, stop), new Reading(_reading), cancellationToken);
    }

    /// <summary>Has a clip made where its media are.</summary>
    /// <returns>Null: they are not at another gateway.</returns>
    public async Task<Result<ClipView>?> CutAsync(EdgeClipOrder order, CancellationToken cancellationToken)
    {
        if (!IsOn) { return null; }

        Uri? address;
        if (order.FromMs is null)
        {
            address = (await origins.FindAsync(order.MediaId, cancellationToken))?.Address;
            if (address is null) { return null; }
        }
        else
        {
            if (await FindAsync(order.MediaId, isClip: false, cancellationToken) is not { } place) { return null; }
            address = place.Address;
        }

        var answer = address is null ? null : await client.OrderAsync(address, order, cancellationToken);
        return answer ?? new Refusal(RefusalCode.Unavailable, "The server that has the media of this clip does not answer. Try again in a moment.") { RetryAfterMs = 2_000 };
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    /// <summary>What is true in a moment no more; that a file is not there says only that the replay is not whole.</summary>
    private static Refusal? Passing(Refusal refusal) => refusal.Code == RefusalCode.RecordingNotFound ? null : refusal;

    private static string Path(string folder, string name) => $"{EdgeEndpoints.Prefix}/recordings/{folder}/{name}";

    private sealed class Reading(SemaphoreSlim places) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) { places.Release(); }
        }
    }
}
