using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Media;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>
/// One broadcast as this gateway carries it, from the first publisher's connection to some time after its end: its rungs, its
/// phase, and the reports to its room. Publishers and encoders come and go within it.
/// </summary>
internal sealed partial class Broadcast : IDisposable
{
    private readonly Lock _lock = new();
    private readonly BroadcastServices _services;
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private StreamPhase _phase = StreamPhase.Starting;
    private Seat? _seat;
    private Seat? _runSeat;
    private long _interruptedAt;
    private long _runBegan;
    private long? _thumbnailAt;
    private byte[]? _thumbnail;
    private volatile bool _thumbnailAsked;

    public Broadcast(string roomId, string streamId, long? continuesAt, BroadcastServices services)
    {
        RoomId = roomId;
        StreamId = streamId;
        Ended = _ended.Token;
        _services = services;
        _continuesAt = continuesAt;
        _around = new RungSurroundings(_lock, new WaitingPlaces(services.Options.WaitingRequestsMax), services, ReportsFor);
        _rungs = [NewRung(Rung.SourceName, leader: null)];
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

    /// <summary>The newest thumbnail, JPEG; null before the first. Whoever asks has the next one made soon.</summary>
    public byte[]? Thumbnail
    {
        get
        {
            _thumbnailAsked = true;
            return Volatile.Read(ref _thumbnail);
        }
    }

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
            if (_phase == StreamPhase.Interrupted && !HasMedia) { _phase = StreamPhase.Starting; }
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
            EndRuns();
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
    /// <param name="rung"><see cref="Rung.SourceName"/>, or another that appears with its first unit.</param>
    /// <param name="recordedAt">When the recording began.</param>
    /// <returns>Why the encoder must end; for a lower rung: why this rung must.</returns>
    public Refusal? Take(Seat seat, string rung, MediaUnit unit, DateTimeOffset recordedAt)
    {
        Segment? made = null;
        InitSegment? init = null;
        lock (_lock)
        {
            if (_seat != seat || EndedBecause is not null) { return new Refusal(RefusalCode.StreamNotLive, "This broadcast is over."); }

            // A publisher that took another's place begins anew in every rung.
            if (_runSeat != seat) { EndRuns(); }
            _runSeat = seat;

            if (RungFor(rung, unit) is not { } taker) { return new Refusal(RefusalCode.NotFound, $"This broadcast does not carry {rung}."); }
            var leads = taker == Source;
            if (unit is InitSegment header)
            {
                if (leads) { _runBegan = _services.Time.GetTimestamp(); }
                taker.BeginRun(header, recordedAt);
                return null;
            }

            made = taker.Add((Fragment)unit, out var problem);
            if (problem is not null) { return leads ? Problem(problem) : new Refusal(RefusalCode.EncoderFailed, problem.Message); }
            if (!leads) { return null; }
            for (var i = 1; i < _rungs.Length; i++) { _rungs[i].Follow(); }

            var ahead = taker.RunPosition - _services.Time.GetElapsedTime(_runBegan);
            if (ahead.TotalSeconds > _services.Options.AheadSecondsMax)
            {
                return new Refusal(
                    RefusalCode.MediaTooFast,
                    $"The recording is {ahead.TotalSeconds:0} s ahead of real time. Send it as it is recorded, not faster.");
            }

            // Live with the first part: instant viewers see it, and players of HLS are answered when its segment is whole.
            var view = taker.View;
            var begins = _phase != StreamPhase.Live && (made is not null || view.Open is { Parts.Count: > 0 });
            if (made is null && !begins) { return null; }

            init = view.Inits[made?.InitNumber ?? view.Open!.InitNumber];
            if (made is not null) { EncoderFailures = 0; }
            if (begins)
            {
                _phase = StreamPhase.Live;
                Log.Live(_services.Logger, StreamId, RoomId, init.Codecs);
            }
        }

        Wake();
        if (made is not null) { OfferThumbnail(init, made); }
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

            // Its players wait for the server that goes on with it: one that reads an end never asks again.
            var goesOn = because == BroadcastEnd.ShuttingDown && HasMedia;
            foreach (var rung in _rungs) { rung.End(goesOn); }
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
        if (_thumbnailAt is { } last)
        {
            // Starting an FFmpeg costs more than copying a second of picture: without anybody who looks it is seldom worth it.
            var patience = _thumbnailAsked ? _services.Options.ThumbnailSeconds : Math.Max(_services.Options.ThumbnailSeconds, _services.Options.ThumbnailUnaskedSeconds);
            if (time.GetElapsedTime(last).TotalSeconds < patience) { return; }
        }

        if (_services.Thumbnails.TryStart(init, segment, jpeg => Volatile.Write(ref _thumbnail, jpeg.ToArray()), Ended))
        {
            _thumbnailAt = time.GetTimestamp();
            _thumbnailAsked = false;
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

        [LoggerMessage(EventId = 3205, Level = LogLevel.Information, Message = "Stream {StreamId} carries {Rung} no more")]
        public static partial void Dropped(ILogger logger, string streamId, string rung);
    }
}
