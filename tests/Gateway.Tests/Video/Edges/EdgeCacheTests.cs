using System.Collections.Concurrent;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What is fetched once, what is held, and what leaves.</summary>
public sealed class EdgeCacheTests
{
    private const int Entry = EdgeCache<Thing>.EntryBytes;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly ConcurrentQueue<string> _fetched = new();

    [Fact]
    public async Task ManyWhoAskForTheSame_CauseOneFetch_AndGetTheSameThing()
    {
        var cache = Cache();
        var arrives = new TaskCompletionSource<Thing>();
        var asking = Enumerable.Range(0, 100).Select(_ => cache.GetAsync("s", "a", _ => Fetch("a", arrives.Task), default).AsTask()).ToArray();
        Assert.Equal(100, cache.Waiting);

        var thing = new Thing(10, Minute);
        arrives.SetResult(thing);
        var answers = await Task.WhenAll(asking);

        Assert.Single(_fetched);
        Assert.All(answers, answer => Assert.Same(thing, answer.Thing));
        Assert.Equal(1, answers.Count(answer => answer.Source == EdgeSource.Fetched));
        Assert.Equal(99, answers.Count(answer => answer.Source == EdgeSource.Shared));
        Assert.Equal(0, cache.Waiting);
        Assert.Equal((thing, EdgeSource.Held), await GetAsync(cache, "s", "a"));
    }

