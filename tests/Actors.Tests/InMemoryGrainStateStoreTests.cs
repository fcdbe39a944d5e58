using LiveCommerce.Actors.Storage;

namespace LiveCommerce.Actors.Tests;

public sealed class InMemoryGrainStateStoreTests
{
    private static readonly GrainId Ana = new("Basket", "ana");

    private readonly InMemoryGrainStateStore _store = new();

    [Fact]
    public async Task Claim_RaisesTheEpochAndFencesTheFormerOwner()
    {
        var first = await _store.ClaimAsync(Ana, "s", default);
        var etag = await _store.WriteAsync(Ana, "s", first.Epoch, null, "1"u8.ToArray());
        var second = await _store.ClaimAsync(Ana, "s", default);

        Assert.True(second.Epoch > first.Epoch);
        Assert.Equal(etag, second.Etag);
        Assert.Equal("1"u8.ToArray(), second.Payload.ToArray());
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Ana, "s", first.Epoch, etag, default));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.ClearAsync(Ana, "s", first.Epoch, etag));
    }

    [Fact]
    public async Task WriteWithAnOldEtag_IsRefusedAndChangesNothing()
    {
        var (_, _, epoch) = await _store.ClaimAsync(Ana, "s", default);
        var first = await _store.WriteAsync(Ana, "s", epoch, null, "1"u8.ToArray());
        var second = await _store.WriteAsync(Ana, "s", epoch, first, "2"u8.ToArray());

        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Ana, "s", epoch, first, "3"u8.ToArray()));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await _store.WriteAsync(Ana, "s", epoch, null, "3"u8.ToArray()));
        var stored = await _store.ReadAsync(Ana, "s", default);
        Assert.Equal("2"u8.ToArray(), stored.Payload.ToArray());
        Assert.Equal(second, stored.Etag);
    }

    [Fact]
    public async Task ClearedState_IsGoneAndStaysFenced()
    {
        var first = await _store.ClaimAsync(Ana, "s", default);
        var etag = await _store.WriteAsync(Ana, "s", first.Epoch, null, "1"u8.ToArray());
        await _store.ClearAsync(Ana, "s", first.Epoch, etag);
        var second = await _store.ClaimAsync(Ana, "s", default);

        Assert.Null(second.Etag);
        Assert.True(second.Payload.IsEmpty);
        Assert.True(second.Epoch > first.Epoch);
    }

    [Fact]
    public async Task NamesAndGrains_AreApart()
    {
        var (_, _, epoch) = await _store.ClaimAsync(Ana, "s", default);
        await _store.WriteAsync(Ana, "s", epoch, null, "1"u8.ToArray());
        Assert.Null((await _store.ClaimAsync(Ana, "t", default)).Etag);
        Assert.Null((await _store.ClaimAsync(new GrainId("Basket", "bob"), "s", default)).Etag);
    }
}
