namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>What is known after a request. Exactly one of the three cases.</summary>
internal abstract record StripeAnswer<T>
    where T : class
{
    private StripeAnswer()
    {
    }

    /// <summary>Done; this is the object now.</summary>
    public sealed record Ok(T Value) : StripeAnswer<T>;

    /// <summary>The provider said no, for good: nothing beyond what the error tells has happened.</summary>
    public sealed record Refused(int Status, StripeError Error) : StripeAnswer<T>;

    /// <summary>It may or may not have happened: no answer, a server error, busy, or an answer that is not the API's.</summary>
    public sealed record Unknown(string Why, bool ServerError) : StripeAnswer<T>;
}
