using System.Buffers;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>Reads indexes and media of recordings.</summary>
internal static class RecordingReader
{
    /// <summary>Bytes of one segment that are read back; what is written is bounded below this.</summary>
    public const int SegmentBytesMax = 64 * 1024 * 1024;

    /// <summary>The index, without what a crash left torn at its end. Empty when there is none.</summary>
    public static async Task<RecordingIndex> ReadIndexAsync(IRecordingStore store, string recordingId, CancellationToken cancellationToken)
    {
        using var file = store.Open(recordingId, RecordingIndex.FileName);
        if (file is null) { return new RecordingIndex([]); }

        var bytes = new byte[Math.Min(file.Length, (long)RecordingIndex.EntriesMax * RecordingEntry.Size)];
        var read = await file.ReadAsync(bytes, 0, cancellationToken);
        var index = RecordingIndex.Parse(bytes.AsSpan(0, read));
        if (index.HasEnd) { return index; }

        // Only the last of the segments can be torn, but a power cut may have lost several.
        var there = new Dictionary<RecordingEntry, bool>();
        for (var i = index.Entries.Count - 1; i >= 0; i--)
        {
            var entry = index.Entries[i];
            if (entry.Kind == EntryKind.Run) { continue; }
            if (entry.Kind == EntryKind.End || (there[entry] = await IsWholeAsync(store, recordingId, entry, cancellationToken))) { break; }
        }

        return index.WithoutTornTail(entry => there.GetValueOrDefault(entry));
    }

    /// <summary>Bytes of a run's file; null: they are not all there.</summary>
    public static async Task<byte[]?> ReadAsync(
        IRecordingStore store, string recordingId, int run, long offset, int length, CancellationToken cancellationToken)
    {
        using var file = store.Open(recordingId, RecordingIndex.RunName(run));
        if (file is null || length is < 0 or > SegmentBytesMax) { return null; }

        var bytes = new byte[length];
        return await file.ReadAsync(bytes, offset, cancellationToken) == length ? bytes : null;
    }

    private static async Task<bool> IsWholeAsync(IRecordingStore store, string recordingId, RecordingEntry entry, CancellationToken cancellationToken)
    {
        using var file = store.Open(recordingId, RecordingIndex.RunName(entry.Run));
        if (file is null || file.Length < entry.Offset + entry.Length) { return false; }

        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            var (checksum, done) = (0u, 0);
            while (done < entry.Length)
            {
                var count = await file.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length / 8 * 8, entry.Length - done)), entry.Offset + done, cancellationToken);
                if (count == 0) { return false; }
                checksum = RecordingEntry.Checksum(buffer.AsSpan(0, count), checksum);
                done += count;
            }

            return checksum == entry.DataChecksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
