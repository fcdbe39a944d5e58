using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>What every broadcast's encoders use.</summary>
internal sealed class EncoderServices(
    IOptions<VideoOptions> options, TimeProvider time, EncoderProcesses processes, EncodeBudget budget, ILogger<BroadcastEncoder> logger)
{
    public VideoOptions Options => options.Value;

    public TimeProvider Time => time;

    public EncoderProcesses Processes => processes;

    public EncodeBudget Budget => budget;

    public ILogger Logger => logger;
}

/// <summary>Where the encoders of one publisher give what they make.</summary>
/// <param name="RecordedAt">When its recording began; asked when the first header comes out.</param>
/// <param name="Tell">Takes a sentence for the streamer; must not wait.</param>
/// <param name="Inspect">Sees what the source's encoder gives before anybody else; a refusal ends that encoder.</param>
/// <param name="GoesOn">Whether an encoder that died is followed by another; otherwise the caller decides what follows.</param>
internal sealed record EncoderTarget(
    Broadcast Broadcast, Broadcast.Seat Seat, Func<DateTimeOffset> RecordedAt, Action<string> Tell, Func<MediaUnit, Refusal?>? Inspect = null, bool GoesOn = true);

/// <summary>
/// All encoders of one publisher's connection: one for the source, which is copied when possible, and one for each lower rung,
/// fed with what the source's gives. A source's encoder that dies is followed by another at the next keyframe, so that the
/// publisher has nothing to do; rungs are given up before real time is lost (docs/adr/0015).
/// </summary>
internal sealed partial class BroadcastEncoder : IAsyncDisposable
{
    private const int RungNice = 10;

    /// <summary>Slices kept for the next encoder.</summary>
    private const int HeldSlicesMax = 1000;
    private static readonly TimeSpan RestartsWindow = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly EncoderInput _input;
    private readonly EncoderTarget _target;
    private readonly EncoderServices _services;
    private readonly RecordingCuts? _cuts;
    private readonly Queue<long> _restarts = new();
    private readonly List<Slice> _held = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private TaskCompletionSource<Encoder> _next = NewTurn();
    private Encoder? _source;
    private Refusal? _verdict;
    private long _sourceBegan;
    private double _sourceCost;
    private int _run;
    private bool _waits;
    private bool _finishing;
    private DateTimeOffset _recordedAt;
    private long _cutMs;
    private long _heldMs;
    private long _heldBytes;

    private BroadcastEncoder(EncoderInput input, EncoderTarget target, EncoderServices services)
    {
        (_input, _target, _services) = (input, target, services);
        _cuts = input.IsFed ? new RecordingCuts() : null;
        var began = false;
        lock (_lock) { began = TryBegin(); }
        Completion = began ? RunAsync() : Task.FromResult(new EncoderEnd(null, IsFinal: true));
        _watching = began ? WatchAsync() : Task.CompletedTask;
    }

    /// <summary>Ends when no encoder will follow; never fails.</summary>
    public Task<EncoderEnd> Completion { get; }

    /// <summary>Whether the picture passes as it is, with the newest encoder.</summary>
    public bool Copies { get; private set; }

    /// <summary>Whether anything has come out of the newest encoder of the source.</summary>
    public bool HasOutput
    {
        get
        {
            lock (_lock) { return _source?.HasOutput ?? false; }
        }
    }

    /// <summary>Process id of the newest encoder of the source, for the log.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Starts.</summary>
    /// <returns>Null when there is no FFmpeg.</returns>
    public static BroadcastEncoder? Start(EncoderInput input, EncoderTarget target, EncoderServices services)
    {
        var encoder = new BroadcastEncoder(input, target, services);
        return encoder._source is null ? null : encoder;
    }

    /// <summary>Takes the next slice of a recording; one caller. False: more waits than may, and the slice was not taken.</summary>
    public bool TryWrite(Slice slice)
    {
        if (slice.AfterGap)
        {
            // The encoder would show a broken picture: what it has is finished, and another begins behind the gap.
            _cuts!.Search();
            lock (_lock) { _ = _source?.FinishAsync(); }
        }

        var cut = _cuts!.Take(slice.Bytes);
        lock (_lock)
        {
            if (_source is { IsOver: false } source) { return source.TryWrite(slice); }

            // Nothing can decode this slice, unless a new encoder can begin in it or before.
            Hold(slice, cut);
            return !_waits || BeginFromHeld();
        }
    }

    /// <summary>The source is over: lets the encoders give what they still hold, for a bounded time.</summary>
    public Task<EncoderEnd> FinishAsync()
    {
        lock (_lock)
        {
            _finishing = true;
            if (_source is { } source) { _ = source.FinishAsync(); }
            else { _next.TrySetCanceled(); }
        }

        return Completion;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _finishing = true;
            _source?.Kill();
            _next.TrySetCanceled();
            foreach (var rung in _rungs) { rung.Encoder?.Kill(); }
        }

