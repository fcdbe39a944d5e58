using System.Text.Json.Serialization;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>
/// Reads and writes the API's JSON without reflection. An answer without a member that the API always gives is not one of the API.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StripeFailure))]
[JsonSerializable(typeof(StripeDeleted))]
[JsonSerializable(typeof(StripeList<StripePaymentIntent>))]
[JsonSerializable(typeof(StripeList<StripeCharge>))]
[JsonSerializable(typeof(StripeSetupIntent))]
[JsonSerializable(typeof(StripeCheckoutSession))]
[JsonSerializable(typeof(StripeCustomer))]
[JsonSerializable(typeof(StripeList<StripePaymentMethod>))]
[JsonSerializable(typeof(StripeList<StripeRefund>))]
[JsonSerializable(typeof(StripeList<StripeDispute>))]
[JsonSerializable(typeof(StripeList<StripeEarlyFraudWarning>))]
[JsonSerializable(typeof(StripeList<StripeTransfer>))]
[JsonSerializable(typeof(StripeList<StripeTransferReversal>))]
[JsonSerializable(typeof(StripeBalance))]
[JsonSerializable(typeof(StripeList<StripeBalanceTransaction>))]
[JsonSerializable(typeof(StripeList<StripePayout>))]
[JsonSerializable(typeof(StripeAccount))]
[JsonSerializable(typeof(StripeAccountLink))]
[JsonSerializable(typeof(StripeEvent))]
[JsonSerializable(typeof(StripeList<StripeListedEvent>))]
[JsonSerializable(typeof(StripeAccountBody))]
[JsonSerializable(typeof(StripeAccountLinkBody))]
internal sealed partial class StripeJson : JsonSerializerContext;
