using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>The subscription to the room's owner, and what the gateway itself does about an event.</summary>
internal sealed partial class RoomBroadcaster
{
    /// <summary>Standings asked at a time after the feed had a hole.</summary>
    private const int RechecksAtOnce = 8;

    /// <summary>Bans remembered for those who are just joining; every join asks the owner too.</summary>
    private const int BannedMax = 10_000;

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
                foreach (var batch in answer.Value.Replay.Concat(_early)) { Accept(batch with { HoldMs = null }); } // late enough
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
        Moved();
        _ring.Clear();
        Volatile.Write(ref _stream, snapshot.Room.Stream);
        Remember(snapshot);

        // What was missed may be that the room was closed, or that somebody's admission was taken back.
        var wasPrivate = _isPrivate;
        _isPrivate = snapshot.Room.Audience == RoomAudience.Private;
        if (_isPrivate && (missed || !wasPrivate)) { AskAnew(); }
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

        var arrived = _time.GetTimestamp();
        _ring.Add(new Frame(batch, arrived));
        _head = batch.Last;
        Moved();
        if (batch.HoldMs is { } roundMs && !batch.ChangesAudience)
        {
            TakeTurns(roundMs);
        }
        else
        {
            Tell(All(), batch.Last);
            EndTurns();
            _isSlow = _time.GetElapsedTime(arrived) > PassInline && _viewers.Count >= PartMin;
        }

        foreach (var happened in batch.Events) { Follow(happened); }
    }

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
            case AudienceChanged changed:
                _isPrivate = changed.Audience == RoomAudience.Private;
                if (_isPrivate) { AskAnew(); } else { ForgetPrivate(); }
                break;
            case ViewerUnbanned unbanned:
                _banned.Remove(unbanned.AccountId);
                break;
        }
    }

    // After a hole a ban may be among what was missed, and a snapshot does not list bans.
    private async Task RecheckAsync()
    {
        Viewer[] viewers;
        lock (_gate) { viewers = All(); }
        try
        {
            await Parallel.ForEachAsync(viewers.Where(viewer => viewer.AccountId is not null), new ParallelOptions { MaxDegreeOfParallelism = RechecksAtOnce }, async (viewer, _) =>
            {
                var standing = await _room.GetStanding(viewer.AccountId, viewer.Moderates);
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
        [LoggerMessage(EventId = 2005, Level = LogLevel.Warning, Message = "Room {RoomId} could not be subscribed again; the next tick tries")]
        public static partial void NotSubscribed(ILogger logger, Exception exception, string roomId);

        [LoggerMessage(EventId = 2011, Level = LogLevel.Error, Message = "The viewers of room {RoomId} could not be told a batch")]
        public static partial void NotTold(ILogger logger, Exception exception, string roomId);

        [LoggerMessage(EventId = 2004, Level = LogLevel.Warning, Message = "The viewers of room {RoomId} could not be checked for bans")]
        public static partial void RecheckFailed(ILogger logger, Exception exception, string roomId);
    }
}
