using System.Collections.Concurrent;

namespace LiveCommerce.Actors.Tests;

/// <summary>A grain that does what a test tells it to, and says what it did.</summary>
public interface IProbeGrain : IGrainWithStringKey
{
    ValueTask Do(string name);

    [Priority(CallPriority.High)]
    ValueTask DoUrgently(string name);

    [Priority(CallPriority.Low)]
    ValueTask DoSometime(string name);

    [ReadOnly]
    ValueTask Read(string name);

    [AlwaysInterleave]
    ValueTask DoBeside(string name);

    [OneWay]
    ValueTask Tell(string name);

    [OneWay]
    [Priority(CallPriority.Low)]
    Task TellSometime(string name);

    Task<string> Fail(string message);

    ValueTask FailAtOnce(string message);

    ValueTask FailThrough(string key, string message);

    [LittleFollows]
    ValueTask<int> Count(int steps);

    ValueTask<string> Join(string first, string second = "by default");

    Task<int> CallBack(string key, int depth);

    /// <summary>Does something, then lets another one count.</summary>
    ValueTask<int> DoThenCount(string name, string key);

    /// <summary>A turn of one piece: runs it and answers what it says.</summary>
    ValueTask<int> Run(Func<int> piece);

    ValueTask Tick(TimeSpan dueTime, TimeSpan period, bool keepAlive);

    ValueTask ChangeTimer(TimeSpan dueTime, TimeSpan period);

    ValueTask StopTimer();

    ValueTask Leave();

    ValueTask Greet(IProbeObserver observer, int from, int to);
}

public interface IProbeObserver : IGrainObserver
{
    [OneWay]
    ValueTask OnGreeting(int number);
}

/// <summary>
/// What grains and tests say to each other. A grain that does "x" notes "+x", waits if the test holds "x", and notes "-x".
/// </summary>
internal sealed class Script
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _noted = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _notes = new();

    public IReadOnlyList<string> Notes => [.. _notes];

    /// <summary>Makes whoever does it wait until <see cref="Release"/>.</summary>
    public void Hold(string name) => _held[name] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release(string name) => _held[name].SetResult();

    /// <summary>Completes when somebody has noted it, at the latest after two minutes of real time with a failure.</summary>
    public Task Noted(string note) => Signal(note).Task.WaitAsync(TimeSpan.FromMinutes(2));

    public void Note(string note)
    {
        _notes.Enqueue(note);
        Signal(note).TrySetResult();
    }

    public async Task Do(string name)
    {
        Note("+" + name);
        if (_held.TryGetValue(name, out var held)) { await held.Task; }
        Note("-" + name);
    }

    private TaskCompletionSource Signal(string note) =>
        _noted.GetOrAdd(note, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

internal class ProbeGrain(Script script) : Grain, IProbeGrain
{
    private IGrainTimer? _timer;
    private int _inside;
    private int _count;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await script.Do($"activate {GetPrimaryKeyString()}");
        if (GetPrimaryKeyString() == "broken") { throw new InvalidDataException("This one never starts."); }
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        script.Do($"deactivate {GetPrimaryKeyString()} {reason}");

    public async ValueTask Do(string name) => await script.Do(name);

    public async ValueTask DoUrgently(string name) => await script.Do(name);

    public async ValueTask DoSometime(string name) => await script.Do(name);

    public async ValueTask Read(string name) => await script.Do(name);

    public async ValueTask DoBeside(string name) => await script.Do(name);

    public async ValueTask Tell(string name)
    {
        await script.Do(name);
        if (name == "bad news") { throw new InvalidDataException(name); }
    }

    public Task TellSometime(string name) => script.Do(name);

    public async Task<string> Fail(string message)
    {
        await Task.Yield();
        throw new InvalidDataException(message);
    }

    public ValueTask FailAtOnce(string message) => throw new InvalidDataException(message);

    public async ValueTask FailThrough(string key, string message) => await GrainFactory.GetGrain<IProbeGrain>(key).Fail(message);

    /// <summary>Counts in steps with a pause between reading and writing, and throws when another thread is inside.</summary>
    public async ValueTask<int> Count(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            if (Interlocked.Increment(ref _inside) != 1) { throw new InvalidOperationException("Two threads are in one grain."); }
            _count++;
            Thread.SpinWait(50);
            Interlocked.Decrement(ref _inside);
            await Task.Yield();
        }

        return _count;
    }

    public ValueTask<string> Join(string first, string second = "by default") => ValueTask.FromResult($"{first} {second}");

    public async Task<int> CallBack(string key, int depth)
    {
        if (depth == 0) { return 0; }
        var call = GrainFactory.GetGrain<IProbeGrain>(key).CallBack(GetPrimaryKeyString(), depth - 1);
        script.Note($"{GetPrimaryKeyString()} waits for {key}");
        return 1 + await call;
    }

    public async ValueTask<int> DoThenCount(string name, string key)
    {
        await script.Do(name);
        return await GrainFactory.GetGrain<IProbeGrain>(key).Count(1);
    }

    public ValueTask<int> Run(Func<int> piece) => ValueTask.FromResult(piece());

    public ValueTask Tick(TimeSpan dueTime, TimeSpan period, bool keepAlive)
    {
        var number = 0;
        _timer = RegisterGrainTimer(
            async _ => await script.Do($"tick {++number}"),
            new GrainTimerCreationOptions(dueTime, period) { KeepAlive = keepAlive });
        return ValueTask.CompletedTask;
    }

    public ValueTask ChangeTimer(TimeSpan dueTime, TimeSpan period)
    {
        _timer!.Change(dueTime, period);
        return ValueTask.CompletedTask;
    }

    public ValueTask StopTimer()
    {
        _timer!.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask Leave()
    {
        DeactivateOnIdle();
        return ValueTask.CompletedTask;
    }

    public async ValueTask Greet(IProbeObserver observer, int from, int to)
    {
        for (var number = from; number <= to; number++) { await observer.OnGreeting(number); }
    }
}

/// <summary>The same, reentrant.</summary>
[Reentrant]
internal sealed class ReentrantProbeGrain(Script script) : ProbeGrain(script);
