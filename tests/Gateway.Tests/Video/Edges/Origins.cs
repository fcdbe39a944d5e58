using System.Collections.Concurrent;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What gateways of one test say of themselves. They have names, because their ports are not known before they run.</summary>
internal sealed class Origins : IOriginDesk
{
    public const string Secret = "the secret of these gateways";

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

    public ValueTask AnnounceAsync(string id, string address)
    {
        Told[id] = address;
        return default;
    }

    public ValueTask<string?> FindAsync(string id)
    {
        Interlocked.Increment(ref _questions);
        if (IsSilent) { throw new IOException("No silo."); }
        return new(Told.TryGetValue(id, out var name) ? Addresses[name].ToString() : null);
    }
}
