using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Cluster;

/// <summary>What a cluster's member needs of the process around it.</summary>
public interface IClusterHost
{
    /// <summary>Lets the turns of these shards end and drops their grains: they are given away next. Bounded in time by the caller.</summary>
    ValueTask ReleaseAsync(IReadOnlyCollection<int> shards, CancellationToken cancellationToken);

    /// <summary>The silo is no member any more: nothing may be served, and the process should end.</summary>
    void Left(bool inOrder);
}

/// <summary>This process as a silo: carries its agent's steps to the database, one at a time, until it drains or is declared dead.</summary>
public sealed partial class ClusterMember : IAsyncDisposable
{
    private readonly IClusterStore _store;
    private readonly IClusterHost _host;
    private readonly ClusterRules _rules;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SiloAgent _agent;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _running;
    private TaskCompletionSource _wake = NewWake();
    private bool _wasFenced;

    private ClusterMember(IClusterStore store, IClusterHost host, ClusterRules rules, TimeProvider time, ILogger logger, long silo)
    {
        (_store, _host, _rules, _time, _logger) = (store, host, rules, time, logger);
        _agent = new SiloAgent(silo, rules);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Of this silo.</summary>
    public long SiloId => _agent.SiloId;

    /// <summary>The cluster as the last good beat saw it.</summary>
    public ClusterView View
    {
        get
        {
            lock (_gate) { return _agent.View; }
        }
    }

    /// <summary>Ends when it is no member any more.</summary>
    public Task Completion => _running;

    /// <summary>Joins the cluster.</summary>
    /// <exception cref="ClusterMismatchException">This process may not join.</exception>
    public static async Task<ClusterMember> JoinAsync(
        IClusterStore store, SiloEntry entry, IClusterHost host, ClusterRules rules, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (rules.Problem is { } problem) { throw new ClusterMismatchException(problem); }

        var silo = await store.JoinAsync(entry, cancellationToken);
        Log.Joined(logger, silo, entry.Name, entry.LinkUrl);
        return new ClusterMember(store, host, rules, time, logger, silo);
    }

    /// <summary>The epoch under which this silo serves a shard at this moment; null: it does not. Asked at every call.</summary>
    public long? EpochOf(int shard) => _agent.EpochOf(shard, Now);

    /// <summary>Whether a shard is this silo's to serve, fence or no fence: not what it is giving away.</summary>
    public bool Holds(int shard) => _agent.Owned.ContainsKey(shard);

    /// <summary>Whether it serves nothing because the database has been silent for too long.</summary>
    public bool IsFenced => _agent.IsFenced(Now);

    /// <summary>Somebody asks for shards that this silo does not know to be its own: it looks soon.</summary>
    public void LookSoon()
    {
        lock (_gate)
        {
            _agent.LookSoon();
            _wake.TrySetResult();
        }
    }

    /// <summary>Gives every shard away, then leaves. Completes when it has left, or was declared dead meanwhile.</summary>
    public Task DrainAsync()
    {
        Log.Draining(_logger, SiloId);
        lock (_gate)
        {
            _agent.Drain();
            _wake.TrySetResult();
        }

        return _running;
    }

    /// <summary>Stops at once, as a crash would; the others notice by the missing heartbeat.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private TimeSpan Now => _time.GetElapsedTime(0);

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (await StepAsync()) { }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }

        catch (Exception failure)
        {
            // Better no silo than one that neither beats nor serves.
            Log.LoopFailed(_logger, failure, SiloId);
            _host.Left(inOrder: false);
            return;
        }

        var drained = _agent.End == AgentEnd.Drained;
        if (drained)
        {
            await TryAsync("leaving", token => _store.LeaveAsync(SiloId, token).AsTask());
            Log.Left(_logger, SiloId);
        }
        else
        {
            Log.DeclaredDead(_logger, SiloId);
        }

