using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>The broadcast's reports to its room, which keep its right to publish.</summary>
internal sealed partial class Broadcast
{
    private void Beat()
    {
        Wake();
        Tick();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>The heartbeat of the right to publish: once a second, and at once when something changes.</summary>
    private async Task ReportAsync()
    {
        await Task.Yield();
        var (options, time) = (_services.Options, _services.Time);
        var period = TimeSpan.FromSeconds(options.ReportSeconds);
        await using var timer = time.CreateTimer(_ => Beat(), null, period, period);
        var answered = time.GetTimestamp();
        while (EndedBecause is null)
        {
            StreamPhase phase;
            lock (_lock)
            {
                phase = _phase;

                // A publisher who is back has not given a picture yet, but is not away: it has its own time limits.
                if (phase == StreamPhase.Interrupted && _seat is null && time.GetElapsedTime(_interruptedAt).TotalSeconds > options.GraceSeconds)
                {
                    phase = StreamPhase.Offline;
                }
            }

            if (phase == StreamPhase.Offline)
            {
                End(BroadcastEnd.PublisherGone);
                break;
            }

            try
            {
                var valid = await _services.Desk.ReportAsync(RoomId, StreamId, phase).AsTask()
                    .WaitAsync(TimeSpan.FromSeconds(options.LeaseSeconds), time);
                answered = time.GetTimestamp();
                if (!valid) { End(BroadcastEnd.Revoked); }
            }
            catch (Exception failure)
            {
                Log.RoomSilent(_services.Logger, failure, RoomId);
                if (time.GetElapsedTime(answered).TotalSeconds > options.LeaseSeconds) { End(BroadcastEnd.Revoked); }
            }

            if (EndedBecause is null)
            {
                try { await _wake.Reader.ReadAsync(Ended); }
                catch (OperationCanceledException) { }
            }
        }

        await GiveBackAsync();
    }

    private async Task GiveBackAsync()
    {
        // After a revocation there is nothing to give back: the room, or another publisher, has it already.
        if (EndedBecause == BroadcastEnd.Revoked) { return; }
        try
        {
            // A server that is started anew may carry it on under its name, within the grace time.
            var said = EndedBecause == BroadcastEnd.ShuttingDown && HasMedia
                ? _services.Desk.ReportAsync(RoomId, StreamId, StreamPhase.Interrupted).AsTask()
                : _services.Desk.CloseAsync(RoomId, StreamId).AsTask();
            await said.WaitAsync(TimeSpan.FromSeconds(_services.Options.LeaseSeconds), _services.Time);
        }
        catch (Exception failure)
        {
            // The room takes the right back by itself when reports stay away.
            Log.RoomSilent(_services.Logger, failure, RoomId);
        }
    }
}
