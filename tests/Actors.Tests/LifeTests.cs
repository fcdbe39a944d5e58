namespace LiveCommerce.Actors.Tests;

public sealed class LifeTests
{
    [Fact]
    public async Task ReferencesAndObservers_ActivateNothing()
    {
        await using var silo = new ProbeSilo();
        var probe = silo.Probe();
        silo.Grains.CreateObjectReference<IProbeObserver>(new ObserverTests.Listener());
        Assert.Equal(probe, silo.Probe());
        Assert.NotEqual(probe, silo.Probe("b"));
        Assert.Equal("Probe/a", probe.ToString());
        Assert.Equal(0, silo.Directory.Count);
        Assert.False(silo.IsActive());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    public async Task KeyOutOfBounds_IsRefusedAtOnce(int length)
    {
        await using var silo = new ProbeSilo();
        Assert.Throws<ArgumentException>(() => silo.Probe(new string('k', length)));
    }

    [Fact]
    public async Task GrainNobodyCalls_LeavesMemoryAndReturnsWithTheNextCall()
    {
        await using var silo = new ProbeSilo();
        await silo.Probe().Do("one");
        silo.Time.Advance(TimeSpan.FromMinutes(4));
        await silo.Probe().Do("two");
        silo.Time.Advance(TimeSpan.FromMinutes(4));
        await silo.Probe().Do("three");
        Assert.DoesNotContain("+deactivate a Idle", silo.Script.Notes);

        silo.Time.Advance(TimeSpan.FromMinutes(6));
        await silo.Gone();
        Assert.Contains("-deactivate a Idle", silo.Script.Notes);
        await silo.Probe().Do("four");
        Assert.Equal(2, silo.Script.Notes.Count(note => note == "+activate a"));
    }

    [Fact]
    public async Task GrainInTheMiddleOfACall_IsNotIdle()
    {
        await using var silo = new ProbeSilo(("CallTimeout", "01:00:00"));
        silo.Script.Hold("long");
        var call = silo.Probe().Do("long");
        await silo.Script.Noted("+long");
        silo.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.True(silo.IsActive());
        silo.Script.Release("long");
        await call;
    }

    [Fact]
    public async Task GrainThatLeaves_FinishesWhoWaitedAndTheRestGoesToTheNextActivationInOrder()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("busy");
        silo.Script.Hold("deactivate a Requested");
        var probe = silo.Probe();
        var calls = new List<Task> { probe.Do("busy").AsTask() };
        await silo.Script.Noted("+busy");
        calls.Add(probe.Leave().AsTask());
        calls.Add(probe.Do("waited").AsTask());
        silo.Script.Release("busy");
        await silo.Script.Noted("+deactivate a Requested");
        calls.AddRange(Enumerable.Range(0, 20).Select(i => probe.Do($"later {i:00}").AsTask()));
        silo.Script.Release("deactivate a Requested");
        await Task.WhenAll(calls);

        var begun = silo.Script.Notes.Where(note => note[0] == '+').ToList();
        Assert.Equal(2, begun.Count(note => note == "+activate a"));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"+later {i:00}"), begun.Where(note => note.StartsWith("+later", StringComparison.Ordinal)));
        Assert.True(begun.IndexOf("+deactivate a Requested") < begun.LastIndexOf("+activate a"));
    }

    [Fact]
    public async Task GrainThatCannotStart_FailsEveryoneWhoWaitsAndIsTriedAgain()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("activate broken");
        var calls = Enumerable.Range(0, 5).Select(_ => silo.Probe("broken").Do("never").AsTask()).ToList();
        silo.Script.Release("activate broken");
        foreach (var call in calls) { await Assert.ThrowsAsync<InvalidDataException>(() => call); }
        await Assert.ThrowsAsync<InvalidDataException>(async () => await silo.Probe("broken").Do("never"));

        Assert.Equal(2, silo.Script.Notes.Count(note => note == "+activate broken"));
        Assert.DoesNotContain("+never", silo.Script.Notes);
        Assert.Equal(0, silo.Directory.Count);
        Assert.Equal(["1011: Probe/broken could not be activated", "1011: Probe/broken could not be activated"], silo.Log.Lines);
    }

    [Fact]
    public async Task TooManyGrains_AreRefusedAsBusyUntilOneLeaves()
    {
        await using var silo = new ProbeSilo(("ActivationsMax", "2"));
        await silo.Probe("a").Do("x");
        await silo.Probe("b").Do("x");
        await Assert.ThrowsAsync<GrainBusyException>(async () => await silo.Probe("c").Do("x"));
        await silo.Probe("a").Leave();
        await silo.Gone("a");
        await silo.Probe("c").Do("x");
    }

    [Fact]
    public async Task StoppingProcess_FinishesWhatWaitsDeactivatesEveryoneAndRefusesTheRest()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("busy");
        var busy = silo.Probe().Do("busy").AsTask();
        var waiting = silo.Probe().Do("waiting").AsTask();
        // Its call of another grain, made while the process stops, still succeeds.
        var nested = silo.Probe().CallBack("b", 1);
        await silo.Script.Noted("+busy");

        var stopping = silo.Stop();
        var refused = await Assert.ThrowsAsync<GrainUnavailableException>(async () => await silo.Probe().Do("too late"));
        Assert.False(refused.Begun);
        Assert.False(stopping.IsCompleted);

        silo.Script.Release("busy");
        await stopping;
        await busy;
        await waiting;
        Assert.Equal(1, await nested);
        Assert.Equal(0, silo.Directory.Count);
        Assert.Contains("-deactivate a ShuttingDown", silo.Script.Notes);
        Assert.Contains("-deactivate b ShuttingDown", silo.Script.Notes);
        Assert.Empty(silo.Log.Lines);
    }

    [Fact]
    public async Task ShutdownThatTakesTooLong_AnswersEveryoneStillWaiting()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("stuck");
        var stuck = silo.Probe().Do("stuck").AsTask();
        var waiting = silo.Probe().Do("waiting").AsTask();
        await silo.Script.Noted("+stuck");

        var stopping = silo.Stop();
        await silo.Time.AdvanceUntil(() => stopping.IsCompleted, TimeSpan.FromSeconds(1));
        Assert.True((await Assert.ThrowsAsync<GrainUnavailableException>(() => stuck)).Begun);
        Assert.False((await Assert.ThrowsAsync<GrainUnavailableException>(() => waiting)).Begun);
        Assert.Equal(["1013: 1 grains are cut off: they did not end within 00:00:10"], silo.Log.Lines);
    }

    [Fact]
    public async Task ShutdownThatTheProcessHasNoMoreTimeFor_SaysHowLongItWaited()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("stuck");
        var stuck = silo.Probe().Do("stuck").AsTask();
        await silo.Script.Noted("+stuck");
        using var outOfTime = new CancellationTokenSource();

        var stopping = silo.Directory.StopAsync(outOfTime.Token);
        silo.Time.Advance(TimeSpan.FromSeconds(3));
        await outOfTime.CancelAsync();
        await stopping;

        await Assert.ThrowsAsync<GrainUnavailableException>(() => stuck);
        Assert.Equal(["1014: 1 grains are cut off after 00:00:03: the process has no more time to stop"], silo.Log.Lines);
    }
}
