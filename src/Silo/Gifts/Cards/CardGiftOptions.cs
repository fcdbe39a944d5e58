using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>Which gifts can be paid directly by card. Section <c>CardGifts</c>.</summary>
public sealed class CardGiftOptions
{
    /// <summary>Coins that a gift (all of its quantity) must be worth: below, the provider's fee would eat it.</summary>
    [Range(100, 1_000_000)]
    public long CoinsMin { get; set; } = 1_000;

    /// <summary>Coins that a gift may be worth at most.</summary>
    [Range(100, 1_000_000)]
    public long CoinsMax { get; set; } = 100_000;
}

[OptionsValidator]
internal sealed partial class CardGiftOptionsValidator : IValidateOptions<CardGiftOptions>;
