using System.Collections.Immutable;
using System.Globalization;
using LiveCommerce.Gateway;
using LiveCommerce.Host.Commands;
using LiveCommerce.Host.Telemetry;
using LiveCommerce.Silo;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payouts;
using LiveCommerce.Silo.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.StripeSandbox;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Host;

/// <summary>How to start the product.</summary>
/// <param name="DataFolder">For the embedded database and secrets.</param>
/// <param name="Urls">Where to listen.</param>
/// <param name="ConfigFile">A JSON file with settings, or none.</param>
/// <param name="RtmpPort">Where encoders connect when the configuration does not say; 0: nowhere.</param>
/// <param name="Role">Which part of the product this process is.</param>
public sealed record ProductSettings(
    string DataFolder, string Urls, string? ConfigFile = null, int RtmpPort = 0, ProductRole Role = ProductRole.All);

/// <summary>The whole product in this process: one web application and, unless a real provider is configured, the payment sandbox.</summary>
public sealed class Product : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly StripeSandboxServer? _sandbox;

    private Product(WebApplication application, StripeSandboxServer? sandbox, ImmutableArray<FirstAccount> accounts)
    {
        _application = application;
        _sandbox = sandbox;
        NewAccounts = accounts;
    }

    /// <summary>Where it listens, as a browser would write it.</summary>
    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The payment sandbox; null with a real provider.</summary>
    public Uri? SandboxAddress => _sandbox?.BaseAddress;

    /// <summary>The accounts that this start created, with their passwords; empty after the first start.</summary>
    public ImmutableArray<FirstAccount> NewAccounts { get; }

    /// <summary>The running services.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>Starts everything; when it returns, the first page can be asked for.</summary>
    public static async Task<Product> StartAsync(ProductSettings settings, Action<IServiceCollection>? configure = null)
    {
        var data = new DataFolder(settings.DataFolder);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Product).Assembly.GetName().Name,

            // Settings are read at the start only. Watching their files would watch everything below the working folder, where the database may be.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.WebHost.UseUrls(settings.Urls);
        builder.Configuration.AddInMemoryCollection([new("Video:Rtmp:Port", settings.RtmpPort.ToString(CultureInfo.InvariantCulture))]);
        CommonOptions.Configure(builder.Configuration, data, settings.ConfigFile);
        QuietFramework(builder.Configuration);
        LogLines.Configure(builder.Logging, builder.Configuration);
        var clustered = Clustering.IsWanted(builder.Configuration, settings);
        var sandbox = clustered ? null : await StartSandboxAsync(builder.Configuration, data);
        if (clustered)
        {
            Clustering.UseSandboxOf(builder.Configuration, data);
            Clustering.SeparateRecordings(builder.Configuration, data, settings.Urls);
        }

        try
        {
            AddEverything(builder, settings.Role, clustered);
            configure?.Invoke(builder.Services);
            var application = builder.Build();
            application.UseRouteNames();
            application.MapMetricsPage();
            if (clustered) { application.MapSilo(settings.Role); }
            if (settings.Role != ProductRole.Silo) { application.MapGateway(); }
            var migrator = application.Services.GetRequiredService<Migrator>();
            if (application.Services.GetRequiredService<IOptions<StorageOptions>>().Value.Migrate) { await migrator.ApplyAsync(); }
            else { await migrator.CheckAsync(); }
            await application.StartAsync();
            var accounts = settings.Role == ProductRole.Silo ? [] : await FirstAccounts.EnsureAsync(application.Services);
            var product = new Product(application, sandbox, accounts);
            var webhooks = new Uri(product.Address, "/api/payments/webhook");
            sandbox?.SendWebhooksTo(webhooks, data.SandboxWebhookSecret);
            sandbox?.SendConnectedWebhooksTo(webhooks, data.SandboxConnectedWebhookSecret);
            return product;
        }
        catch
        {
            if (sandbox is not null) { await sandbox.DisposeAsync(); }
            throw;
        }
    }

    /// <summary>Until Ctrl-C, a signal, or the token.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops in order: no new calls, what waits is answered, encoders end, then the sandbox.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        if (_sandbox is not null) { await _sandbox.DisposeAsync(); }
    }

    private static void AddEverything(WebApplicationBuilder builder, ProductRole role, bool clustered)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddActors(_ => { });
        services.AddStorage();
        if (clustered) { services.AddClusterStore().AddProcessOfCluster(role); }
        if (role != ProductRole.Gateway) { services.AddSilo().AddLedger().AddShop().AddPayments().AddPayouts(); }
        if (role != ProductRole.Silo) { services.AddGateway(builder.Configuration); }
        services.AddTelemetry(role);
    }

    // A key of the real provider in the configuration switches the sandbox off; everything else stays the same.
    private static async Task<StripeSandboxServer?> StartSandboxAsync(ConfigurationManager configuration, DataFolder data)
    {
        if (!string.IsNullOrEmpty(configuration["Payments:SecretKey"])) { return null; }

        var options = new StripeSandboxOptions
        {
            SecretKey = data.SandboxKey,
            DatabasePath = data.Sandbox,
            PagesBaseUrl = "/sandbox",
        };
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        var sandbox = await StripeSandboxServer.StartAsync(options, loggers, TimeProvider.System);
        data.SandboxAddress = sandbox.BaseAddress;
        configuration.AddInMemoryCollection(SandboxSettings(data, sandbox.BaseAddress));
        return sandbox;
    }

    /// <summary>What makes a process use the sandbox that keeps its state in this folder.</summary>
    internal static Dictionary<string, string?> SandboxSettings(DataFolder data, Uri address) => new(StringComparer.Ordinal)
    {
        ["Payments:SecretKey"] = data.SandboxKey,
        ["Payments:BaseUrl"] = address.ToString(),
        ["Payments:Sandbox"] = "true",

        // Its pages are shown through this server: a phone in the same network does not reach this machine's loopback.
        ["SandboxPages:Address"] = address.ToString(),

        // The sandbox's money becomes available within seconds, not days: nobody should wait ten minutes to see a payout go.
        ["Payouts:TryAgainAfterSeconds"] = "5",
        ["Webhooks:Secrets:0"] = data.SandboxWebhookSecret,
        ["Webhooks:ConnectedSecrets:0"] = data.SandboxConnectedWebhookSecret,
    };

    // What people should read is our own lines; the framework's are for those who ask for them.
    private static void QuietFramework(ConfigurationManager configuration)
    {
        foreach (var category in (string[])["Microsoft", "System"])
        {
            configuration[$"Logging:LogLevel:{category}"] ??= "Warning";
        }

        // Its line for each request has the address as it came, with tokens of sockets and passes of private rooms: who wants it names it.
        configuration["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] ??= "Warning";

        // That its keys lie unencrypted in the database is known and in the runbook; it needs no warning at every start.
        configuration["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] ??= "Error";
        configuration["Logging:LogLevel:Default"] ??= "Information";
    }
}
