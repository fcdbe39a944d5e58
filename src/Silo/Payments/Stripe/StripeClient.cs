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

    /// <summary>Characters of an idempotency key.</summary>
    public const int IdempotencyKeyLengthMax = 255;

    private Task<StripeAnswer<T>> GetAsync<T>(string path, StripeParameters query, JsonTypeInfo<T> json, string? account = null)
        where T : class
    {
        var text = StripeForm.Encode(query);
        return SendAsync(new Call(HttpMethod.Get, path, text.Length > 0 ? "?" + text : "", Account: account), json);
    }

    private Task<StripeAnswer<T>> PostAsync<T>(string path, StripeParameters form, string idempotencyKey, JsonTypeInfo<T> json)
        where T : class
    {
        var body = new Body(Encoding.ASCII.GetBytes(StripeForm.Encode(form)), "application/x-www-form-urlencoded");
        return SendAsync(new Call(HttpMethod.Post, path, Body: body, IdempotencyKey: Checked(idempotencyKey)), json);
    }

    /// <summary>A call of the newer part of the API, which takes JSON.</summary>
    private Task<StripeAnswer<T>> PostJsonAsync<TBody, T>(
        string path, TBody content, JsonTypeInfo<TBody> contentJson, string idempotencyKey, JsonTypeInfo<T> json)
        where T : class
    {
        var body = new Body(JsonSerializer.SerializeToUtf8Bytes(content, contentJson), "application/json");
        return SendAsync(new Call(HttpMethod.Post, path, Body: body, IdempotencyKey: Checked(idempotencyKey)), json);
    }

    private Task<StripeAnswer<T>> DeleteAsync<T>(string path, JsonTypeInfo<T> json)
        where T : class =>
        SendAsync(new Call(HttpMethod.Delete, path), json);

    /// <summary>An id as a part of a path. An empty one would name the list of all.</summary>
    private static string Id(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Uri.EscapeDataString(id);
    }

    private static string Checked(string idempotencyKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idempotencyKey.Length, IdempotencyKeyLengthMax, nameof(idempotencyKey));
        return idempotencyKey;
    }

    private async Task<StripeAnswer<T>> SendAsync<T>(Call call, JsonTypeInfo<T> json)
        where T : class
    {
        for (var retries = 0; ; retries++)
        {
            var reply = await TryOnceAsync(call);
            if (!StripeRetry.ShouldRetry(retries, reply.Status, reply.ShouldRetry))
            {
                return Interpret(call.Method, call.Path, reply, json);
            }

            Log.Retrying(logger, call.Method.Method, call.Path, (int?)reply.Status, reply.Why, reply.RequestId);
            await Task.Delay(StripeRetry.Delay(retries + 1, Random.Shared.NextDouble()), time);
        }
    }

    private async Task<Reply> TryOnceAsync(Call call)
    {
        var settings = options.Value;
        using var request = RequestOf(call, settings);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(settings.RequestTimeoutSeconds), time);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            var body = await ReadAsync(response, timeout.Token);
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

    private static HttpRequestMessage RequestOf(Call call, PaymentsOptions settings)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(settings.BaseUrl.TrimEnd('/') + call.Path + call.Query));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.SecretKey);
        request.Headers.Add("Stripe-Version", ApiVersion);
        if (call.Account is not null) { request.Headers.Add("Stripe-Account", call.Account); }
        if (call.IdempotencyKey is not null) { request.Headers.Add("Idempotency-Key", call.IdempotencyKey); }
        if (call.Body is { } body)
        {
            request.Content = new ByteArrayContent(body.Bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(body.Type);
        }

        return request;
    }

    /// <summary>The whole body; empty when it is too large to be the API's.</summary>
    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(ResponseBytesMax, cancel);
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return [];
        }

        return await response.Content.ReadAsByteArrayAsync(cancel);
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

    private sealed record Body(byte[] Bytes, string Type);

    /// <summary>One request, sent as often as the rules say.</summary>
    /// <param name="Query">With its question mark; never logged, and never a place for secrets.</param>
    /// <param name="Account">The connected account in whose name is asked.</param>
    private sealed record Call(
        HttpMethod Method, string Path, string Query = "", Body? Body = null, string? IdempotencyKey = null, string? Account = null);

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
