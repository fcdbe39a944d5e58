using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Payments;

/// <summary>The payment provider's events. Section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>The endpoint's signing secrets (<c>whsec_…</c>): of the platform, and of connected accounts. Without one every event is refused.</summary>
    public IList<string> Secrets { get; } = [];

    /// <summary>Seconds that an event's time may be off, both ways.</summary>
    [Range(1, 3_600)]
    public int ToleranceSeconds { get; set; } = 300;

    /// <summary>Bytes of an event.</summary>
    [Range(1_024, 16_777_216)]
    public int BytesMax { get; set; } = 1_048_576;
}

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;

/// <summary>Takes the provider's events: verified, stored, answered; what they mean is decided later, in the silo.</summary>
internal static partial class WebhookEndpoint
{
    /// <summary>Characters of an event's id or type.</summary>
    private const int NameLengthMax = 255;

    private static readonly Refusal NotSigned =
        new(RefusalCode.SignatureInvalid, "The signature does not fit the body. Check the endpoint's signing secret and the clock.");

    private static readonly Refusal NotAnEvent = new(RefusalCode.Malformed, "The body is not an event.");

    public static void MapWebhook(this IEndpointRouteBuilder api) =>
        api.MapPost("/payments/webhook", Receive).WithName("receivePaymentEvent").Accepts<object>("application/json");

    private static async Task<Results<Ok<EventReceipt>, RefusalResult>> Receive(
        HttpContext context, IOptions<WebhookOptions> options, IGrainFactory grains, TimeProvider time, ILogger<WebhookOptions> logger)
    {
        var body = await Bodies.ReadAsync(context.Request, options.Value.BytesMax, context.RequestAborted);
        if (!body.Ok) { return body.Refusal.ToHttp(); }

        var header = context.Request.Headers["Stripe-Signature"];
        var isValid = header.Count == 1 && WebhookSignature.IsValid(
            header[0], body.Value, options.Value.Secrets, time.GetUtcNow(), TimeSpan.FromSeconds(options.Value.ToleranceSeconds));
        if (!isValid)
        {
            Log.NotSigned(logger);
            return NotSigned.ToHttp();
        }

        if (Read(body.Value) is not { } received) { return NotAnEvent.ToHttp(); }

        // Not the request's token: the event is stored whether or not the provider waits for the answer.
        var isNew = await grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).Receive(received);
        return TypedResults.Ok(new EventReceipt(isNew));
    }

    private static ProviderEvent? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && Text(root, "id") is { } id && Text(root, "type") is { } type
                    ? new ProviderEvent(id, type, Encoding.UTF8.GetString(body))
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= NameLengthMax } text
            ? text
            : null;

    private static partial class Log
    {
        [LoggerMessage(EventId = 2530, Level = LogLevel.Warning, Message = "A payment event without a valid signature was refused")]
        public static partial void NotSigned(ILogger logger);
    }
}

/// <summary>The event is stored.</summary>
/// <param name="New">False: it was known.</param>
internal sealed record EventReceipt(bool New);
