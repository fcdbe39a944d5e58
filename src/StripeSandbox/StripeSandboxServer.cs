using System.Net;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Faults;
using LiveCommerce.StripeSandbox.Pages;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.StripeSandbox;

/// <summary>
/// A payment provider on loopback that speaks the part of Stripe's API which the product uses. No money moves. The owner disposes it; what it
/// knows survives in its file.
/// </summary>
public sealed partial class StripeSandboxServer : IAsyncDisposable
{
    /// <summary>Bytes of a request body.</summary>
    public const int RequestBytesMax = 64 * 1024;

    /// <summary>What the paths of its pages begin with.</summary>
    private const string OwnPages = "/_sandbox";

    private const int ConnectionsMax = 1000;

    private readonly WebApplication _app;
    private readonly SandboxStore _store;
    private readonly WebhookOutbox _outbox;
    private readonly WebhookSender _sender;
    private readonly SandboxClockwork _clockwork;
    private readonly FaultBoard _faults;
    private readonly AdminActions _actions;
    private Uri? _baseAddress;

    private StripeSandboxServer(StripeSandboxOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        var logger = loggers.CreateLogger<StripeSandboxServer>();
        _faults = new FaultBoard();
        if (!_faults.Arm(options.Faults)) { throw new OptionsValidationException(nameof(StripeSandboxOptions), typeof(StripeSandboxOptions), ["Too many faults."]); }
        _outbox = new WebhookOutbox(options, _faults, logger);
        _store = new SandboxStore(options, _outbox, time);
        _store.Transact(WebhookOutbox.Recover);
        Uri AskPage(string id, string secret) => PageOf(options, id, secret);
        var payments = new PaymentIntents(new Confirmation(options, AskPage));
        var links = new AccountLinks(id => Page(options, OnboardingPage.Prefix, id));
        var setups = new SetupIntents(AskPage);
        var sessions = new CheckoutSessions(setups, id => Page(options, CheckoutPage.Prefix, id));
        var operations = new Operations(new MoneyOperations(links), payments, setups, sessions);
        _sender = new WebhookSender(options, _outbox, _store, time, logger);
        _clockwork = new SandboxClockwork(options, _store, _sender, _outbox, time, logger);
        var api = new ApiEndpoint(
            options, _store, operations, new IdempotencyKeys(options), new RequestLimit(options, time), _faults, _sender, _clockwork, time, logger);
        var page = new AuthenticationPage(_store, _sender, _clockwork);
        var onboarding = new OnboardingPage(_store, _sender, _clockwork);
        var checkout = new CheckoutPage(sessions, _store, _sender, _clockwork);
        _actions = new AdminActions(_store, _sender, _clockwork);
        var admin = new AdminEndpoint(_faults, _store, _actions);
        _app = Build(options, loggers);
        _app.Run(context => Route(context, api, page, onboarding, checkout, admin));
    }

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri BaseAddress => _baseAddress ?? throw new InvalidOperationException("The payment sandbox has not started.");

