using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>What each viewer gets: its start, by a replay or a snapshot, and then every batch.</summary>
internal sealed partial class RoomBroadcaster
{
    /// <summary>Snapshots fetched for one join before the room counts as unavailable: each time the feed has moved on.</summary>
    private const int AttemptsMax = 5;

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

    private static partial class Log
    {
        [LoggerMessage(EventId = 2001, Level = LogLevel.Warning, Message = "{Behind} viewers of room {RoomId} cannot keep up and skip to a snapshot")]
        public static partial void ViewersBehind(ILogger logger, int behind, string roomId);

        [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "A viewer of room {RoomId} could not be given a snapshot")]
        public static partial void CatchUpFailed(ILogger logger, Exception exception, string roomId);
    }
}
