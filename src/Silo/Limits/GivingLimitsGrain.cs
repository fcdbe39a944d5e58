using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.RedPackets;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Limits;

/// <summary>What is stored of an account's limits.</summary>
internal sealed record LimitsRecord
{
    public DateOnly? BirthDate { get; init; }

    /// <summary>What an operator found; null: nobody has looked.</summary>
    public bool? Minor { get; init; }

    public OwnLimits Own { get; init; } = OwnLimits.None;

    public OwnLimits? Next { get; init; }

    public DateTimeOffset? NextAt { get; init; }
}

/// <summary>Keeps the limits of one account. What it gave is counted in memory and read from the ledger after waking.</summary>
internal sealed class GivingLimitsGrain(
    [PersistentState("limits")] IPersistentState<LimitsRecord> record, IOptions<LimitsOptions> options) : Grain, IGivingLimitsGrain
{
    /// <summary>Receivers of a receiver that are asked whether the coins came back by them.</summary>
    public const int CircleMax = 20;

    /// <summary>Receivers for which the answer about circles is remembered.</summary>
    public const int ClearMax = 200;

    /// <summary>How long it is.</summary>
    private static readonly TimeSpan ClearFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> _clear = new(StringComparer.Ordinal);
    private GivingCount? _count;

    private string AccountId => GetPrimaryKeyString();

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    private DateOnly CircleStart => Today.AddDays(-options.Value.CircleDays);

    public ValueTask<Result<GivingTaken>> Take(Guid gift, string receiverId, long coins) => TakeAsync(gift, receiverId, coins, isPacket: false);

    public ValueTask<Result<GivingTaken>> TakePacket(Guid packet, long coins) => TakeAsync(packet, GivingCount.Others, coins, isPacket: true);

    public ValueTask PacketOver(Guid packet, IReadOnlyList<RedPacketShare> grabs)
    {
        // A repeat, or the grain has read the ledger while the packet was open: then it reads again when it is next asked.
        if (_count?.TryShare(packet, grabs.Select(grab => (grab.Person.Id, grab.Coins))) == false) { _count = null; }
        return ValueTask.CompletedTask;
    }

    private async ValueTask<Result<GivingTaken>> TakeAsync(Guid gift, string receiverId, long coins, bool isPacket)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coins, 1);
        if (RefuseAge() is { } refusal) { return refusal; }

        var count = await CountAsync();
        var today = Today;
        if (count.Knows(gift, receiverId, coins, out var isSame, out var day) && !isSame)
        {
            // Another gift under the key of one that is on its way: what was counted for that one does not make room for this.
            return new Refusal(RefusalCode.KeyReused, "This key belongs to another gift. Send yours with a new key.");
        }

        // What was counted before midnight stands in yesterday's sums, and makes no room in today's.
        var counted = isSame && day == today ? coins : 0;
        var ofMonth = isSame && day >= MonthStart(today) ? coins : 0;
        var given = new GivingRules.Given(
            count.OnDay(today) - counted, count.Since(MonthStart(today)) - ofMonth, isPacket ? null : count.OnDay(today, receiverId) - counted);
        var decided = GivingRules.Decide(new GivingRules.Giver(OwnNow(), AccountAge.Of(AccountId, Time.GetUtcNow())), given, coins, options.Value);
        if (!decided.Ok) { return decided.Refusal; }
        if (!isPacket && await IsCircleAsync(receiverId))
        {
            return new Refusal(
                RefusalCode.CircularGift, "You got gifts from this streamer, or from people they give to, in the last days: coins do not go in circles. Give to somebody else.");
        }

        if (isSame) { count.TryAgain(gift); }
        else { count.Add(gift, today, receiverId, coins); }
        return new GivingTaken(decided.Value, IsNew: !isSame, IsOfAnotherDay: isSame && day != today);
    }

    public ValueTask TryFailed(Guid gift)
    {
        _count?.TryFailed(gift);
        return ValueTask.CompletedTask;
    }

    public ValueTask PaidToday(Guid gift)
    {
        _count?.Move(gift, Today);
        return ValueTask.CompletedTask;
    }

    public ValueTask GiveBack(Guid gift)
    {
        _count?.Remove(gift);
        return ValueTask.CompletedTask;
    }

    public ValueTask<Result<Done>> MayBuy() =>
        ValueTask.FromResult<Result<Done>>(RefuseAge() is { } refusal ? refusal : Done.Value);

    public async ValueTask<IReadOnlyList<string>> GetReceivers(long coins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coins, 1);
        return [.. (await CountAsync()).ReceiversSince(CircleStart, coins).Take(CircleMax)];
    }

    public async ValueTask<LimitsView> Get()
    {
        var count = await CountAsync();
        var limits = options.Value;
        var state = record.State;
        var own = OwnNow();
        var pending = own != state.Next ? state.Next : null;
        return new LimitsView(
            limits.CoinsPerGiftMax, GivingRules.DayLimit(AccountAge.Of(AccountId, Time.GetUtcNow()), limits), limits.CoinsPerMonthMax, count.OnDay(Today), count.Since(MonthStart(Today)),
            own, pending, pending is null ? null : state.NextAt, state.BirthDate is not null, IsMinor());
    }

    public async ValueTask<Result<LimitsView>> SetOwn(OwnLimits limits)
    {
        if (GivingRules.Check(limits, options.Value) is { } refusal) { return refusal; }

        var atOnce = GivingRules.AtOnce(OwnNow(), limits);
        var later = atOnce == limits ? null : limits;
        record.State = record.State with
        {
            Own = atOnce,
            Next = later,
            NextAt = later is null ? null : Time.GetUtcNow() + TimeSpan.FromHours(options.Value.OwnLimitRaiseHours),
        };
        await record.WriteStateAsync();
        return await Get();
    }

    public async ValueTask<Result<LimitsView>> DeclareBirthDate(DateOnly date)
    {
        if (BirthDates.Check(date, Today) is { } refusal) { return refusal; }
        if (record.State.BirthDate is { } known)
        {
            return known == date
                ? await Get()
                : new Refusal(RefusalCode.BirthDateNotAllowed, "You have given another date of birth before. Write to the operator to correct it.");
        }

        record.State = record.State with { BirthDate = date };
        await record.WriteStateAsync();
        return await Get();
    }

    public async ValueTask<LimitsView> SetMinor(bool minor)
    {
        record.State = record.State with { Minor = minor };
        await record.WriteStateAsync();
        return await Get();
    }

    private Refusal? RefuseAge()
    {
        if (IsMinor())
        {
            return new Refusal(
                RefusalCode.TooYoung, $"Buying coins and giving is for people of {options.Value.AdultYears} years and more. You can watch and chat.");
        }

        return options.Value.BirthDateRequired && record.State is { BirthDate: null, Minor: null }
            ? new Refusal(RefusalCode.BirthDateNeeded, "Say when you were born before you buy or give coins: in your wallet, under Limits.")
            : null;
    }

    private bool IsMinor() =>
        record.State.Minor ?? (record.State.BirthDate is { } born && !GivingRules.IsOfAge(born, Today, options.Value.AdultYears));

    private OwnLimits OwnNow() =>
        record.State is { Next: { } next, NextAt: { } at } && at <= Time.GetUtcNow() ? next : record.State.Own;

    private async ValueTask<GivingCount> CountAsync()
    {
        var start = MonthStart(Today) < CircleStart ? MonthStart(Today) : CircleStart;
        if (_count is null)
        {
            var given = await GrainFactory.GetGrain<IGivenGiftsGrain>(IGiftLedgerGrain.Key)
                .Get(AccountId, new DateTimeOffset(start, TimeOnly.MinValue, TimeSpan.Zero));
            if (_count is null)
            {
                _count = new GivingCount();
                _count.Add(given);
            }
        }

        _count.ForgetBefore(start);
        return _count;
    }

    // Two steps back at most: the receiver gave to the giver, or gave to somebody who did.
    private async ValueTask<bool> IsCircleAsync(string receiverId)
    {
        var now = Time.GetUtcNow();
        if (_clear.TryGetValue(receiverId, out var until) && until > now) { return false; }

        var coins = options.Value.CircleCoinsMin;
        var receivers = await GrainFactory.GetGrain<IGivingLimitsGrain>(receiverId).GetReceivers(coins);
        if (receivers.Contains(AccountId, StringComparer.Ordinal)) { return true; }

        var further = await Task.WhenAll(receivers
            .Where(one => one != receiverId)
            .Select(one => GrainFactory.GetGrain<IGivingLimitsGrain>(one).GetReceivers(coins).AsTask()));
        if (further.Any(one => one.Contains(AccountId, StringComparer.Ordinal))) { return true; }

        if (_clear.Count >= ClearMax) { _clear.Clear(); }
        _clear[receiverId] = now + ClearFor;
        return false;
    }

    private static DateOnly MonthStart(DateOnly day) => new(day.Year, day.Month, 1);
}
