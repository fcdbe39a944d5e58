using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Shop;

public sealed class ProductTests
{
    private static readonly ProductDetails Cup = new("A cup", null, 1_999, "usd", 5);

    [Fact]
    public async Task Products_AreListedNewestFirstAndSurviveARestart()
    {
        await using var world = await ShopWorld.StartAsync();
        var plate = await world.Make(Cup with { Title = "A plate" });

        await world.Payments.RestartAsync();

        var listed = await world.Payments.Grains.GetGrain<IShopGrain>(world.Seller.Id).List();
        Assert.Equal([plate, world.Product], listed);
    }

    [Fact]
    public async Task SameCreationAgain_IsAnsweredAlike_AndAnotherIsRefused()
    {
        await using var world = await ShopWorld.StartAsync();
        var product = world.Payments.Grains.GetGrain<IProductGrain>(world.Payments.NewKey());

        var first = Value(await product.Create(world.Seller.Person, Cup));

        Assert.Equal(first, Value(await product.Create(world.Seller.Person, Cup)));
        Assert.Equal(RefusalCode.KeyReused, Refused(await product.Create(world.Seller.Person, Cup with { Stock = 6 })).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await product.Create(Person("Bob").Person, Cup)).Code);
        Assert.Equal(2, (await world.Payments.Grains.GetGrain<IShopGrain>(world.Seller.Id).List()).Count);
    }

    [Fact]
    public async Task StockOfAStaleForm_SellsNothingTwice()
    {
        await using var world = await ShopWorld.StartAsync();
        var product = world.ProductGrain;
        var seen = Value(await product.Get()).Stock;
        Value(await product.Reserve(world.Payments.NewKey(), 1, world.Product.PriceMinor));
        var stale = new ProductDetails("A cup", null, world.Product.PriceMinor, "usd", seen + 10, StockSeen: seen);

        var refusal = Refused(await product.Update(world.Seller, stale));

        Assert.Equal(RefusalCode.StockChanged, refusal.Code);
        Assert.Equal(seen - 1, refusal.Amounts!["stock"]);
        Assert.Equal(seen - 1, Value(await product.Get()).Stock);
        var fresh = stale with { StockSeen = seen - 1 };
        Assert.Equal(seen + 10, Value(await product.Update(world.Seller, fresh)).Stock);

        // The answer was lost and the form is sent again.
        Assert.Equal(seen + 10, Value(await product.Update(world.Seller, fresh)).Stock);
    }

    public static TheoryData<ProductDetails> BadDetails() =>
    [
        Cup with { Title = " " },
        Cup with { Title = new string('x', ShopLimits.TitleLengthMax + 1) },
        Cup with { Title = "two\nlines" },
        Cup with { PriceMinor = 49 },
        Cup with { PriceMinor = 100_000_000 },
        Cup with { PriceMinor = -1 },
        Cup with { Currency = "eur" },
        Cup with { Stock = -1 },
        Cup with { Stock = 1_000_001 },
        Cup with { PictureId = "../../etc/passwd" },
    ];

    [Theory]
    [MemberData(nameof(BadDetails))]
    public async Task DetailsThatMakeNoSense_AreRefused(ProductDetails details)
    {
        await using var world = await ShopWorld.StartAsync();

        var created = await world.Payments.Grains.GetGrain<IProductGrain>(world.Payments.NewKey()).Create(world.Seller.Person, details);

        Assert.Equal(RefusalCode.ProductInvalid, Refused(created).Code);
        Assert.Equal(RefusalCode.ProductInvalid, Refused(await world.ProductGrain.Update(world.Seller, details)).Code);
        Assert.Single(await world.Payments.Grains.GetGrain<IShopGrain>(world.Seller.Id).List());
    }

    [Fact]
    public async Task OnlyTheSeller_ChangesAProduct()
    {
        await using var world = await ShopWorld.StartAsync();

        Assert.Equal(RefusalCode.NotProductOwner, Refused(await world.ProductGrain.Update(Person("Bob"), Cup with { PriceMinor = 50 })).Code);
        Assert.Equal(RefusalCode.ProductNotFound, Refused(await world.Payments.Grains.GetGrain<IProductGrain>("none").Update(world.Seller, Cup)).Code);
        Assert.Equal(1_999, (await world.Card()).PriceMinor);
    }

    [Fact]
    public async Task ShopThatIsFull_TakesNoMoreProducts()
    {
        await using var world = await ShopWorld.StartAsync();
        var shop = world.Payments.Grains.GetGrain<IShopGrain>("somebody");
        for (var i = 0; i < ShopLimits.ProductsPerSellerMax; i++) { Value(await shop.Add($"p{i}")); }

        Assert.Equal(RefusalCode.LimitReached, Refused(await shop.Add("one more")).Code);
        Value(await shop.Add("p1"));
    }

    [Fact]
    public async Task ReservedItems_AreSoldOrComeBack_EachOnce()
    {
        await using var world = await ShopWorld.StartAsync(stock: 5);
        var product = world.ProductGrain;

        Value(await product.Reserve("sold", 2, 1_999));
        Value(await product.Reserve("sold", 2, 1_999));
        Value(await product.Reserve("dropped", 1, 1_999));
        Assert.Equal(2, (await world.Card()).Stock);

        for (var i = 0; i < 2; i++)
        {
            Value(await product.Commit("sold", 2));
            await product.Release("dropped");
            await product.Release("sold");
        }

        Assert.Equal((3, 2), ((await world.Card()).Stock, (await world.Card()).Sold));
        await product.Close("sold");
        Assert.Equal((3, 2), ((await world.Card()).Stock, (await world.Card()).Sold));
    }

    [Fact]
    public async Task PinnedProduct_ShowsItsStockInTheRoomAsItIsBought()
    {
        await using var world = await ShopWorld.StartAsync(stock: 5);
        var room = world.Payments.Grains.GetGrain<IRoomGrain>(world.RoomId);
        Value(await room.Pin(world.Seller, world.Product.ProductId));

        await world.Buy(Person("Ben"), Visa, quantity: 2);

        await Until(async () => Value(await room.GetSnapshot()).Pinned is { Stock: 3, Sold: 2 });
    }

    [Fact]
    public async Task Picture_IsServedAsStoredAndBoundedInSize()
    {
        await using var world = await ShopWorld.StartAsync();
        var picture = world.Payments.Grains.GetGrain<IPictureGrain>(world.Payments.NewKey());

        Value(await picture.Put(world.Seller.Id, new Picture("image/webp", [1, 2, 3])));

        Assert.Equal([1, 2, 3], Value(await picture.Get()).Bytes);
        Assert.Equal(RefusalCode.KeyReused, Refused(await picture.Put(world.Seller.Id, new Picture("image/webp", [4]))).Code);
        Assert.Equal(RefusalCode.PictureInvalid, Refused(await picture.Put(world.Seller.Id, new Picture("image/svg+xml", [4]))).Code);
        Assert.Equal(
            RefusalCode.PictureInvalid,
            Refused(await picture.Put(world.Seller.Id, new Picture("image/webp", new byte[ShopLimits.PictureBytesMax + 1]))).Code);
        Assert.Equal(RefusalCode.NotFound, Refused(await world.Payments.Grains.GetGrain<IPictureGrain>("none").Get()).Code);
    }
}
