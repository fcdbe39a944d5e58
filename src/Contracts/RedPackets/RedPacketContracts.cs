using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.RedPackets;

/// <summary>One red packet: coins that a sender gives to whoever in the room is quick. Key: the packet's id, which is the request's key.</summary>
public interface IRedPacketGrain : IGrainWithStringKey
{
    /// <summary>The type of the due times by which packets end.</summary>
    const string DueType = "RedPacket";

    /// <summary>Draws the shares, takes the coins from the sender's wallet and offers the packet in the room. A repeat with the same content gets the first answer.</summary>
    ValueTask<Result<RedPacketView>> Fund(Caller sender, FundRedPacket request);

    /// <summary>Takes one share. A repeat by the same account gets the same share.</summary>
    /// <param name="roomId">The room that the caller is in.</param>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<Result<PacketGrab>> Grab(Caller caller, string roomId);

    /// <summary>The packet as it is; shares that nobody has are in nobody's answer.</summary>
    [AlwaysInterleave]
    ValueTask<Result<RedPacketView>> Get();

    /// <summary>Ends the packet when its time is over, and finishes what was cut off. Called by the table of due times.</summary>
    [AlwaysInterleave]
    ValueTask OnDue();
}

/// <summary>The open red packets of one room. Key: the room id.</summary>
public interface IRoomPacketsGrain : IGrainWithStringKey
{
    /// <summary>Takes a place for a packet, or refuses: a room has few at once. Idempotent.</summary>
    ValueTask<Result<Done>> Take(string packetId);

    /// <summary>The packet is over. Idempotent.</summary>
    ValueTask Leave(string packetId);

    /// <summary>The open packets, oldest first.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<RedPacketCard>> GetOpen();
}

/// <summary>How many packets one account sends and grabs. Key: the account id.</summary>
public interface IPacketAllowanceGrain : IGrainWithStringKey
{
    /// <summary>Counts a packet that is about to be funded, or refuses. Idempotent.</summary>
    ValueTask<Result<Done>> TakeSending(string packetId);

    /// <summary>The packet is over, or was never funded. Idempotent.</summary>
    /// <param name="funded">False: it does not count at all.</param>
    ValueTask LeaveSending(string packetId, bool funded);

    /// <summary>Counts a grab, or refuses: too many in a day, too young an account, a minor. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask<Result<Done>> TakeGrab(string packetId);
}

/// <summary>A wish to give a red packet.</summary>
/// <param name="Coins">All of it: at least one coin a share.</param>
/// <param name="Shares">1 to <see cref="RedPacketLimits.SharesMax"/>.</param>
/// <param name="Greeting">What stands on it, at most <see cref="RedPacketLimits.GreetingLengthMax"/> characters; null: nothing.</param>
/// <param name="DelaySeconds">0 to <see cref="RedPacketLimits.DelaySecondsMax"/>: how long people may gather before it opens.</param>
public sealed record FundRedPacket(string RoomId, long Coins, int Shares, RedPacketKind Kind, string? Greeting = null, int DelaySeconds = 0);

/// <summary>How the coins are shared.</summary>
public enum RedPacketKind
{
    /// <summary>By luck.</summary>
    Random = 0,

    /// <summary>Everybody the same, but for the coins that cannot be divided: the first get one more.</summary>
    Equal = 1,
}

/// <summary>A packet as its room shows it.</summary>
/// <param name="OpensAt">From when it can be grabbed.</param>
/// <param name="EndsAt">When what is left goes back to the sender.</param>
/// <param name="SharesLeft">Shares that nobody has taken.</param>
/// <param name="CoinsLeft">Coins in them.</param>
public sealed record RedPacketCard(
    string PacketId, Person Sender, RedPacketKind Kind, long Coins, int Shares, string? Greeting, DateTimeOffset OpensAt, DateTimeOffset EndsAt,
    int SharesLeft, long CoinsLeft);

/// <summary>A share that somebody has taken.</summary>
public sealed record RedPacketShare(Person Person, long Coins);

/// <summary>A packet and who got what.</summary>
/// <param name="Grabs">In the order in which they were taken.</param>
/// <param name="Returned">Coins that went back to the sender; 0 before it is over.</param>
public sealed record RedPacketView(RedPacketCard Card, string RoomId, RedPacketPhase Phase, IReadOnlyList<RedPacketShare> Grabs, long Returned);

/// <summary>Where a packet is.</summary>
public enum RedPacketPhase
{
    /// <summary>The coins are on their way into it.</summary>
    Funding = 0,

    /// <summary>It can be grabbed, from <see cref="RedPacketCard.OpensAt"/> on.</summary>
    Open = 1,

    /// <summary>Everything is taken, or the rest went back.</summary>
    Over = 2,
}

/// <summary>What somebody got.</summary>
/// <param name="Coins">In the wallet now.</param>
/// <param name="Balance">The wallet's coins with them, when they came.</param>
/// <param name="SharesLeft">Shares that nobody has taken.</param>
public sealed record PacketGrab(string PacketId, long Coins, long Balance, int SharesLeft);

/// <summary>Bounds of red packets.</summary>
public static class RedPacketLimits
{
    /// <summary>Shares of one packet.</summary>
    public const int SharesMax = 200;

    /// <summary>Characters of a greeting.</summary>
    public const int GreetingLengthMax = 80;

    /// <summary>Seconds before a packet opens.</summary>
    public const int DelaySecondsMax = 60;

    /// <summary>Shares that one event names.</summary>
    public const int LatestMax = 10;

    /// <summary>Packets of one room that are not over.</summary>
    public const int OpenInRoomMax = 5;
}
