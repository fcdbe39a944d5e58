using System.Text;
using LiveCommerce.Actors;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Tests.Storage;

/// <summary>Grain state where several silos claim it, each under the epoch of its shard.</summary>
public sealed class ClusteredGrainStateTests : IAsyncLifetime
{
    private static readonly GrainId Room = new("Room", "r1");
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await Databases.CreateAsync(SqlDialect.PostgreSql);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task EachActivation_HasAnEpochOfItsOwn_AlsoUnderOneEpochOfItsShard()
    {
        var silo = StoreAt(7);
        var first = await silo.ClaimAsync(Room, "state", default);
        var etag = await silo.WriteAsync(Room, "state", first.Epoch, first.Etag, Bytes("one"));

        var second = await silo.ClaimAsync(Room, "state", default);
        var third = await silo.ClaimAsync(Room, "state", default);

        Assert.True(first.Epoch < second.Epoch && second.Epoch < third.Epoch);
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await silo.WriteAsync(Room, "state", second.Epoch, etag, Bytes("two")));
        Assert.NotNull(await silo.WriteAsync(Room, "state", third.Epoch, etag, Bytes("two")));
    }

    [Fact]
    public async Task OwnerOfAnOldShardEpoch_NeitherWritesNorClaims_HoweverOftenItHasClaimedBefore()
    {
        var (old, fresh) = (StoreAt(7), StoreAt(8));
        var claimed = await old.ClaimAsync(Room, "state", default);
        var etag = await old.WriteAsync(Room, "state", claimed.Epoch, claimed.Etag, Bytes("one"));
        for (var i = 0; i < 3; i++) { claimed = await old.ClaimAsync(Room, "state", default); }

        var taken = await fresh.ClaimAsync(Room, "state", default);

        Assert.True(taken.Epoch > claimed.Epoch);
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await old.WriteAsync(Room, "state", claimed.Epoch, etag, Bytes("two")));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await old.ClaimAsync(Room, "state", default));
        Assert.NotNull(await fresh.WriteAsync(Room, "state", taken.Epoch, taken.Etag, Bytes("two")));
    }

    [Fact]
    public async Task ProcessThatGoesOnAlone_ClaimsWhatAClusterHasLeft()
    {
        await using (var connection = await _database.Database.OpenAsync())
        {
            await using var raise = connection.CreateCommand();
            raise.CommandText = "update epoch_sequence set last = 9";
            await raise.ExecuteNonQueryAsync();
        }

        var silo = StoreAt(9);
        var before = await silo.ClaimAsync(Room, "state", default);
        await silo.WriteAsync(Room, "state", before.Epoch, before.Etag, Bytes("one"));

        var alone = await new SqlGrainStateStore(_database.Database).ClaimAsync(Room, "state", default);

        Assert.True(alone.Epoch > before.Epoch);
        Assert.Equal("one", Encoding.UTF8.GetString(alone.Payload.Span));
    }

    private SqlGrainStateStore StoreAt(long epoch) => new(_database.Database, new OwnerOfAll(epoch));

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class OwnerOfAll(long epoch) : ICluster
    {
        public long? SiloId => 1;

        public ClusterView View => ClusterView.Empty;

        public bool Serves(int shard) => true;

        public long? EpochOf(GrainId grain) => epoch;
    }
}
