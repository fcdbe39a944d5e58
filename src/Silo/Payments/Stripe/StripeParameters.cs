using System.Collections;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Parameters of a request, in their order. What is null is left out; an empty text clears a field.</summary>
internal sealed class StripeParameters : IEnumerable<KeyValuePair<string, object?>>
{
    private readonly List<KeyValuePair<string, object?>> _all = [];

    /// <summary>Adds one, unless the value is null or there is nothing in it.</summary>
    public void Add(string name, object? value)
    {
        if (value is null or ICollection { Count: 0 } or StripeParameters { _all.Count: 0 }) { return; }
        _all.Add(new(name, value));
    }

    /// <summary>Adds the limits of a time, both included.</summary>
    public void Add(string name, DateTimeOffset? from, DateTimeOffset? to) => Add(name, new StripeParameters { { "gte", from }, { "lte", to } });

    /// <summary>Adds where a page of a list begins, and how long it is.</summary>
    public StripeParameters With(StripePage page)
    {
        Add("limit", page.Items ?? StripePage.ItemsMax);
        Add("starting_after", page.StartingAfter);
        Add("ending_before", page.EndingBefore);
        return this;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
