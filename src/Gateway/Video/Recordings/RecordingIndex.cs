using System.Globalization;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>All that is known of a recording's media: read from its index, and true although the process that wrote it was killed.</summary>
/// <param name="Entries">Runs, segments and ends as they were written. After an end only a broadcast that came back goes on.</param>
internal sealed record RecordingIndex(IReadOnlyList<RecordingEntry> Entries)
{
    /// <summary>Name of the index's file.</summary>
    public const string FileName = "index.bin";

    /// <summary>Entries of one recording: 100 hours of 2 s segments.</summary>
    public const int EntriesMax = 200_000;

    /// <summary>Whether it was finished in order.</summary>
    public bool HasEnd => Entries.Count > 0 && Entries[^1].Kind == EntryKind.End;

    /// <summary>Length of the index without what follows the last whole entry.</summary>
    public long ValidBytes => (long)Entries.Count * RecordingEntry.Size;

    /// <summary>The number of the next run.</summary>
    public int NextRun => Entries.Count > 0 ? Entries[^1].Run + 1 : 0;

    /// <summary>Name of a run's file: its header, then its segments. A player can play it as it is.</summary>
    public static string RunName(int run) => string.Create(CultureInfo.InvariantCulture, $"run-{run}.mp4");

    /// <summary>Takes all entries up to the first that is not whole, or makes no sense where it stands.</summary>
    public static RecordingIndex Parse(ReadOnlySpan<byte> bytes)
    {
        var entries = new List<RecordingEntry>(bytes.Length / RecordingEntry.Size);
        while (entries.Count < EntriesMax
            && RecordingEntry.Read(bytes[(entries.Count * RecordingEntry.Size)..], entries.Count) is { } entry
            && Follows(entries, entry))
        {
            entries.Add(entry);
        }

        return new RecordingIndex(entries);
    }

    /// <summary>Drops what is at the end and whose media are not there as they should be, and runs without a segment.</summary>
    /// <param name="isThere">Whether a segment's media are whole.</param>
    public RecordingIndex WithoutTornTail(Func<RecordingEntry, bool> isThere)
    {
        var kept = Entries.Count;
        while (kept > 0 && (Entries[kept - 1].Kind == EntryKind.Run || (Entries[kept - 1].Kind == EntryKind.Segment && !isThere(Entries[kept - 1])))) { kept--; }
        return kept == Entries.Count ? this : new RecordingIndex([.. Entries.Take(kept)]);
    }

    private static bool Follows(List<RecordingEntry> before, RecordingEntry entry)
    {
        if (before.Count == 0) { return entry is { Kind: EntryKind.Run, Run: 0, Length: > 0 }; }

        var last = before[^1];
        return entry.Kind switch
        {
            EntryKind.Run => entry.Run == last.Run + 1 && entry is { Length: > 0, Offset: 0 },
            EntryKind.Segment => last.Kind != EntryKind.End && entry.Run == last.Run && entry.Offset == last.Offset + last.Length
                && entry.Length > 0 && entry.Duration > TimeSpan.Zero && entry.KeyframeLength >= 0 && entry.KeyframeLength <= entry.Length,
            _ => last.Kind != EntryKind.End && entry.Run == last.Run,
        };
    }
}
