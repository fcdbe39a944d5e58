using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Links;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>What becomes of a call in a silo that gives shards away, by a clock that the test turns.</summary>
public sealed class LeavingTogetherTests : IAsyncDisposable
{
    private const string Caller = "caller";
    private const string Called = "called";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ProbeSilo _silo = new();
    private readonly OneSilo _cluster = new();
    private readonly ClusterLink _link;

    public LeavingTogetherTests()
    {
        // No other silo is ever reached, so nothing is asked of what speaks to one.
        var client = new LinkClient("here", new LinkContracts(1, ""), null!, null!, null!, new LinkOptions(), null!, new ActorOptions(), _silo.Time, NullLogger.Instance);
        _link = new ClusterLink(_silo.Directory, _cluster, client, new ClusterOptions(), NullLogger.Instance);
        _silo.Directory.UseLink(_link, grain => _cluster.Serves(Shards.Of(grain.Key)));
        _silo.Time.Advance(Look);
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _silo.DisposeAsync();
    }

    [Fact]
    public async Task CallThatComesBackToATurnThatLeavesWithItsGrain_FailsAtOnce()
    {
        var turn = await WaitForOneThatEndsAsync();
        _cluster.GiveAway(Caller, Called);
        _silo.Script.Release($"deactivate {Called} Requested");

        var failure = await Assert.ThrowsAsync<GrainUnavailableException>(() => turn.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Equal((Called, false), (failure.Grain.Key, failure.Begun));
        Assert.Equal(0, _link.ParkedCount);
    }

    [Fact]
    public async Task CallThatComesBackToATurnThatStays_WaitsForTheNextOwner()
    {
        var turn = await WaitForOneThatEndsAsync();
        _cluster.GiveAway(Called);
        _silo.Script.Release($"deactivate {Called} Requested");
        await Node.UntilAsync(() => _link.ParkedCount == 1);
        Assert.False(turn.IsCompleted);

        _cluster.GiveAway();
        _silo.Time.Advance(Look);
        Assert.Equal(1, await turn.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CallThatComesBackToATurnOfAFencedSilo_WaitsUntilItServesAgain()
    {
        var turn = await WaitForOneThatEndsAsync();
        _cluster.IsFenced = true;
        _silo.Script.Release($"deactivate {Called} Requested");
        await Node.UntilAsync(() => _link.ParkedCount == 1);
        _silo.Time.Advance(Look);
        Assert.Equal((1, false), (_link.ParkedCount, turn.IsCompleted));

        _cluster.IsFenced = false;
        _silo.Time.Advance(Look);
        Assert.Equal(1, await turn.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CallThatComesBackToATurnThatLeavesAFencedSiloWithItsGrain_FailsAtOnce()
    {
        var turn = await WaitForOneThatEndsAsync();
        _cluster.GiveAway(Caller, Called);
        _cluster.IsFenced = true;
        _silo.Script.Release($"deactivate {Called} Requested");

        await Assert.ThrowsAsync<GrainUnavailableException>(() => turn.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Equal(0, _link.ParkedCount);
    }

    [Fact]
    public void ShardOfAFencedSilo_IsItsOwnStill_UntilItIsGivenAway()
    {
        var (agent, rules) = (new SiloAgent(1, new ClusterRules()), new ClusterRules());
        agent.Beaten(_cluster.View, TimeSpan.Zero, TimeSpan.Zero);
        Assert.Equal(1, agent.EpochOf(7, TimeSpan.Zero));
        Assert.Null(agent.EpochOf(7, rules.FenceAfter));
        Assert.Contains(7, agent.Owned.Keys);

        agent.Release([new ShardRow(7, null, 1)]);
        Assert.DoesNotContain(7, agent.Owned.Keys);
    }

    /// <summary>A turn of one grain that waits for another, which is about to leave memory and comes to no further call.</summary>
    private async Task<Task<int>> WaitForOneThatEndsAsync()
    {
        var grains = _silo.Directory.GrainFactory;
        _silo.Script.Hold($"deactivate {Called} Requested");
        await grains.GetGrain<IProbeGrain>(Called).Leave();
        await _silo.Script.Noted($"+deactivate {Called} Requested");
        var turn = grains.GetGrain<IProbeGrain>(Caller).DoThenCount("ask", Called).AsTask();
        await Node.UntilAsync(() => _silo.Directory.Describe(grain => grain.Key == Called, 1) is [var called] && called.Contains(" 1 waiting", StringComparison.Ordinal));
        return turn;
    }

    /// <summary>A cluster of this silo alone, which has every shard and does not serve those that it is giving away.</summary>
    private sealed class OneSilo : ICluster
    {
        private volatile HashSet<int> _givenAway = [];
        private bool _isFenced;

        public long? SiloId => 1;

        public ClusterView View { get; } = new(
            [new SiloRow(1, "one", "http://localhost:9", "1", SiloStatus.Active, 1)], [.. Enumerable.Range(0, Shards.Count).Select(shard => new ShardRow(shard, 1, 1))]);

        /// <summary>The database is silent, and nothing is served.</summary>
        public bool IsFenced { get => Volatile.Read(ref _isFenced); set => Volatile.Write(ref _isFenced, value); }

        public bool Serves(int shard) => !IsFenced && Holds(shard);

        public bool Holds(int shard) => !_givenAway.Contains(shard);

        public long? EpochOf(GrainId grain) => Serves(Shards.Of(grain.Key)) ? 1 : null;

        public void GiveAway(params string[] keys) => _givenAway = [.. keys.Select(key => Shards.Of(key))];
    }
}
