using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Cards;

/// <summary>What is said of saved cards.</summary>
internal static class CardProblems
{
    public static readonly Refusal NotYours = new(RefusalCode.CardNotYours, "This card is not one of yours. Choose one of your own cards.");

    public static readonly Refusal NotFound = new(RefusalCode.CardNotFound, "There is no such card among yours. Reload your cards.");

    public static readonly Refusal TooMany =
        new(RefusalCode.TooManyCards, $"You can save at most {ISavedCardsGrain.CardsMax} cards. Remove one, then save this one again.");

    public static readonly Refusal SharedByTooMany =
        new(RefusalCode.CardSharedByTooMany, "Too many accounts pay with this card. Choose another card, or write to the operator.");

    public static readonly Refusal Unanswered =
        new(RefusalCode.PaymentUnavailable, "The payment provider did not answer. Nothing was charged. Try again in a moment.");

    public static readonly Refusal NotSetUp = new(RefusalCode.PaymentUnavailable, "Payments are not set up on this server. Ask its operator.");

    public static readonly Refusal KeyReused = new(RefusalCode.KeyReused, "This key was used for another card. Start again with a new one.");
}
