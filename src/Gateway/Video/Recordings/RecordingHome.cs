using System.Collections.Concurrent;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// All recordings of this gateway: the recorders of running broadcasts, the replays that are watched, and where they lie. Without
/// a folder there are none, and everything else works.
/// </summary>
internal sealed class RecordingHome : IBroadcastFollower, IDisposable
{
    /// <summary>Replays whose tables are kept in memory.</summary>
    public const int ReplaysMax = 64;

    private readonly ConcurrentDictionary<string, Recorder> _recorders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Dvr> _dvrs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Replay> _replays = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);
    private readonly VideoOptions _options;
    private Action? _onChange;
    private readonly RecorderServices? _services;

    public RecordingHome(
        IOptions<VideoOptions> options, TimeProvider time, IRecordingDesk desk, FfmpegCall ffmpeg, ILoggerFactory loggers)
    {
        _options = options.Value;
        if (_options.Recordings.Folder.Length == 0) { return; }

        Store = new DiskRecordingStore(_options.Recordings.Folder, time, loggers.CreateLogger<DiskRecordingStore>());
        Space = new RecordingSpace(options, Store, desk, loggers.CreateLogger<RecordingSpace>());
        Pictures = new ReplayPictures(ffmpeg, Store, _options.Recordings, loggers.CreateLogger<ReplayPictures>());
        _services = new RecorderServices(_options, time, Store, desk, Space, loggers.CreateLogger<Recorder>());
    }

    /// <summary>Null: nothing is recorded here.</summary>
    public IRecordingStore? Store { get; }

    /// <summary>Null: nothing is recorded here.</summary>
    public RecordingSpace? Space { get; }

    /// <summary>Null: nothing is recorded here.</summary>
    public ReplayPictures? Pictures { get; }

    /// <summary>Whether broadcasts are recorded here.</summary>
    public bool Records => _services is not null && _options.Recordings.Enabled;

    /// <summary>The recorders of broadcasts that run or ran lately.</summary>
    public ICollection<Recorder> Recorders => _recorders.Values;

    /// <summary>Whoever tidies is told when a recording has ended or something was deleted. One listener.</summary>
    public void OnChange(Action? tidy) => _onChange = tidy;

    public void Began(Broadcast broadcast)
    {
        if (_services is null || !Records) { return; }

        Recorder recorder;
        lock (_lock)
        {
            // Of a broadcast that comes back, the recorder before may still be writing, or somebody tidies what it wrote.
            var before = Task.WhenAll(
                FindRecorder(broadcast.StreamId)?.Done ?? Task.CompletedTask,
                _held.TryGetValue(broadcast.StreamId, out var held) ? held.Task : Task.CompletedTask);
            recorder = new Recorder(broadcast, _services, before);
            _recorders[broadcast.StreamId] = recorder;
        }

        _replays.TryRemove(broadcast.StreamId, out _);
        _ = recorder.Done.ContinueWith(
            _ =>
            {
                _replays.TryRemove(broadcast.StreamId, out var _);
                _onChange?.Invoke();
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    /// <summary>The recorder of a broadcast; null: it is not recorded.</summary>
    public Recorder? FindRecorder(string streamId) => _recorders.GetValueOrDefault(streamId);

    /// <summary>Whether something is being written to this recording.</summary>
    public bool IsRecording(string recordingId) => _recorders.TryGetValue(recordingId, out var recorder) && !recorder.Done.IsCompleted;

    /// <summary>Tells whether a recording is being gone on with, or was since this was asked: then what was made of it is not of the whole.</summary>
    public Func<bool> WatchFor(string recordingId)
    {
        var before = FindRecorder(recordingId);
        return () => IsRecording(recordingId) || FindRecorder(recordingId) != before;
    }

    /// <summary>
    /// Has a recording to oneself until disposed: a recorder that begins meanwhile, because its broadcast comes back, writes nothing before.
    /// Null: it is being recorded, or somebody has it.
    /// </summary>
    public IDisposable? Hold(string recordingId)
    {
        lock (_lock)
        {
            if (IsRecording(recordingId) || _held.ContainsKey(recordingId)) { return null; }

            _held[recordingId] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new Holding(this, recordingId);
        }
    }

    /// <summary>The playlist back into a broadcast.</summary>
    public Dvr DvrOf(string streamId)
    {
        // Of broadcasts that are in memory only, which are bounded.
        if (_dvrs.Count >= _options.StreamsMax + _options.EndedStreamsMax + 1) { _dvrs.Clear(); }
        return _dvrs.GetOrAdd(streamId, _ => new Dvr(TimeSpan.FromMinutes(_options.DvrMinutes)));
    }

    /// <summary>A replay as it can be watched; null: it is not (or not yet) here.</summary>
    public async Task<Replay?> FindReplayAsync(string recordingId, CancellationToken cancellationToken)
    {
        if (_replays.TryGetValue(recordingId, out var known)) { return known; }
        if (Store is null || (IsRecording(recordingId) && FindRecorder(recordingId) is { IsWritten: false })) { return null; }

        // What begins or ends while it is read is not in it.
        var (recorder, isOver) = (FindRecorder(recordingId), !IsRecording(recordingId));
        if (await Replay.ReadAsync(Store, recordingId, cancellationToken) is not { } replay) { return null; }
        if (FindRecorder(recordingId) != recorder || IsRecording(recordingId) == isOver) { return replay; }

        if (_replays.Count >= ReplaysMax) { _replays.Clear(); }
        return _replays[recordingId] = replay;
    }

    /// <summary>Forgets what is known of a recording that was deleted, and has it tidied away.</summary>
    public void Forget(string recordingId)
    {
        _replays.TryRemove(recordingId, out _);

        // What viewers of a broadcast that has just ended could still go back in.
        if (_recorders.TryGetValue(recordingId, out var recorder) && recorder.Done.IsCompleted)
        {
            _recorders.TryRemove(KeyValuePair.Create(recordingId, recorder));
            _dvrs.TryRemove(recordingId, out _);
        }

        _onChange?.Invoke();
    }

    /// <summary>Lets recorders go whose broadcast nobody can reach any more.</summary>
    public void ForgetEnded(TimeProvider time)
    {
        foreach (var (streamId, recorder) in _recorders)
        {
            if (!recorder.Done.IsCompleted || !recorder.IsOver(time, TimeSpan.FromSeconds(_options.EndedKeepSeconds))) { continue; }
            _recorders.TryRemove(KeyValuePair.Create(streamId, recorder));
            _dvrs.TryRemove(streamId, out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Space?.Dispose();
        (Store as IDisposable)?.Dispose();
    }

    private sealed class Holding(RecordingHome home, string recordingId) : IDisposable
    {
        public void Dispose()
        {
            lock (home._lock)
            {
                if (home._held.Remove(recordingId, out var held)) { held.SetResult(); }
            }
        }
    }
}