    /// <summary>Starts a sandbox. It refuses a key of the live service and any address but loopback.</summary>
    /// <exception cref="OptionsValidationException">The options are not those of a sandbox; the message says what to change.</exception>
    public static async Task<StripeSandboxServer> StartAsync(
        StripeSandboxOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation = default)
    {
        foreach (IValidateOptions<StripeSandboxOptions> rule in new IValidateOptions<StripeSandboxOptions>[] { new StripeSandboxSafety(), new StripeSandboxRanges() })
        {
            if (rule.Validate(null, options) is { Failed: true } result)
            {
                throw new OptionsValidationException(nameof(StripeSandboxOptions), typeof(StripeSandboxOptions), result.Failures);
            }
        }

        var server = new StripeSandboxServer(options, loggers, time);
        try
        {
            await server._app.StartAsync(cancellation);
            server._baseAddress = new Uri(server._app.Urls.First() + "/");
            var logger = loggers.CreateLogger<StripeSandboxServer>();
            Log.Started(logger, server._baseAddress);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Names the receiver of the platform's webhooks from now on; those that wait go there too.</summary>
    /// <param name="secret">Signs them; starts with <c>whsec_</c>.</param>
    public void SendWebhooksTo(Uri url, string secret) => SendTo(url, secret, connected: false);

    /// <summary>Names the receiver of connected accounts' webhooks (their v1 events, and v2 event notifications) from now on.</summary>
    /// <param name="secret">Signs them; starts with <c>whsec_</c>. Another than the platform's.</param>
    public void SendConnectedWebhooksTo(Uri url, string secret) => SendTo(url, secret, connected: true);

    /// <summary>Arms a fault of API calls.</summary>
    public void Arm(ArmedApiFault fault) => ArmAll(new StripeSandboxFaults { Api = [fault] });

    /// <summary>Arms a fault of webhooks.</summary>
    public void Arm(ArmedWebhookFault fault) => ArmAll(new StripeSandboxFaults { Webhooks = [fault] });

    /// <summary>Arms faults, or faults at given rates (<see cref="StripeSandboxFaults.Soak"/>), which replace those before.</summary>
    /// <exception cref="ArgumentException">The rates are none.</exception>
    public void Arm(StripeSandboxFaults faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (AdminEndpoint.Problem(faults) is { Length: > 0 } problem) { throw new ArgumentException(problem, nameof(faults)); }
        ArmAll(faults);
    }

    /// <summary>What was met since the start: requests, events, and how many of each fault.</summary>
    public FaultCounts FaultCounts => _faults.Counts();

    /// <summary>A cardholder takes a payment back through the bank, or the bank asks about it.</summary>
    /// <param name="payment">The id of a charge or of a PaymentIntent.</param>
    /// <param name="amount">In minor units; null for all that is not refunded.</param>
    /// <param name="inquiry">The bank only asks, and no money moves.</param>
    /// <returns>The dispute's id.</returns>
    /// <exception cref="InvalidOperationException">The payment cannot be disputed; the message says why.</exception>
    public async Task<string> OpenDisputeAsync(string payment, string reason = "fraudulent", long? amount = null, bool inquiry = false) =>
        IdOf(await _actions.OpenDispute(payment, reason, amount, inquiry));

    /// <summary>The bank decides a dispute that is open.</summary>
    /// <exception cref="InvalidOperationException">It is not open; the message says why.</exception>
    public async Task DecideDisputeAsync(string dispute, DisputeOutcome outcome) => IdOf(await _actions.DecideDispute(dispute, outcome));

    /// <summary>The card's bank warns that a payment was fraud.</summary>
    /// <param name="payment">The id of a charge or of a PaymentIntent.</param>
    /// <returns>The warning's id.</returns>
    /// <exception cref="InvalidOperationException">Nobody can be warned of it; the message says why.</exception>
    public async Task<string> WarnOfFraudAsync(string payment, string fraudType = "made_with_stolen_card") =>
        IdOf(await _actions.WarnOfFraud(payment, fraudType));

    /// <summary>Disarms every fault and ends those that come at a rate. Counts stay.</summary>
    public void DisarmAll() => _faults.Clear();

    /// <summary>Stops listening, ends the background work and closes the file. Webhooks that wait are sent after the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _clockwork.DisposeAsync();
        _sender.Dispose();
        _store.Dispose();
    }

    private void SendTo(Uri url, string secret, bool connected)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentException.ThrowIfNullOrEmpty(secret);
        if (url.Scheme is not ("http" or "https") || !secret.StartsWith("whsec_", StringComparison.Ordinal))
        {
            throw new ArgumentException("Webhooks go to an http or https address and are signed with a secret that starts with whsec_.", nameof(url));
        }

        _outbox.SendTo(new WebhookTarget(url, secret), connected);
        _clockwork.Wake();
    }

    private static string IdOf(ApiAnswer answer) => answer.Status == 200
        ? (string)answer.Body["id"]!
        : throw new InvalidOperationException((string?)answer.Body["error"]!["message"]);

