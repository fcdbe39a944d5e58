using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Publishing;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>Looks at one encoder while one FFmpeg fetches from it: whether it is there, what and how much it sends; tells how it goes.</summary>
/// <param name="look">The stream as nginx sees it now; null: it is not there, or nginx does not answer.</param>
internal sealed partial class RtmpWatch(
    PublishServices services, Broadcast broadcast, BroadcastEncoder encoder, RtmpSink sink, bool copies, Func<Task<RtmpStream?>> look)
{
    private static readonly TimeSpan LookAtStart = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookLater = TimeSpan.FromSeconds(1);

    /// <summary>How long a track may announce itself after the other: a stream without sound is one that still has none then.</summary>
    private static readonly TimeSpan SecondTrack = TimeSpan.FromSeconds(1.5);

    /// <summary>Looks without the stream after which the encoder is taken for gone.</summary>
    private const int MissesMax = 3;

    private readonly ByteRate _rate = new(services.Options.PublishBytesPerSecond, services.Options.PublishBurstBytes, services.Time);
    private readonly RtmpHealth _health = new(broadcast, services.Desk, services.Logger);
    private TimeSpan? _firstTrackAt;
    private long? _bytesSeen;
    private int _misses;

    /// <summary>What the encoder really sends, when it is not what FFmpeg was started for.</summary>
    public SourceFormat? Better { get; private set; }

    /// <summary>Whether the encoder has said what it sends.</summary>
    public bool KnowsEnough { get; private set; }

    private VideoOptions Options => services.Options;

    /// <summary>Looks until something is wrong.</summary>
    /// <param name="guess">What FFmpeg was started for before the encoder said what it sends; null: it is known.</param>
    /// <param name="joined">Called when FFmpeg listens.</param>
    public async Task<Goodbye> RunAsync(SourceFormat? guess, Action joined, CancellationToken stop)
    {
        var began = services.Time.GetTimestamp();
        try
        {
            using var timer = new PeriodicTimer(guess is null ? LookLater : LookAtStart, services.Time);
            while (await timer.WaitForNextTickAsync(stop))
            {
                var stream = await look();
                if (stream is { Players: > 0 }) { joined(); }
                if (stream is not { IsPublished: true }) { stream = null; }
                var waited = services.Time.GetElapsedTime(began);
                if (guess is not null)
                {
                    if (!Knows(stream, waited))
                    {
                        if (waited.TotalSeconds > Options.Rtmp.StartSeconds) { return NothingCame(stream); }
                        continue;
                    }

                    if (Check(stream!, guess) is { } refused) { return refused; }
                    guess = null;
                    KnowsEnough = true;
                    timer.Period = LookLater;
                    began = services.Time.GetTimestamp();
                    Log.Came(services.Logger, broadcast.StreamId, stream!.Picture?.Codec ?? "no picture", stream.Sound?.Codec ?? "no sound", copies, encoder.ProcessId);
                }
                else if (!encoder.HasOutput && waited.TotalSeconds > Options.EncoderStartSeconds)
                {
                    return Goodbye.Of(new Refusal(RefusalCode.EncoderFailed, "The server's encoder gives no picture for your stream."));
                }

                if (await AttendAsync(stream) is { } goodbye) { return goodbye; }
            }
        }
        catch (OperationCanceledException)
        {
            // Another has the verdict.
        }

        return Goodbye.Lost;
    }

    /// <summary>FFmpeg has ended early: waits until the encoder has said what it sends, for a bounded time.</summary>
    /// <returns>Null: it has said nothing.</returns>
    public async Task<SourceFormat?> LearnAsync()
    {
        var began = services.Time.GetTimestamp();
        using var timer = new PeriodicTimer(LookAtStart, services.Time);
        while (true)
        {
            var stream = await look();
            var waited = services.Time.GetElapsedTime(began);
            if (stream is not null && (RtmpSource.IsComplete(stream) || waited > SecondTrack))
            {
                return stream is { Picture: null, Sound: null } ? null : RtmpSource.FormatOf(stream);
            }

            if (waited > SecondTrack) { return null; }
            await timer.WaitForNextTickAsync();
        }
    }

    private bool Knows(RtmpStream? stream, TimeSpan waited)
    {
        if (stream is null or { Picture: null, Sound: null }) { return false; }

        _firstTrackAt ??= waited;
        return RtmpSource.IsComplete(stream) || waited - _firstTrackAt > SecondTrack;
    }

    private Goodbye NothingCame(RtmpStream? stream) => stream is null
        ? Goodbye.Lost
        : Goodbye.Of(new Refusal(RefusalCode.MediaUnsupported, $"No picture and no sound came within {Options.Rtmp.StartSeconds:0} s. Send H.264 and AAC."));

    /// <summary>The encoder has said what it sends. Null: FFmpeg does the right thing already.</summary>
    private Goodbye? Check(RtmpStream stream, SourceFormat guess)
    {
        // nginx holds sound back until a picture has come: FFmpeg would otherwise find sound alone, and begin without a picture.
        if (stream.Picture is null)
        {
            return Goodbye.Of(new Refusal(RefusalCode.MediaUnsupported, "Only sound came. Send a picture with it, if only a still one."));
        }

        if (stream.Picture is { } picture && (long)picture.Width * picture.Height > Options.RecordingPixelsMax)
        {
            return Goodbye.Of(new Refusal(
                RefusalCode.MediaUnsupported, $"A picture of {picture.Width} × {picture.Height} is too large. Send at most 3840 × 2160."));
        }

        var format = RtmpSource.FormatOf(stream);
        if (format with { ShortSide = guess.ShortSide, Reorders = guess.Reorders } == guess && format.ShortSide <= Options.CopyShortSideMax) { return null; }

        Better = format;
        return Goodbye.Lost;
    }

    private async Task<Goodbye?> AttendAsync(RtmpStream? stream)
    {
        if (stream is null) { return ++_misses == MissesMax ? Goodbye.Lost : null; }

        _misses = 0;
        var came = stream.BytesIn - (_bytesSeen ?? stream.BytesIn);
        _bytesSeen = stream.BytesIn;
        if (!_rate.TryTake((int)Math.Clamp(came, 0, int.MaxValue)))
        {
            return Goodbye.Of(new Refusal(
                RefusalCode.MediaTooFast, $"More than {Options.PublishBytesPerSecond / 125} kbit/s came in for too long. Lower the bit rate of your encoder."));
        }

        await _health.TellAsync(stream, came, sink.Position, copies, encoder.Report().Rungs, services.Time);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3611, Level = LogLevel.Information, Message = "Stream {StreamId} comes over RTMP with {Video} and {Audio}; copied: {Copied}; FFmpeg is process {ProcessId}")]
        public static partial void Came(ILogger logger, string streamId, string video, string audio, bool copied, int processId);
    }
}
