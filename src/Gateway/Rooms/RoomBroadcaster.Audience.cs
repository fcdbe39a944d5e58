using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>A room that was closed, or whose owner has taken admissions back: nobody gets anything before the room has said that they still may be there.</summary>
internal sealed partial class RoomBroadcaster
{
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
            Viewer[] unproven;
            lock (_gate) { unproven = [.. All().Where(viewer => viewer.IsUnproven)]; }
            await Parallel.ForEachAsync(unproven, new ParallelOptions { MaxDegreeOfParallelism = RechecksAtOnce }, async (viewer, _) => await ProveAsync(viewer));
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

    private async Task ProveAsync(Viewer viewer)
    {
        long asked;
        lock (_gate) { asked = _audience; }

        var standing = await _room.GetStanding(viewer.AccountId, viewer.Moderates);
        if (!standing.Ok)
        {
            viewer.Close(standing.Refusal);
            return;
        }

        RoomPosition? since;
        lock (_gate)
        {
            // It has changed again: the next tick asks again.
            if (asked != _audience || !viewer.IsUnproven) { return; }

            since = viewer.ResumesAt;
            (viewer.ResumesAt, viewer.IsUnproven) = (null, false);
        }

        if (await GiveStartAsync(viewer, since) is { } refusal) { viewer.Close(refusal); }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2006, Level = LogLevel.Warning, Message = "The viewers of room {RoomId} could not be asked for after it was closed; they wait")]
        public static partial void NotProven(ILogger logger, Exception exception, string roomId);
    }
}
