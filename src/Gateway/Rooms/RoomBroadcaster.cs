using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// One room on this gateway: one subscription to its owner, and every viewer's place in the feed. Each viewer gets a snapshot or what
/// it missed, then every batch once and in order, whatever happens at the same time: every step is taken under one lock, and each
/// viewer's position says what it may get next.
/// </summary>
internal sealed partial class RoomBroadcaster : IRoomObserver, IThreadPoolWorkItem
{
    private static readonly Refusal Unavailable =
        new(RefusalCode.Unavailable, "The room does not answer at the moment. Try again in a second.") { RetryAfterMs = 1_000 };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Viewer> _viewers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset?> _banned = new(StringComparer.Ordinal);
    private readonly List<RoomBatch> _early = [];
    private readonly IRoomGrain _room;
    private readonly IRoomObserver _self;
    private readonly string _gatewayId;
    private readonly FanOutOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FrameRing _ring;

    private RoomPosition? _head;
    private Viewer[]? _all;
    private bool _subscribed;
    private bool _collecting;
    private bool _closed;
    private int _joining;
    private int _likes;
    private long _emptySince;
    private (RoomPosition Position, WireMessage Message, long TakenAt)? _snapshot;
    private StreamInfo _stream = StreamInfo.Offline;
    private long _audience;
    private bool _isPrivate;
    private int _proving;

    public RoomBroadcaster(
        string roomId, IGrainFactory grains, GatewayIdentity gateway, FanOutOptions options, TimeProvider time, ILogger logger)
    {
        RoomId = roomId;
        _room = grains.GetGrain<IRoomGrain>(roomId);
        _self = grains.CreateObjectReference<IRoomObserver>(this);
        _gatewayId = gateway.Id;
        _options = options;
        _time = time;
        _logger = logger;
        _ring = new FrameRing(options.RingFramesMax, TimeSpan.FromSeconds(options.RingSeconds), time);
        _emptySince = time.GetTimestamp();
    }

    public string RoomId { get; }

    /// <summary>One subscription is asked for at a time.</summary>
    private SemaphoreSlim Subscribing { get; } = new(1, 1);

    /// <summary>One snapshot is fetched at a time.</summary>
    private SemaphoreSlim Fetching { get; } = new(1, 1);

    /// <summary>The stream that viewers can watch now; null when there is none.</summary>
    public string? LiveStreamId => Volatile.Read(ref _stream) is { Phase: StreamPhase.Live or StreamPhase.Interrupted } stream ? stream.StreamId : null;

    /// <summary>Brings a viewer into the room.</summary>
    /// <param name="viewer">Gets its snapshot or replay before this completes.</param>
    /// <param name="since">The last position it has seen.</param>
    /// <returns>What it may here, or why it is not in. <see cref="Closed"/> means: ask for a new broadcaster.</returns>
    public async Task<Result<RoomStanding>> JoinAsync(Viewer viewer, RoomPosition? since)
    {
        lock (_gate)
        {
            if (_closed) { return Closed; }
            _joining++;
        }

        try
        {
            if (await SubscribeAsync() is { } notSubscribed) { return notSubscribed; }

            var standing = await EnterAsync(viewer);
            if (!standing.Ok) { return standing.Refusal; }

            if (await GiveStartAsync(viewer, since) is not { } notStarted) { return standing; }
            Leave(viewer);
            return notStarted;
        }
        catch
        {
            Leave(viewer);
            throw;
        }
        finally
        {
            lock (_gate) { _joining--; }
        }
    }

    private async Task<Result<RoomStanding>> EnterAsync(Viewer viewer)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            long asked;
            lock (_gate) { asked = _audience; }

            // Asked after the subscription: a ban from here on comes with the feed, and so does that the room was closed.
            var standing = await _room.GetStanding(viewer.AccountId, viewer.Moderates);
            if (!standing.Ok) { return standing.Refusal; }
            lock (_gate)
            {
                if (IsBannedHere(viewer)) { return BannedHere; }
                if (asked != _audience) { continue; }
                (viewer.Position, viewer.ResumesAt, viewer.IsUnproven) = (null, null, false);
                viewer.Turn = _newestTurn = (_newestTurn + 1) % RoomLimits.CrowdTurns;
                _viewers[viewer.ConnectionId] = viewer;
                ForgetLists();
                return standing;
            }
        }

        return Unavailable;
    }

    /// <summary>Answered by a broadcaster that has just been given up.</summary>
    public static Refusal Closed { get; } = new(RefusalCode.Unavailable, "The room is being opened again.");

    /// <summary>Takes a viewer out.</summary>
    public void Leave(Viewer viewer)
    {
        lock (_gate)
        {
            if (!_viewers.Remove(viewer.ConnectionId)) { return; }
            ForgetLists();
            (viewer.Position, viewer.ResumesAt, viewer.IsUnproven) = (null, null, false);
            if (_viewers.Count == 0) { _emptySince = _time.GetTimestamp(); }
        }

        viewer.Outbox.Drop();
        viewer.Watch.Reset();
    }

    /// <summary>A viewer that was behind has written all it had: it continues from a snapshot.</summary>
    public void CatchUp(Viewer viewer) => _ = CatchUpAsync(viewer);

    /// <summary>Once a second: tells the owner how many are here, renews the subscription.</summary>
    /// <returns>False when the room has been empty for long and was given up.</returns>
    public async Task<bool> TickAsync()
    {
        Viewer[] viewers;
        lock (_gate)
        {
            // A room that never answered, for it may not exist, is not asked again and again for one who named it once.
            var lingersFor = _head is null ? TimeSpan.Zero : TimeSpan.FromSeconds(_options.LingerSeconds);
            if (_viewers.Count == 0 && _joining == 0 && _time.GetElapsedTime(_emptySince) >= lingersFor) { _closed = true; }
            viewers = All();
        }

        if (_closed)
        {
            if (_head is not null) { await _room.Unsubscribe(_gatewayId); }
            return false;
        }

        // One person with three tabs is one who watches.
        var watching = viewers.Where(viewer => viewer.Watch.IsWatching)
            .Select(viewer => viewer.AccountId ?? viewer.ConnectionId).Distinct(StringComparer.Ordinal).Count();
        if (!await _room.Report(_gatewayId, watching, viewers.Length))
        {
            lock (_gate) { _subscribed = false; }
        }

        await SubscribeAsync();
        if (viewers.Any(viewer => viewer.IsUnproven)) { _ = ProveAsync(); }
        await PassLikesAsync();
        return true;
    }

    /// <summary>Likes of a viewer; the owner is told with the next tick.</summary>
    public void Like(int count) => Interlocked.Add(ref _likes, count);

    private async Task PassLikesAsync()
    {
        // Lost with a call that fails: likes are no money.
        if (Interlocked.Exchange(ref _likes, 0) is > 0 and var likes) { await _room.Like(likes); }
    }

    /// <summary>How many are here.</summary>
    public int ViewerCount
    {
        get
        {
            lock (_gate) { return _viewers.Count; }
        }
    }

    private static Refusal BannedHere { get; } =
        new(RefusalCode.Banned, "You are banned from this room. Its moderators can let you in again.");

    private Viewer[] All() => _all ??= [.. _viewers.Values];

    private bool IsBannedHere(Viewer viewer) =>
        viewer.AccountId is { } accountId && _banned.TryGetValue(accountId, out var until) && (until is null || until > _time.GetUtcNow());
}
