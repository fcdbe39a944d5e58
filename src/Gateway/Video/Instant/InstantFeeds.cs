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
    private readonly Dictionary<object, InstantFeed> _feeds = [];

    // Also those in whose place another has come.
    private readonly Dictionary<InstantFeed, int> _viewers = [];
    private int _all;

    /// <summary>Viewers now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) { return _all; }
        }
    }

    /// <summary>Feeds that somebody watches.</summary>
    public int FeedCount
    {
        get
        {
            lock (_lock) { return _viewers.Count; }
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

    /// <summary>The feed of a rung of this gateway. <see cref="Leave"/> it when its viewer is gone.</summary>
    public InstantFeed Join(Broadcast broadcast, Rung rung) => Join(rung, limits => new RungFeed(broadcast, rung, limits, time, logger));

    /// <summary>A feed, made when it has its first viewer. <see cref="Leave"/> it when its viewer is gone.</summary>
    /// <param name="key">What it is of.</param>
    public InstantFeed Join(object key, Func<InstantLimits, InstantFeed> make)
    {
        // Under the lock: the last viewer's leaving must not end the feed that another is about to enter. Feeds call nothing here.
        lock (_lock)
        {
            // One that is over, or of another rung, is watched on by those who are there; who comes now gets another.
            if (!_feeds.TryGetValue(key, out var feed) || feed.IsSurpassed || (feed is not RungFeed && feed.IsOver))
            {
                _feeds[key] = feed = make(new InstantLimits(TimeSpan.FromSeconds(options.Value.InstantBehindSeconds), options.Value.InstantBytesMax));
            }

            _viewers[feed] = _viewers.GetValueOrDefault(feed) + 1;
            return feed;
        }
    }

    public void Leave(object key, InstantFeed feed)
    {
        lock (_lock)
        {
            if (--_viewers[feed] > 0) { return; }

            _viewers.Remove(feed);
            if (_feeds.GetValueOrDefault(key) == feed) { _feeds.Remove(key); }
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