    [Fact]
    public async Task ThingThatIsNotToBeHeld_AnswersThoseWhoWaitOnly()
    {
        var cache = Cache();
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "s", "a", holdFor: TimeSpan.Zero)).Source);
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "s", "a")).Source);
        Assert.Equal(2, _fetched.Count);
    }

    [Fact]
    public async Task ThingThatIsOld_IsFetchedAnew_AndLeavesMemoryWithTheNextSweep()
    {
        var cache = Cache();
        await GetAsync(cache, "s", "a", holdFor: TimeSpan.FromSeconds(5));
        await GetAsync(cache, "s", "b", holdFor: Minute);
        _clock.Advance(TimeSpan.FromSeconds(5));

        cache.Sweep();
        Assert.Equal(1, cache.Count);
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "s", "a")).Source);
        Assert.Equal(EdgeSource.Held, (await GetAsync(cache, "s", "b")).Source);
        _clock.Advance(Minute);
        cache.Sweep();
        Assert.Equal((0, 0L, 0), (cache.Count, cache.Bytes, cache.Streams));
    }

    [Fact]
    public async Task FullStream_LosesWhatWasUsedLongestAgo_AndNoOtherStreamLosesAnything()
    {
        var cache = Cache(streamBytes: 3 * (Entry + 100));
        await GetAsync(cache, "other", "a", 100);
        foreach (var name in (string[])["a", "b", "c"]) { await GetAsync(cache, "s", name, 100); }
        await GetAsync(cache, "s", "a", 100);
        await GetAsync(cache, "s", "d", 100);

        Assert.Equal(EdgeSource.Held, (await GetAsync(cache, "s", "a")).Source);
        Assert.Equal(EdgeSource.Held, (await GetAsync(cache, "s", "c")).Source);
        Assert.Equal(EdgeSource.Held, (await GetAsync(cache, "other", "a")).Source);
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "s", "b", 100)).Source);
        Assert.Equal(4 * (Entry + 100), cache.Bytes);
    }

    [Fact]
    public async Task FullMemory_LosesWhatWasUsedLongestAgo_WhoseverItIs()
    {
        var cache = Cache(bytes: 3 * (Entry + 100));
        foreach (var stream in (string[])["r", "s", "t", "u"]) { await GetAsync(cache, stream, "a", 100); }

        Assert.Equal(3 * (Entry + 100), cache.Bytes);
        Assert.Equal(3, cache.Streams);
        Assert.Equal(EdgeSource.Held, (await GetAsync(cache, "s", "a")).Source);
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "r", "a", 100)).Source);
    }

    [Fact]
    public async Task ThingThatIsLargerThanTheBound_IsGivenButNotHeld()
    {
        var cache = Cache(streamBytes: 1000);
        Assert.NotNull((await GetAsync(cache, "s", "a", 2000)).Thing);
        Assert.Equal((0, 0L), (cache.Count, cache.Bytes));
    }

    [Fact]
    public async Task FetchEnds_WhenTheLastWhoWaitsLeaves_NotBefore()
    {
        var cache = Cache();
        var token = new TaskCompletionSource<CancellationToken>();
        async Task<Thing> FetchAsync(CancellationToken stop)
        {
            token.TrySetResult(stop);
            await Task.Delay(Timeout.Infinite, stop);
            return new Thing(1, Minute);
        }

        using CancellationTokenSource first = new(), second = new();
        var one = cache.GetAsync("s", "a", FetchAsync, first.Token).AsTask();
        var other = cache.GetAsync("s", "a", FetchAsync, second.Token).AsTask();
        var stop = await token.Task;
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.False(stop.IsCancellationRequested);

        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.True(stop.IsCancellationRequested);
        Assert.Equal((0, 0), (cache.Waiting, cache.Streams));

        // Who comes now is not given the fetch that was ended.
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "s", "a")).Source);
    }

    [Fact]
    public async Task FetchThatFails_FailsForAllWhoWait_AndForNobodyLater()
    {
        var cache = Cache();
        var arrives = new TaskCompletionSource<Thing>();
        var asking = Enumerable.Range(0, 3).Select(_ => cache.GetAsync("s", "a", _ => arrives.Task, default).AsTask()).ToArray();
        arrives.SetException(new IOException("broken"));

        foreach (var one in asking) { await Assert.ThrowsAsync<IOException>(() => one); }
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "s", "a")).Source);
    }

    [Fact]
    public async Task MoreFetchesThanMayBe_AreRefused_ButWhoWaitsForOneThatRunsMayJoin()
    {
        var cache = new EdgeCache<Thing>(new EdgeLimits(1_000_000, 1_000_000, 3, 2, 4), _clock);
        var arrives = new TaskCompletionSource<Thing>();
        Task<(Thing? Thing, EdgeSource Source)> Ask(string stream, string name) => cache.GetAsync(stream, name, _ => arrives.Task, default).AsTask();

        var waiting = new List<Task<(Thing? Thing, EdgeSource Source)>> { Ask("s", "a"), Ask("s", "b") };
        Assert.Equal(EdgeSource.TooMany, (await Ask("s", "c")).Source);
        waiting.Add(Ask("t", "a"));
        Assert.Equal(EdgeSource.TooMany, (await Ask("u", "a")).Source);
        waiting.Add(Ask("s", "a"));
        Assert.Equal(EdgeSource.TooMany, (await Ask("s", "a")).Source);

        arrives.SetResult(new Thing(1, Minute));
        Assert.All(await Task.WhenAll(waiting), answer => Assert.NotNull(answer.Thing));
        Assert.Equal(EdgeSource.Fetched, (await GetAsync(cache, "u", "a")).Source);
    }

    [Fact]
    public async Task FetchesThatMayHang_TakeNoPlaceFromOthers()
    {
        var cache = new EdgeCache<Thing>(new EdgeLimits(1_000_000, 1_000_000, 3, 1, 100) { HangingMax = 3, StreamHangingMax = 2 }, _clock);
        var arrives = new TaskCompletionSource<Thing>();
        Task<(Thing? Thing, EdgeSource Source)> Ask(string stream, string name, bool mayHang) =>
            cache.GetAsync(stream, name, _ => arrives.Task, default, new EdgeRoute(null, mayHang)).AsTask();

        List<Task<(Thing? Thing, EdgeSource Source)>> waiting = [Ask("s", "a", true), Ask("s", "b", true)];
        Assert.Equal(EdgeSource.TooMany, (await Ask("s", "c", true)).Source);
        waiting.Add(Ask("s", "d", false));
        Assert.Equal(EdgeSource.TooMany, (await Ask("s", "e", false)).Source);
        waiting.Add(Ask("t", "a", true));
        Assert.Equal(EdgeSource.TooMany, (await Ask("u", "a", true)).Source);
        waiting.Add(Ask("u", "b", false));

        arrives.SetResult(new Thing(1, TimeSpan.Zero));
        Assert.All(await Task.WhenAll(waiting), answer => Assert.NotNull(answer.Thing));
        Assert.Equal((0, 0), (cache.Waiting, cache.Streams));
        Assert.Equal(EdgeSource.Fetched, (await Ask("s", "c", true)).Source);
    }

    [Fact]
    public async Task GatewayThatHangs_LeavesHalfOfEverythingToOthers()
    {
        var cache = new EdgeCache<Thing>(new EdgeLimits(1_000_000, 1_000_000, 4, 4, 8), _clock);
        var arrives = new TaskCompletionSource<Thing>();
        Task<(Thing? Thing, EdgeSource Source)> Ask(string gateway, string name) =>
            cache.GetAsync(gateway, name, _ => arrives.Task, default, new EdgeRoute(gateway, false)).AsTask();

        List<Task<(Thing? Thing, EdgeSource Source)>> waiting = [Ask("hangs", "a"), Ask("hangs", "b")];
        Assert.Equal(EdgeSource.TooMany, (await Ask("hangs", "c")).Source);
        waiting.AddRange([Ask("hangs", "a"), Ask("hangs", "b")]);
        Assert.Equal(EdgeSource.TooMany, (await Ask("hangs", "a")).Source);
        waiting.AddRange([Ask("other", "a"), Ask("other", "b")]);

        arrives.SetResult(new Thing(1, TimeSpan.Zero));
        Assert.All(await Task.WhenAll(waiting), answer => Assert.NotNull(answer.Thing));
        Assert.Equal(EdgeSource.Fetched, (await Ask("hangs", "a")).Source);
    }

    [Fact]
    public async Task WhatIsForgotten_IsTheThingThatWasMeant()
    {
        var cache = Cache();
        var first = (await GetAsync(cache, "s", "a")).Thing!;
        Assert.True(cache.Forget("s", "a", first));
        Assert.False(cache.Forget("s", "a", first));
        await GetAsync(cache, "s", "a");
        Assert.False(cache.Forget("s", "a", first));
        Assert.Equal(1, cache.Count);
    }

    private EdgeCache<Thing> Cache(long bytes = 1_000_000, long streamBytes = 1_000_000) => new(new EdgeLimits(bytes, streamBytes, 100, 100, 1000), _clock);

    private Task<Thing> Fetch(string name, Task<Thing> arrives)
    {
        _fetched.Enqueue(name);
        return arrives;
    }

    private async Task<(Thing? Thing, EdgeSource Source)> GetAsync(EdgeCache<Thing> cache, string stream, string name, int bytes = 10, TimeSpan? holdFor = null) =>
        await cache.GetAsync(stream, name, _ => Fetch(name, Task.FromResult(new Thing(bytes, holdFor ?? Minute))), default);

    private sealed record Thing(long Bytes, TimeSpan HoldFor) : IEdgeHeld;
}
