using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>An answer of the sandbox.</summary>
internal sealed record Answer(int Status, JsonObject Body, HttpResponseHeaders Headers)
{
    public string Id => (string)Body["id"]!;

    public string? State => (string?)Body["status"];

    public JsonObject Error => Body["error"]!.AsObject();

    public string? Code => (string?)Error["code"];

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.Single() : null;
}

/// <summary>A running sandbox, its clock, and a client with a key.</summary>
internal sealed class SandboxWorld : IAsyncDisposable
{
    public const string Key = "sk_test_sandbox_tests";
    public const string Pay = "amount=500&currency=usd&payment_method=pm_card_visa&confirm=true";

    private SandboxWorld(StripeSandboxServer server, ManualClock clock)
    {
        Server = server;
        Clock = clock;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.BaseAddress };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public StripeSandboxServer Server { get; }

    public ManualClock Clock { get; }

    public HttpClient Client { get; }

    public static async Task<SandboxWorld> Start(Action<StripeSandboxOptions>? change = null, ManualClock? clock = null)
    {
        // The clock stands still, so the limits by the second would never let go.
        var options = new StripeSandboxOptions { RequestsPerSecondMax = 0, OperationRequestsPerSecondMax = 0 };
        change?.Invoke(options);
        clock ??= new ManualClock();
        return new SandboxWorld(await StripeSandboxServer.StartAsync(options, NullLoggerFactory.Instance, clock), clock);
    }

    public static Task<SandboxWorld> Start(WebhookReceiver receiver, Action<StripeSandboxOptions>? change = null, ManualClock? clock = null) => Start(
        options =>
        {
            options.WebhookUrl = receiver.Url.ToString();
            options.WebhookSecret = WebhookReceiver.Secret;
            change?.Invoke(options);
        },
        clock);

    public async Task<Answer> Post(string path, string form = "", string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        if (key is not null) { request.Headers.Add("Idempotency-Key", key); }
        return await Send(request);
    }

    /// <summary>Asks for something.</summary>
    /// <param name="account">The connected account in whose name it is asked; null for the platform.</param>
    public async Task<Answer> Get(string path, string? account = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (account is not null) { request.Headers.Add("Stripe-Account", account); }
        return await Send(request);
    }

    public async Task<Answer> Send(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, JsonNode.Parse(text)!.AsObject(), response.Headers);
    }

    /// <summary>What an account has in a currency.</summary>
    public async Task<(long Available, long Pending)> Balance(string currency, string? account = null)
    {
        var balance = (await Get("/v1/balance", account)).Body;
        return (Of("available"), Of("pending"));

        long Of(string part) =>
            balance[part]!.AsArray().Where(entry => (string)entry!["currency"]! == currency).Sum(entry => (long)entry!["amount"]!);
    }

    /// <summary>Types of all events, oldest first.</summary>
    public async Task<List<string>> EventTypes(string? account = null)
    {
        var events = await Get("/v1/events?limit=100", account);
        return [.. events.Body["data"]!.AsArray().Select(item => (string)item!["type"]!).Reverse()];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