        _host.Left(drained);
    }

    private async Task<bool> StepAsync()
    {
        _stop.Token.ThrowIfCancellationRequested();
        ClusterStep? step;
        TimeSpan wait;
        Task woken;
        lock (_gate)
        {
            if (_agent.End is not null) { return false; }
            var now = Now;
            step = _agent.Next(now);

            // A timer knows whole milliseconds and cuts off the rest: it would end at once, and this loop would turn until the rest has passed.
            wait = TimeSpan.FromMilliseconds(Math.Ceiling((_agent.WaitUntil(now) - now).TotalMilliseconds));
            if (_wake.Task.IsCompleted) { _wake = NewWake(); }
            woken = _wake.Task;
        }

        TellFence();
        if (step is not null) { await CarryAsync(step); }
        else if (wait > TimeSpan.Zero) { await Task.WhenAny(woken, Task.Delay(wait, _time, _stop.Token)); }
        return true;
    }

    private async Task CarryAsync(ClusterStep step)
    {
        var asked = Now;
        switch (step)
        {
            case ClusterStep.Beat:
                var (beaten, view) = await TryAsync("a beat", token => _store.BeatAsync(SiloId, token).AsTask());
                if (beaten)
                {
                    lock (_gate) { _agent.Beaten(view, asked, Now); }
                }

                break;
            case ClusterStep.DeclareDead(var victim, var seen):
                var (told, died) = await TryAsync("declaring a silo dead", token => _store.DeclareDeadAsync(victim, seen, token).AsTask());
                if (died) { Log.Buried(_logger, victim); }
                if (told)
                {
                    lock (_gate) { _agent.Buried(); }
                }

                break;
            case ClusterStep.Claim(var count):
                var (_, claimed) = await TryAsync("a claim", token => _store.ClaimAsync(SiloId, count, token).AsTask());
                if (claimed is { Count: > 0 })
                {
                    lock (_gate) { _agent.Claimed(claimed); }
                    Log.Claimed(_logger, claimed.Count);
                }

                break;
            case ClusterStep.Drain:
                await TryAsync("draining", token => _store.DrainAsync(SiloId, token).AsTask());
                break;
            case ClusterStep.HandOver(var shards, var to, var heartbeat):
                await HandOverAsync(shards, to, heartbeat);
                break;
            default:
                throw new InvalidOperationException($"Nobody carries {step}.");
        }
    }

    private async Task HandOverAsync(IReadOnlyList<ShardRow> shards, long? to, long heartbeat)
    {
        lock (_gate) { _agent.Release(shards); }

        // Turns that would not end are cut off by the epoch at their next write; the shards go all the same.
        await TryAsync("releasing shards", _ => _host.ReleaseAsync([.. shards.Select(shard => shard.Shard)], _stop.Token).AsTask(), _rules.TurnsEndWithin);
        if (await TryAsync("handing shards over", token => _store.HandOverAsync(SiloId, heartbeat, shards, to, token).AsTask()))
        {
            lock (_gate) { _agent.HandedOver(shards, to); }
            Log.HandedOver(_logger, shards.Count, to);
        }
    }

    private async Task<bool> TryAsync(string what, Func<CancellationToken, Task> begin, TimeSpan? patience = null) => (await TryAsync(
        what,
        async token =>
        {
            await begin(token);
            return true;
        },
        patience)).Done;

    private async Task<(bool Done, T? Answer)> TryAsync<T>(string what, Func<CancellationToken, Task<T>> begin, TimeSpan? patience = null)
    {
        var wanted = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            // Longer than this nothing is worth waiting for: the next beat, which must come before the fence, tells what has come of it.
            return (true, await begin(wanted.Token).WaitAsync(patience ?? _rules.AnswerWithin, _time, _stop.Token));
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            Log.Failed(_logger, failure, what, ReasonOf(failure));
            return (false, default);
        }
        finally
        {
            _ = GiveUpAsync(wanted);
        }
    }

    /// <summary>What nobody waits for any more gives its connection back. Nor does anybody wait for that: the server may have to be asked.</summary>
    private static async Task GiveUpAsync(CancellationTokenSource wanted)
    {
        await wanted.CancelAsync();
        wanted.Dispose();
    }

    // What an operator does differs; PostgreSQL's codes tell the causes apart.
    private static string ReasonOf(Exception failure) => (failure as DbException ?? failure.InnerException as DbException)?.SqlState switch
    {
        "53100" => "its disk is full; make room, and everything goes on by itself",
        "53300" => "it has too many connections; raise max_connections, or lower the processes' Maximum Pool Size",
        "55P03" or "57014" => "it is too slow, or somebody holds its locks",
        "57P01" or "57P02" or "57P03" => "it stops or starts",
        _ when failure is TimeoutException => "it did not answer in time",
        _ => failure.Message,
    };

    private void TellFence()
    {
        var fenced = IsFenced;
        if (fenced == _wasFenced || _agent.Owned.Count == 0) { return; }
        _wasFenced = fenced;
        if (fenced) { Log.Fenced(_logger, _rules.FenceAfter); }
        else { Log.Unfenced(_logger); }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "Joined the cluster as silo {Silo} ({Name}), reachable at {Url}")]
        public static partial void Joined(ILogger logger, long silo, string name, string url);

        [LoggerMessage(EventId = 1102, Level = LogLevel.Information, Message = "Silo {Silo} gives its shards away")]
        public static partial void Draining(ILogger logger, long silo);

        [LoggerMessage(EventId = 1103, Level = LogLevel.Information, Message = "Silo {Silo} has left the cluster")]
        public static partial void Left(ILogger logger, long silo);

        [LoggerMessage(EventId = 1104, Level = LogLevel.Critical, Message = "Silo {Silo} was declared dead by another one; it stops")]
        public static partial void DeclaredDead(ILogger logger, long silo);

        [LoggerMessage(EventId = 1105, Level = LogLevel.Warning, Message = "Silo {Victim} was silent for too long and is declared dead")]
        public static partial void Buried(ILogger logger, long victim);

        [LoggerMessage(EventId = 1106, Level = LogLevel.Information, Message = "Claimed {Count} shards")]
        public static partial void Claimed(ILogger logger, int count);

        [LoggerMessage(EventId = 1107, Level = LogLevel.Information, Message = "Handed {Count} shards over to silo {To}")]
        public static partial void HandedOver(ILogger logger, int count, long? to);

        [LoggerMessage(EventId = 1108, Level = LogLevel.Warning, Message = "The database did not do what this silo asked ({What}): {Reason}")]
        public static partial void Failed(ILogger logger, Exception failure, string what, string reason);

        [LoggerMessage(EventId = 1109, Level = LogLevel.Error, Message = "No good beat for {FenceAfter}: this silo serves nothing until the database answers")]
        public static partial void Fenced(ILogger logger, TimeSpan fenceAfter);

        [LoggerMessage(EventId = 1111, Level = LogLevel.Critical, Message = "Silo {Silo} cannot go on; it stops")]
        public static partial void LoopFailed(ILogger logger, Exception failure, long silo);

        [LoggerMessage(EventId = 1110, Level = LogLevel.Information, Message = "The database answers again; this silo serves its shards")]
        public static partial void Unfenced(ILogger logger);
    }
}
