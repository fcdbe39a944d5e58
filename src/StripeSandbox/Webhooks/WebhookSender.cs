using System.Net.Http.Headers;
using System.Text;
using LiveCommerce.StripeSandbox.Store;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.StripeSandbox.Webhooks;

/// <summary>Signs webhooks, posts them and notes how it went. Never follows a redirect.</summary>
internal sealed partial class WebhookSender(
    StripeSandboxOptions options, WebhookOutbox outbox, SandboxStore store, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        // Each try has its own limit, by the sandbox's clock.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Sends these now, in order, before the caller is answered. What is not accepted is tried again later.</summary>
    public async Task SendNow(IEnumerable<long> ids, CancellationToken cancellation)
    {
        foreach (var id in ids)
        {
            if (store.Transact(transaction => WebhookOutbox.Find(transaction, id)) is { } delivery) { await Send(delivery, cancellation); }
        }
    }

    /// <summary>One try.</summary>
    public async Task Send(WebhookDelivery delivery, CancellationToken cancellation)
    {
        var accepted = await Post(delivery, cancellation);
        store.Transact(transaction => outbox.Record(transaction, delivery, accepted));
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> Post(WebhookDelivery delivery, CancellationToken cancellation)
    {
        if (outbox.Target(delivery.Connected) is not { } target) { return false; }
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.WebhookTimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var body = Encoding.UTF8.GetBytes(delivery.Json);
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (LiveCommerce sandbox)");
        request.Headers.TryAddWithoutValidation(WebhookSignature.HeaderName, WebhookSignature.Header(target.Secret, time.GetUtcNow(), body));
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (!response.IsSuccessStatusCode) { Log.Refused(logger, delivery.EventId, (int)response.StatusCode, delivery.Attempts + 1); }
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException problem)
        {
            Log.NotSent(logger, delivery.EventId, delivery.Attempts + 1, problem.Message);
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Log.NotSent(logger, delivery.EventId, delivery.Attempts + 1, "no answer in time");
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 9111, Level = LogLevel.Information,
            Message = "The receiver of webhooks answered event {EventId} with {Status} at try {Attempt}; it will be sent again")]
        public static partial void Refused(ILogger logger, string eventId, int status, int attempt);

        [LoggerMessage(EventId = 9112, Level = LogLevel.Information,
            Message = "Event {EventId} did not reach the receiver of webhooks at try {Attempt}: {Problem}; it will be sent again")]
        public static partial void NotSent(ILogger logger, string eventId, int attempt, string problem);
    }
}
