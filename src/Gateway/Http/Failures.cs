using System.Data.Common;
using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Http;

/// <summary>From what went wrong to what the outside is told: the same for HTTP and the hub.</summary>
internal static class Failures
{
    public static Refusal Unexpected { get; } =
        new(RefusalCode.Unavailable, "Something went wrong on our side. Nothing is lost: try again with the same request.") { RetryAfterMs = 1_000 };

    private static Refusal Unreadable { get; } = new(
        RefusalCode.Malformed, "The request can't be read, or something it needs is missing. Compare it with /api/openapi.json.");

    /// <summary>What a status that the framework has set by itself means; null when it is none of those.</summary>
    public static Refusal? Explain(int status) => status switch
    {
        StatusCodes.Status400BadRequest => Unreadable,
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => new Refusal(
            RefusalCode.NotFound, "There is nothing at this address for this method. Compare it with /api/openapi.json."),
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status415UnsupportedMediaType => NotJson,
        _ => null,
    };

    private static Refusal TooLarge { get; } = new(RefusalCode.TooLarge, "The request is too large. Send less.");

    private static Refusal NotJson { get; } = new(RefusalCode.Malformed, "Send JSON, with Content-Type: application/json.");

    /// <summary>The refusal of a known kind of failure; null when the failure is a bug and has to be logged.</summary>
    public static Refusal? Explain(Exception exception) => exception switch
    {
        GrainBusyException busy => new Refusal(RefusalCode.Busy, "Too much is waiting at the moment. Try again in a second, with the same key.")
        {
            RetryAfterMs = Math.Max(1, (long)busy.RetryAfter.TotalMilliseconds),
        },
        _ when IsUnknownOutcome(exception) => new Refusal(
            RefusalCode.Unavailable, "The answer did not come in time. Try again with the same key: nothing happens twice.")
        { RetryAfterMs = 1_000 },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => NotJson,
        BadHttpRequestException { InnerException: JsonException json } => Malformed(json),
        BadHttpRequestException => Unreadable,

        // A union without its kind: the serializer does not count that among its own exceptions.
        NotSupportedException { Source: "System.Text.Json" } => Unreadable,
        JsonException json => Malformed(json),
        _ => null,
    };

    /// <summary>Whether a command may or may not have taken effect: it can be repeated with the same key.</summary>
    public static bool IsUnknownOutcome(Exception exception) =>
        exception is TimeoutException or InconsistentStateException or GrainUnavailableException or LedgerUnavailableException
            or DbException { IsTransient: true }
            or InvalidOperationException { InnerException: DbException { IsTransient: true } };

    private static Refusal Malformed(JsonException json) => new(
        RefusalCode.Malformed,
        json.Path is { Length: > 1 } path
            ? $"The JSON can't be read at {path}. Compare it with /api/openapi.json."
            : Unreadable.Message);
}

/// <summary>Outermost middleware: every failure of a request leaves as a refusal.</summary>
internal sealed partial class FailureMiddleware(RequestDelegate next, ILogger<FailureMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            var response = context.Response;
            if (!response.HasStarted && response.ContentType is null && Failures.Explain(response.StatusCode) is { } bare)
            {
                await RefusalHttp.WriteAsync(context, bare, response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left: there is nobody to tell.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            if (Failures.Explain(exception) is { } refusal)
            {
                // A body of the wrong type is not a body that is wrong.
                var status = exception is BadHttpRequestException { StatusCode: 415 } ? 415 : (int?)null;
                await RefusalHttp.WriteAsync(context, refusal, status);
                return;
            }

            Log.Unexpected(logger, exception, context.Request.Method, context.GetEndpoint()?.DisplayName);
            await RefusalHttp.WriteAsync(context, Failures.Unexpected, StatusCodes.Status500InternalServerError);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2520, Level = LogLevel.Error, Message = "{Method} {Endpoint} failed unexpectedly")]
        public static partial void Unexpected(ILogger logger, Exception exception, string method, string? endpoint);
    }
}
