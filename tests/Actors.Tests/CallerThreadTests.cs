using System.Collections.Concurrent;

namespace LiveCommerce.Actors.Tests;

/// <summary>A call that finds its grain at rest begins on its caller's thread. Nobody may notice, except by the clock.</summary>
public sealed class CallerThreadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task CallOfAGrainAtRest_IsAnsweredWhenItReturns()
    {
        await using var silo = await StartedAsync();
        await Outside(() =>
        {
            // The turn before may still be putting its things away on its own thread.
            Task<int> call = null!;
            Assert.True(SpinWait.SpinUntil(() => (call = silo.Probe().Run(() => Environment.CurrentManagedThreadId).AsTask()).IsCompletedSuccessfully, Patience));
            Assert.Equal(Environment.CurrentManagedThreadId, call.Result);
        });
    }

    [Fact]
    public async Task TurnThatWaits_DoesNotHoldUpItsCaller()
    {
        await using var silo = await StartedAsync();
        await silo.Probe("b").Count(0);
        silo.Script.Hold("first");
        await Outside(async () =>
        {
            var first = silo.Probe().Do("first").AsTask();
            var second = silo.Probe().Do("second").AsTask();
            Assert.False(first.IsCompleted);

            Assert.True(SpinWait.SpinUntil(() => silo.Probe("b").Count(0).AsTask().IsCompleted, Patience));
            Assert.DoesNotContain("+second", silo.Script.Notes);
            silo.Script.Release("first");
            await first;
            await second;
        });
    }

    [Fact]
    public async Task CallsOfOneCaller_KeepTheirOrderWhetherTheyWaitOrNot()
    {
        await using var silo = await StartedAsync();
        await Outside(async () =>
        {
            var calls = new List<Task>();
            for (var i = 0; i < 300; i++)
            {
                if (i % 100 == 50) { silo.Script.Hold($"{i}"); }
                calls.Add(silo.Probe().Do($"{i}").AsTask());
                if (i % 100 == 80) { silo.Script.Release($"{i - 30}"); }
            }

            await Task.WhenAll(calls);
        });

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"+{i}"), silo.Script.Notes.Where(note => note[0] == '+' && char.IsDigit(note[1])));
    }

    [Fact]
    public async Task CallThatComesInTheMiddleOfATurn_WaitsForItsEnd()
    {
        await using var silo = await StartedAsync();
        await Outside(async () =>
        {
            // Sent from within the turn, by code that does not know that it is in one.
            var inside = false;
            Task<int>? own = null;
            await silo.Probe().Run(() =>
            {
                inside = true;
                own = silo.Probe().Run(() => inside ? 1 : 0).AsTask();
                inside = false;
                return 0;
            });
            Assert.Equal(0, await own!);
        });
    }

    [Fact]
    public async Task ThreadOfACaller_DoesTheWorkOfOthersOnlyUpToABound()
    {
        const int Others = 100;
        await using var silo = await StartedAsync();
        var all = new List<Task<int>>();
        var ran = new ConcurrentQueue<int>();
        await Outside(() =>
        {
            // While this thread is in the grain, others call it: they find it busy.
            var mine = silo.Probe().Run(() =>
            {
                var others = new Thread(() =>
                {
                    for (var i = 0; i < Others; i++) { all.Add(silo.Probe().Run(Note).AsTask()); }
                });
                others.Start();
                Assert.True(others.Join(Patience));
                return Note();
            }).AsTask();

            // This thread is still here, so the pool has not lent it to anybody.
            Assert.True(mine.IsCompletedSuccessfully);
            Assert.InRange(ran.Count(thread => thread == Environment.CurrentManagedThreadId), 1, 4);
        });

        await Task.WhenAll(all);
        Assert.Equal(Others + 1, ran.Count);

        int Note()
        {
            ran.Enqueue(Environment.CurrentManagedThreadId);
            return 0;
        }
    }

    [Fact]
    public async Task LongChainOfGrains_DoesNotGrowTheStack()
    {
        await using var silo = new ProbeSilo(reentrant: true, ("RunningMax", "20000"));
        await silo.Probe("a").Count(0);
        await silo.Probe("b").Count(0);
        Assert.Equal(20_000, await Outside(async () => await silo.Probe("a").CallBack("b", 20_000)));
    }

    [Fact]
    public async Task CallerWithLittleStackLeft_IsServedByAnotherThread()
    {
        await using var silo = await StartedAsync();
        var answered = 0;
        var thread = new Thread(() => answered = Descend(silo.Probe()), 256 * 1024);
        thread.Start();
        Assert.True(thread.Join(Patience));
        Assert.Equal(1, answered);

        static int Descend(IProbeGrain probe)
        {
            if (System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack()) { return Descend(probe); }
            return probe.Run(() => 1).AsTask().GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task SurroundingsOfTheCaller_DoNotReachTheTurn()
    {
        var local = new AsyncLocal<int>();
        await using var silo = await StartedAsync();
        await Outside(async () =>
        {
            local.Value = 5;
            Assert.Equal(0, await silo.Probe().Run(() => local.Value));
            Assert.Equal(0, await silo.Probe().Run(() =>
            {
                local.Value = 7;
                return 0;
            }));
            Assert.Equal(5, local.Value);
        });
    }

    [Fact]
    public async Task CallerWhoseContinuationsGoElsewhere_IsServedByThePool()
    {
        await using var silo = await StartedAsync();
        await Outside(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            try
            {
                var call = silo.Probe().Run(() => Environment.CurrentManagedThreadId).AsTask();
                Assert.True(((IAsyncResult)call).AsyncWaitHandle.WaitOne(Patience));
                Assert.NotEqual(Environment.CurrentManagedThreadId, call.Result);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(null);
            }
        });
    }

    private static async Task<ProbeSilo> StartedAsync()
    {
        var silo = new ProbeSilo();
        await silo.Probe().Count(0);
        return silo;
    }

    // On a thread of the pool, as the callers of a server are; the test's own has a place where its continuations go.
    private static Task Outside(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private static Task Outside(Func<Task> work) => Task.Run(work);

    private static Task<T> Outside<T>(Func<Task<T>> work) => Task.Run(work);
}
