using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Limits;

namespace LiveCommerce.Silo.Limits;

/// <summary>Decides whether a gift is within the limits. Pure.</summary>
internal static class GivingRules
{
    /// <summary>Who gives.</summary>
    /// <param name="AccountAge">How old the account is.</param>
    public sealed record Giver(OwnLimits Own, TimeSpan AccountAge);

    /// <summary>What the account has given so far.</summary>
    /// <param name="ToReceiver">To this receiver today; null: what is given now goes to no one person.</param>
    public readonly record struct Given(long Today, long ThisMonth, long? ToReceiver);

    /// <summary>The refusal of a gift, or what is left after it.</summary>
    public static Result<GivingLeft> Decide(Giver giver, Given given, long coins, LimitsOptions limits)
    {
        var perGift = Lower(limits.CoinsPerGiftMax, giver.Own.PerGift);
        var perDay = Lower(DayLimit(giver.AccountAge, limits), giver.Own.PerDay);
        var perMonth = Lower(limits.CoinsPerMonthMax, giver.Own.PerMonth);
        if (coins > perGift)
        {
            return Reached(perGift, 0, $"One gift may have at most {perGift:N0} coins. Send a smaller one.", giver.Own.PerGift == perGift);
        }

        if (given.Today + coins > perDay)
        {
            return Reached(
                perDay, given.Today, $"You may give {perDay:N0} coins a day and have given {given.Today:N0}. Come back tomorrow, or send a smaller gift.",
                giver.Own.PerDay == perDay);
        }

        if (given.ThisMonth + coins > perMonth)
        {
            return Reached(
                perMonth, given.ThisMonth,
                $"You may give {perMonth:N0} coins a month and have given {given.ThisMonth:N0}. Come back next month, or send a smaller gift.",
                giver.Own.PerMonth == perMonth);
        }

        if (given.ToReceiver is { } before && before + coins > limits.PairCoinsPerDayMax)
        {
            return new Refusal(
                RefusalCode.GivingTooFast,
                $"You may give one streamer {limits.PairCoinsPerDayMax:N0} coins a day and have given {before:N0}. Come back tomorrow.")
            {
                Amounts = Amounts(limits.PairCoinsPerDayMax, before),
            };
        }

        var (today, month) = (given.Today + coins, given.ThisMonth + coins);
        return new GivingLeft(
            Math.Min(perDay - today, perMonth - month), perMonth - month, IsNear(today, perDay, limits) || IsNear(month, perMonth, limits));
    }

    /// <summary>Why own limits cannot be set; null: they can.</summary>
    public static Refusal? Check(OwnLimits own, LimitsOptions limits) =>
        IsOutside(own.PerGift, limits.CoinsPerGiftMax) || IsOutside(own.PerDay, limits.CoinsPerDayMax) || IsOutside(own.PerMonth, limits.CoinsPerMonthMax)
            ? new Refusal(
                RefusalCode.LimitNotAllowed,
                $"Your own limits are 0 to {limits.CoinsPerGiftMax:N0} coins a gift, {limits.CoinsPerDayMax:N0} a day and {limits.CoinsPerMonthMax:N0} a month. "
                + "Choose numbers within these, or none.")
            : null;

    /// <summary>What of a wish holds at once: everything that is no higher than before.</summary>
    public static OwnLimits AtOnce(OwnLimits now, OwnLimits wish) => new(
        LowerOf(now.PerGift, wish.PerGift), LowerOf(now.PerDay, wish.PerDay), LowerOf(now.PerMonth, wish.PerMonth));

    /// <summary>Whether a person of this date of birth is of age.</summary>
    public static bool IsOfAge(DateOnly born, DateOnly today, int years) => born.AddYears(years) <= today;

    /// <summary>The platform's limit of a day: a new account's is lower.</summary>
    public static long DayLimit(TimeSpan accountAge, LimitsOptions limits) => accountAge < TimeSpan.FromHours(limits.NewAccountHours)
        ? Math.Min(limits.CoinsPerDayMax, limits.NewAccountCoinsPerDayMax)
        : limits.CoinsPerDayMax;

    private static long Lower(long limit, long? own) => own is { } mine && mine < limit ? mine : limit;

    private static long? LowerOf(long? now, long? wish) => (now, wish) switch
    {
        (null, _) => wish,
        (_, null) => now,
        ({ } old, { } next) => Math.Min(old, next),
    };

    private static bool IsOutside(long? own, long max) => own is { } limit && (limit < 0 || limit > max);

    // In this order of operations nothing overflows, whatever the limits are.
    private static bool IsNear(long used, long limit, LimitsOptions limits) => used > 0 && used >= limit / 100 * limits.WarnAtPercent;

    private static Refusal Reached(long limit, long used, string sentence, bool own) => new(
        RefusalCode.GivingLimitReached, own ? sentence + " You set this limit yourself." : sentence)
    {
        Amounts = Amounts(limit, used),
    };

    private static Dictionary<string, long> Amounts(long limit, long used) => new(StringComparer.Ordinal) { ["limit"] = limit, ["used"] = used };
}
