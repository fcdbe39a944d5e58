using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LiveCommerce.Actors.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Runtime;

/// <summary>The grains in memory of this process, and the link to them.</summary>
internal sealed partial class ActivationDirectory : IGrainLink, IDisposable
{
    private static readonly object Marked = new();

    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly ConditionalWeakTable<Exception, object> _logged = [];
    private readonly GrainRegistry _registry;
    private readonly ActorMetrics _metrics;
    private readonly CancellationTokenSource _cutOff = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _sweeper;
    private readonly long _callTimeoutTicks;
    private readonly long _idleTicks;
    private IGrainLink? _link;
    private Predicate<GrainId> _isHere = static _ => true;
    private int _count;
    private int _sweeping;
    private volatile bool _stopping;
    private volatile bool _stopped;

    public ActivationDirectory(
        GrainRegistry registry, IServiceProvider services, TimeProvider time, IOptions<ActorOptions> options, ActorMetrics metrics,
        ILogger<ActivationDirectory> logger)
    {
        _metrics = metrics;
        _registry = registry;
        Services = services;
        Time = time;
        Options = options.Value;
        Logger = logger;
        GrainFactory = new GrainFactory(this, Options, logger);
        _callTimeoutTicks = Timestamps(Options.CallTimeout);
        _idleTicks = Timestamps(Options.IdleAge);
        _sweeper = time.CreateTimer(static state => ((ActivationDirectory)state!).Sweep(), this, Options.SweepPeriod, Options.SweepPeriod);
    }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public ActorOptions Options { get; }

    public ILogger Logger { get; }

    public GrainFactory GrainFactory { get; private set; }

    /// <summary>Cancelled when a shutdown has used up its time.</summary>
    public CancellationToken CutOff => _cutOff.Token;

    /// <summary>Grains that a line of the log names.</summary>
    private const int NamedMax = 5;

    /// <summary>Activations in memory.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>From now on references lead through this link: it knows which grains are another process's.</summary>
    /// <param name="link">Where calls go.</param>
    /// <param name="isHere">Whether this process serves a grain at this moment.</param>
    public void UseLink(IGrainLink link, Predicate<GrainId> isHere)
    {
        (_link, _isHere) = (link, isHere);
        GrainFactory = new GrainFactory(link, Options, Logger);
    }

    /// <summary>
    /// Lets what waits at some grains be done and takes them out of memory; completes when they are. Turns that do not end in time are left
    /// behind: what waits behind them goes back to where it came from, so that it begins at the next owner and not here.
    /// </summary>
    /// <param name="turnsWithin">How long turns have to end. What a grain does at its end is not bounded by it.</param>
    /// <param name="late">Hears what is left behind: names and turns, no more than <see cref="NamedMax"/>.</param>
    public async ValueTask ReleaseAsync(Predicate<GrainId> which, TimeSpan turnsWithin, Action<IReadOnlyList<string>> late, CancellationToken cancellationToken)
    {
        List<Activation> leaving = [];
        foreach (var (grain, activation) in _activations)
        {
            if (!which(grain)) { continue; }
            leaving.Add(activation);
            activation.DrainAndEnd();
        }

        try
        {
            await Task.WhenAll(leaving.Select(activation => activation.Gone)).WaitAsync(turnsWithin, Time, cancellationToken);
            return;
        }
        catch (TimeoutException)
        {
            // Somebody waits, perhaps for what leaves here.
        }

        HashSet<GrainId> behind = [];
        List<Task> ending = [];
        foreach (var activation in leaving)
        {
            if (activation.LeaveTurnsBehind()) { behind.Add(activation.GrainId); }
            else { ending.Add(activation.Gone); }
        }

        if (behind.Count > 0) { late(Describe(behind.Contains, NamedMax)); }
        await Task.WhenAll(ending).WaitAsync(cancellationToken);
    }

    /// <summary>What some grains that are in memory do.</summary>
    public IReadOnlyList<string> Describe(Predicate<GrainId> which, int most) =>
        [.. _activations.Where(pair => which(pair.Key)).Take(most).Select(pair => pair.Value.Describe())];

    /// <summary>Whether this process serves the grain at this moment.</summary>
    public bool IsHere(GrainId grain) => _isHere(grain);

    public bool IsActive(GrainId grain) => _activations.ContainsKey(grain);

    public void Send(GrainCall call)
    {
        // A stopping process still serves its own grains, so that the turns under way can end well.
        if (_stopped || (_stopping && TaskScheduler.Current is not Activation))
        {
            call.Fail(new GrainUnavailableException(call.Grain, begun: false));
            return;
        }

        call.Deadline = Time.GetTimestamp() + _callTimeoutTicks;
        var spin = default(SpinWait);
        while (true)
        {
            if (!_activations.TryGetValue(call.Grain, out var activation) && (activation = Add(call)) is null) { return; }

            switch (activation.TryPost(call))
            {
                case Posted.Queued:
                    // The shutdown may have begun, or even ended, between the question above and now.
                    if (_stopping) { activation.DrainAndEnd(); }
                    if (_stopped) { activation.Abort(); }
                    return;

                case Posted.Busy:
                    Refuse(call);
                    return;

                default:
                    // Its last step, right after the one that made it answer so, is to leave the directory.
                    spin.SpinOnce();
                    continue;
            }
        }
    }

    /// <summary>Calls that have not begun, of a grain that is another process's: they go back to where they were sent from, and keep their order there.</summary>
    public void GiveBack(IReadOnlyList<GrainCall> calls)
    {
        foreach (var call in calls)
        {
            if (call.Lane is null || _link is not { } link) { call.Fail(new GrainUnavailableException(call.Grain, begun: false)); }
            else { link.Send(call); }
        }
    }

