using System.Threading.Channels;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>What every recorder uses.</summary>
internal sealed record RecorderServices(
    VideoOptions Options, TimeProvider Time, IRecordingStore Store, IRecordingDesk Desk, RecordingSpace Space, ILogger<Recorder> Logger);

/// <summary>
/// Records the source of one broadcast. Hears it under the broadcast's lock and only queues there; one loop writes. Whatever
/// happens to the disk or to the queue, the broadcast goes on: then the recording has a gap, or ends.
/// </summary>
internal sealed partial class Recorder : IRungListener
{
    private readonly Broadcast _broadcast;
    private readonly RecorderServices _services;
    private readonly Channel<Item> _items;
    private readonly Lock _lock = new();
    private readonly List<RecordingEntry> _recorded = [];
    private readonly Dictionary<int, RecordingEntry> _runs = [];

    // Numbers of segments that continue what another process, or this one before it gave up, has recorded: they go on far above it.
    private readonly HashSet<long> _seams = [];
    private readonly IDisposable _listening;
    private Run? _began;
    private long _waitingBytes;
    private bool _isMissing;
    private volatile bool _isRead;

    /// <summary>Begins to record a broadcast.</summary>
    /// <param name="before">Nothing is written before this has ended.</param>
    public Recorder(Broadcast broadcast, RecorderServices services, Task before)
    {
        _broadcast = broadcast;
        _services = services;
        _items = Channel.CreateBounded<Item>(new BoundedChannelOptions(services.Options.Recordings.WaitingSegmentsMax + 4)
        {
            SingleReader = true, FullMode = BoundedChannelFullMode.Wait,
        });
        _listening = broadcast.Source.Listen(this, out var now);
        if (now.Over) { _items.Writer.TryComplete(); }
        else if (now.Init is { } init) { RunBegan(now.InitNumber, init, now.RecordedAt); }
        Done = Task.Run(() => RunAsync(before));
    }

    /// <summary>Ends when everything is written and the room's desk knows it.</summary>
    public Task Done { get; }

    /// <summary>Whether nothing more will be written: it can be watched as soon as its room knows of it.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>Why it stopped before the broadcast did; null: it did not.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether nothing is recorded because the room does not want it.</summary>
    public bool IsUnwanted { get; private set; }

    /// <summary>
    /// Whether it has anything that is not in memory only. Nothing before its row is begun; so whoever asks about what it has and hears that there is no
    /// such recording hears of one that was deleted.
    /// </summary>
    public bool HasAny
    {
        get
        {
            lock (_lock) { return _recorded.Count > 0 || _runs.Count > 0; }
        }
    }

    /// <summary>Whether it is not known yet how far one can go back: what was recorded before the broadcast came back has not been read.</summary>
    public bool IsReading => _broadcast.ContinuesAt is not null && !_isRead;

    private RecordingOptions Options => _services.Options.Recordings;

    /// <summary>Whether the broadcast has been over for so long.</summary>
    public bool IsOver(TimeProvider time, TimeSpan since) => _broadcast.EndedBecause is not null && time.GetElapsedTime(_broadcast.EndedAt) > since;

    /// <summary>The segments on the disk that follow one another without a hole up to the newest one there, oldest first, back to a moment.</summary>
    public IReadOnlyList<RecordingEntry> Recorded(DateTimeOffset since)
    {
        lock (_lock)
        {
            var first = _recorded.Count;
            while (first > 0 && _recorded[first - 1].At >= since && (first == _recorded.Count || Follows(_recorded[first - 1].Number, _recorded[first].Number))) { first--; }
            return _recorded[first..];
        }
    }

    /// <summary>Whether nothing lies between two segments: their numbers say so, or the broadcast was carried anew from the second on.</summary>
    public bool Follows(long before, long number) => before == number - 1 || number == _broadcast.ContinuesAt || _seams.Contains(number);

    /// <summary>A segment that is on the disk; null: it is not.</summary>
    public RecordingEntry? Find(long number)
    {
        lock (_lock)
        {
            var (low, high) = (0, _recorded.Count - 1);
            while (low <= high)
            {
                var middle = (low + high) / 2;
                if (_recorded[middle].Number == number) { return _recorded[middle]; }
                if (_recorded[middle].Number < number) { low = middle + 1; }
                else { high = middle - 1; }
            }

            return null;
        }
    }

    /// <summary>The run of a header; null: it is not on the disk.</summary>
    public RecordingEntry? FindInit(int initNumber)
    {
        lock (_lock) { return _runs.TryGetValue(initNumber, out var run) ? run : null; }
    }

