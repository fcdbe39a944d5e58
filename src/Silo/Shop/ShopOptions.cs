using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Shop;

/// <summary>Bounds of selling. Section <c>Shop</c>.</summary>
public sealed class ShopOptions
{
    /// <summary>Minutes that items are kept for a buyer who is paying.</summary>
    [Range(1, 60)]
    public int ReservationMinutes { get; set; } = 10;
}

[OptionsValidator]
internal sealed partial class ShopOptionsValidator : IValidateOptions<ShopOptions>;
