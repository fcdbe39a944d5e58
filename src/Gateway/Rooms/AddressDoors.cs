using System.Net;
using System.Net.Sockets;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// How many connections a second one address may begin: without it, one that connects and leaves again and again would take the places
/// in the line from everybody else. Safe for several threads.
/// </summary>
internal sealed class AddressDoors(int perSecond, TimeProvider time)
{
    /// <summary>Addresses remembered at a time. Who has rested is forgotten first; when nobody has, all are: the line bounds them together.</summary>
    public const int AddressesMax = 20_000;

    private const int NetworkBytes = 8;

    private readonly Dictionary<IPAddress, TokenBucket> _buckets = [];
    private readonly Lock _gate = new();

    /// <summary>What counts as one address: of IPv6 the network, because whoever has one address there has all of them.</summary>
    public static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null) { return IPAddress.None; }
        if (address.IsIPv4MappedToIPv6) { return address.MapToIPv4(); }
        if (address.AddressFamily != AddressFamily.InterNetworkV6) { return address; }
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[NetworkBytes..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Takes a place.</summary>
    /// <param name="address">As <see cref="KeyOf"/> says it.</param>
    /// <returns>Null, or how long until there is one.</returns>
    public TimeSpan? TryTake(IPAddress address)
    {
        lock (_gate)
        {
            if (!_buckets.TryGetValue(address, out var bucket))
            {
                MakeRoom();
                _buckets[address] = bucket = new TokenBucket(perSecond, 2 * perSecond, time);
            }

            return bucket.TryTake();
        }
    }

    private void MakeRoom()
    {
        if (_buckets.Count < AddressesMax) { return; }
        foreach (var (address, bucket) in _buckets)
        {
            if (bucket.IsFull) { _buckets.Remove(address); }
        }

        if (_buckets.Count >= AddressesMax) { _buckets.Clear(); }
    }
}
