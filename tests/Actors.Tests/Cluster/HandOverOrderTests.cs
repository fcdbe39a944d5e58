using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using LiveCommerce.Actors.Runtime;
using LiveCommerce.Tests;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>What a hand-over of shards may not change: the order of a caller's calls, and that each arrives.</summary>
public sealed class HandOverOrderTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly List<IAsyncDisposable> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Fact]
    public async Task CallsOfOneCaller_KeepTheirOrder_AndOneWayCallsArrive_WhileASiloJoinsAndAnotherLeaves()
    {
        var script = new Script();
        var first = await StartAsync(ClusterRole.Silo, script);
        await Node.ServingAsync(first);
        var gateway = await StartAsync(ClusterRole.Gateway, script);
        var keys = Enumerable.Range(0, 32).Select(number => $"k{number}").ToArray();
        using var over = new CancellationTokenSource();
        var callers = keys.Select(key => Task.Run(() => CallAsync(gateway, key, over.Token))).ToList();
        foreach (var key in keys) { await script.Noted($"+{key}:10"); }

        var second = await StartAsync(ClusterRole.Silo, script);
        await Node.UntilAsync(() => Enumerable.Range(0, Shards.Count).Count(second.Cluster.Serves) == Shards.Count / 2);
        await first.StopAsync();
        await Node.ServingAsync(second);
        await over.CancelAsync();
        var sent = await Task.WhenAll(callers);

        Assert.All(sent, count => Assert.True(count > 10));
        await Node.UntilAsync(() => script.Notes.Count(note => note.StartsWith("+k", StringComparison.Ordinal)) == sent.Sum());
        var begun = script.Notes.Where(note => note.StartsWith("+k", StringComparison.Ordinal)).Select(note => note[1..].Split(':'))
            .ToLookup(parts => parts[0], parts => int.Parse(parts[1]));
        for (var caller = 0; caller < keys.Length; caller++) { Assert.Equal(Enumerable.Range(0, sent[caller]), begun[keys[caller]]); }
    }

    [Fact]
    public async Task TurnThatEndsWithItsShard_DoesNotWaitForAGrainThatLeavesWithIt()
    {
        var script = new Script();
        var first = await StartAsync(ClusterRole.Silo, script, ("Cluster:BeatPeriod", "00:00:01"), ("Cluster:DrainWithin", "00:00:25"), ("Cluster:ReleaseWithin", "00:00:02"));
        var second = await StartAsync(ClusterRole.Silo, script, ("Cluster:BeatPeriod", "00:00:01"));
        await Node.UntilAsync(() => new[] { first, second }.All(silo => Enumerable.Range(0, Shards.Count).Count(silo.Cluster.Serves) == Shards.Count / 2));
        var gateway = await StartAsync(ClusterRole.Gateway, script);

        // What is given away at once: 64 shards, the first ones first.
        var together = Enumerable.Range(0, Shards.Count).Where(first.Cluster.Serves).Take(64).ToHashSet();
        var keys = Enumerable.Range(0, int.MaxValue).Select(number => $"k{number}").Where(key => together.Contains(Shards.Of(key))).DistinctBy(Shards.Of).Take(2).ToArray();
        script.Hold("held");
        var turn = gateway.Grains.GetGrain<IProbeGrain>(keys[0]).DoThenCount("held", keys[1]).AsTask();
        await script.Noted("+held");

        var stopping = first.StopAsync();
        await Node.UntilAsync(() => !first.Cluster.Serves(Shards.Of(keys[1])));
        script.Release("held");

        // A silo waits for its turns for a while. On a machine that was busy for so long the shard has gone on, and its next owner answers.
        try
        {
            await turn;
            Assert.True(second.Directory.IsActive(new GrainId("Probe", keys[1])));
        }
        catch (GrainUnavailableException cutOff)
        {
            Assert.True(cutOff.Begun);
        }

        await stopping;

        // Where the machine was so busy that the silo stopped before all was given away, the first to ask may be cut off with it.
        await Node.UntilAsync(async () =>
        {
            try { return await gateway.Grains.GetGrain<IProbeGrain>(keys[1]).Count(1) > 0; }
            catch (GrainUnavailableException) { return false; }
        });
    }

    [Fact]
    public async Task CallThatWaitsBehindATurnThatDoesNotEnd_BeginsAtTheNextOwner_AndNotWhereItWaited()
    {
        var script = new Script();
        var first = await StartAsync(ClusterRole.Silo, script, ("Cluster:ReleaseWithin", "00:00:00.2"));
        var second = await StartAsync(ClusterRole.Silo, script);
        await Node.UntilAsync(() => new[] { first, second }.All(silo => Enumerable.Range(0, Shards.Count).Count(silo.Cluster.Serves) == Shards.Count / 2));
        var gateway = await StartAsync(ClusterRole.Gateway, script, ("Cluster:OrderPatience", "00:00:00.2"));
        var keys = Enumerable.Range(0, int.MaxValue).Select(number => $"k{number}");
        var (leaves, stays) = (keys.First(key => first.Cluster.Serves(Shards.Of(key))), keys.First(key => second.Cluster.Serves(Shards.Of(key))));
        script.Hold("held");
        var turn = gateway.Grains.GetGrain<IProbeGrain>(leaves).DoThenCount("held", stays).AsTask();
        await script.Noted("+held");
        var waiting = gateway.Grains.GetGrain<IProbeGrain>(leaves).Count(1).AsTask();

        var stopping = first.StopAsync();

        Assert.Equal(1, await waiting);
        Assert.True(second.Directory.IsActive(new GrainId("Probe", leaves)));
        script.Release("held");
        await turn;
        await stopping;
    }

    [Fact]
    public async Task SiloThatHasSentOneCallBack_SendsBackThoseBehindItToo_UntilTheCallerBeginsAnew()
    {
        var silo = await StartAsync(ClusterRole.Silo, new Script());
        await Node.ServingAsync(silo);
        var (link, _) = await RawLink.WelcomeAsync(silo);
        await using var caller = link;
        var before = silo.Cluster.View;
        var id = silo.Cluster.SiloId!.Value;
        var shard = before.Shards[Shards.Of("a")];

        // Given to another silo, which leaves later: it comes back with the next claim.
        var other = await _store.JoinAsync(new SiloEntry("other", "http://localhost:9", "1"), TestContext.Current.CancellationToken);
        await _store.HandOverAsync(id, before.Silos[0].Heartbeat, [shard], other, TestContext.Current.CancellationToken);
        for (var number = 1L; ; number++)
        {
            await caller.SendAsync(FrameKind.Call, number, "[\"Probe\",\"a\",\"Tell\",0,[\"x\"]]");
            var (kind, _, _) = await caller.ReadAsync();
            if (kind == FrameKind.Moved) { break; }

            // Its next beat has not come yet, or the heartbeat was another one by then.
            var view = silo.Cluster.View;
            await _store.HandOverAsync(id, view.Silos[0].Heartbeat, [view.Shards[shard.Shard]], other, TestContext.Current.CancellationToken);
        }

        await _store.LeaveAsync(other, TestContext.Current.CancellationToken);
        await Node.ServingAsync(silo);
        await caller.SendAsync(FrameKind.Call, 5001, "[\"Probe\",\"a\",\"Count\",0,[1]]");
        Assert.Equal((FrameKind.Moved, 5001, $"{id}"), await caller.ReadAsync());
        await caller.SendAsync(FrameKind.Call, 5002, "[\"Probe\",\"a\",\"Count\",1,[1]]");
        Assert.Equal((FrameKind.Answer, 5002, "1"), await caller.ReadAsync());
    }

    [Fact]
    public void CallThatComesBack_TakesItsOldPlace_AndNobodyGoesOutBeforeAllAreBack()
    {
        var lane = new ShardLane(0, () => { });
        object old = new(), next = new();
        object? place = old;
        var calls = Enumerable.Range(0, 4).Select(_ => Call()).ToList();
        foreach (var call in calls[..3]) { Assert.True(lane.TryEnter(call, _ => place, true, out var to) && to == old); }

        place = next;
        Assert.True(lane.TryComeBack(calls[1], true, 0));
        Assert.True(lane.TryEnter(calls[3], _ => place, true, out var waits) && waits is null);
        Assert.Null(lane.TakeNext(_ => place, 0, 100, out _));

        Assert.True(lane.TryComeBack(calls[2], true, 0));
        Assert.True(lane.TryComeBack(calls[0], true, 0));
        foreach (var call in calls)
        {
            Assert.Same(call, lane.TakeNext(_ => place, 0, 100, out var to));
            Assert.Same(next, to);
            Assert.Equal(1, call.Generation);
        }

        Assert.Null(lane.TakeNext(_ => place, 0, 100, out _));
    }

    [Fact]
    public void CallThatIsBeingCarried_IsNotOvertakenByANewOne()
    {
        var lane = new ShardLane(0, () => { });
        object here = new();
        object? place = null;
        GrainCall first = Call(), second = Call();
        Assert.True(lane.TryEnter(first, _ => place, true, out _));
        place = here;

        Assert.Same(first, lane.TakeNext(_ => place, 0, 100, out _));
        Assert.True(lane.TryEnter(second, _ => place, true, out var to) && to is null);

        Assert.Same(second, lane.TakeNext(_ => place, 0, 100, out _));
    }

    [Fact]
    public void TurnThatDoesNotEndAtTheFormerOwner_HoldsUpTheOthersForTheOrderPatienceOnly()
    {
        var lane = new ShardLane(0, () => { });
        object old = new(), next = new();
        object? place = old;
        GrainCall endless = Call(), later = Call();
        Assert.True(lane.TryEnter(endless, _ => place, true, out _));
        place = next;
        Assert.True(lane.TryEnter(later, _ => place, true, out var to) && to is null);

        Assert.Null(lane.TakeNext(_ => place, 1000, 100, out _));
        Assert.Null(lane.TakeNext(_ => place, 1100, 100, out _));
        Assert.Same(later, lane.TakeNext(_ => place, 1101, 100, out _));
    }

    [Fact]
    public async Task CallThatTwoSilosSendToEachOther_GoesOutAtThePaceOfTheLooks_HoweverManyJoinIt()
    {
        var sent = 0;
        IProbeGrain? probe = null;
        ConcurrentQueue<Task> joined = new();
        var silo = await FakeSilo.StartAsync(_store, async link =>
        {
            await FakeSilo.WelcomeAsync(link);
            while (true)
            {
                var (_, number, json) = await link.ReadAsync();
                if (json.Contains("[1]", StringComparison.Ordinal)) { Interlocked.Increment(ref sent); }
                if (joined.Count < 100) { joined.Enqueue(probe!.Count(2).AsTask()); }
                await link.SendAsync(FrameKind.Moved, number, "1");
            }
        });
        _nodes.Add(silo);
        var gateway = await Node.StartAsync(_store, ClusterRole.Gateway, ("Cluster:OwnerPatience", "00:00:05"));
        _nodes.Add(gateway);
        probe = gateway.Grains.GetGrain<IProbeGrain>("a");

        await Assert.ThrowsAsync<GrainUnavailableException>(() => probe.Count(1).AsTask());

        // A look each 50 ms and once at once, or twice where an answer comes right at a look; not as fast as the two can send.
        Assert.InRange(sent, 2, 200);
        foreach (var call in joined) { await Assert.ThrowsAsync<GrainUnavailableException>(() => call); }
    }

    [Fact]
    public void CallThatCameBack_GoesOutAtOnce_ButOnlyOnceUntilOneIsAnswered()
    {
        var lane = new ShardLane(0, () => { });
        object place = new();
        GrainCall first = Call(), second = Call();
        Assert.True(lane.TryEnter(first, _ => place, true, out _));
        Assert.True(lane.TryEnter(second, _ => place, true, out _));

        Assert.True(lane.TryComeBack(second, true, 0));
        Assert.False(lane.MayHurry());
        Assert.True(lane.TryComeBack(first, true, 0));
        Assert.True(lane.MayHurry());
        Assert.Same(first, lane.TakeNext(_ => place, 0, 100, out _));
        Assert.True(lane.TryComeBack(first, true, 0));
        Assert.False(lane.MayHurry());

        Assert.Same(first, lane.TakeNext(_ => place, 0, 100, out _));
        first.Fail(new InvalidOperationException());
        Assert.True(lane.MayHurry());
    }

    [Fact]
    public async Task FirstCallsOfManyThreads_MakeOneConnection()
    {
        var silo = await FakeSilo.StartAsync(_store, async link =>
        {
            await FakeSilo.WelcomeAsync(link);
            while (true)
            {
                var (_, number, _) = await link.ReadAsync();
                await link.SendAsync(FrameKind.Answer, number, "1");
            }
        });
        _nodes.Add(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, new Script());
        var grains = gateway.Grains;
        using var start = new Barrier(16);

        var calls = Enumerable.Range(0, 16).Select(number => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return grains.GetGrain<IProbeGrain>($"k{number}").Count(1).AsTask();
            },
            TaskCreationOptions.LongRunning).Unwrap()).ToList();
        await Task.WhenAll(calls);

        Assert.Single(silo.Links);
    }

    [Fact]
    public async Task CallAfterTheEndOfTheProcess_IsRefusedAtOnce()
    {
        var gateway = await Node.StartAsync(_store, ClusterRole.Gateway);
        var probe = gateway.Grains.GetGrain<IProbeGrain>("a");
        var waiting = probe.Count(1).AsTask();
        await gateway.DisposeAsync();

        await Assert.ThrowsAsync<GrainUnavailableException>(() => waiting);
        var late = await Assert.ThrowsAsync<GrainUnavailableException>(() => probe.Count(1).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.False(late.Begun);
    }

    [Fact]
    public void ObserversThatAreGone_LeaveTheBook()
    {
        var book = new ObserverBook("here");
        for (var round = 0; round < 20; round++)
        {
            AddMany(book);
            GC.Collect();
        }

        Assert.InRange(book.Count, 1, 5 * ObserverBook.PruneFrom);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void AddMany(ObserverBook book)
        {
            for (var number = 0; number < ObserverBook.PruneFrom; number++) { book.AddressOf(new object()); }
        }
    }

    [Fact]
    public void LongCall_LeavesNoLongBufferBehind()
    {
        var codec = new LinkCodec(new JsonSerializerOptions(JsonSerializerDefaults.Web), _ => throw new InvalidOperationException(), (_, _) => new object());
        using (var text = codec.WriteResult(new string('x', 10 * LinkCodec.KeptBytes)))
        {
            Assert.True(text.Json.Length > 10 * LinkCodec.KeptBytes);
        }

        Assert.InRange(LinkCodec.ScratchBytes, 0, LinkCodec.KeptBytes);
    }

    [Fact]
    public void LineThatStrangersCause_IsWrittenOnceAMinute_WithACount()
    {
        var time = new ManualTimeProvider();
        var line = new RareLine(time);

        Assert.True(line.TryTake(out var count) && count == 1);
        for (var more = 0; more < 99; more++) { Assert.False(line.TryTake(out _)); }
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(line.TryTake(out count) && count == 100);
    }

    private static GrainCall Call() => GrainInterface.Of<IProbeGrain>().Find("Do")!.CreateCall(new GrainId("Probe", "a"), ["x"]) is var call
        ? WithPatience(call) : throw new InvalidOperationException();

    private static GrainCall WithPatience(GrainCall call)
    {
        call.OwnerBy = long.MaxValue;
        return call;
    }

    /// <summary>Calls a grain until told to stop, half of the calls one way, never waiting for more than a few answers.</summary>
    private static async Task<int> CallAsync(Node gateway, string key, CancellationToken over)
    {
        var probe = gateway.Grains.GetGrain<IProbeGrain>(key);
        var awaited = new Queue<Task>();
        var number = 0;
        while (!over.IsCancellationRequested)
        {
            if (number % 2 == 0) { await probe.Tell($"{key}:{number}"); } else { awaited.Enqueue(probe.Do($"{key}:{number}").AsTask()); }
            number++;
            if (awaited.Count >= 8) { await awaited.Dequeue(); }
        }

        await Task.WhenAll(awaited);
        return number;
    }

    private async Task<Node> StartAsync(ClusterRole role, Script script, params (string Key, string Value)[] settings)
    {
        var node = await Node.StartAsync(_store, role, script, TimeProvider.System, settings);
        _nodes.Add(node);
        return node;
    }
}
