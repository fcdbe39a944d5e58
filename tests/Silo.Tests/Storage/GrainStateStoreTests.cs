using System.Text;
using Dapper;
using LiveCommerce.Actors;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Tests.Storage;

/// <summary>What every store of grain state promises.</summary>
public abstract class GrainStateStoreSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly GrainId Room = new("Room", "r1");
    private TestDatabase _database = null!;
    private SqlGrainStateStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _store = new SqlGrainStateStore(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task NewGrain_HasNoEtagAndAnEpoch()
    {
        var claimed = await _store.ClaimAsync(Room, "state", default);

        Assert.Null(claimed.Etag);
        Assert.True(claimed.Payload.IsEmpty);
        Assert.True(claimed.Epoch > 0);
    }

    [Fact]
    public async Task WhatWasWritten_IsReadByTheNextClaim()
    {
        var first = await _store.ClaimAsync(Room, "state", default);
        var etag = await _store.WriteAsync(Room, "state", first.Epoch, first.Etag, Bytes("one"));
        var second = await _store.ClaimAsync(Room, "state", default);

        Assert.Equal("one", Encoding.UTF8.GetString(second.Payload.Span));
        Assert.Equal(etag, second.Etag);
        Assert.True(second.Epoch > first.Epoch);
    }

    [Fact]
    public async Task OvertakenOwner_CannotWriteOrClear()
    {
        var old = await _store.ClaimAsync(Room, "state", default);
        var etag = await _store.WriteAsync(Room, "state", old.Epoch, old.Etag, Bytes("one"));
        await _store.ClaimAsync(Room, "state", default);

        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Room, "state", old.Epoch, etag, Bytes("two")));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.ClearAsync(Room, "state", old.Epoch, etag));
        Assert.Equal("one", Encoding.UTF8.GetString((await _store.ReadAsync(Room, "state", default)).Payload.Span));
    }

    [Fact]
    public async Task StaleEtag_IsRefused()
    {
        var claimed = await _store.ClaimAsync(Room, "state", default);
        var first = await _store.WriteAsync(Room, "state", claimed.Epoch, null, Bytes("one"));
        await _store.WriteAsync(Room, "state", claimed.Epoch, first, Bytes("two"));

        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Room, "state", claimed.Epoch, first, Bytes("three")));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Room, "state", claimed.Epoch, null, Bytes("three")));
    }

    [Fact]
    public async Task Cleared_ReadsAsNewAndCanBeWrittenAgain()
    {
        var claimed = await _store.ClaimAsync(Room, "state", default);
        var etag = await _store.WriteAsync(Room, "state", claimed.Epoch, null, Bytes("one"));
        await _store.ClearAsync(Room, "state", claimed.Epoch, etag);

        Assert.Null((await _store.ReadAsync(Room, "state", default)).Etag);
        Assert.NotNull(await _store.WriteAsync(Room, "state", claimed.Epoch, null, Bytes("two")));
    }

    [Fact]
    public async Task StatesOfOneGrain_AreApart()
    {
        var bans = await _store.ClaimAsync(Room, "bans", default);
        var rules = await _store.ClaimAsync(Room, "rules", default);
        await _store.WriteAsync(Room, "bans", bans.Epoch, null, Bytes("b"));
        await _store.WriteAsync(Room, "rules", rules.Epoch, null, Bytes("r"));

        Assert.Equal("b", Encoding.UTF8.GetString((await _store.ReadAsync(Room, "bans", default)).Payload.Span));
    }

    [Fact]
    public async Task ParallelClaims_GetDifferentEpochs()
    {
        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _store.ClaimAsync(Room, "state", default).AsTask()));

        Assert.Equal(20, claims.Select(claim => claim.Epoch).Distinct().Count());
    }

    [Fact]
    public async Task GrainThatWasNeverWritten_LeavesNoRowAndCostsNoCommit()
    {
        for (var i = 0; i < 20; i++) { await _store.ClaimAsync(new GrainId("Room", $"nothing{i}"), "state", default); }

        await using var connection = await _database.Database.OpenAsync();
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from grain_state"));
        var last = await connection.ExecuteScalarAsync<long>("select last from epoch_sequence");
        await _store.ClaimAsync(Room, "state", default);
        Assert.Equal(last, await connection.ExecuteScalarAsync<long>("select last from epoch_sequence"));
    }

    [Fact]
    public async Task OfTwoWhoClaimedANewGrain_TheFirstToWriteWins()
    {
        var one = await _store.ClaimAsync(Room, "state", default);
        var two = await _store.ClaimAsync(Room, "state", default);
        await _store.WriteAsync(Room, "state", one.Epoch, null, Bytes("one"));

        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Room, "state", two.Epoch, null, Bytes("two")));
        var next = await _store.ClaimAsync(Room, "state", default);
        Assert.Equal("one", Encoding.UTF8.GetString(next.Payload.Span));
        Assert.True(next.Epoch > two.Epoch);
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

public sealed class SqliteGrainStateStoreTests() : GrainStateStoreSuite(SqlDialect.Sqlite);

public sealed class PostgresGrainStateStoreTests() : GrainStateStoreSuite(SqlDialect.PostgreSql);