    /// <summary>Puts a new activation in the place of one that ended, with the calls that wait for it.</summary>
    public void Replace(Activation ended, GrainType type, List<GrainCall> calls)
    {
        if (_link is not null && !_isHere(ended.GrainId))
        {
            Remove(ended);
            GiveBack(calls);
            return;
        }

        var fresh = new Activation(ended.GrainId, type, this);
        fresh.Adopt(calls);
        // An aborted shutdown may have taken the place away; those who wait were handed over and are answered here.
        if (!_activations.TryUpdate(ended.GrainId, fresh, ended) || _stopped)
        {
            fresh.Abort();
        }
        else if (_stopping)
        {
            fresh.DrainAndEnd();
        }
    }

    public void Remove(Activation activation)
    {
        if (!_activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation))) { return; }
        _metrics.Gone(activation.GrainId);
        if (Interlocked.Decrement(ref _count) == 0 && _stopping) { _empty.TrySetResult(); }
    }

    public int WaitingMax(CallPriority priority) => priority switch
    {
        CallPriority.High => Options.WaitingHighMax,
        CallPriority.Normal => Options.WaitingNormalMax,
        _ => Options.WaitingLowMax,
    };

    public void TimeOut(GrainCall call)
    {
        _metrics.Late(call.Grain);
        Log.CallLate(Logger, call.Method, call.Grain, Options.CallTimeout);
        call.Fail(new TimeoutException(
            $"{call.Grain} did not answer {call.Method} within {Options.CallTimeout.TotalSeconds:0.#} s; {(call.HasBegun ? "whether it took effect is unknown" : "it had not begun")}."));
    }

    /// <summary>Logs an exception at the first grain it leaves, not at every caller it passes.</summary>
    public void LogFailure(GrainCall call, Exception failure)
    {
        _metrics.Failed(call.Grain);
        if (_logged.TryAdd(failure, Marked)) { Log.TurnFailed(Logger, failure, call.Method, call.Grain); }
    }

    public void LogActivationFailure(GrainId grain, Exception failure)
    {
        if (_logged.TryAdd(failure, Marked)) { Log.ActivationFailed(Logger, failure, grain); }
    }

    /// <summary>
    /// Takes no new calls from outside, lets what waits be done, and deactivates everything. What is not done within
    /// <see cref="ActorOptions.ShutdownTimeout"/> is cut off with an answer.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_stopping) { return; }
        _stopping = true;
        foreach (var (_, activation) in _activations) { activation.DrainAndEnd(); }
        if (Count == 0) { _empty.TrySetResult(); }

        var began = Time.GetTimestamp();
        try
        {
            await _empty.Task.WaitAsync(Options.ShutdownTimeout, Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            Log.ShutdownCutOff(Logger, Count, Options.ShutdownTimeout);
        }
        catch (OperationCanceledException)
        {
            Log.HostCutOff(Logger, Count, Time.GetElapsedTime(began));
        }

        _stopped = true;
        await _cutOff.CancelAsync();
        foreach (var (_, activation) in _activations) { activation.Abort(); }
    }

    public void Dispose()
    {
        _sweeper.Dispose();
        _cutOff.Dispose();
    }

    /// <summary>The activation for a call of a grain that is not in memory, or null when the call was answered instead.</summary>
    private Activation? Add(GrainCall call)
    {
        if (_registry.Find(call.Grain.Type) is not { } type)
        {
            call.Fail(new InvalidOperationException($"No grain class of this process decides for {call.Grain}: register it with AddGrain or AddGrainsFrom."));
            return null;
        }

        if (Count >= Options.ActivationsMax)
        {
            Refuse(call);
            return null;
        }

        var fresh = new Activation(call.Grain, type, this);
        var activation = _activations.GetOrAdd(call.Grain, fresh);
        if (ReferenceEquals(activation, fresh))
        {
            Interlocked.Increment(ref _count);
            _metrics.Activated(call.Grain);
        }

        return activation;
    }

    private void Refuse(GrainCall call)
    {
        _metrics.Refused(call.Grain);
        call.Fail(new GrainBusyException(call.Grain, Options.BusyRetryAfter));
    }

    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) == 1) { return; }
        try
        {
            var now = Time.GetTimestamp();
            foreach (var (_, activation) in _activations) { activation.Sweep(now, _idleTicks); }
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1010, Level = LogLevel.Error, Message = "{Method} of {Grain} failed")]
        public static partial void TurnFailed(ILogger logger, Exception exception, GrainMethod method, GrainId grain);

        [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "{Grain} could not be activated")]
        public static partial void ActivationFailed(ILogger logger, Exception exception, GrainId grain);

        [LoggerMessage(EventId = 1012, Level = LogLevel.Warning, Message = "{Method} of {Grain} is not done after {Timeout}; its caller waits no longer")]
        public static partial void CallLate(ILogger logger, GrainMethod method, GrainId grain, TimeSpan timeout);

        [LoggerMessage(EventId = 1013, Level = LogLevel.Warning, Message = "{Count} grains are cut off: they did not end within {Timeout}")]
        public static partial void ShutdownCutOff(ILogger logger, int count, TimeSpan timeout);

        [LoggerMessage(EventId = 1014, Level = LogLevel.Warning,
            Message = "{Count} grains are cut off after {Elapsed}: the process has no more time to stop")]
        public static partial void HostCutOff(ILogger logger, int count, TimeSpan elapsed);
    }
}
