using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Host;
using LiveCommerce.LoadTester.Reports;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>The load tester against the whole product, started in this process, over sockets.</summary>
public sealed class AgainstTheProductTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-load-").FullName;
    private Product _product = null!;

    public async ValueTask InitializeAsync() => _product = await Product.StartAsync(new ProductSettings(_folder, "http://127.0.0.1:0", Settings()));

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ViewersOfALiveRoom_MissNothing_EveryGiftIsInItsWallet_AndExactlyTheStockIsSold()
    {
        var scenario = ScenarioFile.Read("test", """
            {
              "name": "Everything", "durationSeconds": 5,
              "rooms": [{ "name": "stage", "publish": true, "stock": 12 }],
              "viewers": [{ "name": "crowd", "room": "stage", "count": 40, "arrivePerSecond": 100, "plays": 0.1 },
                          { "name": "players", "room": "stage", "count": 10, "arrivePerSecond": 100, "plays": 0.5, "lowLatency": true }],
              "actions": [
                { "do": "chat", "room": "stage", "perSecond": 3 },
                { "do": "gift", "room": "stage", "perSecond": 20, "combo": [1, 4] },
                { "do": "like", "room": "stage", "perSecond": 5, "quantity": [1, 20] },
                { "do": "buy", "room": "stage", "perSecond": 5, "quantity": [1, 2] },
              ],
              "acts": [{ "do": "cardGift", "room": "stage", "at": 1, "gift": "rocket", "people": 2 }],
            }
            """);

        var result = await RunAsync(scenario);

        AssertKept(result);
        var (load, everybody) = (result.Load, 50 + scenario.Senders);
        Assert.Equal((100, 15), (load.Gifts.Acknowledged, load.Chats.Acknowledged));

        // On a machine that has too much to do a viewer may fall behind and skip to a snapshot, which is declared.
        if (load.Meter.Snapshots == 0)
        {
            Assert.Equal((everybody * 100, everybody * 15), ((int)load.Meter.Gift.Count, (int)load.Meter.Chat.Count));
            Assert.Equal(load.Orders.Acknowledged * everybody, load.Meter.Order.Count);
        }

        Assert.True(load.Meter.Expected.ByName().Any(one => one.Name == "out_of_stock"), "25 orders want more than 12 items");
        Assert.True(load.Meter.Segments > 0, "five players fetch segments");
        Assert.Equal(5, load.Meter.Players);
        Assert.True(load.Meter.Parts > 5, "five players fetch parts, three a second where the machine has the time");
        Assert.True(load.Meter.Delay.Count > 0, "and know how old they are");
        Assert.Equal(0, load.Meter.Errors.Total);
        var json = JsonSerializer.Serialize(ResultFile.Describe(result, DateTimeOffset.UnixEpoch), ResultFile.Json);
        Assert.Contains("\"kept\": true", json, StringComparison.Ordinal);
        Assert.Contains($"All {result.Checks.Count} checks kept", HtmlReport.Write(result, DateTimeOffset.UnixEpoch), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoComesAndGoes_AndWhoIsBrokenByAStorm_ComesBackWithoutAHole_AndSlowReadersChangeNothing()
    {
        var scenario = ScenarioFile.Read("test", """
            {
              "name": "Unrest", "durationSeconds": 6, "protocol": "mixed",
              "rooms": [{ "name": "talk", "count": 3 }],
              "viewers": [
                { "name": "crowd", "room": "talk", "count": 60, "arrivePerSecond": 200 },
                { "name": "guests", "room": "talk", "count": 15, "arriveAt": 1, "arrivePerSecond": 20, "staySeconds": [0.5, 1.5], "awaySeconds": [0.1, 0.5] },
                { "name": "strangers", "room": "talk", "count": 6, "arrivePerSecond": 100, "staySeconds": [1, 2], "awaySeconds": 0.2, "resume": false },
                { "name": "slow", "room": "talk", "count": 3, "readBytesPerSecond": 4000 },
                { "name": "stopped", "room": "talk", "count": 3, "readBytesPerSecond": 0 },
              ],
              "actions": [{ "do": "chat", "room": "talk", "perSecond": 12 }],
              "storms": [{ "at": 2, "viewers": "crowd" }, { "at": 3, "share": 0.5, "withinSeconds": 0.5, "viewers": "crowd" }],
              "checks": ["rejoin.p99<=60000"],
            }
            """);

        var result = await RunAsync(scenario);

        AssertKept(result);
        Assert.InRange(result.Load.Meter.Reconnects, 60, 600);
        Assert.True(result.Load.Meter.Rejoin.Count >= 60);
        Assert.Equal(3, result.Load.Rooms.Count);
        Assert.Equal(72, result.Load.Chats.Acknowledged);
    }

    [Fact]
    public async Task EveningWithABattleAGoalARedPacketAndABan_KeepsEveryPromise()
    {
        var scenario = ScenarioFile.Read("test", """
            {
              "name": "Show", "durationSeconds": 8,
              "rooms": [{ "name": "stage", "publish": true }, { "name": "rival", "publish": true }],
              "viewers": [{ "room": "stage", "count": 10 }],
              "actions": [
                { "do": "gift", "room": "stage", "perSecond": 5 },
                { "do": "gift", "room": "rival", "perSecond": 8 },
              ],
              "acts": [
                { "do": "goal", "room": "stage", "at": 1, "coins": 5 },
                { "do": "battle", "room": "stage", "against": "rival", "at": 1, "giveUpAfterSeconds": 5 },
                { "do": "redPacket", "room": "stage", "at": 2, "coins": 100, "shares": 4, "people": 8 },
                { "do": "ban", "room": "stage", "at": 3, "people": 2 },
              ],
            }
            """);

        var result = await RunAsync(scenario);

        AssertKept(result);
        var acts = result.Checks.Where(check => check.Name.Contains("second", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, acts.Count);
        Assert.Contains(acts, check => check.Detail.Contains("4 shares of 100 coins, 0 went back", StringComparison.Ordinal));
        Assert.Contains(acts, check => check.Detail.EndsWith("Conceded", StringComparison.Ordinal) && !check.Detail.StartsWith("0 to 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RoomThatIsNotLive_TakesMessages_AndGiftsAreNotEvenTried()
    {
        var (scenario, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse($"--url {_product.Address} --viewers 5 --duration 1 --chat 2"));
        AssertKept(await RunAsync(scenario!));

        var (giving, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse($"--url {_product.Address} --viewers 5 --duration 1 --gifts 1"));
        var refused = await Assert.ThrowsAsync<StageException>(() => RunAsync(giving!));
        Assert.Contains("--publish", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, (int)WireProtocol.Json, 1)]
    [InlineData(false, (int)WireProtocol.MessagePack, 1)]
    [InlineData(true, (int)WireProtocol.Json, 1)]
    [InlineData(true, (int)WireProtocol.MessagePack, 1)]
    [InlineData(true, (int)WireProtocol.Json, 3)]
    public async Task BareSocketsAndTheFrameworks_HearTheSame_InEitherProtocolAndAnyTableOfFiles(bool bare, int number, int tables)
    {
        var (protocol, time, stop) = ((WireProtocol)number, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.SkipUnless(tables == 1 || Native.GivesThreadsFiles(), "Here, threads get no files of their own.");
        using var dialer = new Dialer(_product.Address, [], [], tables);
        var owner = (await new Api(_product.Address, dialer.For(0), time).RegisterAsync("wire owner", "a long password of nobody", stop)).Value!;
        var room = (await new Api(_product.Address, dialer.For(0), time, owner.Cookie).CreateRoomAsync(new RoomDetails("Wire", "talk", CoverId: null), stop)).Value!;
        var ear = new Ear(protocol);

        await using var connection = bare
            ? await HubConnection.OpenAsync(dialer, 1, owner.Cookie, protocol, time, stop)
            : await HubConnection.OpenAsync(_product.Address, dialer.For(1), owner.Cookie, time, stop, protocol);
        var listening = connection.ListenAsync(ear, stop);
        var standing = HubAnswers.Read<RoomStanding>(await connection.CallAsync("Join", new JoinCall(room.RoomId, Since: null), TimeSpan.FromSeconds(120), stop));
        var said = HubAnswers.Read<ChatReceipt>(await connection.CallAsync("Say", new SayCall(Guid.CreateVersion7(), "Straße 🎁"), TimeSpan.FromSeconds(120), stop));

        Assert.Equal(RoomBadge.Owner, standing.Value!.Badge);
        Assert.True(said.Ok, said.Refusal?.Message);
        Assert.Contains(room.RoomId, await ear.Snapshot.WaitAsync(stop), StringComparison.Ordinal);
        Assert.Contains("Straße", await ear.Chat.WaitAsync(stop), StringComparison.Ordinal);
        connection.Drop();
        await Task.WhenAny(listening, Task.Delay(Timeout.Infinite, stop));
        Assert.True(listening.IsCompleted);
    }

    // The accounts of a load test are new.
    private string Settings()
    {
        var file = Path.Combine(_folder, "settings.json");

        // And a machine that stands still for some seconds ends no broadcast.
        File.WriteAllText(file, """
            {
              "RedPackets": { "AccountAgeMinutesMin": 0 },
              "Rooms": { "SilentSeconds": 120, "GraceSeconds": 300 },
              "Video": { "LeaseSeconds": 60, "PublisherIdleSeconds": 200, "GraceSeconds": 200, "EncoderStartSeconds": 90, "Rtmp": { "Port": 0 } }
            }
            """);
        return file;
    }

    private sealed class Ear(WireProtocol protocol) : IFeedListener
    {
        private readonly TaskCompletionSource<string> _snapshot = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<string> _chat = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Snapshot => _snapshot.Task;

        public Task<string> Chat => _chat.Task;

        public void OnBytes(int count)
        {
        }

        public void OnCall(string target, ReadOnlySpan<byte> argument)
        {
            using var document = JsonDocument.Parse(HubConnection.ToJson(protocol, argument));
            var json = JsonSerializer.Serialize(document.RootElement, WireJson.Options);
            var heard = target == "snapshot" ? _snapshot : json.Contains("\"chat\"", StringComparison.Ordinal) ? _chat : null;
            Courier.Tell((heard, json), static one => one.heard?.TrySetResult(one.json));
        }
    }

    private static void AssertKept(LoadResult result) => Assert.All(result.Checks, check => Assert.True(check.Kept, $"{check.Name}: {check.Detail}"));

    private Task<LoadResult> RunAsync(Scenario scenario) => new LoadRun(scenario with { Server = _product.Address }, TimeProvider.System, _ => { }, _ => { })
        .RunAsync(TestContext.Current.CancellationToken);
}
