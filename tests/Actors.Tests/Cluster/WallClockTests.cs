using LiveCommerce.Actors.Cluster;
using LiveCommerce.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>What time it is means nothing to a cluster; only how much has passed does.</summary>
public sealed class WallClockTests
{
    private const int BeatsMin = 12;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Jump = TimeSpan.FromHours(1);

    private readonly MemoryClusterStore _store = new();
    private readonly ManualTimeProvider _passing = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClocksThatJumpAnHourThereAndBack_KillNobodyAndMoveNoShard()
    {
        var (first, second) = (new JumpingClock(_passing), new JumpingClock(_passing));
        await using var one = await JoinAsync(first);
        await using var two = await JoinAsync(second);
        await BeatUntilAsync(view => new[] { one, two }.All(member => view.Shards.Count(shard => shard.Owner == member.SiloId) == Shards.Count / 2));
        var before = await ViewAsync();

        for (var beat = 0; beat < BeatsMin; beat++)
        {
            (first.Offset, second.Offset) = beat % 2 == 0 ? (Jump, -Jump) : (-Jump, Jump);
            var seen = (await ViewAsync()).Silos.ToDictionary(silo => silo.SiloId, silo => silo.Heartbeat);
            await BeatUntilAsync(view => view.Silos.All(silo => silo.Heartbeat > seen[silo.SiloId]));
        }

        var after = await ViewAsync();
        Assert.All(after.Silos, silo => Assert.Equal(SiloStatus.Active, silo.Status));
        Assert.Equal(before.Shards, after.Shards);
        Assert.False(one.IsFenced || two.IsFenced);
    }

    // Time passes only while nobody is busy: no beat is late because this machine is.
    private async Task BeatUntilAsync(Func<ClusterView, bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition(await ViewAsync()))
        {
            _passing.Advance(Step);
            await look.WaitForNextTickAsync(patience.Token);
        }
    }

    private ValueTask<ClusterView> ViewAsync() => _store.ReadAsync(Token);

    private Task<ClusterMember> JoinAsync(TimeProvider time) => ClusterMember.JoinAsync(
        _store, new SiloEntry("silo", "http://localhost", "1.0"), new Host(), new ClusterRules(), time, NullLogger.Instance, Token);

    private sealed class Host : IClusterHost
    {
        public ValueTask ReleaseAsync(IReadOnlyCollection<int> shards, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Left(bool inOrder)
        {
        }
    }

    /// <summary>Time passes as everywhere, but what it says is off, and by how much changes.</summary>
    private sealed class JumpingClock(ManualTimeProvider passing) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => passing.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => passing.GetUtcNow() + Offset;

        public override long GetTimestamp() => passing.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            passing.CreateTimer(callback, state, dueTime, period);
    }
}