    public void RunBegan(int initNumber, InitSegment init, DateTimeOffset recordedAt)
    {
        // Goes with each of its segments: whatever else is missed, none is written behind the header of another run.
        _began = new Run(initNumber, init, recordedAt);
    }

    public void FragmentCame(Fragment fragment)
    {
        // Whole segments only.
    }

    public void SegmentMade(Segment segment)
    {
        // Nothing to write: the source has media in every segment, but a listener takes what comes.
        if (segment.Body.Fragments.Count == 0) { return; }
        if (Interlocked.Read(ref _waitingBytes) + segment.Body.Bytes > Options.WaitingBytesMax)
        {
            Missed();
            return;
        }

        Interlocked.Add(ref _waitingBytes, segment.Body.Bytes);
        if (_items.Writer.TryWrite(new Item(_began!, segment))) { return; }
        Interlocked.Add(ref _waitingBytes, -segment.Body.Bytes);
        Missed();
    }

    public void RunEnded()
    {
        // The next run, or the end, closes its file.
    }

    public void Over() => _items.Writer.TryComplete();

    private void Missed()
    {
        if (_isMissing) { return; }
        _isMissing = true;
        Log.Missing(_services.Logger, _broadcast.StreamId);
    }

    private async Task RunAsync(Task earlier)
    {
        try
        {
            await earlier;
            if (!await BeginAsync()) { return; }

            var before = await RecordingReader.ReadIndexAsync(_services.Store, _broadcast.StreamId, CancellationToken.None);
            NoteBefore(before);
            using var writer = new RecordingWriter(_services.Store, _broadcast.StreamId, before);
            await WriteAsync(writer);
            writer.End(_services.Time.GetUtcNow());
            IsWritten = true;
            await EndAsync(writer);
        }
        catch (Exception failure)
        {
            // What was written stays; the next look at the folder makes a replay of it.
            Problem ??= "The disk did not take it.";
            Log.Failed(_services.Logger, failure, _broadcast.StreamId);
        }
        finally
        {
            _isRead = true;
            _listening.Dispose();
            _items.Writer.TryComplete();
            while (_items.Reader.TryRead(out _)) { }
        }
    }

    /// <summary>Asks whether the room wants it; as long as nobody answers, nothing is recorded and what comes waits in the queue.</summary>
    private async Task<bool> BeginAsync()
    {
        // Nothing to ask before there is something to record.
        if (!await _items.Reader.WaitToReadAsync()) { return false; }

        var begun = new RecordingBegun(
            _broadcast.RoomId, _services.Store.PlaceId, _services.Time.GetUtcNow(), Options.KeepDays > 0 ? Options.KeepDays : null);
        while (true)
        {
            try
            {
                var answer = await _services.Desk.Recording(_broadcast.StreamId).Begin(begun);
                IsUnwanted = !answer.Ok;
                if (answer.Refusal is { } refusal) { Log.Unwanted(_services.Logger, _broadcast.StreamId, refusal.Message); }
                return answer.Ok;
            }
            catch (Exception failure) when (_broadcast.EndedBecause is null)
            {
                Log.NotAsked(_services.Logger, failure, _broadcast.StreamId);
                await Task.Delay(TimeSpan.FromSeconds(1), _services.Time);
            }
        }
    }

    private async Task WriteAsync(RecordingWriter writer)
    {
        Run? run = null;
        await foreach (var item in _items.Reader.ReadAllAsync())
        {
            var segment = item.Segment;
            Interlocked.Add(ref _waitingBytes, -segment.Body.Bytes);
            if (await RefuseAsync(writer, segment.Body.Bytes) is { } full)
            {
                Problem = full;
                Log.Stopped(_services.Logger, _broadcast.StreamId, full);
                return;
            }

            try
            {
                // A run gets its file with its first segment: a publisher who fails again and again leaves none.
                if (!ReferenceEquals(run, item.Run)) { Note(writer.BeginRun(item.Run.InitNumber, item.Run.Init, item.Run.RecordedAt)); }
                run = item.Run;
                Note(writer.Append(segment));
            }
            catch (IOException failure)
            {
                Problem = "The disk did not take more of it.";
                Log.Failed(_services.Logger, failure, _broadcast.StreamId);
                return;
            }
        }
    }

    /// <summary>Why there is no space for more; null: there is, if need be after an old replay was given up.</summary>
    private async Task<string?> RefuseAsync(RecordingWriter writer, int bytes)
    {
        if (writer.Bytes + bytes > Options.BroadcastBytesMax) { return $"A recording has at most {Options.BroadcastBytesMax} bytes."; }
        return await _services.Space.MakeAsync(bytes) ? null : "The server has no more space for recordings.";
    }

