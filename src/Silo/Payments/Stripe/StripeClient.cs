using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>
/// Our own small client of Stripe's API, and the only thing that calls it. Never throws for what the network or the provider does:
/// an outcome that is not certain is <see cref="StripeAnswer{T}.Unknown"/>. The sandbox is reached by the same code.
/// </summary>
internal sealed partial class StripeClient(
    HttpClient http, IOptions<PaymentsOptions> options, TimeProvider time, ILogger<StripeClient> logger)
{
    /// <summary>The version of the API that this program was written against.</summary>
    public const string ApiVersion = "2026-10-28.endive";

    /// <summary>A larger answer is not one of the API.</summary>
    public const int ResponseBytesMax = 4 * 1024 * 1024;

    /// <summary>Creates a PaymentIntent; with <c>confirm</c> it is paid at once.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> CreatePaymentIntentAsync(
        IEnumerable<KeyValuePair<string, object?>> parameters, string idempotencyKey) =>
        SendAsync(HttpMethod.Post, "/v1/payment_intents", parameters, idempotencyKey, StripeJson.Default.StripePaymentIntent);

    /// <summary>The PaymentIntent as it is now.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> GetPaymentIntentAsync(string id) =>
        SendAsync(HttpMethod.Get, $"/v1/payment_intents/{Uri.EscapeDataString(id)}", [], null, StripeJson.Default.StripePaymentIntent);

    /// <summary>PaymentIntents made in a span of time, newest first.</summary>
    /// <param name="startingAfter">The last id of the page before; null for the first page.</param>
    public Task<StripeAnswer<StripeList<StripePaymentIntent>>> ListPaymentIntentsAsync(DateTimeOffset from, DateTimeOffset to, string? startingAfter)
    {
        List<KeyValuePair<string, object?>> query =
        [
            new("limit", 100),
            new("created", new Dictionary<string, object?> { ["gte"] = from, ["lte"] = to }),
        ];
        if (startingAfter is not null) { query.Add(new("starting_after", startingAfter)); }
        return SendAsync(HttpMethod.Get, "/v1/payment_intents", query, null, StripeJson.Default.StripeListStripePaymentIntent);
    }

    /// <summary>Ends a PaymentIntent that has not been paid.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> CancelPaymentIntentAsync(string id, string idempotencyKey) =>
        SendAsync(
            HttpMethod.Post, $"/v1/payment_intents/{Uri.EscapeDataString(id)}/cancel", [new("cancellation_reason", "abandoned")],
            idempotencyKey, StripeJson.Default.StripePaymentIntent);

    /// <summary>Sends money back.</summary>
    public Task<StripeAnswer<StripeRefund>> CreateRefundAsync(IEnumerable<KeyValuePair<string, object?>> parameters, string idempotencyKey) =>
        SendAsync(HttpMethod.Post, "/v1/refunds", parameters, idempotencyKey, StripeJson.Default.StripeRefund);

    private async Task<StripeAnswer<T>> SendAsync<T>(
        HttpMethod method, string path, IEnumerable<KeyValuePair<string, object?>> parameters, string? idempotencyKey, JsonTypeInfo<T> json)
        where T : class
    {
        var form = StripeForm.Encode(parameters);
        for (var retries = 0; ; retries++)
        {
            var reply = await TryOnceAsync(method, path, form, idempotencyKey);
            if (!StripeRetry.ShouldRetry(retries, reply.Status, reply.ShouldRetry))
            {
                return Interpret(method, path, reply, json);
            }

            Log.Retrying(logger, method.Method, path, (int?)reply.Status, reply.Why, reply.RequestId);
            await Task.Delay(StripeRetry.Delay(retries + 1, Random.Shared.NextDouble()), time);
        }
    }

    private async Task<Reply> TryOnceAsync(HttpMethod method, string path, string form, string? idempotencyKey)
    {
        var settings = options.Value;
        var query = method == HttpMethod.Get && form.Length > 0 ? "?" + form : "";
        using var request = new HttpRequestMessage(method, new Uri(settings.BaseUrl.TrimEnd('/') + path + query));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.SecretKey);
        request.Headers.Add("Stripe-Version", ApiVersion);
        if (idempotencyKey is not null) { request.Headers.Add("Idempotency-Key", idempotencyKey); }
        if (method == HttpMethod.Post)
        {
            request.Content = new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded");
        }

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(settings.RequestTimeoutSeconds), time);
        try
        {
            using var response = await http.SendAsync(request, timeout.Token);
            var body = await response.Content.ReadAsByteArrayAsync(timeout.Token);
            return new Reply(response.StatusCode, ShouldRetryOf(response), body, HeaderOf(response, "Request-Id"), Why: null);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new Reply(null, null, [], null, $"no answer within {settings.RequestTimeoutSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new Reply(null, null, [], null, error.Message);
        }
    }

    private StripeAnswer<T> Interpret<T>(HttpMethod method, string path, Reply reply, JsonTypeInfo<T> json)
        where T : class
    {
        var answer = Read(reply, json);
        switch (answer)
        {
            case StripeAnswer<T>.Ok:
                Log.Answered(logger, method.Method, path, reply.RequestId);
                break;
            case StripeAnswer<T>.Refused refused:
                Log.Refused(logger, method.Method, path, refused.Status, refused.Error.Type, refused.Error.Code, refused.Error.Param, reply.RequestId);
                break;
            case StripeAnswer<T>.Unknown unknown:
                Log.Uncertain(logger, method.Method, path, unknown.Why, reply.RequestId);
                break;
        }

        return answer;
    }

    private static StripeAnswer<T> Read<T>(Reply reply, JsonTypeInfo<T> json)
        where T : class
    {
        if (reply.Status is not { } status) { return new StripeAnswer<T>.Unknown(reply.Why ?? "no answer", ServerError: false); }
        if ((int)status >= 500) { return new StripeAnswer<T>.Unknown($"status {(int)status}", ServerError: true); }
        try
        {
            if ((int)status is >= 200 and < 300)
            {
                return JsonSerializer.Deserialize(reply.Body, json) is { } value
                    ? new StripeAnswer<T>.Ok(value)
                    : new StripeAnswer<T>.Unknown("the answer is empty", ServerError: false);
            }

            var error = JsonSerializer.Deserialize(reply.Body, StripeJson.Default.StripeFailure)?.Error;
            return (error, status) switch
            {
                (null, _) => new StripeAnswer<T>.Unknown($"status {(int)status} without an error object", ServerError: false),

                // Another request with this key is being worked on, or there were too many: nothing was decided for this one.
                (_, HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests) =>
                    new StripeAnswer<T>.Unknown($"status {(int)status}", ServerError: false),
                _ => new StripeAnswer<T>.Refused((int)status, error),
            };
        }
        catch (JsonException)
        {
            // A proxy or a load balancer spoke: the request may have gone through behind it.
            return new StripeAnswer<T>.Unknown($"status {(int)status} and a body that is not the API's JSON", ServerError: false);
        }
    }

    private static bool? ShouldRetryOf(HttpResponseMessage response) =>
        bool.TryParse(HeaderOf(response, "Stripe-Should-Retry"), out var should) ? should : null;

    private static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private sealed record Reply(HttpStatusCode? Status, bool? ShouldRetry, byte[] Body, string? RequestId, string? Why);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6001, Level = LogLevel.Debug, Message = "{Method} {Path} answered (request {RequestId})")]
        public static partial void Answered(ILogger logger, string method, string path, string? requestId);

        [LoggerMessage(EventId = 6002, Level = LogLevel.Warning, Message = "{Method} {Path} is tried again after status {Status} {Why} (request {RequestId})")]
        public static partial void Retrying(ILogger logger, string method, string path, int? status, string? why, string? requestId);

        [LoggerMessage(EventId = 6003, Level = LogLevel.Information,
            Message = "{Method} {Path} was refused with {Status}: {Type} {Code} {Param} (request {RequestId})")]
        public static partial void Refused(
            ILogger logger, string method, string path, int status, string? type, string? code, string? param, string? requestId);

        [LoggerMessage(EventId = 6004, Level = LogLevel.Warning, Message = "{Method} {Path} has an uncertain outcome: {Why} (request {RequestId})")]
        public static partial void Uncertain(ILogger logger, string method, string path, string why, string? requestId);
    }
}
