using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// A crowd in a busy room is told by turns: each viewer has one turn a round and then gets all that has come, so nobody waits until
/// thousands before it are told, and what a viewer costs does not depend on how much there is to tell. All of it under the room's lock.
/// </summary>
internal sealed partial class RoomBroadcaster
{
    // A turn that took its whole time lets others have the lock.
    private static readonly TimeSpan TurnPause = TimeSpan.FromMilliseconds(1);

    private Viewer[][]? _turns;
    private ITimer? _turnTimer;
    private int _newestTurn; // of the last that came in
    private int _turn;
    private int _turnsLeft; // until all have what has come
    private TimeSpan _turnTakes;
    private long _turnDue;

    /// <summary>Something has come that everybody gets with its turn.</summary>
    private void TakeTurns(int roundMs)
    {
        if (_turnsLeft == 0) { _turnDue = Math.Max(_turnDue, _time.GetTimestamp()); }
        _turnsLeft = RoomLimits.CrowdTurns;
        _turnTakes = TimeSpan.FromMilliseconds((double)roundMs / RoomLimits.CrowdTurns);
    }

    /// <summary>Everybody has everything.</summary>
    private void EndTurns() => _turnsLeft = 0;

    /// <summary>Tells those whose turn it is, if it is anybody's.</summary>
    /// <returns>How long until the next turn; null: nobody waits for one.</returns>
    private TimeSpan? TellNext()
    {
        lock (_gate)
        {
            if (_turnsLeft == 0 || _head is not { } head) { return null; }
            if (Until(_turnDue) is { Ticks: > 0 } wait) { return wait; }

            Tell(Turns()[_turn], head);
            _turn = (_turn + 1) % RoomLimits.CrowdTurns;
            _turnDue += (long)(_turnTakes.TotalSeconds * _time.TimestampFrequency);
            if (--_turnsLeft == 0) { return null; }

            // Late by a little, it catches up; late by a round, all are late, and the round is as long as it takes.
            var next = Until(_turnDue);
            if (next < -_turnTakes * RoomLimits.CrowdTurns) { _turnDue = _time.GetTimestamp(); }
            return next > TurnPause ? next : TurnPause;
        }
    }

    private void WaitForTurn(TimeSpan wait)
    {
        _turnTimer ??= _time.CreateTimer(static room => ((RoomBroadcaster)room!).PassOn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _turnTimer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Until(long timestamp) => _time.GetElapsedTime(_time.GetTimestamp(), timestamp);

    // Whose turn is when does not change while others come and go.
    private Viewer[][] Turns()
    {
        if (_turns is not null) { return _turns; }
        var turns = new List<Viewer>[RoomLimits.CrowdTurns];
        for (var turn = 0; turn < turns.Length; turn++) { turns[turn] = []; }
        foreach (var viewer in All()) { turns[viewer.Turn].Add(viewer); }
        return _turns = [.. turns.Select(turn => turn.ToArray())];
    }

    // All lists are made again only after somebody came or went: who leaves while one is walked through harms nothing.
    private void ForgetLists() => (_all, _turns) = (null, null);
}
