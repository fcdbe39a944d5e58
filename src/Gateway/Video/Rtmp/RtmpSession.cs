using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Gateway.Video.Publishing;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>
/// One encoder that publishes over RTMP: FFmpeg fetches its stream from nginx as long as it is there. The same seat, grace time,
/// limits and end as a browser's session; but the encoder stays connected when FFmpeg
/// fails, so the next FFmpeg begins at once.
/// </summary>
/// <param name="gone">Ends when nginx says that the encoder has stopped.</param>
internal sealed partial class RtmpSession(PublishServices services, NginxRun run, Broadcast broadcast, Broadcast.Seat seat, Task gone)
{
    /// <summary>How long the end of FFmpeg may come before the news that the encoder has left, which is why it ended.</summary>
    private static readonly TimeSpan NewsDelay = TimeSpan.FromSeconds(1);

    /// <summary>How long an encoder is kept waiting for the FFmpeg that fetches from it.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(3);

    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The name of its stream in nginx: random, and never the key.</summary>
    public string Name { get; } = Guid.NewGuid().ToString("N");

    private VideoOptions Options => services.Options;

    /// <summary>Waits, for a bounded time, until FFmpeg listens: what the encoder sends first is a keyframe, and the next may be far.</summary>
    public Task JoinedAsync() => _joined.Task.WaitAsync(JoinPatience, services.Time);

    /// <summary>Serves the encoder to its end. Never fails.</summary>
    public async Task RunAsync()
    {
        var goodbye = Goodbye.Lost;
        try
        {
            goodbye = await ServeAsync();
        }
        catch (Exception failure)
        {
            Log.Failed(services.Logger, failure, broadcast.StreamId);
        }

        _joined.TrySetResult();
        if (goodbye.Refusal is { } refusal)
        {
            Log.SentAway(services.Logger, broadcast.StreamId, refusal.Name, refusal.Message);
            await new RtmpHealth(broadcast, services.Desk, services.Logger).TellLastAsync(refusal.Message);
        }

        broadcast.Leave(seat, EndOf(goodbye));

        // Whatever ended it, its connection ends as well; it may be gone already.
        await run.Control.DropAsync(Name, CancellationToken.None);
    }

    /// <summary>Whether the broadcast is over with this encoder; null: it waits for it.</summary>
    private BroadcastEnd? EndOf(Goodbye goodbye) =>
        goodbye.Refusal is { } refusal && (!broadcast.HasMedia || refusal.Code == RefusalCode.EncoderFailed) ? BroadcastEnd.EncoderFailed : null;

    private async Task<Goodbye> ServeAsync()
    {
        var format = RtmpSource.Likely;
        while (true)
        {
            var known = format != RtmpSource.Likely;
            var (goodbye, better) = await EncodeAsync(format, known);
            if (better is not null) { format = better; }
            else if (goodbye.Refusal?.Code != RefusalCode.EncoderFailed) { return goodbye; }
            else if (!broadcast.CountEncoderFailure())
            {
                return Goodbye.Of(new Refusal(
                    RefusalCode.EncoderFailed, "The server's encoder failed several times in a row with your stream. Send H.264 and AAC, with a keyframe every 2 s."));
            }

            Log.Again(services.Logger, broadcast.StreamId, goodbye.Refusal?.Message ?? "it sends something else than most do");
            broadcast.EndRuns(seat);
        }
    }