    private void ArmAll(StripeSandboxFaults faults)
    {
        if (!_faults.Arm(faults)) { throw new InvalidOperationException($"At most {FaultBoard.ArmedMax} faults can be armed. Disarm some first."); }
    }

    private Uri PageOf(StripeSandboxOptions options, string id, string secret) =>
        Page(options, AuthenticationPage.Prefix, $"{id}?key={Uri.EscapeDataString(secret)}");

    private Uri Page(StripeSandboxOptions options, string prefix, string rest) => options.PagesBaseUrl switch
    {
        null => new Uri(BaseAddress, prefix[1..] + rest),
        ['/', ..] path => new Uri(path.TrimEnd('/') + prefix[OwnPages.Length..] + rest, UriKind.Relative),
        { } pages => new Uri(new Uri(pages.TrimEnd('/') + "/"), prefix[1..] + rest),
    };

    private static WebApplication Build(StripeSandboxOptions options, ILoggerFactory loggers)
    {
        // Empty: neither appsettings.json nor the environment may move this server off loopback.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Listen(IPAddress.Parse(options.Address), options.Port);
        });
        return builder.Build();
    }

    private static async Task Route(
        HttpContext context, ApiEndpoint api, AuthenticationPage page, OnboardingPage onboarding, CheckoutPage checkout, AdminEndpoint admin)
    {
        var path = context.Request.Path.Value ?? "/";
        var method = context.Request.Method;
        if (path.StartsWith("/v1/", StringComparison.Ordinal) || path.StartsWith("/v2/", StringComparison.Ordinal))
        {
            await api.Handle(context);
        }
        else if (path.StartsWith(AuthenticationPage.Prefix, StringComparison.Ordinal) && method is "GET" or "POST")
        {
            var id = path[AuthenticationPage.Prefix.Length..];
            await (method == "GET" ? page.Show(context, id) : page.Decide(context, id));
        }
        else if (path.StartsWith(OnboardingPage.Prefix, StringComparison.Ordinal) && method is "GET" or "POST")
        {
            var id = path[OnboardingPage.Prefix.Length..];
            await (method == "GET" ? onboarding.Show(context, id) : onboarding.Decide(context, id));
        }
        else if (path.StartsWith(CheckoutPage.Prefix, StringComparison.Ordinal) && method is "GET" or "POST")
        {
            var id = path[CheckoutPage.Prefix.Length..];
            await (method == "GET" ? checkout.Show(context, id) : checkout.Decide(context, id));
        }
        else if (!AdminEndpoint.Admits(context))
        {
            await AdminEndpoint.Refuse(context, 403, "Only programs on this machine may do that.");
        }
        else
        {
            await ((method, path) switch
            {
                ("GET", "/") => AdminEndpoint.ShowHome(context),
                ("GET", "/_sandbox/cards") => AdminEndpoint.ShowCards(context),
                ("GET", "/_sandbox/faults") => admin.ShowFaults(context),
                ("POST", "/_sandbox/faults") => admin.Arm(context),
                ("DELETE", "/_sandbox/faults") => admin.Disarm(context),
                ("GET", "/_sandbox/faults/counts") => admin.ShowCounts(context),
                ("POST", "/_sandbox/disputes") => admin.OpenDispute(context),
                ("POST", _) when path.StartsWith(AdminEndpoint.DisputePrefix, StringComparison.Ordinal) => admin.DecideDispute(context, path[AdminEndpoint.DisputePrefix.Length..]),
                ("POST", "/_sandbox/fraud_warnings") => admin.WarnOfFraud(context),
                ("GET", "/_sandbox/webhooks") => admin.ShowDeliveries(context),
                _ => AdminEndpoint.Refuse(context, 404, "The sandbox has nothing here."),
            });
        }
    }

    /// <summary>The owner starts and stops this server; Ctrl-C is not for it.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 9001, Level = LogLevel.Information, Message = "Payment sandbox at {Address}: no money moves")]
        public static partial void Started(ILogger logger, Uri address);
    }
}
