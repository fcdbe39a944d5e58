using System.Globalization;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.EndToEnd.Tests.Wire;

/// <summary>The product as a process, a streamer and a room: where most tests over the wire begin.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly List<IDisposable> _clients = [];
    private Camera? _camera;

    private Stage(ProductProcess product, string connectionString)
    {
        Product = product;
        ConnectionString = connectionString;
    }

    public ProductProcess Product { get; }

    /// <summary>Of the product's database.</summary>
    public string ConnectionString { get; }

    public ApiClient Streamer { get; private set; } = null!;

    public string RoomId { get; private set; } = "";

    /// <summary>The cheapest.</summary>
    public GiftItem Gift { get; private set; } = null!;

    /// <summary>Starts it on a new database of a kind (<c>Sqlite</c> or <c>PostgreSql</c>).</summary>
    public static async Task<Stage> StartAsync(string provider = "Sqlite", params (string Name, string Value)[] settings) =>
        await StartOnAsync(provider == "PostgreSql" ? await CreateDatabaseAsync() : "", settings);

    /// <summary>Starts it on a PostgreSQL database, or on a file of its own when there is none.</summary>
    public static async Task<Stage> StartOnAsync(string connectionString, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LIVECOMMERCE__Accounts__PasswordRounds"] = "10000",
            ["LIVECOMMERCE__RateLimits__RequestsPerSecond"] = "10000",
            ["LIVECOMMERCE__RateLimits__RequestsBurst"] = "100000",

            // A recording that was sent at once stays live without a publisher that burns a core.
            ["LIVECOMMERCE__Video__PublisherIdleSeconds"] = "200",
            ["LIVECOMMERCE__Video__GraceSeconds"] = "200",
            ["LIVECOMMERCE__Rooms__GraceSeconds"] = "200",
        };
        if (connectionString.Length > 0)
        {
            environment["LIVECOMMERCE__Storage__Provider"] = "PostgreSql";
            environment["LIVECOMMERCE__Storage__ConnectionString"] = connectionString;
        }

        foreach (var (name, value) in settings) { environment[$"LIVECOMMERCE__{name}"] = value; }
        var product = await ProductProcess.StartAsync(environment);
        var stage = new Stage(product, connectionString.Length > 0 ? connectionString : $"Data Source={product.DataFolder}/livecommerce.db;Pooling=False");
        try
        {
            stage.Streamer = await stage.RegisterAsync("the streamer");
            stage.RoomId = (await stage.Streamer.PostAsync<RoomView>("/api/rooms", new { title = "Cups", category = "home" }, Guid.CreateVersion7())).RoomId;
            stage.Gift = (await stage.Streamer.GetAsync<GiftPanel>("/api/gifts")).Gifts[0];
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>A guest.</summary>
    public ApiClient NewClient()
    {
        var client = new ApiClient(Product.Address);
        _clients.Add(client);
        return client;
    }

    public Task<ApiClient> RegisterAsync(string name) => NewClient().RegisterAsync(name);

    /// <summary>The streamer publishes; when this returns the room is live.</summary>
    /// <returns>The stream id.</returns>
    public async Task<string> GoLiveAsync()
    {
        if (_camera is not null) { await _camera.DisposeAsync(); }
        _camera = await Camera.ConnectAsync(Product.Address, RoomId, Streamer.Cookie);
        var streamId = await _camera.ReadyAsync();
        await _camera.RecordAsync();
        await Eventually.HoldsAsync(async () => (await RoomAsync()).Stream.Phase == StreamPhase.Live, "the room is live");
        return streamId;
    }

    /// <summary>The camera that is publishing.</summary>
    public Camera Camera => _camera!;

    /// <summary>Whether it is live; null when there is no answer now.</summary>
    public async Task<StreamPhase?> PhaseOrNullAsync()
    {
        using var answer = await Streamer.SendAsync(HttpMethod.Get, $"/api/rooms/{RoomId}");
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize<RoomView>(text, WireJson.Options)!.Stream.Phase : null;
    }

    public Task<RoomView> RoomAsync() => Streamer.GetAsync<RoomView>($"/api/rooms/{RoomId}");

    public async ValueTask DisposeAsync()
    {
        if (_camera is not null) { await _camera.DisposeAsync(); }
        foreach (var client in _clients) { client.Dispose(); }
        await Product.DisposeAsync();
    }

    private static async Task<string> CreateDatabaseAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"e2e_{Guid.CreateVersion7():N}");
        await using var admin = new NpgsqlConnection(server.ConnectionString("postgres"));
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", admin);
        await create.ExecuteNonQueryAsync();
        return server.ConnectionString(name);
    }

    private sealed record GiftPanel(IReadOnlyList<GiftItem> Gifts);
}

/// <summary>Waits for what another process will do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public static Task HoldsAsync(Func<Task<bool>> condition, string what) => HoldsAsync(condition, () => what);

    /// <summary>The same, with words that are found when they are needed.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (!await condition()) { await timer.WaitForNextTickAsync(patience.Token); }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It did not come true in {Patience.TotalSeconds} s: {what()}.");
        }
    }

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);
}
