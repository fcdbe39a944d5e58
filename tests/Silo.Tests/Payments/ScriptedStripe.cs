using System.Collections.Concurrent;
using System.Net;
using System.Text;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>How the provider answers once.</summary>
internal sealed record ScriptedReply(int Status, string Body)
{
    /// <summary>No answer until the client has had enough.</summary>
    public static readonly ScriptedReply Never = new(0, "never");

    /// <summary>The connection ends without an answer.</summary>
    public static readonly ScriptedReply Reset = new(0, "reset");

    public bool? ShouldRetry { get; init; }

    /// <summary>The connection ends before the last byte.</summary>
    public bool CutOff { get; init; }
}

/// <summary>A request as it came over the wire.</summary>
/// <param name="Path">Escaped as it came.</param>
/// <param name="Query">Without its question mark.</param>
internal sealed record SeenRequest(string Method, string Path, string Query, IHeaderDictionary Headers, string? ContentType, string Body);

/// <summary>A server that answers by a script, and the client on it. When the script is over, it goes on with the last reply.</summary>
internal sealed class ScriptedStripe : IAsyncDisposable
{
    public const string Key = "sk_test_sandbox_1";

    private readonly WebApplication _app;
    private readonly Queue<ScriptedReply> _replies;
    private readonly ListLogger _logger = new();
    private HttpClient? _http;

    private ScriptedStripe(ScriptedReply[] replies)
    {
        _replies = new Queue<ScriptedReply>(replies);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public List<SeenRequest> Requests { get; } = [];

    /// <summary>Every line that the client has logged.</summary>
    public IReadOnlyCollection<string> Log => _logger.Lines;

    public StripeClient Client { get; private set; } = null!;

    /// <summary>Starts it.</summary>
    /// <param name="timeoutSeconds">Of a clock that runs twenty times as fast.</param>
    public static async Task<ScriptedStripe> StartAsync(ScriptedReply[] replies, int timeoutSeconds = 120)
    {
        var server = new ScriptedStripe(replies);
        await server._app.StartAsync();
        var options = new PaymentsOptions
        {
            SecretKey = Key,
            BaseUrl = server._app.Urls.First(),
            Sandbox = true,
            RequestTimeoutSeconds = timeoutSeconds,
        };
        server._http = PaymentsServices.CreateHttp(options);
        server.Client = new StripeClient(server._http, Options.Create(options), new HurriedTime(), server._logger);
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
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        Requests.Add(new SeenRequest(
            context.Request.Method, target[0], target.ElementAtOrDefault(1) ?? "", new HeaderDictionary(context.Request.Headers.ToDictionary()),
            context.Request.ContentType, await reader.ReadToEndAsync()));
        var reply = _replies.Count > 1 ? _replies.Dequeue() : _replies.Peek();
        if (reply == ScriptedReply.Never)
        {
            var gone = new TaskCompletionSource();
            await using var end = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return;
        }

        if (reply == ScriptedReply.Reset)
        {
            context.Abort();
            return;
        }

        var body = Encoding.UTF8.GetBytes(reply.Body);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentLength = body.Length;
        context.Response.Headers["Request-Id"] = "req_1";
        if (reply.ShouldRetry is { } should) { context.Response.Headers["Stripe-Should-Retry"] = should ? "true" : "false"; }
        await context.Response.Body.WriteAsync(reply.CutOff ? body.AsMemory(..^1) : body);
        await context.Response.Body.FlushAsync();
        if (reply.CutOff) { context.Abort(); }
    }

    /// <summary>Timers run twenty times as fast.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime < TimeSpan.Zero ? dueTime : dueTime / 20, period);
    }

    private sealed class ListLogger : ILogger<StripeClient>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
