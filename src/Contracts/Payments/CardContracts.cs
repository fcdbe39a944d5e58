using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payments;

/// <summary>The saved cards of one account. Only brand, last four digits and expiry are known here; the provider keeps the rest. Key: the account id.</summary>
public interface ISavedCardsGrain : IGrainWithStringKey
{
    /// <summary>Cards that one account may save.</summary>
    const int CardsMax = 20;

    /// <summary>The cards, the default first.</summary>
    ValueTask<Result<SavedCards>> List(Caller caller);

    /// <summary>Begins to save a card; the bank may ask (3-D Secure). The same setup id again is answered with today's state.</summary>
    /// <param name="setupId">The request's idempotency key, as an id.</param>
    ValueTask<Result<CardSetup>> Add(Caller caller, string setupId, AddCard card);

    /// <summary>Begins to save a card that is entered on a page of the provider (<see cref="CardSetup.ActionUrl"/>). The same setup id again is answered with today's state.</summary>
    /// <param name="setupId">The request's idempotency key, as an id.</param>
    ValueTask<Result<CardSetup>> AddOnPage(Caller caller, string setupId, AddCardOnPage page);

    /// <summary>What became of it; asks the provider.</summary>
    ValueTask<Result<CardSetup>> GetSetup(Caller caller, string setupId);

    /// <summary>The provider says something about it. Idempotent.</summary>
    /// <param name="setupIntentId">The provider's id of it; empty: not told.</param>
    ValueTask SetupMoved(string setupId, string setupIntentId);

    /// <summary>Forgets a card, here and at the provider. A card that is not there is refused with CardNotFound.</summary>
    ValueTask<Result<SavedCards>> Remove(Caller caller, string cardId);

    /// <summary>Makes a card the one that is offered first.</summary>
    ValueTask<Result<SavedCards>> SetDefault(Caller caller, string cardId);

    /// <summary>
    /// With which customer a payment method is to be charged: the account's own for a saved card; none for one that is not saved;
    /// refused with CardNotYours when it is somebody else's.
    /// </summary>
    [AlwaysInterleave]
    ValueTask<Result<CardToCharge>> Resolve(string paymentMethod);
}

/// <summary>A card to be saved.</summary>
/// <param name="PaymentMethod">The provider's id of it.</param>
/// <param name="ReturnUrl">Where the bank's page leads back to.</param>
public sealed record AddCard(string PaymentMethod, string ReturnUrl);

/// <summary>A card to be saved that the provider asks for on a page of its own.</summary>
/// <param name="ReturnUrl">Where the page leads once the card is saved.</param>
/// <param name="CancelUrl">Where it leads when nothing was saved.</param>
public sealed record AddCardOnPage(string ReturnUrl, string CancelUrl);

/// <summary>The cards of an account.</summary>
public sealed record SavedCards(IReadOnlyList<SavedCard> Cards);

/// <summary>A saved card, as far as it may be shown.</summary>
/// <param name="CardId">Pay with it: it is a payment method.</param>
/// <param name="Brand">Such as <c>visa</c>.</param>
public sealed record SavedCard(string CardId, string Brand, string Last4, int ExpiryMonth, int ExpiryYear, bool IsDefault);

/// <summary>Where the saving of a card is.</summary>
public enum CardSetupState
{
    Processing = 0,

    /// <summary>The payer must confirm, or enter the card, at <see cref="CardSetup.ActionUrl"/>.</summary>
    RequiresAction = 1,
    Saved = 2,
    Failed = 3,
}

/// <summary>A card that is being saved.</summary>
/// <param name="Card">Once it is saved.</param>
/// <param name="Problem">Why it failed, in a sentence.</param>
public sealed record CardSetup(string SetupId, CardSetupState State, string? ActionUrl, SavedCard? Card, string? Problem);

/// <summary>How a payment method is charged.</summary>
/// <param name="Customer">Whose saved card it is; null: nobody's.</param>
public sealed record CardToCharge(string? Customer);
