using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Matroska;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Publishing;

/// <summary>What every publisher's session uses.</summary>
internal sealed class PublishServices(
    IOptions<VideoOptions> options,
    TimeProvider time,
    IStreamDesk desk,
    Broadcasts broadcasts,
    IEncoderCheck encoderCheck,
    EncoderServices encoders,
    RecordingHome recordings,
    GatewayIdentity gateway,
    ILogger<PublishSession> logger)
{
    public VideoOptions Options => options.Value;

    public TimeProvider Time => time;

    public IStreamDesk Desk => desk;

    public Broadcasts Broadcasts => broadcasts;

    public IEncoderCheck EncoderCheck => encoderCheck;

    public EncoderServices Encoders => encoders;

    public EncoderProcesses Processes => encoders.Processes;

    public GatewayIdentity Gateway => gateway;

    /// <summary>Where this gateway records; null: it does not.</summary>
    public string? PlaceId => recordings.Store?.PlaceId;

    public ILogger Logger => logger;
}

/// <summary>
/// One connection of one publisher: hello, the right to publish, then slices into an encoder of its own until somebody ends it.
/// A publisher that returns gets a new session, with a new recording and a new encoder, in the same broadcast.
/// </summary>
internal sealed partial class PublishSession(PublishServices services, PublishSocket socket, string roomId, Caller? caller)
{
    private VideoOptions Options => services.Options;

    /// <summary>Serves the connection to its end and closes it.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        Goodbye goodbye;
        try
        {
            goodbye = await ServeAsync(aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            goodbye = Goodbye.Lost;
        }
        catch (Exception failure)
        {
            Log.Failed(services.Logger, failure, roomId);
            goodbye = Goodbye.Of(new Refusal(RefusalCode.Unavailable, "The server could not answer. Try again in a moment.") { RetryAfterMs = 2000 });
        }

        if (goodbye == Goodbye.Lost) { return; }
        if (goodbye.Refusal is { } refusal)
        {
            Log.Refused(services.Logger, roomId, refusal.Name, goodbye.CloseCode);
            await socket.SendAsync(PublishMessages.Refused(refusal));
        }

        await socket.CloseAsync(goodbye.CloseCode, goodbye.Refusal?.Name ?? "");
    }

    private async Task<Goodbye> ServeAsync(CancellationToken aborted)
    {
        var (hello, refused) = await HelloAsync(aborted);
        if (hello is null) { return refused!; }
        if (caller is null && hello.Key is null)
        {
            return Goodbye.Of(new Refusal(RefusalCode.SignInRequired, "Sign in as the room's owner, or publish with the room's stream key."));
        }

        if (await services.EncoderCheck.CheckAsync(aborted) is { } missing) { return Goodbye.Of(missing); }

        using var place = services.Broadcasts.Reserve(roomId);
        if (place is null)
        {
            return Goodbye.Of(new Refusal(RefusalCode.TooManyStreams, "This server carries as many broadcasts as it can. Try again in a few minutes.")
            {
                RetryAfterMs = 60_000,
            });
        }

        var lease = await services.Desk.OpenAsync(roomId, new PublishRequest(caller, hello.Key, services.Gateway.Id, hello.TakeOver) 
        {
            Continues = hello.Continues, PlaceId = services.PlaceId,
        });
        if (!lease.Ok) { return Goodbye.Of(lease.Refusal); }

        var broadcast = services.Broadcasts.Take(roomId, lease.Value);
        place.Dispose();
        if (broadcast?.Sit() is not { } seat) { return Goodbye.Retry(new Refusal(RefusalCode.Unavailable, "This server is stopping. Try again in a moment.")); }

        var goodbye = Goodbye.Lost;
        try
        {
            goodbye = await socket.SendAsync(PublishMessages.Ready(lease.Value.StreamId, lease.Value.Resumed))
                ? await StreamAsync(broadcast, seat, aborted)
                : Goodbye.Lost;
        }
        finally
        {
            broadcast.Leave(seat, EndOf(broadcast, goodbye));
        }

        return goodbye;
    }

