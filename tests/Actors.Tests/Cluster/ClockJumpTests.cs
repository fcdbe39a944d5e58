using LiveCommerce.Actors.Cluster;
using LiveCommerce.Tests;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Wall clocks decide nothing in a cluster: one that jumps by an hour changes nothing.</summary>
public sealed class ClockJumpTests : IAsyncDisposable
{
    // Declared dead, found another one dead, fenced, a link that broke.
    private static readonly string[] Ends = ["1104:", "1105:", "1109:", "1223:"];

    // An hour is more than all of these; a machine that is busy for some seconds is less.
    private static readonly (string Key, string Value)[] Patience =
    [
        ("Links:ConnectWithin", "00:00:50"), ("Links:DeadAfter", "00:01:00"), ("Links:StalledAfter", "00:01:00"), ("Actors:CallTimeout", "00:02:00"),
        ("Cluster:FenceAfter", "00:00:40"), ("Cluster:DeadAfter", "00:01:00"), ("Cluster:OwnerPatience", "00:00:50"),
    ];

    private readonly MemoryClusterStore _store = new();
    private readonly List<Node> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Fact]
    public async Task ClocksThatJumpByAnHour_MakeNobodyDead_MoveNoShard_CostNoCall_AndEndNoWait()
    {
        ShiftedTime[] clocks = [new(TimeSpan.Zero), new(TimeSpan.Zero), new(TimeSpan.Zero)];
        var first = await StartAsync(ClusterRole.Silo, clocks[0]);
        var second = await StartAsync(ClusterRole.Silo, clocks[1]);
        await Node.ServingAsync(first, second);
        var gateway = await StartAsync(ClusterRole.Gateway, clocks[2]);
        await Node.UntilAsync(() => new[] { first, second }.All(silo => first.Cluster.View.Shards.Count(shard => shard.Owner == silo.Cluster.SiloId) == Shards.Count / 2));
        var before = first.Cluster.View;
        first.Script.Hold("held");
        var held = gateway.Grains.GetGrain<IProbeGrain>(first.KeyHere()).Do("held").AsTask();
        await first.Script.Noted("+held");
        int round = 0;

        foreach (var clock in clocks)
        {
            foreach (var hours in (int[])[1, -1, 0])
            {
                clock.By = TimeSpan.FromHours(hours);
                var beats = Beats();

                // Some beats of both, each with calls to both.
                while (Beats().Zip(beats).Any(pair => pair.First < pair.Second + 4))
                {
                    round++;
                    Assert.Equal(1, await gateway.Grains.GetGrain<IProbeGrain>($"a-{round}").Count(1));
                    Assert.Equal(2, await first.Grains.GetGrain<IProbeGrain>($"b-{round}").Count(2));
                }
            }
        }

        Assert.False(held.IsCompleted);
        first.Script.Release("held");
        await held;
        Assert.Equal(before.Silos.Select(silo => (silo.SiloId, silo.Status)), first.Cluster.View.Silos.Select(silo => (silo.SiloId, silo.Status)));
        Assert.Equal(before.Shards.Select(shard => (shard.Shard, shard.Owner)), first.Cluster.View.Shards.Select(shard => (shard.Shard, shard.Owner)));
        Assert.All(_nodes, node => Assert.DoesNotContain(node.Log.Lines, line => Array.Exists(Ends, end => line.StartsWith(end, StringComparison.Ordinal))));

        long[] Beats() => [.. first.Cluster.View.Silos.Select(silo => silo.Heartbeat)];
    }

    private async Task<Node> StartAsync(ClusterRole role, TimeProvider time)
    {
        var node = await Node.StartAsync(_store, role, new Script(), time, Patience);
        _nodes.Add(node);
        return node;
    }
}
