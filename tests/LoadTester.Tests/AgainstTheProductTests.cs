using System.Text.Json;
using LiveCommerce.Host;
using LiveCommerce.LoadTester.Reports;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>The load tester against the whole product, started in this process, over sockets.</summary>
public sealed class AgainstTheProductTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-load-").FullName;
    private Product _product = null!;

    public async ValueTask InitializeAsync() => _product = await Product.StartAsync(new ProductSettings(_folder, "http://127.0.0.1:0"));

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task FiftyViewersOfALiveRoom_MissNothing_AndEveryGiftIsInItsWallet()
    {
        var plan = new LoadPlan
        {
            Server = _product.Address,
            Viewers = 50,
            JoinsPerSecond = 100,
            Duration = TimeSpan.FromSeconds(4),
            ChatPerSecond = 3,
            GiftsPerSecond = 25,
            Publish = true,
        };

        var result = await new LoadRun(plan, TimeProvider.System, _ => { }, _ => { }).RunAsync(TestContext.Current.CancellationToken);

        Assert.All(result.Checks, check => Assert.True(check.Kept, $"{check.Name}: {check.Detail}"));
        Assert.Equal(100, result.Load.Gifts.Acknowledged);
        Assert.Equal((50 + plan.Senders) * 100, result.Load.Meter.Gift.Count);
        Assert.Equal((50 + plan.Senders) * 12, result.Load.Meter.Chat.Count);
        var json = JsonSerializer.Serialize(ResultFile.Describe(result, DateTimeOffset.UnixEpoch), ResultFile.Json);
        Assert.Contains("\"kept\": true", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RoomThatIsNotLive_TakesMessages_AndGiftsAreNotEvenTried()
    {
        var plan = new LoadPlan { Server = _product.Address, Viewers = 5, Duration = TimeSpan.FromSeconds(1), ChatPerSecond = 2 };

        var result = await new LoadRun(plan, TimeProvider.System, _ => { }, _ => { }).RunAsync(TestContext.Current.CancellationToken);
        Assert.All(result.Checks, check => Assert.True(check.Kept, $"{check.Name}: {check.Detail}"));

        var refused = await Assert.ThrowsAsync<StageException>(() =>
            new LoadRun(plan with { GiftsPerSecond = 1 }, TimeProvider.System, _ => { }, _ => { }).RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains("--publish", refused.Message, StringComparison.Ordinal);
    }
}
