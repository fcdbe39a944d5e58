using System.Collections.Concurrent;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Nobody's slowness grows anybody's memory or holds up a third.</summary>
public sealed class LinkCreditTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly List<IAsyncDisposable> _nodes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Fact]
    public async Task SiloThatAnswersNothing_GetsNoMoreThanItGranted_AndFurtherCallsAreBusyOrWaitInABoundedQueue()
    {
        var came = new ConcurrentQueue<long>();
        using var answers = new SemaphoreSlim(0);
        await FakeAsync(async link =>
        {
            await FakeSilo.WelcomeAsync(link, calls: 4);
            var answering = AnswerAsync();
            while (true) { came.Enqueue((await link.ReadAsync()).Call); }

            async Task AnswerAsync()
            {
                await answers.WaitAsync(Token);
                await link.SendAsync(FrameKind.Answer, 1, "7");
            }
        });
        var gateway = await StartAsync(ClusterRole.Gateway, ("Links:WaitingCallsMax", "8"), ("Links:CreditPatience", "00:00:15"));

        var calls = Enumerable.Range(0, 4).Select(number => Probe(gateway, number).Count(1).AsTask()).ToList();
        await Node.UntilAsync(() => came.Count == 4);
        var more = Enumerable.Range(4, 26).Select(number => Probe(gateway, number).Count(1).AsTask()).ToList();

        // Eight wait, the others know at once.
        await Node.UntilAsync(() => more.Count(call => call.IsFaulted) == 18);
        Assert.All(more.Where(call => call.IsFaulted), call => Assert.IsType<GrainBusyException>(call.Exception!.InnerException));
        Assert.Equal(4, came.Count);

        // One answer makes room for one call.
        answers.Release();
        Assert.Equal(7, await await Task.WhenAny(calls));
        await Node.UntilAsync(() => came.Count == 5);

        // Who has waited long enough is told so.
        await Node.UntilAsync(() => more.Count(call => call.IsFaulted) == 25);
        Assert.Equal(5, came.Count);
    }

    [Fact]
    public async Task SlowGrain_UsesUpHalfOfTheCreditAtMost_AndOtherGrainsAreAnswered()
    {
        var silo = await StartAsync(ClusterRole.Silo, ("Links:CreditCalls", "8"));
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway);
        await Probe(gateway, 1).Count(1);
        silo.Script.Hold("slow");

        var slow = Enumerable.Range(0, 20).Select(_ => gateway.Grains.GetGrain<IProbeGrain>("slow").Do("slow").AsTask()).ToList();
        await Node.UntilAsync(() => slow.Count(call => call.IsFaulted) == 16);
        for (var number = 0; number < 50; number++) { Assert.Equal(1, await gateway.Grains.GetGrain<IProbeGrain>($"quick-{number}").Count(1)); }

        silo.Script.Release("slow");
        await Node.UntilAsync(() => slow.Count(call => call.IsCompletedSuccessfully) == 4);
    }

    [Fact]
    public async Task PeerThatDoesNotReadItsAnswers_IsCutOff_AndOthersAreServedMeanwhile()
    {
        var silo = await StartAsync(ClusterRole.Silo, ("Links:WaitingBytesMax", "262144"), ("Links:StalledAfter", "00:00:01"));
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway);
        var (peer, _) = await RawLink.WelcomeAsync(silo);
        await using var deaf = peer;
        var long_ = new string('x', 60_000);

        // Until the silo has enough of it; every one of these is answered with as many bytes.
        var sent = 0;
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (sent < 10_000) { await deaf.SendAsync(FrameKind.Call, ++sent, $"[\"Probe\",\"a\",\"Fail\",0,[\"{long_}\"]]"); }
        });

        Assert.Equal(1, await Probe(gateway, 1).Count(1));
        await Node.UntilAsync(() => silo.Links.PeerCount == 1);
    }

    [Fact]
    public async Task SiloThatReadsNothing_HoldsUpNobody_AndItsCallersHearThatTheOutcomeIsUnknown()
    {
        using var over = new CancellationTokenSource();
        await FakeAsync(async link =>
        {
            await FakeSilo.WelcomeAsync(link, bytes: 8_000_000);
            await Task.Delay(Timeout.Infinite, over.Token);
        });
        var gateway = await StartAsync(ClusterRole.Gateway, ("Links:StalledAfter", "00:00:00.5"));
        var long_ = new string('x', 100_000);

        // More than any socket's buffers take.
        var calls = Enumerable.Range(0, 75).Select(number => Probe(gateway, number).Fail(long_)).ToList();
        await Node.UntilAsync(() => calls.All(call => call.IsCompleted));

        Assert.Contains(calls, call => call.Exception?.InnerException is GrainUnavailableException { Begun: true });
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith("1204:", StringComparison.Ordinal) || line.StartsWith("1223:", StringComparison.Ordinal));
        await over.CancelAsync();
    }

    [Fact]
    public async Task PeerThatOverdrawsItsCredit_IsCutOff()
    {
        var silo = await StartAsync(ClusterRole.Silo, ("Links:CreditCalls", "3"));
        await Node.ServingAsync(silo);
        silo.Script.Hold("held");
        var (peer, welcome) = await RawLink.WelcomeAsync(silo);
        await using var greedy = peer;
        Assert.Equal(3, welcome.Calls);

        for (var number = 1; number <= 4; number++) { await greedy.SendAsync(FrameKind.Call, number, "[\"Probe\",\"a\",\"Do\",0,[\"held\"]]"); }

        await greedy.IsCutOffAsync();
        Assert.Contains(silo.Log.Lines, line => line.StartsWith("1213:", StringComparison.Ordinal));
        Assert.Equal(1, await Probe(await StartAsync(ClusterRole.Gateway), 1).Count(1));
        silo.Script.Release("held");
    }

    [Fact]
    public async Task CallThatWouldBeAlone_GoesThroughHoweverLittleCreditThereIs()
    {
        var silo = await StartAsync(ClusterRole.Silo, ("Links:CreditBytes", "65536"));
        await Node.ServingAsync(silo);
        var probe = Probe(await StartAsync(ClusterRole.Gateway), 1);

        var failure = await Assert.ThrowsAsync<RemoteGrainException>(() => probe.Fail(new string('x', 200_000)));

        Assert.Equal(200_000, failure.Message.Length);
    }

    private static IProbeGrain Probe(Node node, int number) => node.Grains.GetGrain<IProbeGrain>($"key-{number}");

    private async Task<FakeSilo> FakeAsync(Func<RawLink, Task> serve)
    {
        var silo = await FakeSilo.StartAsync(_store, serve);
        _nodes.Add(silo);
        return silo;
    }

    private async Task<Node> StartAsync(ClusterRole role, params (string Key, string Value)[] settings)
    {
        var node = await Node.StartAsync(_store, role, settings);
        _nodes.Add(node);
        return node;
    }
}
