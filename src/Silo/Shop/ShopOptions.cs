using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Shop;

/// <summary>Bounds of selling. Section <c>Shop</c>.</summary>
public sealed class ShopOptions
{
    /// <summary>Minutes that items are kept for a buyer who is paying.</summary>
    [Range(1, 60)]
    public int ReservationMinutes { get; set; } = 10;

    /// <summary>Days after which items on their way count as delivered, if nobody has said so.</summary>
    [Range(1, 90)]
    public int DeliveredAfterDays { get; set; } = 14;

    /// <summary>Hours after items were sent from which on their seller may say that they arrived; the buyer may at any time.</summary>
    [Range(0, 720)]
    public int SellerMayDeliverAfterHours { get; set; } = 48;

    /// <summary>Hours from the delivery until the seller can withdraw the money.</summary>
    [Range(1, 720)]
    public int ReleaseAfterHours { get; set; } = 72;
}

[OptionsValidator]
internal sealed partial class ShopOptionsValidator : IValidateOptions<ShopOptions>;
