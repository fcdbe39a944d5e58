using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>The feeds of this gateway that somebody watches, and how many may: in all, of one broadcast, from one address.</summary>
internal sealed class InstantFeeds(IOptions<VideoOptions> options, TimeProvider time, ILogger<InstantFeeds> logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _perStream = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Dictionary<Rung, (InstantFeed Feed, int Viewers)> _feeds = [];
    private int _all;

    /// <summary>Viewers now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) { return _all; }
        }
    }

    /// <summary>Holds a place for a viewer until disposed.</summary>
    /// <param name="refusal">Why there is none.</param>
    public IDisposable? Enter(string streamId, IPAddress address, out Refusal? refusal)
    {
        lock (_lock)
        {
            var (ofStream, ofAddress) = (_perStream.GetValueOrDefault(streamId), _perAddress.GetValueOrDefault(address));
            var settings = options.Value;
            var full = _all >= settings.InstantViewersMax || ofStream >= settings.InstantViewersPerStreamMax;
            if (full || ofAddress >= settings.InstantViewersPerAddressMax)
            {
                refusal = new Refusal(
                    RefusalCode.InstantFull,
                    full ? "All places for instant viewing are taken. Watch over HLS." : "Too many instant viewers from your network. Watch over HLS.");
                return null;
            }

            refusal = null;
            _all++;
            _perStream[streamId] = ofStream + 1;
            _perAddress[address] = ofAddress + 1;
            return new Place(this, streamId, address);
        }
    }

    /// <summary>The feed of a rung. <see cref="Leave"/> it when its viewer is gone.</summary>
    public InstantFeed Join(Rung rung)
    {
        // Under the lock: the last viewer's leaving must not end the feed that another is about to enter. Feeds call nothing here.
        lock (_lock)
        {
            if (!_feeds.TryGetValue(rung, out var held))
            {
                var limits = new InstantLimits(TimeSpan.FromSeconds(options.Value.InstantBehindSeconds), options.Value.InstantBytesMax);
                held = (new InstantFeed(rung, limits, time, logger), 0);
            }

            _feeds[rung] = (held.Feed, held.Viewers + 1);
            return held.Feed;
        }
    }

    public void Leave(InstantFeed feed)
    {
        lock (_lock)
        {
            var viewers = _feeds[feed.Rung].Viewers - 1;
            if (viewers > 0)
            {
                _feeds[feed.Rung] = (feed, viewers);
                return;
            }

            _feeds.Remove(feed.Rung);
            feed.Dispose();
        }
    }

    private sealed class Place(InstantFeeds owner, string streamId, IPAddress address) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0) { return; }
            lock (owner._lock)
            {
                owner._all--;
                Drop(owner._perStream, streamId);
                Drop(owner._perAddress, address);
            }
        }

        private static void Drop<T>(Dictionary<T, int> counts, T key)
            where T : notnull
        {
            if (--counts[key] == 0) { counts.Remove(key); }
        }
    }
}
