using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>Several processes are one product.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan UsualStart = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task ARoomSpansGateways_AndOutlivesTheSilosThatOwnIt()
    {
        await using var cluster = await SmallCluster.StartAsync();
        await cluster.ServedAsync();
        var (first, second) = (cluster.Gateways[0].Address, cluster.Gateways[1].Address);
        using var streamer = await new ApiClient(first).RegisterAsync("Ana");
        using var viewer = await new ApiClient(second).RegisterAsync("Ben");
        var room = await streamer.PostAsync<RoomView>("/api/rooms", new { title = "Cups", category = "home" }, Guid.CreateVersion7());
        await viewer.TopUpAsync(500);
        var gift = (await viewer.GetAsync<GiftPanel>("/api/gifts")).Gifts[0];

        await using var camera = await Camera.ConnectAsync(first, room.RoomId, streamer.Cookie);
        var streamId = await camera.ReadyAsync();
        await camera.RecordAsync();
        await Eventually.HoldsAsync(
            async () => (await viewer.GetAsync<RoomView>($"/api/rooms/{room.RoomId}")).Stream.Phase == StreamPhase.Live, "the room is live");

        // Who signed in at one gateway is known at the other.
        await using var owner = await HubClient.ConnectAsync(second, streamer.Cookie);
        await using var guest = await HubClient.ConnectAsync(first, viewer.Cookie);
        await owner.JoinAsync(room.RoomId);
        await guest.JoinAsync(room.RoomId);
        await SaysAndIsHeardAsync(guest, owner, room.RoomId, "before");

        var keys = new List<Guid>();
        foreach (var silo in cluster.Silos)
        {
            keys.Add(await GivesAndIsSeenAsync(viewer, owner, room.RoomId, gift));
            await silo.KillAsync();
            await SaysAndIsHeardAsync(guest, owner, room.RoomId, $"after {keys.Count} deaths");
            keys.Add(await GivesAndIsSeenAsync(viewer, owner, room.RoomId, gift));
            await silo.StartAgainAsync();
            await cluster.ServedAsync();
        }

        // The streamer was never interrupted: gateways carry the video.
        Assert.Equal(streamId, (await viewer.GetAsync<RoomView>($"/api/rooms/{room.RoomId}")).Stream.StreamId);

        // Each once, whatever was retried meanwhile.
        var left = (await viewer.GetAsync<Wallet>("/api/wallet")).Coins;
        Assert.Equal(500 - (keys.Count * gift.Price), left);
        var (exitCode, output) = await cluster.RunAsync("verify");
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task SilosThatAreRolledOneAfterAnotherUnderLoad_LoseNoGift_AndInterruptNobodyForLong()
    {
        await using var cluster = await SmallCluster.StartAsync();
        await cluster.ServedAsync();
        var gateway = cluster.Gateways[0].Address;
        using var streamer = await new ApiClient(gateway).RegisterAsync("Ana");
        using var viewer = await new ApiClient(gateway).RegisterAsync("Ben");
        var room = await streamer.PostAsync<RoomView>("/api/rooms", new { title = "Cups", category = "home" }, Guid.CreateVersion7());
        await viewer.TopUpAsync(5000);
        var gift = (await viewer.GetAsync<GiftPanel>("/api/gifts")).Gifts[0];
        await using var camera = await Camera.ConnectAsync(gateway, room.RoomId, streamer.Cookie);
        await camera.ReadyAsync();
        await camera.RecordAsync();
        await Eventually.HoldsAsync(
            async () => (await viewer.GetAsync<RoomView>($"/api/rooms/{room.RoomId}")).Stream.Phase == StreamPhase.Live, "the room is live");
        using var over = new CancellationTokenSource();
        var given = new Given();
        var giving = GiveUntilAsync(viewer, room.RoomId, gift, given, over.Token);
        var slowest = TimeSpan.Zero;

        foreach (var silo in cluster.Silos)
        {
            Assert.Equal(0, await silo.StopAsync("TERM"));

            // While this one is away the other one serves.
            var before = given.Count;
            await Eventually.HoldsAsync(() => given.Count >= before + 3 || giving.IsCompleted, "gifts are given while a silo is away");
            var since = TimeProvider.System.GetTimestamp();
            await silo.StartAgainAsync();
            if (TimeProvider.System.GetElapsedTime(since) is var took && took > slowest) { slowest = took; }
            await cluster.ServedAsync();
        }

        await over.CancelAsync();
        var longest = await giving;
        TestContext.Current.SendDiagnosticMessage("{0} gifts, the longest took {1}, the slowest start {2}", given.Count, longest, slowest);
        Assert.True(given.Count > 20, $"{given.Count} gifts");

        // A beat and a hand-over, and room for a machine that is busy with two starts; a start takes some three seconds on a quiet one.
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(12) * Math.Max(1, slowest / UsualStart));
        Assert.Equal(5000 - (given.Count * gift.Price), (await viewer.GetAsync<Wallet>("/api/wallet")).Coins);
        var (exitCode, output) = await cluster.RunAsync("verify");
        Assert.True(exitCode == 0, output);
    }

    /// <summary>Gives one gift after another, each asked for with its key until it is there.</summary>
    private static async Task<TimeSpan> GiveUntilAsync(ApiClient giver, string roomId, GiftItem gift, Given given, CancellationToken over)
    {
        var longest = TimeSpan.Zero;
        while (!over.IsCancellationRequested && (given.Count + 1) * gift.Price <= 5000)
        {
            var (key, since) = (Guid.CreateVersion7(), TimeProvider.System.GetTimestamp());
            await Eventually.HoldsAsync(
                async () =>
                {
                    using var answer = await giver.SendAsync(
                        HttpMethod.Post, $"/api/rooms/{roomId}/gifts", new { giftId = gift.GiftId, quantity = 1, unitPrice = gift.Price }, key);
                    return answer.IsSuccessStatusCode;
                },
                "the gift is given");
            given.Count++;
            if (TimeProvider.System.GetElapsedTime(since) is var took && took > longest) { longest = took; }
        }

        return longest;
    }

    private static async Task SaysAndIsHeardAsync(HubClient speaker, HubClient listener, string roomId, string text)
    {
        var key = Guid.CreateVersion7();
        await Eventually.HoldsAsync(
            async () => (await speaker.CallAsync("Say", new { roomId, key, text })).TryGetProperty("value", out _), $"\"{text}\" is said");
        await listener.HearAboutAsync(text);
    }

    private static async Task<Guid> GivesAndIsSeenAsync(ApiClient giver, HubClient watcher, string roomId, GiftItem gift)
    {
        var key = Guid.CreateVersion7();
        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await giver.SendAsync(
                    HttpMethod.Post, $"/api/rooms/{roomId}/gifts", new { giftId = gift.GiftId, quantity = 1, unitPrice = gift.Price }, key);
                return answer.IsSuccessStatusCode;
            },
            "the gift is given");
        await watcher.HearAboutAsync(key.ToString());
        return key;
    }

    /// <summary>What one hand has given so far.</summary>
    private sealed class Given
    {
        private volatile int _count;

        public int Count
        {
            get => _count;
            set => _count = value;
        }
    }

    private sealed record GiftPanel(IReadOnlyList<GiftItem> Gifts);
}
