namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>An error of the API or of the last payment attempt.</summary>
internal sealed record StripeError(
    string? Type = null,
    string? Code = null,
    string? DeclineCode = null,
    string? Message = null,
    string? Param = null,
    string? Charge = null,
    StripePaymentIntent? PaymentIntent = null,
    StripeSetupIntent? SetupIntent = null);

/// <summary>An answer that is an error.</summary>
internal sealed record StripeFailure(StripeError? Error);

/// <summary>One page of a list, or what was read of it.</summary>
/// <param name="HasMore">There is more in the direction of reading.</param>
internal sealed record StripeList<T>(IReadOnlyList<T> Data, bool HasMore);

/// <summary>Something is gone for good.</summary>
internal sealed record StripeDeleted(string Id, bool Deleted);

/// <summary>What the payer must do.</summary>
internal sealed record StripeNextAction(string Type, StripeRedirect? RedirectToUrl = null);

/// <summary>A page that the payer must visit.</summary>
internal sealed record StripeRedirect(string? Url);