        await Completion;
        await _stop.CancelAsync();
        await _watching;
        await Task.WhenAll(_ending);
        _services.Budget.Give(_sourceCost);
        foreach (var rung in _rungs) { _services.Budget.Give(rung.Cost); }
        _stop.Dispose();
    }

    private static TaskCompletionSource<Encoder> NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts an encoder of the source. False: there is no FFmpeg.</summary>
    private bool TryBegin()
    {
        var plan = EncoderPlan.For(_input, _services.Options, _target.Broadcast.MayCopy);
        var run = ++_run;
        var began = Encoder.Start(
            plan, _services.Options, _services.Time, unit => TakeSource(run, unit), _services.Processes, _services.Logger);
        if (began is null) { return false; }

        (Copies, ProcessId) = (plan.Copies, began.ProcessId);
        _sourceBegan = _services.Time.GetTimestamp();
        _waits = false;
        _source = began;
        Price(_input.Format.ShortSide * _input.Format.ShortSide * AspectOfMost * FramesOfMost);
        _next.TrySetResult(began);
        return true;
    }

    /// <summary>Keeps what came since the newest place to begin, until the encoder before has been cleared away.</summary>
    private void Hold(Slice slice, RecordingCut? cut)
    {
        if (cut is { } place)
        {
            _held.Clear();
            _held.Add(slice with { Bytes = place.Bytes });
            (_heldBytes, _heldMs) = (place.Bytes.Length, place.Ms);
        }
        else if (_held.Count > 0)
        {
            _held.Add(slice);
            _heldBytes += slice.Bytes.Length;
            if (_heldBytes > _services.Options.BacklogBytesMax || _held.Count > HeldSlicesMax) { _held.Clear(); }
        }
    }

    private bool BeginFromHeld()
    {
        if (_held.Count == 0 || _cuts!.Header is not { } header) { return true; }

        _cutMs = _heldMs;
        var went = !TryBegin() || (_source!.TryWrite(new Slice(header, _held[0].Ms)) && _held.TrueForAll(_source.TryWrite));
        _held.Clear();
        return went;
    }

    /// <summary>One encoder of the source after the other, until no other may follow.</summary>
    private async Task<EncoderEnd> RunAsync()
    {
        while (true)
        {
            if (await NextAsync() is not { } source)
            {
                return _finishing
                    ? EncoderEnd.Finished
                    : new EncoderEnd(_verdict ?? new Refusal(RefusalCode.EncoderFailed, "The encoder stopped, and your recording has no place to go on from. Start it anew."));
            }

            var end = await source.Completion;
            await EndRungsAsync();
            var worked = source.HasOutput;
            await source.DisposeAsync();
            if (!_target.GoesOn) { return _verdict is null ? end : new EncoderEnd(_verdict); }
            if (_verdict is { } verdict) { return new EncoderEnd(verdict, IsFinal: !_target.Broadcast.CountEncoderFailure()); }
            if (_finishing || (end.Refusal is null && !_input.IsFed)) { return end; }
            if (end.Refusal is { } refusal)
            {
                if (refusal.Code != RefusalCode.EncoderFailed) { return end; }
                if (!worked) { _target.Broadcast.MayCopy = false; }
                if (!_target.Broadcast.CountEncoderFailure()) { return end with { IsFinal = true }; }
                if (!MayRestart()) { return end; }
                _services.Budget.Restarted();
            }
            else if (!MayRestart())
            {
                return new EncoderEnd(new Refusal(RefusalCode.EncoderFailed, "Too much of your recording is missing. Start it anew."));
            }

            _target.Broadcast.EndRuns(_target.Seat);
            lock (_lock)
            {
                _source = null;
                _waits = true;
                _next = NewTurn();
                if (_finishing) { return EncoderEnd.Finished; }
                if (_input.IsFed) { BeginFromHeld(); }
                else if (!TryBegin()) { return end; }
            }

            if (end.Refusal is not null) { _target.Tell("The server's encoder stopped. Another one goes on with your broadcast."); }
        }
    }

    /// <summary>The next encoder, once the recording has come to a place where one can begin.</summary>
    private async Task<Encoder?> NextAsync()
    {
        Task<Encoder> next;
        lock (_lock) { next = _next.Task; }
        try { return await next.WaitAsync(TimeSpan.FromSeconds(_services.Options.EncoderStartSeconds), _services.Time); }
        catch (Exception none) when (none is TimeoutException or OperationCanceledException) { return null; }
    }

    private bool MayRestart()
    {
        while (_restarts.TryPeek(out var oldest) && _services.Time.GetElapsedTime(oldest) > RestartsWindow) { _restarts.Dequeue(); }
        if (_restarts.Count >= _services.Options.EncoderRestartsMax) { return false; }

        _restarts.Enqueue(_services.Time.GetTimestamp());
        return true;
    }

    private Refusal? TakeSource(int run, MediaUnit unit)
    {
        lock (_lock)
        {
            // Every run has its own beginning: the recorder's, or that of the cluster at which this encoder began.
            if (unit is InitSegment) { _recordedAt = _target.RecordedAt() + TimeSpan.FromMilliseconds(_cutMs); }
        }

        if ((_target.Inspect?.Invoke(unit) ?? _target.Broadcast.Take(_target.Seat, Rung.SourceName, unit, _recordedAt)) is { } refusal) { return refusal; }
        lock (_lock)
        {
            if (_run != run) { return null; }
            if (unit is InitSegment init) { BeginRun(init); }
            else { Feed((Fragment)unit); }
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3121, Level = LogLevel.Information, Message = "Stream {StreamId} carries {Rung} no more: {Reason}; behind by {BehindMs} ms")]
        public static partial void Dropped(ILogger logger, string streamId, string rung, RungReason reason, long behindMs);

        [LoggerMessage(EventId = 3122, Level = LogLevel.Information, Message = "Stream {StreamId} carries {Rung} ({Width} × {Height}); {Used:0.00} of {Cores:0.00} cores are taken")]
        public static partial void Begun(ILogger logger, string streamId, string rung, int width, int height, double used, double cores);

        [LoggerMessage(EventId = 3123, Level = LogLevel.Information, Message = "Stream {StreamId} has no {Rung}: {Used:0.00} of {Cores:0.00} cores are taken, and it needs {Cost:0.00}")]
        public static partial void NoRoom(ILogger logger, string streamId, string rung, double used, double cores, double cost);
    }
}
