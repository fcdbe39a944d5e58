using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// One room on this gateway: one subscription to its owner, and every viewer's place in the feed. Each viewer gets a snapshot or what
/// it missed, then every batch once and in order, whatever happens at the same time: every step is taken under one lock, and each
/// viewer's position says what it may get next.
/// </summary>
internal sealed partial class RoomBroadcaster : IRoomObserver
{
    /// <summary>Snapshots fetched for one join before the room counts as unavailable: each time the feed has moved on.</summary>
    private const int AttemptsMax = 5;

    /// <summary>Standings asked at a time after the feed had a hole.</summary>
    private const int RechecksAtOnce = 8;

    /// <summary>Bans remembered for those who are just joining; every join asks the owner too.</summary>
    private const int BannedMax = 10_000;

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
    private long _emptySince;
    private (RoomPosition Position, SerializedHubMessage Message, long TakenAt)? _snapshot;
    private StreamInfo _stream = StreamInfo.Offline;

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

            // Asked after the subscription: a ban from here on comes with the feed.
            var standing = await _room.GetStanding(viewer.AccountId);
            if (!standing.Ok) { return standing.Refusal; }
            lock (_gate)
            {
                if (IsBannedHere(viewer)) { return BannedHere; }
                viewer.Position = null;
                _viewers[viewer.ConnectionId] = viewer;
                _all = null;
            }

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

    /// <summary>Answered by a broadcaster that has just been given up.</summary>
    public static Refusal Closed { get; } = new(RefusalCode.Unavailable, "The room is being opened again.");

    /// <summary>Takes a viewer out.</summary>
    public void Leave(Viewer viewer)
    {
        lock (_gate)
        {
            if (!_viewers.Remove(viewer.ConnectionId)) { return; }
            _all = null;
            viewer.Position = null;
            if (_viewers.Count == 0) { _emptySince = _time.GetTimestamp(); }
        }

        viewer.Outbox.Drop();
        viewer.Watch.Reset();
    }

    /// <summary>A viewer that was behind has written all it had: it continues from a snapshot.</summary>
    public void CatchUp(Viewer viewer) => _ = CatchUpAsync(viewer);

