using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>What each viewer gets: its start, by a replay or a snapshot, and then all that follows.</summary>
internal sealed partial class RoomBroadcaster
{
    /// <summary>Snapshots fetched for one join before the room counts as unavailable: each time the feed has moved on.</summary>
    private const int AttemptsMax = 5;

    /// <summary>Viewers that one processor serves on its own; of more, each processor takes a part.</summary>
    private const int PartMin = 512;

    /// <summary>Gives each of them what came after its position. Under the room's lock.</summary>
    private void Tell(Viewer[] viewers, RoomPosition head)
    {
        var began = _time.GetTimestamp();
        var parts = Math.Min(Environment.ProcessorCount, viewers.Length / PartMin);
        var behind = parts <= 1 ? Tell(viewers.AsSpan(), head) : TellInParts(viewers, head, parts);
        FanOutMetrics.Handed(_time.GetElapsedTime(began), viewers.Length);
        if (behind > 0) { Log.ViewersBehind(_logger, behind, RoomId); }
    }

    // The room's lock is held all the while, by the one who waits here: each viewer is touched by one thread, and nobody comes or goes.
    private int TellInParts(Viewer[] viewers, RoomPosition head, int parts)
    {
        var behind = 0;
        Parallel.For(0, parts, part =>
        {
            var from = (int)((long)viewers.Length * part / parts);
            var to = (int)((long)viewers.Length * (part + 1) / parts);
            Interlocked.Add(ref behind, Tell(viewers.AsSpan(from, to - from), head));
        });
        return behind;
    }

    private int Tell(ReadOnlySpan<Viewer> viewers, RoomPosition head)
    {
        var behind = 0;
        var (after, tail) = (-1L, (WireMessage?)null);
        foreach (var viewer in viewers)
        {
            // Null: it waits for its snapshot, which will have this.
            if (viewer.Position is not { } position || position.Epoch != head.Epoch || position >= head) { continue; }

            // Nearly all are at the same place.
            if (position.Sequence != after) { (after, tail) = (position.Sequence, _ring.Tail(position, head)); }
            if (!(tail is null ? GiveMuch(viewer, position, head) : Give(viewer, tail, head))) { behind++; }
        }

        return behind;
    }

    // More than one frame may have; or more than is kept, and a snapshot has it all.
    private bool GiveMuch(Viewer viewer, RoomPosition position, RoomPosition head)
    {
        if (_ring.After(position, head) is { } missed)
        {
            Replay(viewer, missed);
            return viewer.Position is not null;
        }

        viewer.Position = null;
        CatchUp(viewer);
        return false;
    }

    private static bool Give(Viewer viewer, WireMessage message, RoomPosition reached)
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
            await FollowFeedAsync();
        }

        return Unavailable;
    }

    private bool TryGiveStart(Viewer viewer, RoomPosition? since, long startedAt)
    {
        // Gone meanwhile, given a snapshot by a new owner's start, or to be asked for first.
        if (!_viewers.ContainsKey(viewer.ConnectionId) || viewer.Position is not null || viewer.IsUnproven) { return true; }
        if (!_subscribed || _head is not { } head) { return false; }
        if (since is { } seen && _ring.After(seen, head) is { } missed && missed.Count <= _options.ReplayFramesMax)
        {
            viewer.Position = seen;
            Replay(viewer, missed);
            return true;
        }

        if (_snapshot is not { } snapshot || IsAhead()) { return false; }
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
                    if (TakeAudience(answer.Value)) { Remember(answer.Value); }
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
        _snapshot = (snapshot.Position, WireMessage.Call("snapshot", snapshot), _time.GetTimestamp());

    private async Task CatchUpAsync(Viewer viewer)
    {
        // Not on the stack of a broadcast: its thread may be one of several that work under the room's lock, which another holds.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
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

    private static partial class Log
    {
        [LoggerMessage(EventId = 2001, Level = LogLevel.Warning, Message = "{Behind} viewers of room {RoomId} cannot keep up and skip to a snapshot")]
        public static partial void ViewersBehind(ILogger logger, int behind, string roomId);

        [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "A viewer of room {RoomId} could not be given a snapshot")]
        public static partial void CatchUpFailed(ILogger logger, Exception exception, string roomId);
    }
}
