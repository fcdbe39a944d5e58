using System.Collections.Immutable;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Cards;

/// <summary>What is stored of one account's saved cards.</summary>
internal sealed record SavedCardsRecord
{
    /// <summary>The provider's customer; null until a card is saved.</summary>
    public string? Customer { get; init; }

    /// <summary>The one that is offered first; null: there is none.</summary>
    public string? Default { get; init; }

    public ImmutableList<StoredCard> Cards { get; init; } = [];

    /// <summary>Cards that are being saved or were, newest last.</summary>
    public ImmutableList<StoredSetup> Setups { get; init; } = [];

    public SavedCards ToView() => new([.. Cards.Select(card => card.ToView(Default)).OrderByDescending(card => card.IsDefault)]);
}

/// <summary>A saved card.</summary>
/// <param name="Fingerprint">What the provider tells it from others by; null when it did not tell, and of cards saved before this was kept.</param>
internal sealed record StoredCard(string CardId, string Brand, string Last4, int ExpiryMonth, int ExpiryYear, string? Fingerprint = null)
{
    public SavedCard ToView(string? byDefault) => new(CardId, Brand, Last4, ExpiryMonth, ExpiryYear, CardId == byDefault);
}

/// <summary>A card that is being saved.</summary>
/// <param name="PaymentMethod">Empty: it is entered on a page of the provider.</param>
/// <param name="CancelUrl">Where that page leads when nothing was saved.</param>
/// <param name="Session">The page's session, once it is known.</param>
internal sealed record StoredSetup(
    string Id, string PaymentMethod, string ReturnUrl, CardSetupState State, string? SetupIntent = null, string? ActionUrl = null, string? CardId = null,
    string? Problem = null, string? CancelUrl = null, string? Session = null)
{
    public bool IsOnPage => CancelUrl is not null;
}
