using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Processes of neighbouring versions work together; two apart refuse each other with a sentence.</summary>
public sealed class VersionTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly List<Node> _nodes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task NeighbouringVersions_WorkTogether(int gateways)
    {
        var silo = await StartAsync(ClusterRole.Silo, ("Test:Contracts", "5"));
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, ("Test:Contracts", $"{gateways}"));

        Assert.Equal(1, await gateway.Grains.GetGrain<IProbeGrain>("a").Count(1));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public async Task TwoVersionsApart_RefuseEachOther_AndBothSaySo(int gateways)
    {
        var silo = await StartAsync(ClusterRole.Silo, ("Test:Contracts", "5"));
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, ("Test:Contracts", $"{gateways}"), ("Cluster:OwnerPatience", "00:00:01"), ("Links:ConnectWithin", "00:00:50"));

        var failure = await Assert.ThrowsAsync<GrainUnavailableException>(() => gateway.Grains.GetGrain<IProbeGrain>("a").Count(1).AsTask());

        Assert.False(failure.Begun);
        await Node.UntilAsync(() => gateway.Log.Lines.Any(line => line.StartsWith("1222:", StringComparison.Ordinal) && line.Contains("more than one version apart", StringComparison.Ordinal)));
        await Node.UntilAsync(() => silo.Log.Lines.Any(line => line.StartsWith("1215:", StringComparison.Ordinal)));
        Assert.Single(silo.Log.Lines, line => line.StartsWith("1215:", StringComparison.Ordinal));
        var probe = await LinkProbe.AskAsync(
            silo.Url, new LinkOptions { Secret = "the secret of this test", ConnectWithin = TimeSpan.FromSeconds(50) }, gateways, TimeProvider.System, Token);
        Assert.Contains("more than one version apart", probe, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeerWithAnotherLinkProtocol_IsToldSo_AndLetGo()
    {
        var silo = await StartAsync(ClusterRole.Silo);
        await using var peer = await RawLink.ConnectAsync(silo);

        await peer.SendAsync(FrameKind.Hello, 0, JsonSerializer.Serialize(new LinkHello("a test", LinkHello.Current + 2, 1, "")));

        var (kind, _, json) = await peer.ReadAsync();
        Assert.Equal(FrameKind.Farewell, kind);
        Assert.Contains("link protocol", json, StringComparison.Ordinal);
        await Assert.ThrowsAsync<WebSocketException>(peer.ReadAsync);
    }

    [Theory]
    [InlineData("\"a process\"")]
    [InlineData("""{"Process":"a process","Protocol":1,"Contracts":1,"Hash":""}""")]
    public async Task PeerOlderThanTheOldestUnderstoodProtocol_IsToldToStopFirst(string hello)
    {
        var silo = await StartAsync(ClusterRole.Silo);
        await using var peer = await RawLink.ConnectAsync(silo);

        await peer.SendAsync(FrameKind.Hello, 0, hello);

        var (kind, _, json) = await peer.ReadAsync();
        Assert.Equal(FrameKind.Farewell, kind);
        Assert.Contains(LinkHello.StopAll, json, StringComparison.Ordinal);
        await Node.UntilAsync(() => silo.Log.Lines.Any(line => line.StartsWith("1215:", StringComparison.Ordinal) && line.Contains("a process", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("2.5", "2.5", null)]
    [InlineData("2.5", "2.4", null)]
    [InlineData("2.5", "3.6", null)]
    [InlineData("2.5", "2.3", "A silo with another version is alive")]
    [InlineData("2.5", "4.5", "A silo with another version is alive")]
    [InlineData("2.1", "1", LinkHello.StopAll)]
    [InlineData("2.1", "1.1", LinkHello.StopAll)]
    [InlineData("2.1", "0.1", LinkHello.StopAll)]
    [InlineData("2.1", "", LinkHello.StopAll)]
    public void SiloThatJoins_KnowsBesideWhomItMay(string joining, string alive, string? problem)
    {
        var said = SiloVersion.ProblemOf(joining, alive);

        if (problem is null) { Assert.Null(said); } else { Assert.Contains(problem, said, StringComparison.Ordinal); }
    }

    [Fact]
    public async Task OlderPeersCall_TakesDefaultsForWhatItDoesNotKnow_AndANewerOnesMayHoldMore()
    {
        var silo = await StartAsync(ClusterRole.Silo);
        await Node.ServingAsync(silo);
        var (link, _) = await RawLink.WelcomeAsync(silo);
        await using var peer = link;

        await peer.SendAsync(FrameKind.Call, 1, "[\"Probe\",\"a\",\"Join\",0,[\"one\"]]");
        Assert.Equal((FrameKind.Answer, 1, "\"one by default\""), await peer.ReadAsync());
        await peer.SendAsync(FrameKind.Call, 2, "[\"Probe\",\"a\",\"Join\",0,[\"one\",\"two\",{\"three\":[4]}],\"more\"]");
        Assert.Equal((FrameKind.Answer, 2, "\"one two\""), await peer.ReadAsync());
        await peer.SendAsync(FrameKind.Call, 3, "[\"Probe\",\"a\",\"Join\",0,[]]");
        Assert.Equal(FrameKind.Failure, (await peer.ReadAsync()).Kind);
    }

    [Fact]
    public async Task MethodThatAnOlderSiloDoesNotKnow_IsATypedRefusal_AndTheLinkGoesOn()
    {
        var silo = await FakeSilo.StartAsync(_store, async link =>
        {
            await FakeSilo.WelcomeAsync(link);
            var (_, number, _) = await link.ReadAsync();
            await link.SendAsync(
                FrameKind.Failure, number, $$"""{"Type":"{{typeof(UnknownGrainMethodException).FullName}}","Message":"no Count here","RetryAfterMs":0,"Begun":false}""");
            (_, number, _) = await link.ReadAsync();
            await link.SendAsync(FrameKind.Answer, number, "5");
            await Assert.ThrowsAnyAsync<Exception>(link.ReadAsync);
        });
        await using var running = silo;
        var probe = (await StartAsync(ClusterRole.Gateway)).Grains.GetGrain<IProbeGrain>("a");

        Assert.Equal("no Count here", (await Assert.ThrowsAsync<UnknownGrainMethodException>(() => probe.Count(1).AsTask())).Message);
        Assert.Equal(5, await probe.Count(1));
    }

    [Fact]
    public async Task MethodThatANewerPeerCalls_IsRefusedByName()
    {
        var silo = await StartAsync(ClusterRole.Silo);
        await Node.ServingAsync(silo);
        await using var peer = (await RawLink.WelcomeAsync(silo)).Link;

        await peer.SendAsync(FrameKind.Call, 1, "[\"Probe\",\"a\",\"Shout\",0,[]]");
        var (kind, _, json) = await peer.ReadAsync();

        Assert.Equal(FrameKind.Failure, kind);
        Assert.Contains(nameof(UnknownGrainMethodException), json, StringComparison.Ordinal);
        Assert.Contains("has no method Shout", json, StringComparison.Ordinal);
    }

    private async Task<Node> StartAsync(ClusterRole role, params (string Key, string Value)[] settings)
    {
        var node = await Node.StartAsync(_store, role, settings);
        _nodes.Add(node);
        return node;
    }
}
