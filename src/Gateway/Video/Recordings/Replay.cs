using System.Globalization;
using System.Text;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>A segment of a replay.</summary>
/// <param name="StartMs">Where it begins in the replay.</param>
internal readonly record struct ReplaySegment(RecordingEntry Entry, long StartMs)
{
    /// <summary>Where it ends in the replay.</summary>
    public long EndMs => StartMs + (long)Entry.Duration.TotalMilliseconds;
}

/// <summary>A finished recording as it is watched: its playlists, where its media lie, and what time it was at each of its moments. Never changes.</summary>
internal sealed class Replay
{
    private readonly Dictionary<long, RecordingEntry> _byNumber;

    private Replay(string recordingId, IReadOnlyList<ReplaySegment> segments, IReadOnlyDictionary<int, RecordingEntry> runs, byte[] main, byte[] media)
    {
        RecordingId = recordingId;
        Segments = segments;
        Runs = runs;
        Main = main;
        Media = media;
        _byNumber = new Dictionary<long, RecordingEntry>(segments.Count);
        foreach (var (entry, _) in segments) { _byNumber[entry.Number] = entry; }
    }

    public string RecordingId { get; }

    /// <summary>In order; never empty.</summary>
    public IReadOnlyList<ReplaySegment> Segments { get; }

    /// <summary>Where headers lie, by the number of their run.</summary>
    public IReadOnlyDictionary<int, RecordingEntry> Runs { get; }

    /// <summary>The multivariant playlist.</summary>
    public byte[] Main { get; }

    /// <summary>The media playlist.</summary>
    public byte[] Media { get; }

    /// <summary>Length of it all.</summary>
    public long DurationMs => Segments[^1].EndMs;

    /// <summary>Of all media.</summary>
    public long Bytes => Segments.Sum(segment => (long)segment.Entry.Length);

    /// <summary>Reads one; null: there are no whole media.</summary>
    public static async Task<Replay?> ReadAsync(IRecordingStore store, string recordingId, CancellationToken cancellationToken)
    {
        var index = await RecordingReader.ReadIndexAsync(store, recordingId, cancellationToken);
        if (FirstRun(index) is not { } first) { return null; }

        var header = await RecordingReader.ReadAsync(store, recordingId, first.Run, 0, first.Length, cancellationToken);
        return header is null ? null : Of(recordingId, index, header);
    }

    /// <summary>Makes one; null: there are no whole media.</summary>
    /// <param name="header">Of the first segment's run.</param>
    public static Replay? Of(string recordingId, RecordingIndex index, byte[] header)
    {
        var segments = new List<ReplaySegment>(index.Entries.Count);
        var at = TimeSpan.Zero;
        foreach (var entry in index.Entries.Where(entry => entry.Kind == EntryKind.Segment))
        {
            segments.Add(new ReplaySegment(entry, (long)at.TotalMilliseconds));
            at += entry.Duration;
        }

        if (segments.Count == 0 || ParseInit(header) is not { } init) { return null; }

        var runs = index.Entries.Where(entry => entry.Kind == EntryKind.Run).ToDictionary(entry => entry.Run);
        return new Replay(recordingId, segments, runs, WriteMain(segments, init), WriteMedia(segments));
    }

    /// <summary>A segment by its number; null: there is none.</summary>
    public RecordingEntry? Find(long number) => _byNumber.TryGetValue(number, out var entry) ? entry : null;

    /// <summary>What time it was at a moment of the replay.</summary>
    public DateTimeOffset ToTime(long mediaMs)
    {
        if (mediaMs >= DurationMs) { return Segments[^1].Entry.At + Segments[^1].Entry.Duration + TimeSpan.FromMilliseconds(mediaMs - DurationMs); }

        var segment = Segments[IndexOf(mediaMs, static (segment, ms) => segment.StartMs <= ms)];
        return segment.Entry.At + TimeSpan.FromMilliseconds(mediaMs - segment.StartMs);
    }

    /// <summary>Which moment of the replay showed a time. While the publisher was away, the moment that it returned with.</summary>
    public long ToMediaMs(DateTimeOffset time)
    {
        var index = IndexOf(time, static (segment, time) => segment.Entry.At <= time);
        var segment = Segments[index];
        var within = (long)(time - segment.Entry.At).TotalMilliseconds;
        return within <= 0 ? segment.StartMs : Math.Min(segment.StartMs + within, segment.EndMs);
    }

    /// <summary>The segment that a moment of the replay is in.</summary>
    public int IndexAt(long mediaMs) => IndexOf(mediaMs, static (segment, ms) => segment.StartMs <= ms);

    /// <summary>The run that the first segment is of; null: there is no segment.</summary>
    public static RecordingEntry? FirstRun(RecordingIndex index)
    {
        foreach (var entry in index.Entries)
        {
            if (entry.Kind == EntryKind.Segment) { return index.Entries.First(run => run.Kind == EntryKind.Run && run.Run == entry.Run); }
        }

        return null;
    }

    private static InitSegment? ParseInit(byte[] header)
    {
        var reader = new FragmentReader();
        reader.Append(header);
        return reader.TryRead(out var unit) ? unit as InitSegment : null;
    }

    private static byte[] WriteMain(List<ReplaySegment> segments, InitSegment init)
    {
        var peak = segments.Max(segment => segment.Entry.Length * 8 / segment.Entry.Duration.TotalSeconds);
        var average = segments.Sum(segment => (long)segment.Entry.Length) * 8 / segments.Sum(segment => segment.Entry.Duration.TotalSeconds);
        return Encoding.UTF8.GetBytes(RecordedPlaylist.WriteMain(
            (long)Math.Ceiling(peak), (long)Math.Ceiling(average), init.Codecs, init.Video?.Width ?? 0, init.Video?.Height ?? 0));
    }

    private static byte[] WriteMedia(List<ReplaySegment> segments)
    {
        var items = new List<PlaylistItem>(segments.Count);
        RecordingEntry? before = null;
        foreach (var (entry, _) in segments)
        {
            // A segment that is missing breaks the time as another encoder does.
            var breaks = before is { } last && (entry.Discontinuity || entry.Run != last.Run || entry.Number != last.Number + 1);
            items.Add(new PlaylistItem(
                string.Create(CultureInfo.InvariantCulture, $"{entry.Number}.m4s"), string.Create(CultureInfo.InvariantCulture, $"init-{entry.Run}.mp4"),
                breaks, entry.At, entry.Duration));
            before = entry;
        }

        var target = Math.Max(1, segments.Max(segment => RecordedPlaylist.TargetOf(segment.Entry.Duration)));
        return Encoding.UTF8.GetBytes(RecordedPlaylist.WriteMedia(target, 0, 0, items, isReplay: true, ended: true));
    }

    /// <summary>The last segment that something is true of, or the first: what is true of one is true of all before.</summary>
    private int IndexOf<T>(T value, Func<ReplaySegment, T, bool> isAtOrBefore)
    {
        var (low, high) = (0, Segments.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (isAtOrBefore(Segments[middle], value)) { low = middle; }
            else { high = middle - 1; }
        }

        return low;
    }
}
