using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Which gifts there are and who may give one, whether from the wallet or by card. Pure.</summary>
internal static class GiftRules
{
    /// <summary>The gift, or GiftUnknown, AmountNotAllowed or PriceChanged, in this order.</summary>
    public static Result<GiftItem> Choose(string giftId, int quantity, long unitPrice)
    {
        if (GiftCatalog.Find(giftId) is not { } item)
        {
            return new Refusal(RefusalCode.GiftUnknown, "This gift is no longer offered. Open the panel again and choose another.");
        }

        if (quantity is < 1 or > SendGift.QuantityMax)
        {
            return new Refusal(RefusalCode.AmountNotAllowed, $"Send 1 to {SendGift.QuantityMax} of a gift at once.");
        }

        return unitPrice == item.Price
            ? item
            : new Refusal(RefusalCode.PriceChanged, $"The {item.Name} costs {item.Price} coins now. Look at the price and send it again.")
            {
                Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["price"] = item.Price },
            };
    }

    /// <summary>Why this person cannot give in this room now: RoomNotFound, Banned, Muted, OwnRoom or StreamNotLive, in this order; null: they can.</summary>
    public static Refusal? Refuse(Caller caller, Result<GivingPlace> room, DateTimeOffset now)
    {
        if (!room.Ok) { return room.Refusal; }
        var (owner, phase, standing) = room.Value;
        if (standing.MutedUntil is { } until)
        {
            return new Refusal(RefusalCode.Muted, "You are muted in this room, so you can't give here now. You can go on watching.")
            {
                RetryAfterMs = until == DateTimeOffset.MaxValue ? null : Math.Max(1, (long)(until - now).TotalMilliseconds),
            };
        }

        if (owner.Id == caller.Id)
        {
            return new Refusal(RefusalCode.OwnRoom, "This is your own room: gifts to yourself are not possible. Send one in another room.");
        }

        return phase is StreamPhase.Live or StreamPhase.Interrupted
            ? null
            : new Refusal(RefusalCode.StreamNotLive, $"{owner.Name} is not live now. Send your gift when the stream is on.");
    }
}
