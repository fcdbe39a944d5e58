using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>The part of a PaymentIntent that we read.</summary>
internal sealed record StripePaymentIntent(
    string Id,
    string Status,
    long Amount,
    string Currency,
    long Created,
    long? AmountReceived = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    StripeNextAction? NextAction = null,
    StripeError? LastPaymentError = null);

/// <summary>What the payer must do.</summary>
internal sealed record StripeNextAction(string Type, StripeRedirect? RedirectToUrl = null);

/// <summary>A page that the payer must visit.</summary>
internal sealed record StripeRedirect(string? Url);

/// <summary>An error of the API or of the last payment attempt.</summary>
internal sealed record StripeError(
    string? Type = null,
    string? Code = null,
    string? DeclineCode = null,
    string? Message = null,
    string? Param = null,
    StripePaymentIntent? PaymentIntent = null);

/// <summary>The part of a refund that we read.</summary>
internal sealed record StripeRefund(string Id, string? Status, long Amount);

/// <summary>One page of a list.</summary>
internal sealed record StripeList<T>(IReadOnlyList<T> Data, bool HasMore);

/// <summary>An answer that is an error.</summary>
internal sealed record StripeFailure(StripeError? Error);

/// <summary>An event: what happened, and the object after it.</summary>
internal sealed record StripeEvent(string Id, string Type, StripeEventData? Data);

/// <summary>The object of an event, read by its type.</summary>
internal sealed record StripeEventData(JsonElement Object);

/// <summary>Reads and writes the API's JSON without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StripePaymentIntent))]
[JsonSerializable(typeof(StripeList<StripePaymentIntent>))]
[JsonSerializable(typeof(StripeRefund))]
[JsonSerializable(typeof(StripeFailure))]
[JsonSerializable(typeof(StripeEvent))]
internal sealed partial class StripeJson : JsonSerializerContext;
