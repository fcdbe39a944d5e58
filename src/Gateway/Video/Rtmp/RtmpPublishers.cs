using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Publishing;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>A connection to nginx.</summary>
/// <param name="Id">Its number there; unique within one life of nginx.</param>
/// <param name="Address">The encoder's IP address.</param>
internal sealed record RtmpClient(string Id, string Address);

/// <summary>
/// Decides which encoder may publish, and under which name: a random one of our own, so that the key that it came with is never the
/// name of a stream. Owns the sessions of those that publish.
/// </summary>
internal sealed partial class RtmpPublishers(PublishServices services, ILogger<RtmpPublishers> logger)
{
    /// <summary>Encoders that ask at once; one more is refused and comes again by itself.</summary>
    private const int AskingMax = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<(NginxRun Run, string Client), Publisher> _publishers = [];
    private int _asking;

    /// <summary>Sessions that run.</summary>
    public int Count
    {
        get
        {
            lock (_lock) { return _publishers.Count; }
        }
    }

    /// <summary>Asks the room that the key names.</summary>
    /// <param name="key">What the encoder calls its stream.</param>
    /// <returns>The name that its stream gets; null: it may not publish.</returns>
    public async Task<string?> AskAsync(NginxRun run, RtmpClient client, string key)
    {
        if (Interlocked.Increment(ref _asking) > AskingMax)
        {
            Interlocked.Decrement(ref _asking);
            Log.Busy(logger, client.Address);
            return null;
        }

        try
        {
            var (session, refusal) = await OpenAsync(run, client, key);
            if (session is not null) { await session.JoinedAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); }
            if (refusal is not null)
            {
                var roomId = StreamKey.RoomOf(key) ?? "none";
                Log.Refused(logger, client.Address, roomId, refusal.Name, refusal.Message);
            }

            return session?.Name;
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
        }
    }

    /// <summary>A connection has stopped publishing, or ended.</summary>
    public void Done(NginxRun run, string client)
    {
        Publisher? publisher;
        lock (_lock) { publisher = _publishers.GetValueOrDefault((run, client)); }
        publisher?.Gone.TrySetResult();
    }

    /// <summary>Ends when no session runs any more.</summary>
    public Task AllEndedAsync()
    {
        lock (_lock) { return Task.WhenAll(_publishers.Values.Select(publisher => publisher.Session)); }
    }

    private async Task<(RtmpSession? Session, Refusal? Refusal)> OpenAsync(NginxRun run, RtmpClient client, string key)
    {
        if (StreamKey.RoomOf(key) is not { } roomId)
        {
            return (null, new Refusal(RefusalCode.StreamKeyWrong, "This is not a stream key of this server. Copy the newest one from the studio."));
        }

        if (await services.EncoderCheck.CheckAsync(CancellationToken.None) is { } missing) { return (null, missing); }

        using var place = services.Broadcasts.Reserve(roomId);
        if (place is null) { return (null, new Refusal(RefusalCode.TooManyStreams, "This server carries as many broadcasts as it can. Try again in a few minutes.")); }

        // An encoder that hangs up while its room is asked is heard of before the room has answered.
        var publisher = new Publisher();
        lock (_lock)
        {
            if (!_publishers.TryAdd((run, client.Id), publisher))
            {
                return (null, new Refusal(RefusalCode.AlreadyPublishing, "One connection publishes one stream."));
            }
        }

        RtmpSession? session = null;
        try
        {
            var lease = await services.Desk.OpenAsync(roomId, new PublishRequest(null, key, services.Gateway.Id, TakeOver: false) { PlaceId = services.PlaceId });
            if (!lease.Ok) { return (null, lease.Refusal); }

            var broadcast = services.Broadcasts.Take(roomId, lease.Value);
            if (broadcast?.Sit() is not { } seat) { return (null, new Refusal(RefusalCode.Unavailable, "This server is stopping. Try again in a moment.")); }

            session = new RtmpSession(services, run, broadcast, seat, publisher.Gone.Task);
            Log.Admitted(logger, client.Address, roomId, lease.Value.StreamId, lease.Value.Resumed);
            return (session, null);
        }
        finally
        {
            _ = RunAsync((run, client.Id), publisher, session);
        }
    }

    private async Task RunAsync((NginxRun, string) id, Publisher publisher, RtmpSession? session)
    {
        try
        {
            if (session is not null) { await session.RunAsync(); }
        }
        finally
        {
            lock (_lock) { _publishers.Remove(id); }
            publisher.Ended.SetResult();
        }
    }

    /// <summary>A connection that asked to publish.</summary>
    private sealed class Publisher
    {
        public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Session => Ended.Task;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3601, Level = LogLevel.Information, Message = "Encoder at {Address} was refused for room {RoomId}: {Refusal} ({Reason})")]
        public static partial void Refused(ILogger logger, string address, string roomId, string refusal, string reason);

        [LoggerMessage(EventId = 3602, Level = LogLevel.Information, Message = "Encoder at {Address} publishes in room {RoomId} as stream {StreamId}; resumed: {Resumed}")]
        public static partial void Admitted(ILogger logger, string address, string roomId, string streamId, bool resumed);

        [LoggerMessage(EventId = 3603, Level = LogLevel.Warning, Message = "Encoder at {Address} was refused: too many ask at once")]
        public static partial void Busy(ILogger logger, string address);
    }
}
