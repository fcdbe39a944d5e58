using System.Collections.Concurrent;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What gateways of one test say of themselves. They have names, because their ports are not known before they run.</summary>
internal sealed class Origins : IOriginDesk
{
    public const string Secret = "the secret of these gateways";

    private const string SomeRoom = "0190a0b0c0d07000800000000000000b";

    private int _questions;

    /// <summary>Where the names lead.</summary>
    public ConcurrentDictionary<string, Uri> Addresses { get; } = new();

    /// <summary>Who has what, as it was said last.</summary>
    public ConcurrentDictionary<string, string> Told { get; } = new();

    /// <summary>Who may watch what is over; null: nothing is asked.</summary>
    public IRecordingDesk? Recordings { get; set; }

    /// <summary>Nobody answers.</summary>
    public bool IsSilent { get; set; }

    public int Questions => Volatile.Read(ref _questions);

    /// <summary>It is said where broadcasts are, and not whose.</summary>
    public bool HidesRooms { get; set; }

    /// <summary>Whose broadcasts they are; of those that a test only names, somebody's.</summary>
    public ConcurrentDictionary<string, string> Rooms { get; } = new();

    public ValueTask AnnounceAsync(string id, string address, string? roomId)
    {
        if (roomId is not null) { Rooms[id] = roomId; }
        Told[id] = address;
        return default;
    }

    public ValueTask<Origin?> FindAsync(string id)
    {
        Interlocked.Increment(ref _questions);
        if (IsSilent) { throw new IOException("No silo."); }
        return new(Told.TryGetValue(id, out var name) ? new Origin(Addresses[name].ToString(), HidesRooms ? null : Rooms.GetValueOrDefault(id, SomeRoom)) : null);
    }
}