    /// <summary>Whether the broadcast is over with this connection; null: it waits for the publisher.</summary>
    private static BroadcastEnd? EndOf(Broadcast broadcast, Goodbye goodbye)
    {
        if (goodbye == Goodbye.Over) { return BroadcastEnd.Finished; }

        // A 44xx is final for this recording; if viewers never saw anything there is nothing to wait for.
        return goodbye.Refusal is { } refusal && goodbye.CloseCode < 4500 && (!broadcast.HasMedia || refusal.Code == RefusalCode.EncoderFailed)
            ? BroadcastEnd.EncoderFailed
            : null;
    }

    private async Task<(PublishHello? Hello, Goodbye? Refused)> HelloAsync(CancellationToken aborted)
    {
        try
        {
            var incoming = await socket.ReceiveAsync(TimeSpan.FromSeconds(Options.HelloSeconds), aborted);
            return incoming.Kind switch
            {
                IncomingKind.Gone => (null, Goodbye.Lost),
                IncomingKind.Text when PublishHello.Parse(incoming.Bytes.Span) is { } hello => (hello, null),
                _ => (null, Goodbye.Of(new Refusal(RefusalCode.Malformed, "The first message must be a hello as JSON text."))),
            };
        }
        catch (TimeoutException)
        {
            return (null, Goodbye.Of(new Refusal(RefusalCode.Malformed, $"No hello within {Options.HelloSeconds:0} s.")));
        }
    }

    private async Task<Goodbye> StreamAsync(Broadcast broadcast, Broadcast.Seat seat, CancellationToken aborted)
    {
        var intake = new SliceIntake(socket, Options, services.Time);
        var (header, refused) = await HeaderAsync(intake, seat, aborted);
        if (header is null) { return refused!; }

        var target = new EncoderTarget(broadcast, seat, () => intake.RecordedAt, message => _ = socket.SendAsync(PublishMessages.Notice(message)));
        var encoder = BroadcastEncoder.Start(new EncoderInput.Recording(header), target, services.Encoders);
        if (encoder is null) { return Goodbye.Of(new Refusal(RefusalCode.EncoderMissing, $"FFmpeg is gone. The operator installs it with: {EncoderCheck.InstallCommand}")); }

        Log.Started(services.Logger, broadcast.StreamId, header.VideoCodec ?? "no picture", header.AudioCodec ?? "no sound", encoder.Copies, encoder.ProcessId);
        await using var owned = encoder;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        Task<Goodbye>[] watching =
        [
            FeedAsync(intake, encoder, stop.Token),
            HealthAsync(broadcast, intake, encoder, stop.Token),
            EncoderEndsAsync(encoder, broadcast, seat),
            SeatIsLostAsync(broadcast, seat),
        ];

        // Only the first verdict counts: ending one makes the others end too.
        var goodbye = await await Task.WhenAny(watching);
        await stop.CancelAsync();
        await watching[0];
        await watching[1];

        // What FFmpeg still holds belongs to the broadcast when the publisher ended well or broke off.
        if (goodbye.Refusal is null) { await encoder.FinishAsync(); }
        return goodbye;
    }

