using System.ComponentModel.DataAnnotations;
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
    /// <summary>
    /// Signing secrets (<c>whsec_…</c>) of the endpoint for the platform's own events; several while one is being replaced. Without any
    /// secret every event is refused.
    /// </summary>
    public IList<string> Secrets { get; } = [];

    /// <summary>
    /// The same of the endpoint for events of connected accounts. They vouch only for events that name such an account: who holds one
    /// of them cannot make up a payment to the platform.
    /// </summary>
    public IList<string> ConnectedSecrets { get; } = [];

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
        var signer = header.Count == 1 ? SignerOf(header[0], body.Value, options.Value, time.GetUtcNow()) : Signer.None;
        if (signer == Signer.None)
        {
            Log.NotSigned(logger);
            return NotSigned.ToHttp();
        }

        if (ProviderEvents.Read(body.Value) is not { } received) { return NotAnEvent.ToHttp(); }
        if (signer == Signer.Connected && received.Account is null)
        {
            Log.NotTheirs(logger, received.EventId, received.Type);
            return NotSigned.ToHttp();
        }

        // Not the request's token: the event is stored whether or not the provider waits for the answer.
        var isNew = await grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).Receive(received);
        return TypedResults.Ok(new EventReceipt(isNew));
    }

    private static Signer SignerOf(string? header, byte[] body, WebhookOptions options, DateTimeOffset now)
    {
        var tolerance = TimeSpan.FromSeconds(options.ToleranceSeconds);
        if (WebhookSignature.IsValid(header, body, options.Secrets, now, tolerance)) { return Signer.Platform; }
        return WebhookSignature.IsValid(header, body, options.ConnectedSecrets, now, tolerance) ? Signer.Connected : Signer.None;
    }

    /// <summary>Whose secret signed an event.</summary>
    private enum Signer
    {
        None = 0,
        Platform = 1,
        Connected = 2,
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2530, Level = LogLevel.Warning, Message = "A payment event without a valid signature was refused")]
        public static partial void NotSigned(ILogger logger);

        [LoggerMessage(EventId = 2531, Level = LogLevel.Warning,
            Message = "Event {EventId} ({Type}) of the platform was signed with a secret for connected accounts and was refused: check Webhooks:Secrets")]
        public static partial void NotTheirs(ILogger logger, string eventId, string type);
    }
}

/// <summary>The event is stored.</summary>
/// <param name="New">False: it was known.</param>
internal sealed record EventReceipt(bool New);
