using LiveCommerce.Actors;
using LiveCommerce.Contracts.RedPackets;

namespace LiveCommerce.Contracts.Limits;

/// <summary>What one account may give, and how much it has given. Key: the account id.</summary>
/// <remarks>What was given is read from the ledger when the grain wakes, so counting costs no write.</remarks>
public interface IGivingLimitsGrain : IGrainWithStringKey
{
    /// <summary>
    /// Counts a gift that is about to be paid, or refuses it. Idempotent by <paramref name="gift"/> for the newest gifts: each further call is another
    /// try to pay the same gift.
    /// </summary>
    [Priority(CallPriority.High)]
    ValueTask<Result<GivingTaken>> Take(Guid gift, string receiverId, long coins);

    /// <summary>One try came to nothing. The gift counts no more once no try is left: another one may be paying it at this moment.</summary>
    [Priority(CallPriority.High)]
    ValueTask TryFailed(Guid gift);

    /// <summary>The gift was paid today by a try of today, and was counted on an earlier day: it counts today. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask PaidToday(Guid gift);

    /// <summary>The gift, or the red packet, was not paid: it no longer counts. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask GiveBack(Guid gift);

    /// <summary>Counts a red packet that is about to be funded, or refuses it: as a gift to nobody yet. Idempotent as <see cref="Take"/> is.</summary>
    [Priority(CallPriority.High)]
    ValueTask<Result<GivingTaken>> TakePacket(Guid packet, long coins);

    /// <summary>A red packet is over: its coins were given to those who took shares, and the rest to nobody. Idempotent.</summary>
    ValueTask PacketOver(Guid packet, IReadOnlyList<RedPacketShare> grabs);

    /// <summary>Whether this account may buy coins: minors may not.</summary>
    [AlwaysInterleave]
    ValueTask<Result<Done>> MayBuy();

    /// <summary>Whom this account gave at least so much in the last days, most first: what circles are found by.</summary>
    /// <param name="coins">At least 1.</param>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<string>> GetReceivers(long coins);

    /// <summary>Limits, and what is left of them.</summary>
    ValueTask<LimitsView> Get();

    /// <summary>Sets the account's own limits. A lower one holds at once, a higher one only after a day's thought.</summary>
    ValueTask<Result<LimitsView>> SetOwn(OwnLimits limits);

    /// <summary>Says when the account's person was born. Once: a second date is refused.</summary>
    ValueTask<Result<LimitsView>> DeclareBirthDate(DateOnly date);

    /// <summary>An operator has found the person to be a minor, or of age after all.</summary>
    ValueTask<LimitsView> SetMinor(bool minor);
}

/// <summary>Limits a viewer sets for themselves, in coins; null: only the platform's holds.</summary>
public sealed record OwnLimits(long? PerGift, long? PerDay, long? PerMonth)
{
    /// <summary>None.</summary>
    public static OwnLimits None { get; } = new(null, null, null);
}

/// <summary>A gift is within the limits.</summary>
/// <param name="IsNew">It was counted now; false: it is among the newest gifts and was counted before.</param>
/// <param name="IsOfAnotherDay">It was counted before midnight, and this is a try of the day after.</param>
public sealed record GivingTaken(GivingLeft Left, bool IsNew, bool IsOfAnotherDay = false);

/// <summary>What is left after a gift, in coins.</summary>
/// <param name="Near">One of the limits is nearly reached: say so.</param>
public sealed record GivingLeft(long Today, long ThisMonth, bool Near);

/// <summary>An account's limits of giving, in coins; days and months are of UTC.</summary>
/// <param name="PerGift">The largest gift.</param>
/// <param name="Own">The account's own limits, as they hold now.</param>
/// <param name="Next">Own limits that will hold from <paramref name="NextAt"/>.</param>
/// <param name="BirthDateKnown">Whether a date of birth was given.</param>
/// <param name="Minor">A minor can neither give nor buy coins.</param>
public sealed record LimitsView(
    long PerGift, long PerDay, long PerMonth, long GivenToday, long GivenThisMonth, OwnLimits Own, OwnLimits? Next, DateTimeOffset? NextAt,
    bool BirthDateKnown, bool Minor);
