using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Limits;

/// <summary>What an account may give. Coins are whole coins; days and months are of UTC. Section <c>Limits</c>.</summary>
public sealed class LimitsOptions
{
    /// <summary>Coins of one gift (all of its quantity) at most.</summary>
    [Range(1, 1_000_000_000)]
    public long CoinsPerGiftMax { get; set; } = 5_000_000;

    /// <summary>Coins that an account gives in a day at most.</summary>
    [Range(1, 1_000_000_000)]
    public long CoinsPerDayMax { get; set; } = 10_000_000;

    /// <summary>Coins that an account gives in a month at most.</summary>
    [Range(1, 10_000_000_000)]
    public long CoinsPerMonthMax { get; set; } = 50_000_000;

    /// <summary>From this part of a limit on, in percent, the giver is told how much is left.</summary>
    [Range(1, 100)]
    public int WarnAtPercent { get; set; } = 80;

    /// <summary>Hours in which an account counts as new.</summary>
    [Range(0, 720)]
    public int NewAccountHours { get; set; } = 24;

    /// <summary>Coins that a new account gives in a day at most.</summary>
    [Range(1, 1_000_000_000)]
    public long NewAccountCoinsPerDayMax { get; set; } = 1_000_000;

    /// <summary>Coins that one account gives to one other in a day at most.</summary>
    [Range(1, 1_000_000_000)]
    public long PairCoinsPerDayMax { get; set; } = 5_000_000;

    /// <summary>Days that are looked back for gifts that went in a circle.</summary>
    [Range(1, 30)]
    public int CircleDays { get; set; } = 7;

    /// <summary>A gift back is refused when the receiver (or somebody the receiver gave to) gave the giver at least so many coins in those days.</summary>
    [Range(1, 1_000_000_000)]
    public long CircleCoinsMin { get; set; } = 1_000;

    /// <summary>Years of age from which a person may buy coins and give.</summary>
    [Range(13, 25)]
    public int AdultYears { get; set; } = 18;

    /// <summary>Whether a person must say when they were born before the first gift and the first purchase of coins.</summary>
    public bool BirthDateRequired { get; set; }

    /// <summary>Hours until a higher limit of one's own holds.</summary>
    [Range(1, 720)]
    public int OwnLimitRaiseHours { get; set; } = 24;
}

[OptionsValidator]
internal sealed partial class LimitsOptionsValidator : IValidateOptions<LimitsOptions>;
