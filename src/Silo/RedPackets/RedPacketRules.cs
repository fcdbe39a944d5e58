using LiveCommerce.Contracts;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>What a packet may be and who may send one. Pure.</summary>
internal static class RedPacketRules
{
    /// <summary>Why there is no such packet; null: there may be.</summary>
    /// <param name="greeting">As it will be shown.</param>
    public static Refusal? Check(FundRedPacket request, RedPacketOptions options, out string? greeting)
    {
        greeting = null;
        if (request.Shares is < 1 or > RedPacketLimits.SharesMax || request.Coins < request.Shares || request.Coins > options.CoinsMax)
        {
            return new Refusal(
                RefusalCode.PacketNotAllowed,
                $"A red packet has 1 to {RedPacketLimits.SharesMax} shares and at most {options.CoinsMax:N0} coins, at least one a share. Change one of them.")
            {
                Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["coins"] = options.CoinsMax, ["shares"] = RedPacketLimits.SharesMax },
            };
        }

        if (request.DelaySeconds is < 0 or > RedPacketLimits.DelaySecondsMax || !Enum.IsDefined(request.Kind))
        {
            return new Refusal(RefusalCode.PacketNotAllowed, $"A red packet opens at once or up to {RedPacketLimits.DelaySecondsMax} seconds later.");
        }

        if (string.IsNullOrWhiteSpace(request.Greeting)) { return null; }
        if (ChatRules.TryMessage(request.Greeting, out var clean) is { } refused) { return refused; }
        greeting = clean;
        return clean.Length <= RedPacketLimits.GreetingLengthMax
            ? null
            : new Refusal(RefusalCode.PacketNotAllowed, $"The greeting has {clean.Length} characters; {RedPacketLimits.GreetingLengthMax} are allowed. Shorten it.");
    }

    /// <summary>Why nobody can send one in this room now, or this person cannot; null: they can.</summary>
    public static Refusal? Check(RoomView room, Result<RoomStanding> standing)
    {
        if (!standing.Ok) { return standing.Refusal; }
        if (standing.Value.MutedUntil is not null)
        {
            return new Refusal(RefusalCode.Muted, "You are muted in this room, so you can't give here now. You can go on watching.");
        }

        return room.Stream.Phase is StreamPhase.Live or StreamPhase.Interrupted
            ? null
            : new Refusal(RefusalCode.StreamNotLive, $"{room.Owner.Name} is not live now. Send your red packet when the stream is on.");
    }

    /// <summary>No such packet.</summary>
    public static Refusal NotFound { get; } = new(RefusalCode.PacketNotFound, "There is no such red packet in this room.");

    /// <summary>Too early.</summary>
    public static Refusal NotOpen(DateTimeOffset opensAt, DateTimeOffset now) => new(RefusalCode.PacketNotOpen, "This red packet is not open yet. Wait for its countdown.")
    {
        RetryAfterMs = Math.Max(1, (long)Math.Ceiling((opensAt - now).TotalMilliseconds)),
    };

    /// <summary>Too late.</summary>
    public static Refusal Over(bool allTaken) => new(
        RefusalCode.PacketOver, allTaken ? "Every share of this red packet is taken. Be quicker with the next." : "The time of this red packet is over.");

    /// <summary>Who gives does not take.</summary>
    public static Refusal Own { get; } = new(RefusalCode.OwnPacket, "This is your own red packet: its shares are for the others.");
}
