namespace LiveCommerce.Actors.Tests;

public sealed class TurnTests
{
    [Fact]
    public async Task ParallelCalls_AreOneTurnAtATime()
    {
        await using var silo = new ProbeSilo();
        var counts = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () => await silo.Probe().Count(10))));

        // Each turn saw exactly its own ten steps on top of whole turns before it.
        Assert.Equal(Enumerable.Range(1, 200).Select(turn => turn * 10), counts.Order());
    }

    [Fact]
    public async Task InterleavingCalls_NeverHaveTwoThreadsInside()
    {
        await using var silo = new ProbeSilo(reentrant: true);
        var counts = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () => await silo.Probe().Count(50))));
        Assert.Equal(200 * 50, counts.Max());
    }

    [Fact]
    public async Task OrdinaryCall_DoesNotStartWhileAnotherWaits()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("first");
        var first = silo.Probe().Do("first");
        var second = silo.Probe().Do("second");
        await silo.Script.Noted("+first");
        await silo.Probe().DoBeside("beside");
        Assert.DoesNotContain("+second", silo.Script.Notes);

        silo.Script.Release("first");
        await first;
        await second;
        Assert.Equal(["+first", "+beside", "-beside", "-first", "+second", "-second"], silo.Script.Notes.Skip(2));
    }

    [Fact]
    public async Task ReadOnlyCalls_RunBesideEachOtherAndNotBesideAChange()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("read 1");
        var reading = silo.Probe().Read("read 1");
        await silo.Script.Noted("+read 1");
        await silo.Probe().Read("read 2");

        var change = silo.Probe().Do("change");
        // A reader that comes after a waiting change waits behind it: readers cannot starve it.
        var late = silo.Probe().Read("read 3");
        await silo.Probe().DoBeside("beside");
        Assert.DoesNotContain("+change", silo.Script.Notes);
        Assert.DoesNotContain("+read 3", silo.Script.Notes);

        silo.Script.Release("read 1");
        await Task.WhenAll(reading.AsTask(), change.AsTask(), late.AsTask());
        Assert.Equal(["+change", "-change", "+read 3", "-read 3"], silo.Script.Notes.TakeLast(4));
    }

    [Fact]
    public async Task ReentrantGrain_AnswersTheCallThatItsOwnCallCauses()
    {
        await using var silo = new ProbeSilo(reentrant: true);
        Assert.Equal(5, await silo.Probe("a").CallBack("b", 5));
        Assert.Equal(3, await silo.Probe("c").CallBack("c", 3));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FailedTurn_GivesTheCallerTheOriginalExceptionAndIsLoggedOnce(bool atOnce)
    {
        await using var silo = new ProbeSilo();
        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            if (atOnce) { await silo.Probe().FailAtOnce("spoilt"); } else { await silo.Probe().Fail("spoilt"); }
        });

        Assert.Equal("spoilt", failure.Message);
        Assert.Equal([$"1010: IProbeGrain.{(atOnce ? "FailAtOnce" : "Fail")} of Probe/a failed"], silo.Log.Lines);
        await silo.Probe().Do("the next call");
    }

    [Fact]
    public async Task FailureThatPassesThroughAnotherGrain_IsLoggedWhereItBegan()
    {
        await using var silo = new ProbeSilo();
        await Assert.ThrowsAsync<InvalidDataException>(async () => await silo.Probe("a").FailThrough("b", "spoilt"));
        Assert.Equal(["1010: IProbeGrain.Fail of Probe/b failed"], silo.Log.Lines);
    }

    [Fact]
    public async Task OneWayCall_IsDoneForTheCallerBeforeItRuns()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("news");
        await silo.Probe().Tell("news");
        Assert.DoesNotContain("-news", silo.Script.Notes);
        silo.Script.Release("news");
        await silo.Script.Noted("-news");
    }

    [Fact]
    public async Task OneWayCallsOfOneCaller_KeepTheirOrder()
    {
        await using var silo = new ProbeSilo();
        for (var i = 0; i < 500; i++) { await silo.Probe().Tell($"{i}"); }
        await silo.Probe().Do("last");
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"+{i}"), silo.Script.Notes.Where(note => note.Length > 1 && note[0] == '+' && char.IsDigit(note[1])));
    }

    [Fact]
    public async Task OneWayCallThatFails_IsLogged()
    {
        await using var silo = new ProbeSilo();
        await silo.Probe().Tell("bad news");
        await silo.Probe().Do("after");
        Assert.Equal(["1010: IProbeGrain.Tell of Probe/a failed"], silo.Log.Lines);
    }

    [Fact]
    public async Task ManyGrainsWithManyCallersThatComeAndGo_LoseNoCallAndKeepTheRule()
    {
        await using var silo = new ProbeSilo();
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            var answered = 0;
            for (var call = 0; call < 1500; call++)
            {
                var probe = silo.Probe($"{((caller * 7) + call) % 100}");
                if (call % 37 == 0) { await probe.Leave(); } else { await probe.Count(call % 4); }
                answered++;
            }

            return answered;
        }));

        Assert.Equal(16 * 1500, (await Task.WhenAll(callers)).Sum());
        Assert.Empty(silo.Log.Lines);
    }
}
