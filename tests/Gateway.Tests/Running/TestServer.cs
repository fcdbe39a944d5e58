using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Host;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Tests.Running;

/// <summary>The whole product in one process, as its users start it: a real socket, a SQLite file of its own, the payment sandbox.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    /// <summary>What the tests sign the provider's events with, beside the sandbox's own secret.</summary>
    public const string WebhookSecret = "whsec_of_the_tests";

    private readonly string _folder;
    private readonly Product _product;
    private int _members;

    private TestServer(Product product, string folder)
    {
        _product = product;
        _folder = folder;
        Address = product.Address;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    public IServiceProvider Services => _product.Services;

    public ViewerConnections Connections => _product.Services.GetRequiredService<ViewerConnections>();

    /// <summary>A service of the product.</summary>
    public T Get<T>()
        where T : notnull
        => _product.Services.GetRequiredService<T>();

    public IGrainFactory Grains => _product.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Of the accounts that the first start made, by name.</summary>
    public IReadOnlyDictionary<string, string> FirstPasswords => _product.NewAccounts.ToDictionary(account => account.Name, account => account.Password, StringComparer.Ordinal);

    public IAccountSeeder Seeder => _product.Services.GetRequiredService<IAccountSeeder>();

    /// <summary>Starts one.</summary>
    /// <param name="settings">Configuration, such as <c>("Accounts:WrongPasswordsMax", "3")</c>.</param>
    public static Task<TestServer> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(Directory.CreateTempSubdirectory("livecommerce-gateway-").FullName, settings);

    /// <summary>Starts one whose calendar the test turns; timers go on as ever.</summary>
    public static Task<TestServer> StartAsync(Calendar calendar) =>
        StartAsync(Directory.CreateTempSubdirectory("livecommerce-gateway-").FullName, [], services => services.AddSingleton<TimeProvider>(calendar));

    /// <summary>Starts one with services of the test's own.</summary>
    public static Task<TestServer> StartAsync(Action<IServiceCollection> configure) =>
        StartAsync(Directory.CreateTempSubdirectory("livecommerce-gateway-").FullName, [], configure);

    /// <summary>Stops it and starts another on the same database: what survives a restart is in there.</summary>
    public async Task<TestServer> RestartAsync(params (string Key, string Value)[] settings)
    {
        await _product.DisposeAsync();
        return await StartAsync(_folder, settings);
    }

    /// <summary>The same some time later.</summary>
    public async Task<TestServer> RestartAsync(TimeSpan later, params (string Key, string Value)[] settings)
    {
        await _product.DisposeAsync();
        var calendar = new Calendar();
        calendar.Pass(later);
        return await StartAsync(_folder, settings, services => services.AddSingleton<TimeProvider>(calendar));
    }

    /// <summary>A client with cookies, as a browser's page has.</summary>
    public Visitor NewVisitor() => new(Address);

    /// <summary>A new account with a name of its own, signed in.</summary>
    public Task<Visitor> NewMemberAsync() => NewVisitor().RegisterAsync($"Member {Interlocked.Increment(ref _members)}");

    /// <summary>A new operator, signed in.</summary>
    public async Task<Visitor> NewOperatorAsync()
    {
        var name = $"Operator {Interlocked.Increment(ref _members)}";
        return await NewVisitor().SignInAsync(name, (await Seeder.EnsureAsync(name, PlatformRole.Operator)).Password!);
    }

    /// <summary>Waits for what comes when it comes, such as a webhook.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(120), "It never became true.");
            await look.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<TestServer> StartAsync(string folder, (string Key, string Value)[] settings, Action<IServiceCollection>? configure = null)
    {
        var player = Path.Combine(folder, "player");
        Directory.CreateDirectory(Path.Combine(player, "assets"));
        await File.WriteAllTextAsync(Path.Combine(player, "index.html"), $"<!doctype html><title>Player</title>{new string(' ', 2_000)}");
        await File.WriteAllTextAsync(Path.Combine(player, "assets", "player-a1b2c3d4.js"), "export {};");
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Enough to test with; the real number would make every registration slow.
            ["Accounts:PasswordRounds"] = "10000",
            ["Player:Path"] = player,
            ["RateLimits:SignInsBurst"] = "10000",
            ["RateLimits:RequestsBurst"] = "10000",

            // All of a test's connections come from this machine.
            ["FanOut:JoinsPerAddressPerSecond"] = "100000",
            ["Webhooks:Secrets:1"] = WebhookSecret,

            // Tests that go live by saying so once have no gateway that says it every second.
            ["Rooms:SilentSeconds"] = "300",
            ["Rooms:GraceSeconds"] = "300",

            // And one that has sent its whole recording at once is there still.
            ["Video:PublisherIdleSeconds"] = "200",
            ["Video:GraceSeconds"] = "200",
            ["Video:LeaseSeconds"] = "60",
            ["Video:Recordings:AnswerSeconds"] = "60",
            ["Video:EncoderStartSeconds"] = "90",
            ["Video:EncoderFinishSeconds"] = "20",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (key, value) in settings) { values[key] = value; }
        var config = Path.Combine(folder, "settings.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(values));
        return new TestServer(await Product.StartAsync(new ProductSettings(folder, "http://127.0.0.1:0", config), configure), folder);
    }
}

/// <summary>The system's clock with another date on it.</summary>
internal sealed class Calendar : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    /// <summary>Time that passes at once.</summary>
    public void Pass(TimeSpan time) => _ahead += time;
}

/// <summary>One server for the tests of a class that do not disturb one another.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private TestServer? _server;

    internal TestServer Server => _server ?? throw new InvalidOperationException("The fixture is not started.");

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) { await _server.DisposeAsync(); }
    }
}
