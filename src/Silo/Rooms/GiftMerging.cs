using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What becomes one event of several sendings of the same gift by the same sender within a tick.</summary>
internal static class GiftMerging
{
    /// <summary>Gifts of the same slot may be merged.</summary>
    public static FeedSlot SlotOf(SettledGift gift) => new("gift", gift.Sender.Id, gift.GiftId);

    /// <summary>One event for both; null when the first stands for as many as it may.</summary>
    public static GiftSent? TryMerge(GiftSent waiting, GiftSent sent) => waiting.Merged is { Count: >= RoomLimits.MergedGiftsMax - 1 }
        ? null
        : waiting with
        {
            Sender = sent.Sender,
            Quantity = waiting.Quantity + sent.Quantity,
            Coins = waiting.Coins + sent.Coins,
            Combo = Math.Max(waiting.Combo, sent.Combo),
            Merged = [.. waiting.Merged ?? [], sent.Key],
        };
}
