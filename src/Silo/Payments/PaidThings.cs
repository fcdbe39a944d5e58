using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Payments;

/// <summary>One kind of thing that is paid by card, and how it is told what happens to its payment.</summary>
/// <param name="Purpose">Name of the metadata that carries our id.</param>
/// <param name="Kind">For people: <c>top-up</c>.</param>
/// <param name="DisputeMoved">False: not now, tell again later.</param>
/// <param name="RefundFailed">A refund of its own failed after it had seemed to succeed; null: it sends none itself. False: not now, tell again later.</param>
/// <param name="OutsideRefundFailed">As <paramref name="RefundFailed"/>, of a refund that was made at the provider; null: it undoes none.</param>
/// <param name="RefundMoved">Money went back without a refund of ours. False: not now, tell again later.</param>
internal sealed record PaidThing(
    string Purpose,
    string Kind,
    Func<IGrainFactory, string, PaymentNews, ValueTask> PaymentMoved,
    Func<IGrainFactory, string, DisputeNews, ValueTask<bool>> DisputeMoved,
    Func<IGrainFactory, string, RefundNews, ValueTask<bool>> RefundMoved,
    Func<IGrainFactory, string, RefundNews, ValueTask<bool>>? RefundFailed = null,
    Func<IGrainFactory, string, RefundNews, ValueTask<bool>>? OutsideRefundFailed = null);

/// <summary>Everything that can be paid by card, found by the metadata of a payment.</summary>
internal sealed class PaidThings(IEnumerable<PaidThing> things)
{
    private readonly Dictionary<string, PaidThing> _things = things.ToDictionary(thing => thing.Purpose, StringComparer.Ordinal);

    /// <summary>Which thing of ours the metadata names; null when none.</summary>
    public (PaidThing Thing, string Id)? Find(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null) { return null; }
        foreach (var (purpose, thing) in _things)
        {
            if (metadata.GetValueOrDefault(purpose) is { Length: > 0 and <= GrainId.KeyLengthMax } id) { return (thing, id); }
        }

        return null;
    }

    /// <summary>The thing of a purpose; null for one that nobody has registered.</summary>
    public PaidThing? Of(string purpose) => _things.GetValueOrDefault(purpose);
}

/// <summary>Registers what can be paid.</summary>
internal static class PaidThingServices
{
    /// <summary>Payments whose metadata has <see cref="PaidThing.Purpose"/> are told to it.</summary>
    public static IServiceCollection AddPaidThing(this IServiceCollection services, PaidThing thing) => services.AddSingleton(thing);
}
