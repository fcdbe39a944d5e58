using LiveCommerce.Actors.Cluster;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Runtime;

/// <summary>What became of a call that was brought to an activation.</summary>
internal enum Posted
{
    /// <summary>It waits for its turn.</summary>
    Queued = 0,

    /// <summary>Too many wait already.</summary>
    Busy = 1,

    /// <summary>The activation has left memory: ask the directory again.</summary>
    Gone = 2,
}

/// <summary>One grain in memory: its mailbox, its turns and its life from the first call to the last.</summary>
internal sealed partial class Activation : TurnScheduler, IGrainContext
{
    private readonly ActivationDirectory _directory;
    private readonly GrainType _type;
    private readonly Mailbox _mailbox = new();
    private readonly List<GrainTimer> _timers = new(0);

    private Stage _stage;
    private Grain? _instance;
    private TurnList _running;
    private int _runningOrdered;
    private int _runningExclusive;
    private long _lastUsed;
    private int _shard = -1;
    private int _dropped;
    private TaskCompletionSource? _gone;

    // Set when the activation shall end: why, and before which turn.
    private DeactivationReason? _ending;
    private long _endingOrder = long.MaxValue;

    public Activation(GrainId id, GrainType type, ActivationDirectory directory)
    {
        GrainId = id;
        _type = type;
        _directory = directory;
        _lastUsed = directory.Time.GetTimestamp();
    }

    private enum Stage
    {
        New = 0,
        Activating = 1,
        Active = 2,
        Deactivating = 3,
        Gone = 4,
    }

    public GrainId GrainId { get; }

    /// <summary>Of its key.</summary>
    public int Shard => _shard >= 0 ? _shard : _shard = Shards.Of(GrainId.Key);

    /// <summary>Its name and what it is at, for a line of the log.</summary>
    public string Describe()
    {
        lock (Gate)
        {
            List<string> at = [];
            for (var turn = _running.First; turn is not null; turn = turn.Next) { at.Add(turn is GrainCall call ? call.Method.Name : turn.GetType().Name); }
            return $"{GrainId} ({_stage}{(at.Count > 0 ? $": {string.Join(", ", at)}" : "")}, {_mailbox.Calls} waiting)";
        }
    }

    public IGrainFactory GrainFactory => _directory.GrainFactory;

    public TimeProvider Time => _directory.Time;

    /// <summary>The grain. Only turns ask for it, and they run when it is there.</summary>
    public Grain Instance => _instance!;

