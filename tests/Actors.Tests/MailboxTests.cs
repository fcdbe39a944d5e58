namespace LiveCommerce.Actors.Tests;

public sealed class MailboxTests
{
    [Fact]
    public async Task WaitingCalls_GetTheirTurnByPriorityAndThenByArrival()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("busy");
        var calls = new List<Task> { silo.Probe().Do("busy").AsTask() };
        await silo.Script.Noted("+busy");
        calls.Add(silo.Probe().DoSometime("like").AsTask());
        calls.Add(silo.Probe().Do("chat 1").AsTask());
        calls.Add(silo.Probe().DoUrgently("gift 1").AsTask());
        calls.Add(silo.Probe().Do("chat 2").AsTask());
        calls.Add(silo.Probe().DoUrgently("gift 2").AsTask());
        silo.Script.Release("busy");
        await Task.WhenAll(calls);

        Assert.Equal(["-gift 1", "-gift 2", "-chat 1", "-chat 2", "-like"], silo.Script.Notes.Where(note => note[0] == '-').Skip(2));
    }

    [Fact]
    public async Task FullMailbox_RefusesLikesFirstThenChatThenGifts()
    {
        await using var silo = new ProbeSilo(("WaitingLowMax", "2"), ("WaitingNormalMax", "4"), ("WaitingHighMax", "6"), ("BusyRetryAfter", "00:00:00.4"));
        silo.Script.Hold("busy");
        var calls = new List<Task> { silo.Probe().Do("busy").AsTask() };
        await silo.Script.Noted("+busy");

        var probe = silo.Probe();
        calls.AddRange(await FillUntilBusy(() => probe.DoSometime("like"), expected: 2));
        calls.AddRange(await FillUntilBusy(() => probe.Do("chat"), expected: 2));
        calls.AddRange(await FillUntilBusy(() => probe.DoUrgently("gift"), expected: 2));

        // One-way callers are not told, but the operator is.
        await probe.TellSometime("dropped");
        await probe.TellSometime("dropped");
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["1004: 2 one-way calls of Probe/a were dropped because its mailbox is full"], silo.Log.Lines);

        silo.Script.Release("busy");
        await Task.WhenAll(calls);
        await probe.DoSometime("there is room again");
        Assert.DoesNotContain("+dropped", silo.Script.Notes);
    }

    [Fact]
    public async Task InterleavingCallsUnderWay_AreBounded()
    {
        await using var silo = new ProbeSilo(reentrant: true, ("RunningMax", "2"));
        silo.Script.Hold("slow");
        var slow = new[] { silo.Probe().Do("slow").AsTask(), silo.Probe().Do("slow").AsTask() };
        var third = silo.Probe().Do("third").AsTask();
        await silo.Time.AdvanceUntil(() => silo.Script.Notes.Count(note => note == "+slow") == 2, TimeSpan.Zero);
        Assert.DoesNotContain("+third", silo.Script.Notes);

        silo.Script.Release("slow");
        await Task.WhenAll([.. slow, third]);
    }

    [Fact]
    public async Task CallThatTakesTooLong_FailsWithGrainAndMethodAndTheTurnGoesOn()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("slow");
        var slow = silo.Probe().Do("slow").AsTask();
        await silo.Script.Noted("+slow");
        silo.Time.Advance(TimeSpan.FromSeconds(31));

        var late = await Assert.ThrowsAsync<TimeoutException>(() => slow);
        Assert.Equal("Probe/a did not answer IProbeGrain.Do within 30 s; whether it took effect is unknown.", late.Message);
        silo.Script.Release("slow");
        await silo.Probe().Do("next");
        Assert.Contains("-slow", silo.Script.Notes);
    }

    [Fact]
    public async Task CallWhoseTimeIsOverBeforeItsTurn_NeverRuns()
    {
        await using var silo = new ProbeSilo();
        silo.Script.Hold("slow");
        var slow = silo.Probe().Do("slow").AsTask();
        await silo.Script.Noted("+slow");
        var waiting = silo.Probe().Do("waiting").AsTask();
        silo.Time.Advance(TimeSpan.FromSeconds(31));

        var late = await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        Assert.EndsWith("it had not begun.", late.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(() => slow);
        silo.Script.Release("slow");
        await silo.Probe().Do("next");
        Assert.DoesNotContain("+waiting", silo.Script.Notes);
    }

    [Fact]
    public async Task RingOfGrainsThatWaitForEachOther_EndsByTheTimeout()
    {
        await using var silo = new ProbeSilo(("CallTimeout", "00:00:02"));
        var ring = silo.Probe("a").CallBack("b", 2);
        await silo.Script.Noted("b waits for a");
        silo.Time.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => ring);
        Assert.Equal(1, await silo.Probe("a").CallBack("b", 1));
    }

    private static async Task<List<Task>> FillUntilBusy(Func<ValueTask> call, int expected)
    {
        var accepted = Enumerable.Range(0, expected).Select(_ => call().AsTask()).ToList();
        Assert.DoesNotContain(accepted, task => task.IsFaulted);
        var busy = await Assert.ThrowsAsync<GrainBusyException>(async () => await call());
        Assert.Equal(TimeSpan.FromMilliseconds(400), busy.RetryAfter);
        Assert.Equal("Probe/a has too many calls waiting. Retry in 400 ms.", busy.Message);
        return accepted;
    }
}
