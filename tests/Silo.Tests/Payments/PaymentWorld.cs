using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using LiveCommerce.Silo.Payouts;
using LiveCommerce.Silo.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.StripeSandbox;
using LiveCommerce.StripeSandbox.Faults;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>
/// A whole silo (database, ledger, rooms, shop, payments) and the payment sandbox over HTTP. Due times are looked at when a test says
/// so; webhooks arrive when the sandbox sends them.
/// </summary>
internal sealed partial class PaymentWorld : IAsyncDisposable
{
    public const string Visa = "pm_card_visa";
    public const string Declined = "pm_card_chargeDeclined";
    public const string Asks = "pm_card_authenticationRequired";
    public const string ReturnUrl = "http://127.0.0.1/paid";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly TestDatabase _database;
    private readonly Dictionary<string, string?> _settings;
    private readonly Action<IServiceCollection> _ledger;
    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly WebhookEndpoint _webhooks;
    private TestSilo _silo;

    private PaymentWorld(
        TestDatabase database, StripeSandboxServer sandbox, WebhookEndpoint webhooks, ShiftedTime time, Dictionary<string, string?> settings,
        Action<IServiceCollection> ledger)
    {
        (_database, Sandbox, _webhooks, Time, _settings, _ledger) = (database, sandbox, webhooks, time, settings, ledger);
        _silo = StartSilo();
    }

    public StripeSandboxServer Sandbox { get; }

    public ShiftedTime Time { get; }

    public WebhookEndpoint Webhooks => _webhooks;

    public IGrainFactory Grains => _silo.Grains;

    public IServiceProvider Services => _silo.Services;

    public StripeClient Stripe => _silo.Services.GetRequiredService<StripeClient>();

    public ILedgerAudit Audit => _silo.Services.GetRequiredService<ILedgerAudit>();

