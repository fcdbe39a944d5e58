using System.Collections.Concurrent;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Gateways that hung just now: for a moment nobody else waits for them.</summary>
internal sealed class EdgeReach(TimeProvider time)
{
    /// <summary>Gateways that are remembered.</summary>
    private const int RememberedMax = 1_000;

    private static readonly TimeSpan DownFor = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentDictionary<Uri, long> _hung = new();

    /// <summary>Whether it hung a moment ago.</summary>
    public bool IsDown(Uri address)
    {
        if (!_hung.TryGetValue(address, out var at)) { return false; }
        if (time.GetElapsedTime(at) < DownFor) { return true; }

        _hung.TryRemove(KeyValuePair.Create(address, at));
        return false;
    }

    /// <summary>It did not answer in time.</summary>
    public void TimedOut(Uri address)
    {
        if (_hung.Count >= RememberedMax) { _hung.Clear(); }
        _hung[address] = time.GetTimestamp();
    }
}
