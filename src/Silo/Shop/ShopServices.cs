using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Shop;

/// <summary>Registers the shop.</summary>
public static class ShopServices
{
    /// <summary>Adds products, shops, orders and pictures. Options section <c>Shop</c>. Needs storage and payments.</summary>
    public static IServiceCollection AddShop(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<ShopOptions>, ShopOptionsValidator>();
        services.AddOptions<ShopOptions>()
            .BindConfiguration("Shop", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddSingleton<Pictures>();
        services.AddSingleton<OrderSettlement>();
        services.AddActors(actors => actors
            .AddGrain<IShopGrain, ShopGrain>()
            .AddGrain<IProductGrain, ProductGrain>()
            .AddGrain<IOrderGrain, OrderGrain>()
            .AddGrain<IPictureGrain, PictureGrain>());
        services.AddPaidThing(new PaidThing(
            CardPayments.OrderId,
            "order",
            (grains, id, news) => grains.GetGrain<IOrderGrain>(id).PaymentMoved(news),
            (grains, id, news) => grains.GetGrain<IOrderGrain>(id).DisputeMoved(news),
            (grains, id, news) => grains.GetGrain<IOrderGrain>(id).RefundMoved(news),
            (grains, id, news) => grains.GetGrain<IOrderGrain>(id).RefundFailed(news),
            (grains, id, news) => grains.GetGrain<IOrderGrain>(id).RefundFailed(news)));
        services.AddDueCall<IOrderGrain>(OrderGrain.DueType, grain => grain.OnDue());
        return services;
    }
}
