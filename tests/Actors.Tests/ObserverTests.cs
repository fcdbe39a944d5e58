namespace LiveCommerce.Actors.Tests;

public sealed class ObserverTests
{
    [Fact]
    public async Task Calls_ArriveInOrder()
    {
        await using var silo = new ProbeSilo();
        var listener = new Listener(awaited: 1000);
        await silo.Probe().Greet(silo.Grains.CreateObjectReference<IProbeObserver>(listener), 1, 1000);
        Assert.Equal(Enumerable.Range(1, 1000), await listener.Heard());
    }

    [Fact]
    public async Task SlowObserver_HoldsUpNoGrainAndLosesTheNewestBeyondItsQueue()
    {
        await using var silo = new ProbeSilo(("ObserverWaitingMax", "10"));
        var listener = new Listener(awaited: 11) { Slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        var observer = silo.Grains.CreateObjectReference<IProbeObserver>(listener);
        await silo.Probe().Greet(observer, 0, 0);
        await listener.Began;
        await silo.Probe().Greet(observer, 1, 30);
        listener.Slow.SetResult();

        Assert.Equal(Enumerable.Range(0, 11), await listener.Heard());
        Assert.Equal(["1021: 20 calls of a slow IProbeObserver were dropped because its queue is full"], silo.Log.Lines);
    }

    [Fact]
    public async Task ObserverThatThrows_IsLoggedAndHearsTheNext()
    {
        await using var silo = new ProbeSilo();
        var listener = new Listener(awaited: 3) { Dislikes = 2 };
        await silo.Probe().Greet(silo.Grains.CreateObjectReference<IProbeObserver>(listener), 1, 4);
        Assert.Equal([1, 3, 4], await listener.Heard());
        Assert.Equal(["1020: The observer's IProbeObserver.OnGreeting failed"], silo.Log.Lines);
    }

    internal sealed class Listener(int awaited = 1) : IProbeObserver
    {
        private readonly List<int> _heard = [];
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource? Slow { get; init; }

        public int? Dislikes { get; init; }

        public Task Began => _began.Task;

        public async ValueTask OnGreeting(int number)
        {
            _began.TrySetResult();
            if (Slow is not null) { await Slow.Task; }
            if (number == Dislikes) { throw new InvalidDataException("Not this one."); }
            _heard.Add(number);
            if (_heard.Count == awaited) { _complete.TrySetResult(); }
        }

        public async Task<IReadOnlyList<int>> Heard()
        {
            await _complete.Task.WaitAsync(TimeSpan.FromMinutes(2));
            return _heard;
        }
    }
}
