using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;

namespace LiveCommerce.Silo.Tests.Shop;

/// <summary>What the store of pictures promises.</summary>
public abstract class PicturesSuite(SqlDialect dialect) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private Pictures _pictures = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _pictures = new Pictures(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task StoredPicture_ComesBackToTheByte()
    {
        var bytes = new byte[ShopLimits.PictureBytesMax];
        Random.Shared.NextBytes(bytes);

        Assert.True(await _pictures.PutAsync("p1", "ana", new Picture("image/webp", bytes)));

        var found = await _pictures.FindAsync("p1");
        Assert.Equal("image/webp", found!.ContentType);
        Assert.Equal(bytes, found.Bytes);
    }

    [Fact]
    public async Task SamePictureAgain_IsFine_AndAnotherIsRefused()
    {
        Assert.True(await _pictures.PutAsync("p1", "ana", new Picture("image/jpeg", [1, 2])));
        Assert.True(await _pictures.PutAsync("p1", "ana", new Picture("image/jpeg", [1, 2])));
        Assert.False(await _pictures.PutAsync("p1", "ana", new Picture("image/jpeg", [1, 3])));
        Assert.False(await _pictures.PutAsync("p1", "bob", new Picture("image/jpeg", [1, 2])));

        Assert.Equal([1, 2], (await _pictures.FindAsync("p1"))!.Bytes);
    }

    [Fact]
    public async Task UnknownPicture_IsNotThere() => Assert.Null(await _pictures.FindAsync("p1"));
}

public sealed class SqlitePicturesTests() : PicturesSuite(SqlDialect.Sqlite);

public sealed class PostgresPicturesTests() : PicturesSuite(SqlDialect.PostgreSql);