    /// <inheritdoc/>
    public ValueTask OnBatch(RoomBatch batch)
    {
        lock (_gate)
        {
            if (_collecting)
            {
                // The answer to Subscribe is on its way, and the feed has overtaken it.
                if (_early.Count < RoomLimits.ReplayBatchesMax) { _early.Add(batch); }
            }
            else if (_subscribed)
            {
                Accept(batch);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Once a second: tells the owner how many are here, renews the subscription.</summary>
    /// <returns>False when the room has been empty for long and was given up.</returns>
    public async Task<bool> TickAsync()
    {
        Viewer[] viewers;
        lock (_gate)
        {
            if (_viewers.Count == 0 && _joining == 0 && _time.GetElapsedTime(_emptySince) >= TimeSpan.FromSeconds(_options.LingerSeconds))
            {
                _closed = true;
            }

            viewers = All();
        }

        if (_closed)
        {
            await _room.Unsubscribe(_gatewayId);
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
        return true;
    }

    /// <summary>How many are here.</summary>
    public int ViewerCount
    {
        get
        {
            lock (_gate) { return _viewers.Count; }
        }
    }

    // ---- the subscription

    private async Task<Refusal?> SubscribeAsync()
    {
        if (Volatile.Read(ref _subscribed)) { return null; }
        await Subscribing.WaitAsync();
        try
        {
            RoomPosition? since;
            lock (_gate)
            {
                if (_subscribed) { return null; }
                since = _head;
                _early.Clear();
                _collecting = true;
            }

            var answer = await _room.Subscribe(_gatewayId, _self, since);
            if (!answer.Ok) { return answer.Refusal; }
            var hole = false;
            lock (_gate)
            {
                _subscribed = true;
                if (answer.Value.Snapshot is { } snapshot) { hole = StartFrom(snapshot); }
                foreach (var batch in answer.Value.Replay.Concat(_early)) { Accept(batch); }
            }

            if (hole) { _ = RecheckAsync(); }
            return null;
        }
        finally
        {
            lock (_gate)
            {
                _collecting = false;
                _early.Clear();
            }

            Subscribing.Release();
        }
    }

    private async Task ResubscribeAsync()
    {
        // Not on the stack of the feed, which may hold the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await SubscribeAsync();
        }
        catch (Exception exception)
        {
            Log.NotSubscribed(_logger, exception, RoomId);
        }
    }

    /// <summary>The feed begins anew at a snapshot.</summary>
    /// <returns>Whether viewers who were here have missed something.</returns>
    private bool StartFrom(RoomSnapshot snapshot)
    {
        if (_head is { } head && snapshot.Position < head)
        {
            // An owner that has been replaced and does not know it yet. Ask again at the next tick.
            _subscribed = false;
            return false;
        }

        var missed = _head is { } last && snapshot.Position != last;
        _head = snapshot.Position;
        _ring.Clear();
        Volatile.Write(ref _stream, snapshot.Room.Stream);
        Remember(snapshot);
        foreach (var viewer in All())
        {
            if (viewer.Position is { } position && position.CompareTo(snapshot.Position) < 0) { Give(viewer, _snapshot!.Value.Message, snapshot.Position); }
        }

        return missed;
    }

    private void Accept(RoomBatch batch)
    {
        if (!_subscribed || _head is not { } head || batch.Last <= head) { return; }
        if (batch.Epoch != head.Epoch || batch.Events[0].Sequence > head.Sequence + 1)
        {
            // A hole, or a new owner: ask for what is missing. If that fails, the next tick or join asks again.
            _subscribed = false;
            _ = ResubscribeAsync();
            return;
        }

        var frame = new Frame(batch, _time.GetTimestamp());
        _ring.Add(frame);
        _head = batch.Last;
        Broadcast(frame);
        foreach (var happened in batch.Events) { Follow(happened); }
    }

    // ---- viewers

    private void Broadcast(Frame frame)
    {
        var behind = 0;
        foreach (var viewer in All())
        {
            // Null: it waits for its snapshot, which will have this.
            if (viewer.Position is not { } position || position.Epoch != frame.Epoch || position.Sequence >= frame.Last) { continue; }
            if (!Give(viewer, frame.After(position.Sequence), frame.Batch.Last)) { behind++; }
        }

        if (behind > 0) { Log.ViewersBehind(_logger, behind, RoomId); }
    }

    private static bool Give(Viewer viewer, SerializedHubMessage message, RoomPosition reached)
    {
        if (viewer.Outbox.TryEnqueue(message))
        {
            viewer.Position = reached;
            return true;
        }

        viewer.Position = null;
        return false;
    }

    private async Task<Refusal?> GiveStartAsync(Viewer viewer, RoomPosition? since)
    {
        var startedAt = _time.GetTimestamp();
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            lock (_gate)
            {
                if (TryGiveStart(viewer, since, startedAt)) { return null; }
            }

            if (await SubscribeAsync() is { } refusal) { return refusal; }
            await FetchSnapshotAsync();
        }

        return Unavailable;
    }

    private bool TryGiveStart(Viewer viewer, RoomPosition? since, long startedAt)
    {
        // Gone meanwhile, or given a snapshot by a new owner's start.
        if (!_viewers.ContainsKey(viewer.ConnectionId) || viewer.Position is not null) { return true; }
        if (!_subscribed || _head is not { } head) { return false; }
        if (since is { } seen && _ring.After(seen, head) is { } missed && missed.Count <= _options.ReplayFramesMax)
        {
            viewer.Position = seen;
            Replay(viewer, missed);
            return true;
        }

        if (_snapshot is not { } snapshot) { return false; }
        var isFresh = snapshot.TakenAt >= startedAt || _time.GetElapsedTime(snapshot.TakenAt) <= TimeSpan.FromMilliseconds(_options.SnapshotReuseMs);
        if (!isFresh) { return false; }
        if (_ring.After(snapshot.Position, head) is not { } tail || tail.Count > _options.ReplayFramesMax) { return false; }
        if (Give(viewer, snapshot.Message, snapshot.Position)) { Replay(viewer, tail); }
        return true;
    }

    private static void Replay(Viewer viewer, IReadOnlyList<Frame> frames)
    {
        foreach (var frame in frames)
        {
            if (viewer.Position is not { } position || !Give(viewer, frame.After(position.Sequence), frame.Batch.Last)) { return; }
        }
    }

    /// <summary>A newer snapshot; whoever comes while it is fetched shares it.</summary>
    private async Task FetchSnapshotAsync()
    {
        var asked = _time.GetTimestamp();
        await Fetching.WaitAsync();
        try
        {
            lock (_gate)
            {
                if (_snapshot is { } fresh && fresh.TakenAt > asked) { return; }
            }

            var answer = await _room.GetSnapshot();
            if (!answer.Ok) { return; }
            lock (_gate)
            {
                if (_head is not { } head || answer.Value.Position.Epoch == head.Epoch)
                {
                    Remember(answer.Value);
                }
                else if (answer.Value.Position.Epoch > head.Epoch)
                {
                    _subscribed = false;
                }
            }
        }
        finally
        {
            Fetching.Release();
        }
    }

    private void Remember(RoomSnapshot snapshot) =>
        _snapshot = (snapshot.Position, new SerializedHubMessage(new InvocationMessage("snapshot", [snapshot])), _time.GetTimestamp());

    private async Task CatchUpAsync(Viewer viewer)
    {
        try
        {
            if (await GiveStartAsync(viewer, since: null) is { } refusal) { viewer.Close(refusal); }
        }
        catch (Exception exception)
        {
            Log.CatchUpFailed(_logger, exception, RoomId);
            viewer.Close(Unavailable);
        }
    }

    // ---- what the gateway itself does about an event

    private void Follow(RoomEvent happened)
    {
        switch (happened)
        {
            case StreamChanged changed:
                Volatile.Write(ref _stream, changed.Stream);
                break;
            case ViewerBanned banned:
                if (_banned.Count >= BannedMax) { _banned.Clear(); }
                _banned[banned.AccountId] = banned.Until;
                foreach (var viewer in All())
                {
                    if (viewer.AccountId == banned.AccountId) { viewer.Close(BannedHere); }
                }

                break;
            case ViewerUnbanned unbanned:
                _banned.Remove(unbanned.AccountId);
                break;
        }
    }

    private static Refusal BannedHere { get; } =
        new(RefusalCode.Banned, "You are banned from this room. Its moderators can let you in again.");

    // A copy, made again only after somebody came or went: who leaves while it is walked through harms nothing.
    private Viewer[] All() => _all ??= [.. _viewers.Values];

    private bool IsBannedHere(Viewer viewer) =>
        viewer.AccountId is { } accountId && _banned.TryGetValue(accountId, out var until) && (until is null || until > _time.GetUtcNow());

    // After a hole a ban may be among what was missed, and a snapshot does not list bans.
    private async Task RecheckAsync()
    {
        Viewer[] viewers;
        lock (_gate) { viewers = All(); }
        try
        {
            await Parallel.ForEachAsync(viewers.Where(viewer => viewer.AccountId is not null), new ParallelOptions { MaxDegreeOfParallelism = RechecksAtOnce }, async (viewer, _) =>
            {
                var standing = await _room.GetStanding(viewer.AccountId);
                if (standing.Refusal is { Code: RefusalCode.Banned } banned) { viewer.Close(banned); }
            });
        }
        catch (Exception exception)
        {
            Log.RecheckFailed(_logger, exception, RoomId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2001, Level = LogLevel.Warning, Message = "{Behind} viewers of room {RoomId} cannot keep up and skip to a snapshot")]
        public static partial void ViewersBehind(ILogger logger, int behind, string roomId);

        [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "A viewer of room {RoomId} could not be given a snapshot")]
        public static partial void CatchUpFailed(ILogger logger, Exception exception, string roomId);

        [LoggerMessage(EventId = 2005, Level = LogLevel.Warning, Message = "Room {RoomId} could not be subscribed again; the next tick tries")]
        public static partial void NotSubscribed(ILogger logger, Exception exception, string roomId);

        [LoggerMessage(EventId = 2004, Level = LogLevel.Warning, Message = "The viewers of room {RoomId} could not be checked for bans")]
        public static partial void RecheckFailed(ILogger logger, Exception exception, string roomId);
    }
}