    /// <summary>Completes when it has left memory.</summary>
    public Task Gone
    {
        get
        {
            lock (Gate)
            {
                return _stage == Stage.Gone
                    ? Task.CompletedTask
                    : (_gone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    private ILogger Logger => _directory.Logger;

    /// <summary>Queues a call, if there is room for its priority; or begins it on this thread, if it may and the grain is at rest.</summary>
    public Posted TryPost(GrainCall call)
    {
        var mayRunHere = call.MayRunHere && IsOutside;
        lock (Gate)
        {
            if (_stage == Stage.Gone) { return Posted.Gone; }
            if (_mailbox.Calls >= _directory.WaitingMax(call.Priority))
            {
                // One-way callers are not told; the sweep logs how many there were.
                if (call.Method.IsOneWay) { _dropped++; }
                return Posted.Busy;
            }

            Admit(call);

            // The first turn prepares the grain, which may take long: that is the pool's.
            if (!mayRunHere || _stage != Stage.Active || !TryReserve())
            {
                Wake();
                return Posted.Queued;
            }
        }

        RunHere();
        return Posted.Queued;
    }

    /// <summary>Takes over, in their order, the calls that a former activation of the grain did not get to.</summary>
    public void Adopt(List<GrainCall> calls)
    {
        lock (Gate)
        {
            foreach (var call in calls) { Admit(call); }
            Wake();
        }
    }

    /// <summary>Queues a tick. Ticks of an activation that ends are forgotten.</summary>
    public void PostTick(GrainTimer timer)
    {
        lock (Gate)
        {
            if (_stage >= Stage.Deactivating) { return; }
            _mailbox.Add(timer);
            Wake();
        }
    }

    /// <summary>A turn is over; whoever waits behind it may start.</summary>
    public void Ended(Turn turn, Exception? failure)
    {
        if (failure is not null && turn is GrainCall call) { _directory.LogFailure(call, failure); }

        lock (Gate)
        {
            _running.Remove(turn);
            if (turn.Interleaving != Interleaving.Always) { _runningOrdered--; }
            if (turn.Interleaving == Interleaving.Exclusive) { _runningExclusive--; }
            if (turn.KeepsAlive) { _lastUsed = Time.GetTimestamp(); }
            Wake();
        }
    }

    public void DeactivateOnIdle()
    {
        lock (Gate) { EndBefore(_mailbox.NextOrder, DeactivationReason.Requested); }
    }

    /// <summary>The grain's memory can no longer be trusted: no further turn starts, waiting calls go to a new activation.</summary>
    public void Drop(DeactivationReason reason)
    {
        lock (Gate) { EndBefore(0, reason); }
    }

    /// <summary>The process stops: everything that waits is done, then the activation ends.</summary>
    public void DrainAndEnd()
    {
        lock (Gate) { EndBefore(long.MaxValue, DeactivationReason.ShuttingDown); }
    }

    /// <summary>
    /// Nobody waits for its turns any more, and no further one begins: what waits goes back to where it came from.
    /// </summary>
    /// <returns>False: no turn is under way; it ends by itself.</returns>
    public bool LeaveTurnsBehind()
    {
        List<GrainCall> waiting;
        lock (Gate)
        {
            EndBefore(0, DeactivationReason.ShuttingDown);
            if (_stage >= Stage.Deactivating || (_stage == Stage.Active && _running.Count == 0)) { return false; }
            waiting = _mailbox.TakeAllCalls();
        }

        _directory.GiveBack(waiting);
        return true;
    }

    /// <summary>The bound of the shutdown is over: everybody still waiting is told.</summary>
    public void Abort()
    {
        List<GrainCall> calls;
        lock (Gate)
        {
            if (_stage == Stage.Gone) { return; }
            _stage = Stage.Gone;
            _gone?.TrySetResult();
            calls = _mailbox.TakeAllCalls();
            for (var turn = _running.First; turn is not null; turn = turn.Next)
            {
                if (turn is GrainCall call) { calls.Add(call); }
            }
        }

        StopTimers();
        foreach (var call in calls) { call.Fail(new GrainUnavailableException(GrainId, call.HasBegun)); }
        _directory.Remove(this);
    }

    public IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options);
        lock (Gate)
        {
            if (_stage >= Stage.Deactivating) { throw new InvalidOperationException($"{GrainId} ends and takes no timers."); }
            timer.Interleaving = _type.IsReentrant ? Interleaving.Always : Interleaving.Exclusive;
            _timers.Add(timer);
        }

        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        lock (Gate) { _timers.Remove(timer); }
    }

    public void LogTickFailure(Exception failure) => Log.TickFailed(Logger, failure, GrainId);

    /// <summary>Answers calls whose time is over, and ends an activation that nobody has used for long.</summary>
    public void Sweep(long now, long idleTicks)
    {
        List<GrainCall>? overdue = null;
        int dropped;
        lock (Gate)
        {
            if (_stage == Stage.Gone) { return; }

            _mailbox.TakeOverdue(now, ref overdue);
            for (var turn = _running.First; turn is not null; turn = turn.Next)
            {
                // It goes on, only its caller no longer waits. Told once.
                if (turn is not GrainCall call || turn.Deadline > now) { continue; }
                turn.Deadline = long.MaxValue;
                (overdue ??= []).Add(call);
            }

            dropped = _dropped;
            _dropped = 0;
            if (_stage == Stage.Active && _ending is null && _running.Count == 0 && _mailbox.Calls == 0 && now - _lastUsed >= idleTicks)
            {
                EndBefore(_mailbox.NextOrder, DeactivationReason.Idle);
            }
        }

        if (dropped > 0) { Log.OneWayDropped(Logger, dropped, GrainId); }
        if (overdue is null) { return; }
        foreach (var call in overdue) { _directory.TimeOut(call); }
    }

    protected override Turn? TakeTurn()
    {
        switch (_stage)
        {
            case Stage.New:
                _stage = Stage.Activating;
                return LifecycleTurn.Activate;

            case Stage.Active:
                var next = _running.Count < _directory.Options.RunningMax
                    ? _mailbox.Take(_runningOrdered == 0, _runningExclusive == 0, _ending is null ? long.MaxValue : _endingOrder)
                    : null;
                if (next is not null)
                {
                    _running.Add(next);
                    if (next.Interleaving != Interleaving.Always) { _runningOrdered++; }
                    if (next.Interleaving == Interleaving.Exclusive) { _runningExclusive++; }
                    return next;
                }

                if (_ending is null || _running.Count > 0) { return null; }
                _stage = Stage.Deactivating;
                return LifecycleTurn.Deactivate;

            default:
                return null;
        }
    }

    protected override void Start(Turn turn)
    {
        if (turn is GrainCall call && !call.TryBegin())
        {
            // Its caller was answered while it waited: nothing may happen any more.
            Ended(turn, failure: null);
            return;
        }

        turn.Run(this);
    }

    private void Admit(GrainCall call)
    {
        call.MayRunHere = false;
        call.Interleaving = _type.IsReentrant ? Interleaving.Always : call.Method.Interleaving;
        _mailbox.Add(call);
    }

    private void EndBefore(long order, DeactivationReason reason)
    {
        if (_stage >= Stage.Deactivating) { return; }

        // The stricter end wins: a lost fence cannot be talked away by a wish to leave when idle.
        if (_ending is null || order < _endingOrder)
        {
            _ending = reason;
            _endingOrder = order;
        }

        Wake();
    }

    private void StopTimers()
    {
        GrainTimer[] timers;
        lock (Gate) { timers = [.. _timers]; }
        foreach (var timer in timers) { timer.Dispose(); }
    }
}