    /// <summary>One FFmpeg, until somebody ends it.</summary>
    /// <param name="isKnown">Whether the encoder has said what it sends.</param>
    /// <returns>What the encoder really sends, when another FFmpeg has to begin with that.</returns>
    private async Task<(Goodbye Goodbye, SourceFormat? Better)> EncodeAsync(SourceFormat format, bool isKnown)
    {
        var input = new EncoderInput.Pulled(run.AddressOf(Name), format);
        var copies = EncoderPlan.For(input, Options, broadcast.MayCopy).Copies;
        var sink = new RtmpSink(copies);

        // The first picture of a run passes now, or the moment before. What follows an FFmpeg that ends is decided here.
        var target = new EncoderTarget(broadcast, seat, services.Time.GetUtcNow, static _ => { }, sink.Inspect, GoesOn: false);
        var encoder = BroadcastEncoder.Start(input, target, services.Encoders);
        if (encoder is null)
        {
            return (Goodbye.Of(new Refusal(RefusalCode.EncoderMissing, $"FFmpeg is gone. The operator installs it with: {EncoderCheck.InstallCommand}")), null);
        }

        await using var owned = encoder;
        using var stop = new CancellationTokenSource();
        var watch = new RtmpWatch(services, broadcast, encoder, sink, copies, LookAsync);
        var watching = watch.RunAsync(isKnown ? null : format, () => _joined.TrySetResult(), stop.Token);
        Task<Goodbye>[] verdicts = [watching, EncoderEndsAsync(encoder), SeatIsLostAsync(), IsGoneAsync()];
        var goodbye = await await Task.WhenAny(verdicts);
        await stop.CancelAsync();
        await watching;

        // What FFmpeg still holds belongs to the broadcast when the encoder stopped or broke off.
        if (goodbye.Refusal is null && watch.Better is null)
        {
            var finishing = encoder.FinishAsync();
            await run.Control.DropAsync(Name, CancellationToken.None);
            await finishing;
        }

        if (goodbye.Refusal?.Code != RefusalCode.EncoderFailed) { return (goodbye, watch.Better); }

        // An FFmpeg that was started for the usual and met something else is no failure of the stream.
        if (!isKnown && !watch.KnowsEnough) { return (goodbye, await watch.LearnAsync()); }
        if (copies) { broadcast.MayCopy = false; }
        return (goodbye, null);
    }

    private async Task<RtmpStream?> LookAsync() => (await run.Control.StreamsAsync(CancellationToken.None))?.FirstOrDefault(stream => stream.Name == Name);

    private async Task<Goodbye> EncoderEndsAsync(BroadcastEncoder encoder)
    {
        var end = await encoder.Completion;
        if (end.Refusal is { Code: RefusalCode.StreamNotLive }) { return await SeatIsLostAsync(); }

        // When the encoder leaves, nginx ends FFmpeg's stream first and tells us then.
        if (await Task.WhenAny(IsGoneAsync(), Task.Delay(NewsDelay, services.Time)) is Task<Goodbye> left) { return await left; }
        return end.Refusal is { } refusal
            ? Goodbye.Of(refusal)
            : Goodbye.Of(new Refusal(RefusalCode.EncoderFailed, "The server's encoder lost your stream."));
    }

    private async Task<Goodbye> IsGoneAsync()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = run.Over.Register(over.SetResult);
        await Task.WhenAny(gone, over.Task);
        return Goodbye.Lost;
    }

    private async Task<Goodbye> SeatIsLostAsync()
    {
        await seat.Lost;
        return SeatIsLost();
    }

    private Goodbye SeatIsLost() => broadcast.EndedBecause == BroadcastEnd.ShuttingDown
        ? Goodbye.Lost
        : Goodbye.Of(new Refusal(
            RefusalCode.StreamNotLive, "Your broadcast was ended: by a moderator, by a new stream key, or because it went live from another place."));

    private static partial class Log
    {
        [LoggerMessage(EventId = 3612, Level = LogLevel.Information, Message = "Encoder of stream {StreamId} was sent away: {Refusal} ({Reason})")]
        public static partial void SentAway(ILogger logger, string streamId, string refusal, string reason);

        [LoggerMessage(EventId = 3615, Level = LogLevel.Information, Message = "Stream {StreamId} gets another FFmpeg: {Reason}")]
        public static partial void Again(ILogger logger, string streamId, string reason);

        [LoggerMessage(EventId = 3613, Level = LogLevel.Error, Message = "Serving the encoder of stream {StreamId} failed")]
        public static partial void Failed(ILogger logger, Exception failure, string streamId);
    }
}
