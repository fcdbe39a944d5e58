using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Media;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>Why a broadcast is over.</summary>
internal enum BroadcastEnd
{
    /// <summary>The publisher said so.</summary>
    Finished = 0,

    /// <summary>The room took the right to publish away: a moderator, another publisher, or the room was out of reach.</summary>
    Revoked = 1,

    /// <summary>The publisher did not return within the grace time.</summary>
    PublisherGone = 2,

    /// <summary>The encoder failed again and again.</summary>
    EncoderFailed = 3,

    /// <summary>This gateway stops.</summary>
    ShuttingDown = 4,
}

/// <summary>
/// One broadcast as this gateway carries it, from the first publisher's connection to some time after its end: its timeline, its
/// phase, and the reports to its room. Publishers and encoders come and go within it.
/// </summary>
internal sealed partial class Broadcast : IDisposable
{
    private readonly Lock _lock = new();
    private readonly BroadcastServices _services;
    private readonly Timeline _timeline;
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private StreamPhase _phase = StreamPhase.Starting;
    private Seat? _seat;
    private long _interruptedAt;
    private long _runBegan;
    private long? _thumbnailAt;
    private byte[]? _thumbnail;

    public Broadcast(string roomId, string streamId, long? continuesAt, BroadcastServices services)
    {
        RoomId = roomId;
        StreamId = streamId;
        Ended = _ended.Token;
        _services = services;
        var options = services.Options;
        _timeline = new Timeline(
            new SegmentRules { Target = TimeSpan.FromSeconds(options.SegmentSeconds) },
            new TimelineLimits { ListedSegments = options.ListedSegments, KeptSegments = options.KeptSegments, KeptBytes = options.KeptBytes },
            continuesAt);
        Reporting = ReportAsync();
    }

    public string RoomId { get; }

    public string StreamId { get; }

    /// <summary>Where it is now.</summary>
    public StreamPhase Phase
    {
        get
        {
            lock (_lock) { return _phase; }
        }
    }

    /// <summary>Why it is over; null while it is not.</summary>
    public BroadcastEnd? EndedBecause { get; private set; }

    /// <summary>Fires when it is over.</summary>
    public CancellationToken Ended { get; }

    /// <summary>When it ended, on the monotonic clock.</summary>
    public long EndedAt { get; private set; }

    /// <summary>Ends after the last report to the room.</summary>
    public Task Reporting { get; }

    /// <summary>What viewers can fetch.</summary>
    public TimelineView View => _timeline.View;

    /// <summary>The newest thumbnail, JPEG; null before the first.</summary>
    public byte[]? Thumbnail => Volatile.Read(ref _thumbnail);

    /// <summary>Whether recordings may still be copied: not after a copy has failed.</summary>
    public bool MayCopy { get; set; } = true;

    /// <summary>Encoders that failed since the last segment.</summary>
    public int EncoderFailures { get; private set; }

    /// <summary>A publisher takes its place. One that is still there (a connection we did not see break) loses it.</summary>
    /// <returns>Null when the broadcast is over.</returns>
    public Seat? Sit()
    {
        Seat? before;
        Seat seat;
        lock (_lock)
        {
            if (EndedBecause is not null) { return null; }

            before = _seat;
            _seat = seat = new Seat();
            if (_phase == StreamPhase.Interrupted && !View.HasMedia) { _phase = StreamPhase.Starting; }
        }

        before?.Lose();
        return seat;
    }

    /// <summary>A publisher leaves. The broadcast waits for it to return, unless it is over.</summary>
    public void Leave(Seat seat, BroadcastEnd? because)
    {
        lock (_lock)
        {
            // Another has the place: nothing of this publisher counts any more.
            if (_seat != seat) { return; }

            _seat = null;
            _timeline.EndRun();
            if (because is null && EndedBecause is null)
            {
                _phase = StreamPhase.Interrupted;
                _interruptedAt = _services.Time.GetTimestamp();
            }
        }

        if (because is { } reason) { End(reason); }
        else { Log.Interrupted(_services.Logger, StreamId); }
        Wake();
    }

    /// <summary>Takes what the encoder of a publisher gives.</summary>
    /// <param name="recordedAt">When the recording began.</param>
    /// <returns>Why the encoder must end.</returns>
    public Refusal? Take(Seat seat, MediaUnit unit, DateTimeOffset recordedAt)
    {
        Segment? made = null;
        InitSegment? init = null;
        lock (_lock)
        {
            if (_seat != seat || EndedBecause is not null) { return new Refusal(RefusalCode.StreamNotLive, "This broadcast is over."); }

            if (unit is InitSegment header)
            {
                _timeline.BeginRun(header, recordedAt);
                _runBegan = _services.Time.GetTimestamp();
                return null;
            }

            made = _timeline.Add((Fragment)unit, out var problem);
            if (problem is not null) { return Problem(problem); }

            var ahead = _timeline.RunPosition - _services.Time.GetElapsedTime(_runBegan);
            if (ahead.TotalSeconds > _services.Options.AheadSecondsMax)
            {
                return new Refusal(
                    RefusalCode.MediaTooFast,
                    $"The recording is {ahead.TotalSeconds:0} s ahead of real time. Send it as it is recorded, not faster.");
            }

            if (made is null) { return null; }

            EncoderFailures = 0;
            init = _timeline.View.Inits[made.InitNumber];
            if (_phase != StreamPhase.Live)
            {
                _phase = StreamPhase.Live;
                Log.Live(_services.Logger, StreamId, RoomId, init.Codecs);
            }
        }

        Wake();
        OfferThumbnail(init, made);
        return null;
    }

