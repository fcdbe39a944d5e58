using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Battles;

/// <summary>Times of battles, in seconds. Section <c>Battles</c>.</summary>
public sealed class BattleOptions
{
    /// <summary>How long an offer waits for its answer.</summary>
    [Range(5, 600)]
    public int OfferSeconds { get; set; } = 30;

    /// <summary>How long after the end the last gifts may take to be committed and told, before the result is fixed.</summary>
    [Range(1, 60)]
    public int SettleSeconds { get; set; } = 2;

    /// <summary>How long one of the rooms may be offline, beyond the broadcast's own grace time, before it has lost.</summary>
    [Range(1, 300)]
    public int OfflineGraceSeconds { get; set; } = 15;
}

[OptionsValidator]
internal sealed partial class BattleOptionsValidator : IValidateOptions<BattleOptions>;
