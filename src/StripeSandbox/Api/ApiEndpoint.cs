using System.Text;
using System.Text.Json;
using LiveCommerce.StripeSandbox.Faults;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>Everything under <c>/v1</c>: who asks, what for, how often, whether it was asked before; then carries it out and answers.</summary>
internal sealed partial class ApiEndpoint(
    StripeSandboxOptions options, SandboxStore store, Operations operations, IdempotencyKeys keys, RequestLimit limit, FaultBoard faults,
    WebhookSender sender, SandboxClockwork clockwork, TimeProvider time, ILogger logger)
{
    private const string BadGatewayPage = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

    private const string ShouldRetry = "Stripe-Should-Retry";

    /// <summary>A request on its way.</summary>
    private sealed record Call(string RequestId, ApiOperation Operation, string Id, FormMap Form, string? Account, string? Key, string Fingerprint)
    {
        /// <summary>Of the idempotency key.</summary>
        public IDisposable? Lease { get; init; }
    }

    public async Task Handle(HttpContext context)
    {
        var requestId = Ids.New("req");
        context.Response.Headers["Request-Id"] = requestId;
        context.Response.Headers["Stripe-Version"] = ApiDescription.Current.Version;
        var (operation, id) = ApiDescription.Current.Match(context.Request.Method, context.Request.Path.Value ?? "");
        if (CheckCaller(context, operation) is { } refusal)
        {
            await Answer(context, refusal);
            return;
        }

        // Only requests that change something can be repeated by key.
        var key = context.Request.Method == "POST" && context.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } given ? given : null;
        var fault = faults.TakeApi(operation!.Name, key is not null);
        if (await FailBefore(context, fault)) { return; }
        if ((fault == ApiFault.RateLimit ? "endpoint-rate" : limit.Hit(operation.Name)) is { } reason)
        {
            context.Response.Headers["Stripe-Rate-Limited-Reason"] = reason;
            await Answer(context, ApiAnswer.Invalid("Too many requests hit the API too quickly. Wait a moment and try again.", code: "rate_limit", status: 429));
            return;
        }

        var (form, problem) = await ReadForm(context);
        if (form is null)
        {
            await Answer(context, problem!);
            return;
        }

        var account = context.Request.Headers["Stripe-Account"].ToString() is { Length: > 0 } named ? named : null;
        var call = new Call(requestId, operation, id, form, account, key, IdempotencyKeys.Fingerprint(context.Request.Path.Value!, form));
        if (key is null)
        {
            await Run(context, call, fault);
            return;
        }

        if (key.Length > IdempotencyKeys.KeyMax)
        {
            await Answer(context, ApiAnswer.Invalid($"An idempotency key has at most {IdempotencyKeys.KeyMax} characters.", code: "idempotency_key_too_long"));
            return;
        }

        context.Response.Headers["Idempotency-Key"] = key;
        using var lease = fault == ApiFault.KeyInUse ? null : keys.Enter(key);
        if (lease is null)
        {
            context.Response.Headers[ShouldRetry] = "true";
            await Answer(context, ApiAnswer.Error(
                409, "idempotency_error", "Another request with this idempotency key is running. Wait for its answer and try again.",
                code: "idempotency_key_in_use"));
            return;
        }

        await Run(context, call with { Lease = lease }, fault);
    }

    private static ApiAnswer? CheckCaller(HttpContext context, ApiOperation? operation)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : "";
        if (!key.StartsWith(StripeSandboxOptions.KeyPrefix, StringComparison.Ordinal))
        {
            // The key itself is not repeated: it may be a real one that came here by mistake.
            return ApiAnswer.Invalid(
                key.Length == 0
                    ? $"You did not provide an API key. Send Authorization: Bearer {StripeSandboxOptions.KeyPrefix}…"
                    : $"This is the payment sandbox: it only accepts keys that start with {StripeSandboxOptions.KeyPrefix}.",
                status: 401);
        }

        if (operation is null)
        {
            return ApiAnswer.Invalid(
                $"Unrecognized request URL ({context.Request.Method}: {context.Request.Path}). The sandbox speaks a part of the API only.", status: 404);
        }

        var version = context.Request.Headers["Stripe-Version"].ToString();
        return version.Length == 0 || version == ApiDescription.Current.Version
            ? null
            : ApiAnswer.Invalid($"Invalid Stripe API version: {version}. The sandbox speaks {ApiDescription.Current.Version}.");
    }

    private static async Task<bool> FailBefore(HttpContext context, ApiFault? fault)
    {
        if (fault == ApiFault.ResetBefore)
        {
            context.Abort();
            return true;
        }

        if (fault == ApiFault.BadGatewayBefore)
        {
            await BadGateway(context);
            return true;
        }

        return false;
    }

    private static async Task<(FormMap? Form, ApiAnswer? Problem)> ReadForm(HttpContext context)
    {
        var text = context.Request.QueryString.Value is { Length: > 1 } query ? query[1..] : "";
        if (context.Request.Method == "POST")
        {
            if (text.Length > 0) { return (null, ApiAnswer.Invalid("Parameters of a POST belong into its body.")); }
            try
            {
                using var reader = new StreamReader(context.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
                text = await reader.ReadToEndAsync(context.RequestAborted);
            }
            catch (BadHttpRequestException tooLarge)
            {
                return (null, ApiAnswer.Invalid($"The request cannot be read: {tooLarge.Message}", status: tooLarge.StatusCode));
            }
            catch (DecoderFallbackException)
            {
                return (null, ApiAnswer.Invalid("The request body is not UTF-8."));
            }

            // Version 2 takes JSON.
            var json = context.Request.Path.StartsWithSegments("/v2");
            if (text.Length > 0 && !(json ? context.Request.HasJsonContentType() : context.Request.HasFormContentType))
            {
                return (null, ApiAnswer.Invalid(
                    $"The body of this request is {(json ? "JSON" : "form-encoded")}: send Content-Type: application/{(json ? "json" : "x-www-form-urlencoded")}."));
            }

            if (json)
            {
                var body = JsonBody.Read(text, out var wrong);
                return (body, wrong is null ? null : ApiAnswer.Invalid(wrong));
            }
        }

        var form = FormBody.Read(text, out var problem);
        return (form, problem is null ? null : ApiAnswer.Invalid(problem));
    }

    private async Task Run(HttpContext context, Call call, ApiFault? fault)
    {
        List<long> sendFirst = [];
        ApiAnswer answer;
        try
        {
            // What the clock did meanwhile is nobody's request.
            store.Transact(transaction =>
            {
                DueTimes.SettleDue(transaction);
                MoneyClock.SettleDue(transaction);
                sendFirst.AddRange(transaction.SendBeforeAnswer);
            });
            answer = store.Transact(
                transaction =>
                {
                    var result = AnswerTo(transaction, call, fault, context.Response.Headers);
                    sendFirst.AddRange(transaction.SendBeforeAnswer);
                    return result;
                },
                new RequestOrigin(call.RequestId, call.Key, call.Account));
        }
        catch (Exception problem)
        {
            // Nothing was committed.
            Log.Failed(logger, problem, call.Operation.Name, call.RequestId);
            await Answer(context, ApiAnswer.Error(500, "api_error", "The sandbox itself failed; its log says why."));
            return;
        }

        Log.Answered(logger, call.Operation.Name, answer.Status, call.RequestId);

        // Not the caller's token: what is committed goes out, whoever still listens.
        await sender.SendNow(sendFirst, CancellationToken.None);
        try
        {
            await AnswerOrFail(context, call, answer, fault);
        }
        finally
        {
            // After the answer, so that a webhook usually comes second, as with the real service.
            clockwork.Wake();
        }
    }

    private ApiAnswer AnswerTo(SandboxTransaction transaction, Call call, ApiFault? fault, IHeaderDictionary headers)
    {
        if (call.Key is not null && keys.Recall(transaction, call.Key) is { } remembered)
        {
            if (remembered.Fingerprint != call.Fingerprint || remembered.Operation != call.Operation.Name)
            {
                return ApiAnswer.Error(
                    400, "idempotency_error",
                    $"The idempotency key {call.Key} was first used for {remembered.Operation} with other content. Use a new key for a new request.");
            }

            headers["Idempotent-Replayed"] = "true";
            headers["Original-Request"] = remembered.RequestId;
            if (remembered.Answer.Status >= 500) { headers[ShouldRetry] = "false"; }
            return remembered.Answer;
        }

        ApiAnswer answer;
        if (fault == ApiFault.ServerError)
        {
            answer = ApiAnswer.Error(500, "api_error", "The sandbox was told to fail here.");

            // Kept under the key, so the same request would only meet it again.
            if (call.Key is not null) { headers[ShouldRetry] = "false"; }
        }
        else if (MoneyOperations.RefuseAccount(transaction, call.Operation) is { } stranger)
        {
            answer = stranger;
        }
        else if (ParameterCheck.Check(call.Operation, call.Form, out var refusal) is { } parameters)
        {
            answer = operations.Execute(transaction, call.Operation, call.Id, parameters);
        }
        else
        {
            answer = refusal!;
        }

        // A request of v2 that failed may be tried again with its key; one of v1 gets its first answer, whatever that was.
        if (call.Key is not null && answer.Remember && (answer.Status == 200 || call.Operation.Path[0] == "v1"))
        {
            IdempotencyKeys.Remember(transaction, call.Key, new RememberedAnswer(call.Operation.Name, call.Fingerprint, answer, call.RequestId));
        }

        return answer;
    }

    private async Task AnswerOrFail(HttpContext context, Call call, ApiAnswer answer, ApiFault? fault)
    {
        // The work is done: a retry with the same key, however soon it comes, must find the answer and not a key in use.
        call.Lease?.Dispose();
        switch (fault)
        {
            case ApiFault.TimeoutAfterCommit:
                clockwork.Wake();
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(options.HoldSecondsMax), time, context.RequestAborted);
                }
                catch (OperationCanceledException)
                {
                    // The caller gave up, which is what this is for.
                }

                context.Abort();
                return;
            case ApiFault.ResetAfterCommit:
                context.Abort();
                return;
            case ApiFault.BadGatewayAfterCommit:
                await BadGateway(context);
                return;
            case ApiFault.TruncatedAfterCommit:
                await Answer(context, answer, whole: false);
                return;
            default:
                await Answer(context, answer);
                return;
        }
    }

    private static async Task BadGateway(HttpContext context)
    {
        context.Response.StatusCode = 502;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(BadGatewayPage);
    }

    private static async Task Answer(HttpContext context, ApiAnswer answer, bool whole = true)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer.Body, Json.Options);
        if (!whole) { Array.Resize(ref body, body.Length / 2); }
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-cache, no-store";
        await context.Response.Body.WriteAsync(body);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 9131, Level = LogLevel.Debug, Message = "Sandbox (no money moves): {Operation} answered {Status}, {RequestId}")]
        public static partial void Answered(ILogger logger, string operation, int status, string requestId);

        [LoggerMessage(EventId = 9132, Level = LogLevel.Error, Message = "The payment sandbox could not carry out {Operation}, {RequestId}")]
        public static partial void Failed(ILogger logger, Exception problem, string operation, string requestId);
    }
}
