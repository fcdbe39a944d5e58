using System.Net;
using System.Text;
using System.Text.Json;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>The client against a server that answers by a script; expectations were observed with the official library.</summary>
public sealed class StripeClientTests
{
    private const string Intent = """{"id":"pi_1","status":"succeeded","amount":500,"currency":"usd","created":1}""";

    private static readonly CreatePaymentIntent Pay = new(500, "usd", new Dictionary<string, string> { ["top_up_id"] = "1" });

    private static readonly JsonElement Observed = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "stripe-retry-observed.json"))).RootElement;

    private static readonly Dictionary<string, Reply[]> Scripts = new(StringComparer.Ordinal)
    {
        ["500 then 200"] = [new(500, Error("api_error")), new(200, Intent)],
        ["500 should-retry false"] = [new(500, Error("api_error")) { ShouldRetry = false }],
        ["429"] = [new(429, Error("invalid_request_error"))],
        ["402 card_error"] = [new(402, Error("card_error"))],
        ["503"] = [new(503, Error("api_error")), new(200, Intent)],
        ["timeout x3"] = [Reply.Never, Reply.Never, Reply.Never],
        ["200 but not JSON"] = [new(200, "<html>ok</html>")],
        ["400 idempotency mismatch"] = [new(400, Error("idempotency_error"))],
        ["403"] = [new(403, Error("invalid_request_error"))],
    };

    public static TheoryData<string> Names() => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Attempts_AreThoseOfTheOfficialLibrary_WithOneKey(string name)
    {
        var observed = Observed.EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
        await using var server = await ScriptedServer.StartAsync(Scripts[name]);

        var answer = await server.Client.CreatePaymentIntentAsync(Pay, "key-1");

        Assert.Equal(observed.GetProperty("attempts").GetInt32(), server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Equal("key-1", request.Headers["Idempotency-Key"].ToString()));
        Assert.Equal(
            observed.GetProperty("result").GetString()!.StartsWith("ok", StringComparison.Ordinal),
            answer is StripeAnswer<StripePaymentIntent>.Ok { Value.Id: "pi_1" });
    }

    [Theory]
    [InlineData("429")]
    [InlineData("timeout x3")]
    [InlineData("200 but not JSON")]
    [InlineData("500 should-retry false")]
    public async Task AnswerThatDoesNotSayWhatHappened_IsUnknownAndNoFailure(string name)
    {
        await using var server = await ScriptedServer.StartAsync(Scripts[name]);

        Assert.IsType<StripeAnswer<StripePaymentIntent>.Unknown>(await server.Client.CreatePaymentIntentAsync(Pay, "key-1"));
    }

    [Fact]
    public async Task ShouldRetryTrue_IsObeyedOnAnyStatus()
    {
        await using var server = await ScriptedServer.StartAsync([new(402, Error("card_error")) { ShouldRetry = true }, new(200, Intent)]);

        Assert.IsType<StripeAnswer<StripePaymentIntent>.Ok>(await server.Client.CreatePaymentIntentAsync(Pay, "key-1"));
    }

    [Fact]
    public async Task KeyInUse_IsRetried()
    {
        await using var server = await ScriptedServer.StartAsync([new(409, Error("idempotency_error")), new(200, Intent)]);

        Assert.IsType<StripeAnswer<StripePaymentIntent>.Ok>(await server.Client.CreatePaymentIntentAsync(Pay, "key-1"));
    }

    [Fact]
    public async Task EveryRequest_NamesTheVersionAndTheKey()
    {
        await using var server = await ScriptedServer.StartAsync([new(200, Intent), new(200, Intent)]);

        await server.Client.GetPaymentIntentAsync("pi_1");
        await server.Client.CreatePaymentIntentAsync(Pay with { Description = "a b" }, "key-1");

        Assert.All(server.Requests, request => Assert.Equal("2026-10-28.endive", request.Headers["Stripe-Version"].ToString()));
        Assert.All(server.Requests, request => Assert.Equal("Bearer sk_test_sandbox_1", request.Headers.Authorization.ToString()));
        Assert.Equal("", server.Requests[0].Headers["Idempotency-Key"].ToString());
        Assert.Equal("application/x-www-form-urlencoded", server.Requests[1].ContentType!.Split(';')[0]);
        Assert.Equal(
            "amount=500&currency=usd&allowed_payment_method_types[0]=card&description=a%20b&metadata[top_up_id]=1", server.Requests[1].Body);
    }

    [Theory]
    [InlineData(1, 0.0, 375)]
    [InlineData(1, 1.0, 500)]
    [InlineData(2, 1.0, 1_000)]
    [InlineData(4, 1.0, 4_000)]
    [InlineData(9, 1.0, 5_000)]
    [InlineData(9, 0.0, 3_750)]
    public void Delays_DoubleUpToFiveSecondsAndAreSpread(int retry, double jitter, int milliseconds) =>
        Assert.Equal(milliseconds, StripeRetry.Delay(retry, jitter).TotalMilliseconds);

    private static string Error(string type) => $$"""{"error":{"message":"no","type":"{{type}}"} }""";

    private sealed record Reply(int Status, string Body)
    {
        public static readonly Reply Never = new(0, "");

        public bool? ShouldRetry { get; init; }
    }

    private sealed record Request(IHeaderDictionary Headers, string? ContentType, string Body);

    private sealed class ScriptedServer : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly Queue<Reply> _replies;
        private HttpClient? _http;

        private ScriptedServer(Reply[] replies)
        {
            _replies = new Queue<Reply>(replies);
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            _app = builder.Build();
            _app.Run(AnswerAsync);
        }

        public List<Request> Requests { get; } = [];

        public StripeClient Client { get; private set; } = null!;

        public static async Task<ScriptedServer> StartAsync(Reply[] replies)
        {
            var server = new ScriptedServer(replies);
            await server._app.StartAsync();
            var options = new PaymentsOptions { SecretKey = "sk_test_sandbox_1", BaseUrl = server._app.Urls.First(), Sandbox = true, RequestTimeoutSeconds = 10 };
            server._http = PaymentsServices.CreateHttp(options);
            server.Client = new StripeClient(server._http, Options.Create(options), new HurriedTime(), NullLogger<StripeClient>.Instance);
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            _http?.Dispose();
            await _app.DisposeAsync();
        }

        private async Task AnswerAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            Requests.Add(new Request(new HeaderDictionary(context.Request.Headers.ToDictionary()), context.Request.ContentType, await reader.ReadToEndAsync()));
            var reply = _replies.Dequeue();
            if (reply == Reply.Never)
            {
                // Until the client has had enough.
                var gone = new TaskCompletionSource();
                await using var end = context.RequestAborted.Register(gone.SetResult);
                await gone.Task;
                return;
            }

            context.Response.StatusCode = reply.Status;
            if (reply.ShouldRetry is { } should) { context.Response.Headers["Stripe-Should-Retry"] = should ? "true" : "false"; }
            await context.Response.WriteAsync(reply.Body);
        }
    }

    /// <summary>Timers run twenty times as fast.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime < TimeSpan.Zero ? dueTime : dueTime / 20, period);
    }
}