    /// <summary>Starts everything on a fresh database.</summary>
    /// <param name="sendWebhooks">False: none arrives, as if all were lost.</param>
    /// <param name="ledger">Instead of the real one.</param>
    /// <param name="configure">Changes how the provider is.</param>
    /// <param name="settings">Configuration beside what the world needs.</param>
    public static async Task<PaymentWorld> StartAsync(
        SqlDialect dialect = SqlDialect.Sqlite, bool sendWebhooks = true, Action<IServiceCollection>? ledger = null,
        Action<StripeSandboxOptions>? configure = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var time = new ShiftedTime();
        var options = new StripeSandboxOptions { RequestsPerSecondMax = 0, OperationRequestsPerSecondMax = 0 };
        configure?.Invoke(options);
        var sandbox = await StripeSandboxServer.StartAsync(options, NullLoggerFactory.Instance, time);
        var database = await Databases.CreateAsync(dialect);
        PaymentWorld? world = null;
        var webhooks = await WebhookEndpoint.StartAsync(
            received => world!.Grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).Receive(received));
        var all = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Storage:Provider"] = database.Options.Provider.ToString(),
            ["Storage:ConnectionString"] = database.Options.ConnectionString,
            ["Payments:SecretKey"] = options.SecretKey,
            ["Payments:BaseUrl"] = sandbox.BaseAddress.ToString(),
            ["Payments:Sandbox"] = "true",
            ["Payments:RequestTimeoutSeconds"] = "1",
            ["Payments:DueEverySeconds"] = "60",
            ["Actors:CallTimeout"] = "01:00:00", // the test's clock outruns the database
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) { all[key] = value; }
        world = new PaymentWorld(database, sandbox, webhooks, time, all, ledger ?? (services => services.AddLedger()));
        if (sendWebhooks)
        {
            sandbox.SendWebhooksTo(webhooks.Url, WebhookEndpoint.Secret);
            sandbox.SendConnectedWebhooksTo(webhooks.Url, WebhookEndpoint.Secret);
        }

        return world;
    }

    /// <summary>Stops the silo and starts another one on the same database.</summary>
    public async Task RestartAsync()
    {
        await _silo.DisposeAsync();
        _silo = StartSilo();
    }

    /// <summary>The orderly stop, which takes as long as it takes.</summary>
    public Task StopAsync() => _silo.Stop();

    public static Caller Person(string name) => new(new Person(NewId(), name), PlatformRole.Member);

    public string NewKey() => Guid.CreateVersion7(Time.GetUtcNow()).ToString("N");

    public async Task<TopUpView> TopUp(Caller viewer, string card, string? id = null, string pack = "coins-100") =>
        Value(await TryTopUp(viewer, card, id, pack));

    public ValueTask<Result<TopUpView>> TryTopUp(Caller viewer, string card, string? id = null, string pack = "coins-100") =>
        Grains.GetGrain<ITopUpGrain>(id ?? NewKey()).Start(viewer, new StartTopUp(pack, Coins: null, card, ReturnUrl));

    public async Task<TopUpView> FindTopUp(Caller viewer, string id) => Value(await Grains.GetGrain<ITopUpGrain>(id).Get(viewer));

    public ValueTask<long> Coins(Caller viewer) => Balance(LedgerAccount.Coins(viewer.Id));

    public ValueTask<long> Balance(LedgerAccount account) => Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).GetBalance(account);

    public async Task<int> TopUpEntries(Caller viewer) =>
        (await Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).GetLines(LedgerAccount.Coins(viewer.Id), 200)).Count(line => line.Kind == LedgerEntryKind.TopUp);

    /// <summary>Wakes whoever is due now.</summary>
    public Task<int> Wake() => _silo.Services.GetRequiredService<DueWaker>().WakeAsync();

    /// <summary>Lets time pass and wakes whoever is due then.</summary>
    public Task<int> WakeAfter(TimeSpan time)
    {
        Time.Advance(time);
        return Wake();
    }

    /// <summary>Lets minutes pass, and wakes whoever is due, until something has become true.</summary>
    public Task PassUntil(Func<Task<bool>> condition) => Until(async () =>
    {
        await WakeAfter(TimeSpan.FromMinutes(1));
        return await condition();
    });

    public Task<DateTimeOffset?> DueTime(string type, string key) => new DueTimes(_database.Database).FindAsync(type, key);

    /// <summary>Stores an event as the inbox does, and stops there.</summary>
    public Task<bool> StoreEvent(string id, string type, string body) => new PaymentEvents(_database.Database).AddAsync(
        id, type, body, Time.GetUtcNow(), Time.GetUtcNow().AddSeconds(5), PaymentInboxGrain.DueType, IPaymentInboxGrain.Key);

    /// <summary>Events that are stored and not processed.</summary>
    public async Task<int> WaitingEvents() => (await new PaymentEvents(_database.Database).ReadWaitingAsync(100)).Count;

    /// <summary>What the payer does on the bank's page.</summary>
    /// <param name="decision"><c>approve</c> or <c>fail</c>.</param>
    public Task Decide(string? actionUrl, string decision) => Decide(actionUrl, [new("decision", decision)]);

    /// <summary>What somebody fills in on a page of the provider.</summary>
    public async Task Decide(string? actionUrl, IEnumerable<KeyValuePair<string, string>> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        using var answer = await _browser.PostAsync(actionUrl, form);
        Assert.True((int)answer.StatusCode < 400, $"The page answered {answer.StatusCode}.");
    }

    /// <summary>Every payment that the provider knows.</summary>
    public async Task<IReadOnlyList<StripePaymentIntent>> Payments()
    {
        var answer = await _silo.Services.GetRequiredService<StripeClient>().ListPaymentIntentsAsync(new ListPaymentIntents());
        return Assert.IsType<StripeAnswer<StripeList<StripePaymentIntent>>.Ok>(answer).Value.Data;
    }

    /// <summary>Cents that the provider has taken.</summary>
    public async Task<long> MoneyTaken() => (await Payments()).Where(payment => payment.Status == "succeeded").Sum(payment => payment.Amount);

    /// <summary>Cents that the provider has sent back.</summary>
    public async Task<long> MoneyReturned() => (await ListAsync("v1/refunds")).Sum(refund => refund.GetProperty("amount").GetInt64());

    /// <summary>Ids of the connected accounts that the provider knows.</summary>
    public async Task<IReadOnlyList<string>> ProviderAccounts() =>
        [.. (await ListAsync("v2/core/accounts")).Select(account => account.GetProperty("id").GetString()!)];

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Sandbox.BaseAddress, path));
        request.Headers.Authorization = new("Bearer", _settings["Payments:SecretKey"]);
        using var answer = await _browser.SendAsync(request);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return [.. json.RootElement.GetProperty("data").EnumerateArray().Select(one => one.Clone())];
    }

    public void Arm(ApiFault fault, int times = 1, string operation = "PaymentIntent.create") =>
        Sandbox.Arm(new ArmedApiFault { Fault = fault, Operation = operation, Times = times });

    public void Arm(WebhookFault fault, string? eventType = null, int times = 1) =>
        Sandbox.Arm(new ArmedWebhookFault { Fault = fault, EventType = eventType, Times = times, Seconds = 1 });

    /// <summary>Waits until something has become true: webhooks and those who are told come when they come.</summary>
    public static async Task Until(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) { throw new TimeoutException("It never became true."); }
            await look.WaitForNextTickAsync();
        }
    }

    public static T Value<T>(Result<T> result)
        where T : class
    {
        Assert.True(result.Ok, result.Refusal?.Message);
        return result.Value;
    }

    public static Refusal Refused<T>(Result<T> result)
        where T : class
    {
        Assert.False(result.Ok);
        return result.Refusal;
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        await _webhooks.DisposeAsync();
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
        _browser.Dispose();
    }

    private static string NewId() => Guid.CreateVersion7().ToString("N");

    private TestSilo StartSilo() => TestSilo.Start(
        services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            services.AddStorage();
            _ledger(services);
            services.AddSilo();
            services.AddPayments();
            services.AddPayouts();
            services.AddShop();
        },
        _settings);
}
