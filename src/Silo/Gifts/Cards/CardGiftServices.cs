using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>Registers card gifts.</summary>
internal static class CardGiftServices
{
    /// <summary>Adds card gifts; options section <c>CardGifts</c>. They need payments when one is sent.</summary>
    public static IServiceCollection AddCardGifts(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<CardGiftOptions>, CardGiftOptionsValidator>();
        services.AddOptions<CardGiftOptions>()
            .BindConfiguration("CardGifts", binder => binder.ErrorOnUnknownConfiguration = true)
            .Validate(options => options.CoinsMin <= options.CoinsMax, "CardGifts:CoinsMin must not be above CardGifts:CoinsMax.")
            .ValidateOnStart();
        services.AddActors(actors => actors
            .AddGrain<ICardGiftGrain, CardGiftGrain>()
            .AddGrain<ICardGiftListGrain, CardGiftListGrain>());
        services.AddPaidThing(new PaidThing(
            CardPayments.CardGiftId,
            "card gift",
            (grains, id, news) => grains.GetGrain<ICardGiftGrain>(id).PaymentMoved(news),
            (grains, id, news) => grains.GetGrain<ICardGiftGrain>(id).DisputeMoved(news),
            (grains, id, news) => grains.GetGrain<ICardGiftGrain>(id).RefundMoved(news),
            (grains, id, news) => grains.GetGrain<ICardGiftGrain>(id).RefundFailed(news),
            (grains, id, news) => grains.GetGrain<ICardGiftGrain>(id).OutsideRefundFailed(news)));
        return services.AddDueCall<ICardGiftGrain>(CardGiftGrain.DueType, grain => grain.OnDue());
    }
}
