using System.Collections.Immutable;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>What is stored: the top-ups of the last 24 hours.</summary>
internal sealed record TopUpAllowanceRecord
{
    public ImmutableDictionary<string, CountedTopUp> Counted { get; init; } = ImmutableDictionary<string, CountedTopUp>.Empty;
}

/// <summary>One top-up that counts.</summary>
internal sealed record CountedTopUp(long PriceMinor, DateTimeOffset At);

/// <summary>Keeps the daily limit of one viewer.</summary>
internal sealed class TopUpAllowanceGrain(
    [PersistentState("day")] IPersistentState<TopUpAllowanceRecord> record, IOptions<PaymentsOptions> options) : Grain, ITopUpAllowanceGrain
{
    /// <summary>Top-ups in 24 hours, whatever they cost: bounds the state, and nobody needs more.</summary>
    public const int CountMax = 200;

    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    public async ValueTask<Result<Done>> Take(string topUpId, long priceMinor)
    {
        var now = Time.GetUtcNow();
        var counted = record.State.Counted.RemoveRange(record.State.Counted.Where(one => now - one.Value.At >= Day).Select(one => one.Key));
        if (counted.ContainsKey(topUpId)) { return Done.Value; }

        var spent = counted.Values.Sum(one => one.PriceMinor);
        var limit = LimitAt(now);
        if (spent + priceMinor > limit || counted.Count >= CountMax)
        {
            return new Refusal(
                RefusalCode.LimitReached,
                $"Coins for at most {Money(limit)} can be bought in 24 hours; you have bought for {Money(spent)}. Choose a smaller amount, or come back later.")
            {
                Amounts = new Dictionary<string, long> { ["limit"] = limit, ["spent"] = spent, ["price"] = priceMinor },
            };
        }

        record.State = new TopUpAllowanceRecord { Counted = counted.Add(topUpId, new CountedTopUp(priceMinor, now)) };
        await record.WriteStateAsync();
        return Done.Value;
    }

    public async ValueTask GiveBack(string topUpId)
    {
        var counted = record.State.Counted.Remove(topUpId);
        if (counted == record.State.Counted) { return; }
        record.State = new TopUpAllowanceRecord { Counted = counted };
        await record.WriteStateAsync();
    }

    private long LimitAt(DateTimeOffset now) => AccountAge.Of(GetPrimaryKeyString(), now) < TimeSpan.FromHours(options.Value.NewAccountHours)
        ? Math.Min(options.Value.DailyLimitMinor, options.Value.NewAccountDailyLimitMinor)
        : options.Value.DailyLimitMinor;

    private static string Money(long cents) => $"${cents / 100:N0}.{cents % 100:00}";
}
