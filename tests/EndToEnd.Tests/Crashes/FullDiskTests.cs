using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.EndToEnd.Tests.Crashes;

/// <summary>The database's disk is full while gifts are given: they are refused in words, and go on by themselves when there is space.</summary>
public sealed class FullDiskTests
{
    private const int Megabytes = 224;
    private const int AnswersBefore = 30;
    private const int RepeatsChecked = 5;
    private const long Coins = 50_000;

    [Fact]
    public async Task FullDiskUnderPostgreSql_RefusesGiftsInWords_LosesNoAcknowledgedOne_AndGoesOnWhenThereIsSpace()
    {
        await using var disk = await SmallDisk.CreateAsync(Megabytes);
        await using var database = await PostgresServer.StartInAsync(disk.Folder, "max_wal_size=64MB", "min_wal_size=32MB");
        await CrashTests.CreateDatabaseAsync(database);
        await using var stage = await Stage.StartOnAsync(database.ConnectionString("crash"));
        var load = await CrashLoad.PrepareAsync(stage);
        var giver = await stage.RegisterAsync("one who goes on");
        await giver.TopUpAsync(Coins);
        await stage.GoLiveAsync();
        var enough = load.Book.AnswersReach(AnswersBefore);
        var (giving, over) = load.Begin(seed: 1);
        await Task.WhenAny(enough, giving);
        Assert.True(enough.IsCompletedSuccessfully, $"The gifts ended before the disk was full: {load.Book.Problem}");

        load.Strikes();
        await disk.FillAsync(database);
        var tries = new Tries(stage, giver);
        await Eventually.HoldsAsync(async () => await tries.NextAsync() == RefusedFor.NoSpace, "a gift is refused for want of space");
        Assert.NotEqual(RefusedFor.Nothing, await tries.NextAsync());

        await disk.FreeAsync(database);
        await database.EnsureRunningAsync();
        over.SetResult();
        await giving;
        Assert.Null(load.Book.Problem);

        // Nobody does anything at the server: it finds its way back alone. A room that could not write is live again with its publisher.
        StreamPhase? phase = null;
        await Eventually.HoldsAsync(async () => (phase = await stage.PhaseOrNullAsync()) is not null, "the room answers");
        if (phase != StreamPhase.Live) { await stage.GoLiveAsync(); }
        await Eventually.HoldsAsync(async () => await tries.NextAsync() == RefusedFor.Nothing, "gifts are taken again");
        await tries.SettleAsync();
        await load.SettleOpenAsync();
        await load.RepeatSomeAsync(new Random(1), RepeatsChecked);
        await load.CheckWalletsAsync();
        Assert.Equal(Coins - (tries.Acknowledged.Count * stage.Gift.Price), (await giver.GetAsync<Wallet>("/api/wallet")).Coins);
        var (exitCode, output) = await stage.Product.RunAsync("verify");
        Assert.True(exitCode == 0, output);
        Assert.Equal(0, await stage.Product.StopAsync());

        var stored = await CrashTests.ReadGiftsAsync(database, stage.ConnectionString);
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(load.Book.Acknowledged.Concat(tries.Acknowledged).Except(stored));
        Assert.Empty(stored.Except(load.Book.Sent.Keys).Except(tries.Acknowledged));
    }

    private enum RefusedFor
    {
        Nothing,
        NoSpace,

        /// <summary>The server said nothing within the patience of its caller.</summary>
        NoAnswer,
    }

    /// <summary>Gifts one after the other; what had no receipt is repeated with its key.</summary>
    private sealed class Tries(Stage stage, ApiClient giver)
    {
        private readonly List<Guid> _open = [];

        public List<Guid> Acknowledged { get; } = [];

        public async Task<RefusedFor> NextAsync()
        {
            var key = Guid.CreateVersion7();
            var refused = await TryAsync(key);
            if (refused != RefusedFor.Nothing) { _open.Add(key); }
            return refused;
        }

        public async Task SettleAsync()
        {
            foreach (var key in _open) { await Eventually.HoldsAsync(async () => await TryAsync(key) == RefusedFor.Nothing, $"{key} is answered"); }
            _open.Clear();
        }

        private async Task<RefusedFor> TryAsync(Guid key)
        {
            try
            {
                using var answer = await giver.SendAsync(
                    HttpMethod.Post, $"/api/rooms/{stage.RoomId}/gifts", new { giftId = stage.Gift.GiftId, quantity = 1, unitPrice = stage.Gift.Price }, key);
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.IsSuccessStatusCode)
                {
                    Assert.Equal(key, JsonSerializer.Deserialize<GiftReceipt>(text, WireJson.Options)!.Key);
                    Acknowledged.Add(key);
                    return RefusedFor.Nothing;
                }

                var refusal = JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!;
                Assert.True(
                    answer.StatusCode == HttpStatusCode.ServiceUnavailable && refusal.Code is RefusalCode.Busy or RefusalCode.Unavailable or RefusalCode.StreamNotLive,
                    $"{(int)answer.StatusCode} {text}");
                return RefusedFor.NoSpace;
            }
            catch (OperationCanceledException)
            {
                return RefusedFor.NoAnswer;
            }
        }
    }
}
