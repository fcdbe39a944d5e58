using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;

namespace LiveCommerce.Silo.Agencies;

/// <summary>Knows how gifts are shared. Rates change at moments known in advance, so an answer is remembered until the next of them.</summary>
internal sealed class RateBookGrain(AgencyStore store) : Grain, IRateBookGrain
{
    /// <summary>Streamers whose rate is remembered.</summary>
    public const int RememberedMax = 20_000;

    /// <summary>Rates that can be published in all.</summary>
    public const int RatesMax = 1_000;

    /// <summary>Longest that a rate is remembered.</summary>
    private static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, RateQuote> _remembered = new(StringComparer.Ordinal);
    private IReadOnlyList<PlatformRate> _rates = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken) => _rates = await store.ListRatesAsync();

    public async ValueTask<ShareRate> GetRate(string streamerId) => (await GetQuote(streamerId)).Rate;

    public async ValueTask<RateQuote> GetQuote(string streamerId)
    {
        var now = Time.GetUtcNow();
        if (_remembered.TryGetValue(streamerId, out var known) && known.Until > now) { return known; }

        var platform = _rates.Last(rate => rate.Since <= now);
        var rate = await store.ResolveAsync(platform, await store.FindAgreedAsync(streamerId, now));
        if (_remembered.Count >= RememberedMax) { _remembered.Clear(); }
        return _remembered[streamerId] = new RateQuote(streamerId, rate, NextChange(now));
    }

    public ValueTask<IReadOnlyList<PlatformRate>> List() => ValueTask.FromResult(_rates);

    public async ValueTask<Result<PlatformRate>> Publish(Caller caller, PublishRate rate)
    {
        if (caller.Role < PlatformRole.Operator) { return new Refusal(RefusalCode.NotAllowed, "Only an operator publishes rates."); }

        var earliest = Time.GetUtcNow() + TimeSpan.FromDays(PublishRate.NoticeDays);
        if (rate.StreamerPart is < 0 or > 10_000 || rate.Since < earliest || rate.Since <= _rates[^1].Since || _rates.Count >= RatesMax)
        {
            return new Refusal(
                RefusalCode.RateNotAllowed,
                $"A rate is 0 to 10,000 (hundredths of a percent), begins after the last one, and at least {PublishRate.NoticeDays} days from now. Choose a later day.");
        }

        var published = new PlatformRate(_rates[^1].Version + 1, rate.StreamerPart, rate.Since.ToUniversalTime());
        await store.AddRateAsync(published);
        _rates = [.. _rates, published];
        return published;
    }

    public ValueTask Forget(string streamerId)
    {
        _remembered.Remove(streamerId);
        return ValueTask.CompletedTask;
    }

    // Contracts begin and end with a day, published rates at their own moment.
    private DateTimeOffset NextChange(DateTimeOffset now)
    {
        var midnight = new DateTimeOffset(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        var next = _rates.FirstOrDefault(rate => rate.Since > now)?.Since ?? DateTimeOffset.MaxValue;
        var soon = now + RememberedFor;
        var change = midnight < next ? midnight : next;
        return soon < change ? soon : change;
    }
}
