using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Limits;

namespace LiveCommerce.Contracts.Gifts;

/// <summary>Takes the gifts of one room. Key: the room id.</summary>
public interface IGiftDesk : IGrainWithStringKey
{
    /// <summary>Sends a gift: remember, refuse, move, tell. When it answers with a receipt, the coins have moved for good.</summary>
    /// <remarks>No cancellation: closing the tab must not stop a payment halfway.</remarks>
    [Priority(CallPriority.High)]
    [LittleFollows]
    ValueTask<Result<GiftReceipt>> Send(Caller caller, SendGift gift);
}

/// <summary>Serves the list of gifts. Key: <see cref="Key"/>.</summary>
public interface IGiftCatalogGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>The panel, cheapest first.</summary>
    [ReadOnly]
    ValueTask<IReadOnlyList<GiftItem>> List();

    /// <summary>Which of them can be paid by card, and what that costs.</summary>
    [ReadOnly]
    ValueTask<CardGiftOffer> GetCardOffer();
}

/// <summary>A gift that can be sent.</summary>
/// <param name="GiftId">Stable short name, such as <c>rose</c>.</param>
/// <param name="Price">Coins for one.</param>
/// <param name="PriceMinor">About how much money that is, in minor units: shown beside the coins.</param>
/// <param name="Tier">1 to 4.</param>
/// <param name="Icon">An emoji.</param>
public sealed record GiftItem(string GiftId, string Name, string Icon, long Price, long PriceMinor, string Currency, int Tier);

/// <summary>One sending.</summary>
/// <param name="Key">Made by the client (UUIDv7), kept through retries; also the ledger entry's id.</param>
/// <param name="Quantity">1 to <see cref="QuantityMax"/>.</param>
/// <param name="UnitPrice">The price the sender saw; another price is refused with PriceChanged.</param>
public sealed record SendGift(Guid Key, string GiftId, int Quantity, long UnitPrice)
{
    /// <summary>How many of a gift one sending may hold.</summary>
    public const int QuantityMax = 999;
}

/// <summary>The coins have moved.</summary>
/// <param name="Balance">The sender's coins after this gift.</param>
/// <param name="Left">What the sender may still give; null while no limit is near.</param>
public sealed record GiftReceipt(Guid Key, long Coins, long Balance, GivingLeft? Left = null);

/// <summary>A committed gift, as the ledger tells it to the room.</summary>
/// <param name="Batch">Number of the ledger commit; with <paramref name="Order"/> the gift's place, by which rooms drop repeats.</param>
public sealed record SettledGift(
    Guid Key, string RoomId, Person Sender, string GiftId, int Quantity, long Coins, long Batch, int Order, DateTimeOffset At);
