using System.Net;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Silo;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Tests.Running;

/// <summary>A gateway and a silo in one process, on a real socket and a SQLite file of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly WebApplication _app;

    private TestServer(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;
        Address = new Uri(app.Urls.Single());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public IAccountSeeder Seeder => Services.GetRequiredService<IAccountSeeder>();

    /// <summary>Starts one.</summary>
    /// <param name="settings">Configuration, such as <c>("Accounts:WrongPasswordsMax", "3")</c>.</param>
    public static Task<TestServer> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(Directory.CreateTempSubdirectory("livecommerce-gateway-").FullName, settings, _ => { });

    /// <summary>Starts one with changed services.</summary>
    public static Task<TestServer> StartAsync(Action<IServiceCollection> change, params (string Key, string Value)[] settings) =>
        StartAsync(Directory.CreateTempSubdirectory("livecommerce-gateway-").FullName, settings, change);

    /// <summary>Stops it and starts another on the same database: what survives a restart is in there.</summary>
    public async Task<TestServer> RestartAsync(params (string Key, string Value)[] settings)
    {
        await _app.DisposeAsync();
        return await StartAsync(_folder, settings, _ => { });
    }

    /// <summary>A client with cookies, as a browser's page has.</summary>
    public Visitor NewVisitor() => new(Address);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<TestServer> StartAsync(string folder, (string Key, string Value)[] settings, Action<IServiceCollection> change)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Storage:Provider"] = "Sqlite",
            ["Storage:ConnectionString"] = $"Data Source={folder}/test.db",
            ["Accounts:PasswordRounds"] = "10000",
            ["Player:Path"] = Path.Combine(folder, "player"),
            ["RateLimits:SignInsBurst"] = "1000",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        builder.Services.AddRouting();
        builder.Services.AddStorage();
        builder.Services.AddLedger();
        builder.Services.AddSilo();
        builder.Services.AddActors(actors => actors.AddGrain<ITopUpCatalogGrain, SandboxOffer>().AddGrain<IPaymentInboxGrain, RecordingInbox>());
        builder.Services.AddGateway(builder.Configuration);
        change(builder.Services);
        var app = builder.Build();
        await app.Services.GetRequiredService<Migrator>().ApplyAsync();
        app.MapGateway();
        await app.StartAsync();
        return new TestServer(app, folder);
    }
}

/// <summary>An offer without a payment provider behind it.</summary>
internal sealed class SandboxOffer : Grain, ITopUpCatalogGrain
{
    public ValueTask<TopUpOffer> Get() => ValueTask.FromResult(new TopUpOffer([], 10, 1_000, 100, "usd", Sandbox: true, []));
}

/// <summary>An inbox that remembers what it was given while it is in memory.</summary>
internal sealed class RecordingInbox : Grain, IPaymentInboxGrain
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public ValueTask<bool> Receive(ProviderEvent providerEvent) => ValueTask.FromResult(_known.Add(providerEvent.EventId));

    public ValueTask OnDue() => ValueTask.CompletedTask;
}