    /// <summary>The first slices, until the recording's header is whole; they wait in the intake for the encoder.</summary>
    private async Task<(RecorderHeader? Header, Goodbye? Refused)> HeaderAsync(SliceIntake intake, Broadcast.Seat seat, CancellationToken aborted)
    {
        while (true)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            var next = intake.NextAsync(stop.Token);
            if (await Task.WhenAny(next, seat.Lost) == seat.Lost)
            {
                await stop.CancelAsync();
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return (null, Goodbye.Of(NotYours()));
            }

            if (await next is { } goodbye) { return (null, goodbye); }
            switch (RecorderHeaderReader.Read(intake.Beginning, out var header, out var problem))
            {
                case HeaderVerdict.Read when (long)header!.Width * header.Height > Options.RecordingPixelsMax:
                    return (null, Goodbye.Of(new Refusal(
                        RefusalCode.MediaUnsupported, $"A picture of {header.Width} × {header.Height} is too large. Record at most 3840 × 2160.")));
                case HeaderVerdict.Read:
                    return (header, null);
                case HeaderVerdict.Refused:
                    return (null, Goodbye.Of(new Refusal(
                        RefusalCode.MediaUnsupported, $"{problem!.Message} Record with MediaRecorder as WebM or Matroska.")));
                default:
                    break;
            }
        }
    }

    private static async Task<Goodbye> FeedAsync(SliceIntake intake, BroadcastEncoder encoder, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                while (intake.TryDequeue(out var slice))
                {
                    if (!encoder.TryWrite(slice))
                    {
                        return Goodbye.Retry(new Refusal(
                            RefusalCode.MediaTooFast, "This server can't keep up with your recording. Lower its quality and go live again.")
                        { RetryAfterMs = 2000 });
                    }
                }

                if (await intake.NextAsync(stop) is { } goodbye) { return goodbye; }
            }
        }
        catch (OperationCanceledException)
        {
            return Goodbye.Lost;
        }
    }

    /// <summary>Tells the publisher once a second how it goes.</summary>
    private async Task<Goodbye> HealthAsync(Broadcast broadcast, SliceIntake intake, BroadcastEncoder encoder, CancellationToken stop)
    {
        try
        {
            if (!encoder.Copies && !await socket.SendAsync(PublishMessages.Notice("The server encodes your picture anew, because its format does not play everywhere.")))
            {
                return Goodbye.Lost;
            }

            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), services.Time);
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (!await socket.SendAsync(PublishMessages.Health(broadcast.Phase, intake.Bytes, intake.Ms, intake.Lost, encoder.Report()))) { return Goodbye.Lost; }
            }
        }
        catch (OperationCanceledException)
        {
            // Another has the verdict.
        }

        return Goodbye.Lost;
    }

    private static async Task<Goodbye> EncoderEndsAsync(BroadcastEncoder encoder, Broadcast broadcast, Broadcast.Seat seat)
    {
        var end = await encoder.Completion;
        return end.Refusal switch
        {
            null => Goodbye.Over,

            // The encoder noticed first that the place is gone; why it is gone says the broadcast.
            { Code: RefusalCode.StreamNotLive } => await SeatIsLostAsync(broadcast, seat),
            _ when end.IsFinal => new Goodbye(
                4424, new Refusal(RefusalCode.EncoderFailed, "The encoder failed several times in a row with your recording. Check the camera, or use another browser.")),
            { } refusal => Goodbye.Of(refusal),
        };
    }

    private static async Task<Goodbye> SeatIsLostAsync(Broadcast broadcast, Broadcast.Seat seat)
    {
        await seat.Lost;
        return broadcast.EndedBecause == BroadcastEnd.ShuttingDown
            ? Goodbye.Retry(new Refusal(RefusalCode.Unavailable, "This server is restarting. Your broadcast can go on in a moment.") { RetryAfterMs = 2000 })
            : Goodbye.Of(NotYours());
    }

    private static Refusal NotYours() =>
        new(RefusalCode.StreamNotLive, "Your broadcast was ended: by a moderator, or because it went live from another place.");

    private static partial class Log
    {
        [LoggerMessage(EventId = 3011, Level = LogLevel.Information, Message = "Publisher of room {RoomId} was refused: {Refusal} (close {CloseCode})")]
        public static partial void Refused(ILogger logger, string roomId, string refusal, int closeCode);

        [LoggerMessage(EventId = 3012, Level = LogLevel.Error, Message = "Serving the publisher of room {RoomId} failed")]
        public static partial void Failed(ILogger logger, Exception failure, string roomId);

        [LoggerMessage(EventId = 3013, Level = LogLevel.Information, Message = "Stream {StreamId} records {Video} with {Audio}; copied: {Copied}; FFmpeg is process {ProcessId}")]
        public static partial void Started(ILogger logger, string streamId, string video, string audio, bool copied, int processId);
    }
}
