using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// Writes one recording: media first, then its entry in the index, so that an entry always stands for media that were written.
/// Not thread-safe; throws what the disk throws, and can't be used after that.
/// </summary>
internal sealed class RecordingWriter : IDisposable
{
    private readonly IRecordingStore _store;
    private readonly string _recordingId;
    private readonly IRecordingFile _index;
    private readonly byte[] _entry = new byte[RecordingEntry.Size];
    private IRecordingFile? _run;
    private int _entries;
    private int _nextRun;
    private int _initNumber;

    /// <summary>Opens it: new, or one whose broadcast has come back.</summary>
    /// <param name="before">What it holds already.</param>
    public RecordingWriter(IRecordingStore store, string recordingId, RecordingIndex before)
    {
        _store = store;
        _recordingId = recordingId;
        _entries = before.Entries.Count;
        _nextRun = before.NextRun;
        _index = store.Append(recordingId, RecordingIndex.FileName, before.ValidBytes);
        Bytes = before.Entries.Sum(entry => (long)entry.Length);
        Duration = before.Entries.Aggregate(TimeSpan.Zero, (sum, entry) => sum + entry.Duration);
    }

    /// <summary>Of all media.</summary>
    public long Bytes { get; private set; }

    /// <summary>Of all media.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>A run begins: its file, and its header in it.</summary>
    public RecordingEntry BeginRun(int initNumber, InitSegment init, DateTimeOffset recordedAt)
    {
        EndRun();
        _initNumber = initNumber;
        _run = _store.Append(_recordingId, RecordingIndex.RunName(_nextRun), 0);
        _run.Write([init.Bytes]);
        Bytes += init.Bytes.Length;
        return Note(new RecordingEntry(
            EntryKind.Run, _nextRun++, 0, initNumber, 0, init.Bytes.Length, recordedAt, TimeSpan.Zero, 0, false, 0, RecordingEntry.Checksum(init.Bytes.Span)));
    }

    /// <summary>Appends a segment.</summary>
    public RecordingEntry Append(Segment segment)
    {
        var run = _run ?? throw new InvalidOperationException("A segment needs a run.");
        var offset = run.Length;
        var fragments = segment.Body.Fragments;
        var pieces = new ReadOnlyMemory<byte>[fragments.Count];
        var checksum = 0u;
        for (var i = 0; i < pieces.Length; i++)
        {
            pieces[i] = fragments[i].Bytes;
            checksum = RecordingEntry.Checksum(pieces[i].Span, checksum);
        }

        run.Write(pieces);
        var length = (int)(run.Length - offset);
        Bytes += length;
        Duration += segment.Duration;
        return Note(new RecordingEntry(
            EntryKind.Segment, _nextRun - 1, segment.Number, _initNumber, offset, length, segment.At, segment.Duration, segment.Discontinuities,
            segment.Discontinuity, pieces[0].Length, checksum));
    }

    /// <summary>The run is over: what it has is on the disk for good.</summary>
    public void EndRun()
    {
        _run?.Flush();
        _run?.Dispose();
        _run = null;
    }

    /// <summary>The broadcast is over.</summary>
    public void End(DateTimeOffset at)
    {
        EndRun();
        if (_entries > 0)
        {
            Note(new RecordingEntry(EntryKind.End, _nextRun - 1, 0, 0, 0, 0, at, TimeSpan.Zero, 0, false, 0, 0));
        }

        _index.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run?.Dispose();
        _index.Dispose();
    }

    private RecordingEntry Note(RecordingEntry entry)
    {
        entry.Write(_entry, _entries);
        _index.Write([_entry]);
        _entries++;
        return entry;
    }
}