    /// <summary>An encoder failed by itself.</summary>
    /// <returns>Whether another may be tried.</returns>
    public bool CountEncoderFailure()
    {
        lock (_lock) { return ++EncoderFailures < _services.Options.EncoderFailuresMax; }
    }

    /// <summary>The broadcast is over. What is kept can still be read for a while.</summary>
    public void End(BroadcastEnd because)
    {
        Seat? seat;
        lock (_lock)
        {
            if (EndedBecause is not null) { return; }

            EndedBecause = because;
            EndedAt = _services.Time.GetTimestamp();
            _phase = StreamPhase.Offline;
            _timeline.End();
            (seat, _seat) = (_seat, null);
        }

        Log.Over(_services.Logger, StreamId, RoomId, because);
        _ended.Cancel();
        seat?.Lose();
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();

    private Refusal Problem(MediaProblem problem)
    {
        // A copied recording may be cut badly or carry what players can't show; encoding it again repairs most of that.
        MayCopy = false;
        return new Refusal(RefusalCode.EncoderFailed, $"The recording can't be shown as it is: {problem.Message} It continues when the recording starts anew.");
    }

    private void OfferThumbnail(InitSegment init, Segment segment)
    {
        var time = _services.Time;
        if (_thumbnailAt is { } last && time.GetElapsedTime(last).TotalSeconds < _services.Options.ThumbnailSeconds) { return; }
        if (_services.Thumbnails.TryStart(init, segment, jpeg => Volatile.Write(ref _thumbnail, jpeg.ToArray()), Ended))
        {
            _thumbnailAt = time.GetTimestamp();
        }
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>The heartbeat of the right to publish: once a second, and at once when something changes.</summary>
    private async Task ReportAsync()
    {
        await Task.Yield();
        var (options, time) = (_services.Options, _services.Time);
        var period = TimeSpan.FromSeconds(options.ReportSeconds);
        await using var timer = time.CreateTimer(_ => Wake(), null, period, period);
        var answered = time.GetTimestamp();
        while (EndedBecause is null)
        {
            StreamPhase phase;
            lock (_lock)
            {
                phase = _phase;

                // A publisher who is back has not given a picture yet, but is not away: it has its own time limits.
                if (phase == StreamPhase.Interrupted && _seat is null && time.GetElapsedTime(_interruptedAt).TotalSeconds > options.GraceSeconds)
                {
                    phase = StreamPhase.Offline;
                }
            }

            if (phase == StreamPhase.Offline)
            {
                End(BroadcastEnd.PublisherGone);
                break;
            }

            try
            {
                var valid = await _services.Desk.ReportAsync(RoomId, StreamId, phase).AsTask()
                    .WaitAsync(TimeSpan.FromSeconds(options.LeaseSeconds), time);
                answered = time.GetTimestamp();
                if (!valid) { End(BroadcastEnd.Revoked); }
            }
            catch (Exception failure)
            {
                Log.RoomSilent(_services.Logger, failure, RoomId);
                if (time.GetElapsedTime(answered).TotalSeconds > options.LeaseSeconds) { End(BroadcastEnd.Revoked); }
            }

            if (EndedBecause is null)
            {
                try { await _wake.Reader.ReadAsync(Ended); }
                catch (OperationCanceledException) { }
            }
        }

        await GiveBackAsync();
    }

    private async Task GiveBackAsync()
    {
        // After a revocation there is nothing to give back: the room, or another publisher, has it already.
        if (EndedBecause == BroadcastEnd.Revoked) { return; }
        try
        {
            await _services.Desk.CloseAsync(RoomId, StreamId).AsTask().WaitAsync(TimeSpan.FromSeconds(_services.Options.LeaseSeconds), _services.Time);
        }
        catch (Exception failure)
        {
            // The room takes the right back by itself when reports stay away.
            Log.RoomSilent(_services.Logger, failure, RoomId);
        }
    }

    /// <summary>A publisher's place in a broadcast.</summary>
    internal sealed class Seat
    {
        private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends when another publisher took it or the broadcast is over.</summary>
        public Task Lost => _lost.Task;

        public void Lose() => _lost.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3201, Level = LogLevel.Information, Message = "Stream {StreamId} of room {RoomId} is live with {Codecs}")]
        public static partial void Live(ILogger logger, string streamId, string roomId, string codecs);

        [LoggerMessage(EventId = 3202, Level = LogLevel.Information, Message = "Stream {StreamId} lost its publisher and waits for it")]
        public static partial void Interrupted(ILogger logger, string streamId);

        [LoggerMessage(EventId = 3203, Level = LogLevel.Information, Message = "Stream {StreamId} of room {RoomId} is over: {Because}")]
        public static partial void Over(ILogger logger, string streamId, string roomId, BroadcastEnd because);

        [LoggerMessage(EventId = 3204, Level = LogLevel.Warning, Message = "Room {RoomId} did not answer a report of its stream")]
        public static partial void RoomSilent(ILogger logger, Exception failure, string roomId);
    }
}

/// <summary>What every broadcast uses.</summary>
internal sealed record BroadcastServices(
    VideoOptions Options, TimeProvider Time, IStreamDesk Desk, Thumbnailer Thumbnails, ILogger<Broadcast> Logger);