    private async Task EndAsync(RecordingWriter writer)
    {
        var ended = new RecordingEnded((long)writer.Duration.TotalMilliseconds, writer.Bytes, Problem);
        await _services.Desk.Recording(_broadcast.StreamId).End(ended);
        if (ended.DurationMs == 0) { _services.Store.Delete(_broadcast.StreamId); }
        else { Log.Recorded(_services.Logger, _broadcast.StreamId, ended.DurationMs / 1000, ended.Bytes); }
    }

    /// <summary>What was recorded before the broadcast came back: one can go back in it, and pictures of it alone are none of the whole.</summary>
    private void NoteBefore(RecordingIndex before)
    {
        var since = _services.Time.GetUtcNow() - Kept;
        lock (_lock)
        {
            foreach (var entry in before.Entries)
            {
                // Where a number has meant two headers, or two segments, only the later can be told apart.
                var isTaken = entry.Kind == EntryKind.Run ? _runs.ContainsKey(entry.InitNumber) : _recorded.Count > 0 && entry.Number <= _recorded[^1].Number;
                if (entry.Kind != EntryKind.End && isTaken)
                {
                    _recorded.Clear();
                    _seams.Clear();
                    if (entry.Kind == EntryKind.Run) { _runs.Clear(); }
                }

                if (entry.Kind == EntryKind.Run) { _runs[entry.InitNumber] = entry; }
                if (entry.Kind != EntryKind.Segment || entry.At < since) { continue; }
                if (entry.Discontinuity && _recorded.Count > 0 && _recorded[^1].Run != entry.Run && entry.Number > _recorded[^1].Number + 1) { _seams.Add(entry.Number); }
                _recorded.Add(entry);
            }
        }

        _isRead = true;
        if (before.Entries.Count > 0) { ReplayPictures.Forget(_services.Store, _broadcast.StreamId); }
    }

    private TimeSpan Kept => TimeSpan.FromMinutes(_services.Options.DvrMinutes) + TimeSpan.FromSeconds(RecordingLimits.ClipSecondsMax);

    private void Note(RecordingEntry entry)
    {
        lock (_lock)
        {
            if (entry.Kind == EntryKind.Run)
            {
                _runs[entry.InitNumber] = entry;
                return;
            }

            _recorded.Add(entry);
            var oldest = entry.At - Kept;
            var old = 0;
            while (old < _recorded.Count && _recorded[old].At < oldest) { old++; }

            // Seldom, not with every segment: what lies behind moves.
            if (old <= 64) { return; }
            _recorded.RemoveRange(0, old);
            _seams.RemoveWhere(number => number < entry.Number && _recorded[0].Number > number);
            foreach (var number in _runs.Keys.Where(number => number < _recorded[0].InitNumber).ToArray()) { _runs.Remove(number); }
        }
    }

    private sealed record Run(int InitNumber, InitSegment Init, DateTimeOffset RecordedAt);

    private readonly record struct Item(Run Run, Segment Segment);

    private static partial class Log
    {
        [LoggerMessage(EventId = 3801, Level = LogLevel.Warning, Message = "The recording of {StreamId} has a gap: the disk is slower than the broadcast")]
        public static partial void Missing(ILogger logger, string streamId);

        [LoggerMessage(EventId = 3802, Level = LogLevel.Error, Message = "Recording {StreamId} failed; the broadcast goes on")]
        public static partial void Failed(ILogger logger, Exception failure, string streamId);

        [LoggerMessage(EventId = 3803, Level = LogLevel.Information, Message = "{StreamId} is not recorded: {Why}")]
        public static partial void Unwanted(ILogger logger, string streamId, string why);

        [LoggerMessage(EventId = 3804, Level = LogLevel.Warning, Message = "Nobody says whether {StreamId} is to be recorded; asking again")]
        public static partial void NotAsked(ILogger logger, Exception failure, string streamId);

        [LoggerMessage(EventId = 3805, Level = LogLevel.Warning, Message = "Recording {StreamId} stops, the broadcast goes on: {Why}")]
        public static partial void Stopped(ILogger logger, string streamId, string why);

        [LoggerMessage(EventId = 3806, Level = LogLevel.Information, Message = "{StreamId} is recorded: {Seconds} s, {Bytes} bytes")]
        public static partial void Recorded(ILogger logger, string streamId, long seconds, long bytes);
    }
}
