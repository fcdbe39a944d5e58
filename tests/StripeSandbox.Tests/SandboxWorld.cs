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

    public async Task<Answer> Get(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await Send(request);
    }

    public async Task<Answer> Send(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, JsonNode.Parse(text)!.AsObject(), response.Headers);
    }

    /// <summary>Types of all events, oldest first.</summary>
    public async Task<List<string>> EventTypes()
    {
        var events = await Get("/v1/events?limit=100");
        return [.. events.Body["data"]!.AsArray().Select(item => (string)item!["type"]!).Reverse()];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
