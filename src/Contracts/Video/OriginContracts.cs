using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Video;

/// <summary>
/// Which gateway has a running broadcast, or the recordings of a place. Key: the stream's id, or the place's. Lives in memory and by being told
/// again and again: who is silent for <see cref="OriginLimits.Life"/> is forgotten, and a silo that dies is told anew with the next word.
/// </summary>
public interface IOriginGrain : IGrainWithStringKey
{
    /// <summary>The gateway at this address has it. The newest word counts: a broadcast that goes on elsewhere is there from then on.</summary>
    /// <param name="roomId">Whose broadcast it is; null: it is a place of recordings.</param>
    [OneWay]
    ValueTask Announce(string address, string? roomId = null);

    /// <summary>Where it is; null: nobody has it, as far as is known.</summary>
    [ReadOnly]
    ValueTask<string?> Find();

    /// <summary>Where it is, and whose; null: nobody has it, as far as is known.</summary>
    [ReadOnly]
    ValueTask<Origin?> FindOrigin();
}

/// <summary>Where a broadcast is.</summary>
/// <param name="RoomId">Whose it is; null: a place of recordings, or an older gateway's, which knows no private rooms.</param>
public sealed record Origin(string Address, string? RoomId);

/// <summary>How origins are kept known.</summary>
public static class OriginLimits
{
    /// <summary>Characters of an address.</summary>
    public const int AddressLengthMax = 500;

    /// <summary>How long one word is believed.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    /// <summary>How often a gateway says where it is.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
}
