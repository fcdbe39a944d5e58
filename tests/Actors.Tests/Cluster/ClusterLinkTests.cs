using System.Net;
using System.Net.WebSockets;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Grains called from other processes, over real sockets.</summary>
public sealed class ClusterLinkTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly List<Node> _nodes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Fact]
    public async Task GatewaysCall_IsDecidedByTheSiloThatOwnsTheGrain_AndAnswered()
    {
        var (first, second) = (await SiloAsync(), await SiloAsync());
        await Node.ServingAsync(first, second);
        var gateway = await GatewayAsync();

        foreach (var silo in (Node[])[first, second])
        {
            var key = silo.KeyHere();
            Assert.Equal(3, await gateway.Grains.GetGrain<IProbeGrain>(key).Count(3));
            Assert.True(silo.Directory.IsActive(new GrainId("Probe", key)));
        }

        Assert.Equal(0, gateway.Directory.Count);
        // Nobody complains; but that a busy machine made a beat late says nothing about calls.
        Assert.All(_nodes, node => Assert.DoesNotContain(node.Log.Lines, line => !line.StartsWith("1108:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task GrainsOfTwoSilos_CallOneAnotherThereAndBack()
    {
        var (first, second) = (await SiloAsync(), await SiloAsync());
        await Node.ServingAsync(first, second);

        var there = first.Grains.GetGrain<IProbeGrain>(first.KeyHere());

        Assert.Equal(1, await there.CallBack(second.KeyHere(), 1));
    }

    [Fact]
    public async Task CallsOfOneCaller_ArriveInTheOrderInWhichTheyWereSent()
    {
        var silo = await SiloAsync();
        await Node.ServingAsync(silo);
        var probe = (await GatewayAsync()).Grains.GetGrain<IProbeGrain>("a");
        await probe.Do("warm");

        var calls = Enumerable.Range(0, 500).Select(number => probe.Do($"{number}").AsTask()).ToList();
        await Task.WhenAll(calls);

        var begun = silo.Script.Notes.Where(note => note[0] == '+' && char.IsDigit(note[1])).Select(note => int.Parse(note[1..]));
        Assert.Equal(Enumerable.Range(0, 500), begun);
    }

    [Fact]
    public async Task AnswerThatLittleFollows_GoesOnWhereItWasRead_AndOthersDoNot()
    {
        await Node.ServingAsync(await SiloAsync());
        var probe = (await GatewayAsync()).Grains.GetGrain<IProbeGrain>("a");

        var (little, others) = (0, 0);
        for (var times = 0; times < 100; times++)
        {
            if (await IsInLinkAfter(probe.Count(1))) { little++; }
            if (await IsInLinkAfter(probe.Join("a"))) { others++; }
        }

        // Not always: an answer may be there before it is waited for.
        Assert.True(little > 0, "All went on elsewhere.");
        Assert.Equal(0, others);

        static async Task<bool> IsInLinkAfter<T>(ValueTask<T> call)
        {
            await call.ConfigureAwait(false);
            return Environment.StackTrace.Contains(nameof(SiloLink), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task GrainsException_CrossesWithItsMessage()
    {
        var silo = await SiloAsync();
        await Node.ServingAsync(silo);

        var probe = (await GatewayAsync()).Grains.GetGrain<IProbeGrain>("a");

        var failure = await Assert.ThrowsAsync<RemoteGrainException>(() => probe.Fail("not today"));

        Assert.Equal(("System.IO.InvalidDataException", "not today"), (failure.TypeName, failure.Message));
    }

    [Fact]
    public async Task FullMailbox_IsToldToTheCallerWithWhenToRetry()
    {
        var silo = await SiloAsync(("Actors:WaitingHighMax", "4"), ("Actors:WaitingNormalMax", "3"), ("Actors:WaitingLowMax", "1"));
        await Node.ServingAsync(silo);
        var probe = (await GatewayAsync()).Grains.GetGrain<IProbeGrain>("a");
        silo.Script.Hold("held");
        var held = probe.Do("held").AsTask();
        await silo.Script.Noted("+held");

        var waiting = Enumerable.Range(0, 3).Select(number => probe.Do($"{number}").AsTask()).ToList();
        var refused = await Assert.ThrowsAsync<GrainBusyException>(() => probe.Do("one too many").AsTask());

        Assert.Equal(TimeSpan.FromMilliseconds(250), refused.RetryAfter);
        silo.Script.Release("held");
        await Task.WhenAll([held, .. waiting]);
    }

    [Fact]
    public async Task SilosDeath_TellsWaitingCallersThatTheOutcomeIsUnknown_AndTheNextOwnerAnswersTheNextCall()
    {
        // Soon enough for a test, and late enough for the one that lives on a busy machine.
        (string, string)[] deaths = [("Cluster:FenceAfter", "00:00:10"), ("Cluster:DeadAfter", "00:00:14")];
        var (first, second) = (await SiloAsync(deaths), await SiloAsync(deaths));
        await Node.ServingAsync(first, second);
        var key = second.KeyHere();

        // What is promised here is who answers, not how soon: a machine busy with other tests may take its time over a death.
        var gateway = await StartAsync(ClusterRole.Gateway, ("Cluster:OwnerPatience", "00:00:50"), ("Actors:CallTimeout", "00:01:00"));
        var probe = gateway.Grains.GetGrain<IProbeGrain>(key);
        var script = second.Script;
        script.Hold("held");
        var held = probe.Do("held").AsTask();
        await script.Noted("+held");

        // Not in order: nobody is told anything.
        await second.DisposeAsync();
        var unknown = await Assert.ThrowsAsync<GrainUnavailableException>(() => held);
        script.Release("held");

        Assert.True(unknown.Begun);
        Assert.Equal(2, await probe.Count(2));
        Assert.True(first.Directory.IsActive(new GrainId("Probe", key)));
    }

    [Fact]
    public async Task SiloThatStopsInOrder_LetsTurnsEnd_AndNoCallFailsMeanwhile()
    {
        var (first, second) = (await SiloAsync(), await SiloAsync());
        await Node.ServingAsync(first, second);
        var gateway = await GatewayAsync();
        var key = second.KeyHere();
        var probe = gateway.Grains.GetGrain<IProbeGrain>(key);
        second.Script.Hold("slow");
        var slow = probe.Do("slow").AsTask();
        await second.Script.Noted("+slow");

        var stopping = second.StopAsync();
        var during = Enumerable.Range(0, 50).Select(number => gateway.Grains.GetGrain<IProbeGrain>($"k{number}").Count(1).AsTask()).ToList();
        second.Script.Release("slow");

        await slow;
        Assert.All(await Task.WhenAll(during), count => Assert.Equal(1, count));
        await stopping;
        Assert.Equal(1, await probe.Count(1));
        await Node.ServingAsync(first);
    }

    [Fact]
    public async Task ObserverOfAGateway_HearsAGrainOfAnotherProcessInOrder_AndIsForgottenWhenItIsGone()
    {
        var silo = await SiloAsync();
        await Node.ServingAsync(silo);
        var gateway = await GatewayAsync();
        var listener = new ObserverTests.Listener(awaited: 1000);
        var observer = gateway.Grains.CreateObjectReference<IProbeObserver>(listener);

        await gateway.Grains.GetGrain<IProbeGrain>("a").Greet(observer, 1, 1000);

        Assert.Equal(Enumerable.Range(1, 1000), await listener.Heard());
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task CallWithoutAnyOwner_WaitsForOne()
    {
        var gateway = await GatewayAsync();
        var counting = gateway.Grains.GetGrain<IProbeGrain>("a").Count(2).AsTask();

        var silo = await SiloAsync();

        Assert.Equal(2, await counting);
        Assert.True(silo.Directory.IsActive(new GrainId("Probe", "a")));
    }

    [Fact]
    public async Task CallThatNoOwnerComesFor_FailsAsNotBegun()
    {
        var gateway = await StartAsync(ClusterRole.Gateway, ("Cluster:OwnerPatience", "00:00:00.3"));

        var unavailable = await Assert.ThrowsAsync<GrainUnavailableException>(() => gateway.Grains.GetGrain<IProbeGrain>("a").Count(1).AsTask());

        Assert.False(unavailable.Begun);
    }

    [Fact]
    public async Task BeatThatIsNotAnswered_IsGivenUp_AndTheStoreHearsOfIt()
    {
        var silo = await SiloAsync();
        await Node.ServingAsync(silo);
        var givenUp = 0;

        _store.BeforeBeat = async token =>
        {
            try { await Task.Delay(Timeout.Infinite, token); }
            finally { Interlocked.Increment(ref givenUp); }
        };
        await Node.UntilAsync(() => Volatile.Read(ref givenUp) >= 3);
        _store.BeforeBeat = null;

        await Node.ServingAsync(silo);
    }

    [Fact]
    public async Task PeerWithoutTheSecret_IsRefused_WithOneLineAMinute()
    {
        var silo = await SiloAsync();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", "Bearer a guess that is long enough");

        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var answer = await http.GetAsync(silo.Url + LinkServer.Path, Token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        // One line, however often somebody tries.
        Assert.Contains("Links:Secret must be the same", Assert.Single(silo.Log.Lines, line => line.StartsWith("1211:", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 127, 2, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 9, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 11, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'[', (byte)'"' })]
    public async Task PeerThatTalksNonsense_IsCutOff_AndTheOthersAreServed(byte[] nonsense)
    {
        var silo = await SiloAsync();
        await Node.ServingAsync(silo);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer the secret of this test");
        await socket.ConnectAsync(new Uri(silo.Url.Replace("http", "ws", StringComparison.Ordinal) + LinkServer.Path), Token);

        await socket.SendAsync(nonsense, WebSocketMessageType.Binary, true, Token);

        await Assert.ThrowsAnyAsync<WebSocketException>(async () => await socket.ReceiveAsync(new byte[100], Token));
        Assert.Equal(1, await (await GatewayAsync()).Grains.GetGrain<IProbeGrain>("a").Count(1));
    }

    private Task<Node> SiloAsync(params (string Key, string Value)[] settings) => StartAsync(ClusterRole.Silo, settings);

    private Task<Node> GatewayAsync() => StartAsync(ClusterRole.Gateway);

    private async Task<Node> StartAsync(ClusterRole role, params (string Key, string Value)[] settings)
    {
        var node = await Node.StartAsync(_store, role, settings);
        _nodes.Add(node);
        return node;
    }
}
