using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>What is there after a kill: everything that somebody was told.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData("Sqlite")]
    [InlineData("PostgreSql")]
    public async Task Kill_LosesNoSessionRoomBalanceOrderBanMuteOrAuditLine(string provider)
    {
        await using var stage = await Stage.StartAsync(provider);
        var viewer = await stage.RegisterAsync("viewer one");
        var loud = await stage.RegisterAsync("loud one");
        var rude = await stage.RegisterAsync("rude one");
        await stage.GoLiveAsync();
        await viewer.TopUpAsync(500);
        await viewer.GiveAsync(stage.RoomId, stage.Gift, Guid.CreateVersion7(), quantity: 3);
        var product = await stage.Streamer.PostAsync<ProductCard>(
            "/api/products", new ProductDetails("Blue cup", null, 1_250, "usd", 5), Guid.CreateVersion7());
        var order = await viewer.PostAsync<OrderView>(
            "/api/orders", new PlaceOrder(product.ProductId, 2, 1_250, stage.RoomId, "pm_card_visa", NameMe: true, "/"), Guid.CreateVersion7());
        Assert.Equal(OrderState.Paid, order.State);
        await stage.Streamer.DoneAsync(
            HttpMethod.Post, $"/api/rooms/{stage.RoomId}/moderation", new { kind = "mute", accountId = loud.Id, seconds = 3_600, reason = "shouts" });
        await stage.Streamer.DoneAsync(
            HttpMethod.Post, $"/api/rooms/{stage.RoomId}/moderation", new { kind = "ban", accountId = rude.Id, reason = "insults" });
        (ApiClient Who, string Path)[] places =
        [
            (viewer, "/api/session"), (viewer, "/api/wallet"), (viewer, "/api/wallet/lines"), (viewer, "/api/orders"), (viewer, $"/api/products/{product.ProductId}"),
            (stage.Streamer, "/api/session"), (stage.Streamer, "/api/wallet"), (stage.Streamer, "/api/studio/orders"), (stage.Streamer, "/api/studio/products"),
            (stage.Streamer, $"/api/rooms/{stage.RoomId}/audit"),
        ];
        var before = await ReadAsync(places);
        var lines = JsonSerializer.Deserialize<JsonElement>(before[^1]).GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("act").GetString());
        Assert.Equal(["ban", "mute"], lines);

        await stage.Product.KillAloneAsync();
        await stage.Product.StartAgainAsync();

        Assert.Equal(before, await ReadAsync(places));
        Assert.Equal("Cups", (await stage.RoomAsync()).Title);
        await stage.NewClient().SignInAsync("viewer one", ApiClient.Password);
        await using var loudHub = await HubClient.ConnectAsync(stage.Product.Address, loud.Cookie);
        await loudHub.JoinAsync(stage.RoomId);
        Assert.Equal(RefusalCode.Muted, (await loudHub.RefusedAsync("Say", new { key = Guid.CreateVersion7(), text = "HELLO" })).Code);
        await using var rudeHub = await HubClient.ConnectAsync(stage.Product.Address, rude.Cookie);
        Assert.Equal(RefusalCode.Banned, (await rudeHub.RefusedAsync("Join", new { roomId = stage.RoomId })).Code);
    }

    [Fact]
    public async Task ViewerThatComesBackAfterAKill_IsShownTheGiftsAndMessagesItMissed()
    {
        await using var stage = await Stage.StartAsync();
        var sender = await stage.RegisterAsync("sender");
        await sender.TopUpAsync(500);
        await stage.GoLiveAsync();
        var seen = Guid.CreateVersion7();
        Guid[] missed = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        RoomPosition last;
        await using (var hub = await HubClient.ConnectAsync(stage.Product.Address))
        {
            await hub.JoinAsync(stage.RoomId);
            await sender.GiveAsync(stage.RoomId, stage.Gift, seen);
            await hub.HearAsync("gift", gift => gift.GetProperty("key").GetGuid() == seen);
            last = hub.Position;
        }

        foreach (var key in missed) { await sender.GiveAsync(stage.RoomId, stage.Gift, key); }
        await stage.Product.KillAloneAsync();
        await stage.Product.StartAgainAsync();

        RoomSnapshot? snapshot = null;
        Guid[] all = [seen, .. missed];

        // A room lets people in before its ledger has told it everything: whoever came too early comes again.
        await Eventually.HoldsAsync(
            async () =>
            {
                await using var early = await HubClient.ConnectAsync(stage.Product.Address);
                return (snapshot = await early.JoinAsync(stage.RoomId, last)).Gifts.Count >= all.Length;
            },
            "the gifts that were missed are shown");
        Assert.Equal(all, snapshot!.Gifts.Select(gift => gift.Key));
        Assert.True(snapshot.Position > last, $"{snapshot.Position} is not after {last}.");

        await using var back = await HubClient.ConnectAsync(stage.Product.Address);
        await back.JoinAsync(stage.RoomId);

        // And the room goes on from there.
        await stage.GoLiveAsync();
        var next = Guid.CreateVersion7();
        await sender.GiveAsync(stage.RoomId, stage.Gift, next);
        await back.HearAsync("gift", gift => gift.GetProperty("key").GetGuid() == next);
    }

    private static async Task<string[]> ReadAsync((ApiClient Who, string Path)[] places)
    {
        var texts = new string[places.Length];
        for (var i = 0; i < places.Length; i++) { texts[i] = await places[i].Who.TextAsync(places[i].Path); }
        return texts;
    }
}
