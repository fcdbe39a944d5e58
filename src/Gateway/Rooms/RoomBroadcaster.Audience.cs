using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>A room that was closed, or whose owner has taken admissions back: nobody gets anything before the room has said that they still may be there.</summary>
internal sealed partial class RoomBroadcaster
{
    /// <summary>How long a snapshot of a private room waits for the feed; then something of it is lost.</summary>
    private static readonly TimeSpan FeedPatience = TimeSpan.FromSeconds(1);

    private TaskCompletionSource? _moved;

    /// <summary>Under the room's lock.</summary>
    private void AskAnew()
    {
        _audience++;
        foreach (var viewer in All())
        {
            viewer.ResumesAt ??= viewer.Position;
            viewer.Position = null;
            viewer.IsUnproven = true;
        }

        _ = ProveAsync();
    }

    /// <summary>Asks for everybody who is unproven. What fails is tried again with the next tick.</summary>
    private async Task ProveAsync()
    {
        // Not on the stack of the feed, which holds the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (Interlocked.Exchange(ref _proving, 1) == 1) { return; }
        try
        {
            while (true)
            {
                long asked;
                List<IGrouping<(string? AccountId, bool Moderates), Viewer>> unproven;
                lock (_gate)
                {
                    asked = _audience;
                    unproven = [.. All().Where(viewer => viewer.IsUnproven).GroupBy(viewer => (viewer.AccountId, viewer.Moderates))];
                }

                await Parallel.ForEachAsync(
                    unproven, new ParallelOptions { MaxDegreeOfParallelism = RechecksAtOnce }, async (same, _) => await ProveAsync(same.Key, [.. same], asked));

                // It has changed meanwhile, and nobody gets anything until it is asked again.
                lock (_gate)
                {
                    if (asked == _audience) { break; }
                }
            }
        }
        catch (Exception exception)
        {
            Log.NotProven(_logger, exception, RoomId);
        }
        finally
        {
            Volatile.Write(ref _proving, 0);
        }
    }

    /// <summary>One question for all connections of an account, and for all who have none.</summary>
    private async Task ProveAsync((string? AccountId, bool Moderates) who, IReadOnlyList<Viewer> viewers, long asked)
    {
        var standing = await _room.GetStanding(who.AccountId, who.Moderates);
        foreach (var viewer in viewers)
        {
            RoomPosition? since;
            lock (_gate)
            {
                // It has changed again and is asked again; or the viewer has left, and may be in another room by now.
                if (asked != _audience || !viewer.IsUnproven || !IsHere(viewer)) { continue; }
                if (!standing.Ok)
                {
                    viewer.Close(standing.Refusal);
                    continue;
                }

                since = viewer.ResumesAt;
                (viewer.ResumesAt, viewer.IsUnproven) = (null, false);
            }

            Refusal? refusal;
            try { refusal = await GiveStartAsync(viewer, since); }
            catch
            {
                lock (_gate) { (viewer.ResumesAt, viewer.IsUnproven) = (since, IsHere(viewer)); }
                throw;
            }

            lock (_gate)
            {
                if (refusal is not null && IsHere(viewer)) { viewer.Close(refusal); }
            }
        }
    }

    /// <summary>Under the room's lock.</summary>
    private bool IsHere(Viewer viewer) => _viewers.TryGetValue(viewer.ConnectionId, out var here) && here == viewer;

    /// <summary>Waits, in a private room, until the feed has come as far as the newest snapshot: that somebody may not stay could be in between.</summary>
    private async Task FollowFeedAsync()
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            Task moved;
            lock (_gate)
            {
                if (!_subscribed || !IsAhead()) { return; }
                moved = (_moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            try { await moved.WaitAsync(FeedPatience - _time.GetElapsedTime(started) is { Ticks: > 0 } left ? left : TimeSpan.Zero, _time); }
            catch (TimeoutException)
            {
                // A batch was lost on its way: whoever subscribes again is given what is missing.
                lock (_gate) { _subscribed = false; }
                await ResubscribeAsync();
                return;
            }
        }
    }

    /// <summary>Whether the newest snapshot has what the feed has not told yet, in a private room. Under the room's lock.</summary>
    private bool IsAhead() =>
        _isPrivate && _snapshot is { } snapshot && _head is { } head && snapshot.Position.Epoch == head.Epoch && head < snapshot.Position;

    /// <summary>The feed has moved on. Under the room's lock.</summary>
    private void Moved()
    {
        _moved?.TrySetResult();
        _moved = null;
    }

    /// <summary>Takes note of what a snapshot says of the audience, which may have overtaken the feed. Under the room's lock.</summary>
    /// <returns>False: it was taken while the room was private, which it is no more; nobody gets it.</returns>
    private bool TakeAudience(RoomSnapshot snapshot)
    {
        if (_isPrivate || snapshot.Room.Audience != RoomAudience.Private) { return true; }
        if (_head is { } head && snapshot.Position <= head) { return false; }
        _isPrivate = true;
        AskAnew();
        return true;
    }

    /// <summary>The room was opened: what was told while it was private is told to nobody any more. Under the room's lock.</summary>
    private void ForgetPrivate()
    {
        _ring.Clear();
        _snapshot = null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2006, Level = LogLevel.Warning, Message = "The viewers of room {RoomId} could not be asked for after it was closed; they wait")]
        public static partial void NotProven(ILogger logger, Exception exception, string roomId);
    }
}
