namespace LiveCommerce.LoadTester.Measuring;

/// <summary>All that a run measures while it runs. Latencies begin at the moment something was to happen, not when it did: a server that stalls is not spared the waiting.</summary>
internal sealed class LoadMeter
{
    private long _joined;
    private long _connected;
    private long _reconnects;
    private long _snapshots;
    private long _events;
    private long _batches;
    private long _bytes;
    private long _likes;
    private long _mediaBytes;
    private long _segments;
    private long _stalls;
    private long _parts;
    private long _players;
    private long _shown;
    private long _stoodStill;

    /// <summary>From a viewer's scheduled arrival to the room's snapshot in its hands.</summary>
    public LatencyHistogram Join { get; } = new();

    /// <summary>From the loss of a connection to the room in its hands again, the pause between included.</summary>
    public LatencyHistogram Rejoin { get; } = new();

    /// <summary>From a message's scheduled sending to each viewer that receives it.</summary>
    public LatencyHistogram Chat { get; } = new();

    /// <summary>From a gift's scheduled sending to each viewer that receives it.</summary>
    public LatencyHistogram Gift { get; } = new();

    /// <summary>From an order's scheduled placing to each viewer that is told of the sale.</summary>
    public LatencyHistogram Order { get; } = new();

    /// <summary>From a message's scheduled sending to the server's receipt.</summary>
    public LatencyHistogram ChatAnswer { get; } = new();

    /// <summary>From a gift's scheduled sending to the receipt: by then the coins have moved.</summary>
    public LatencyHistogram GiftAnswer { get; } = new();

    /// <summary>From an order's scheduled placing to the answer: by then it is paid, or not.</summary>
    public LatencyHistogram OrderAnswer { get; } = new();

    /// <summary>From when a playlist was due to its last byte.</summary>
    public LatencyHistogram Playlist { get; } = new();

    /// <summary>From a segment's first appearance in the playlist to its last byte.</summary>
    public LatencyHistogram Segment { get; } = new();

    /// <summary>From a part's appearance in the playlist to its last byte.</summary>
    public LatencyHistogram Part { get; } = new();

    /// <summary>From a part's last picture being recorded to the part in a player's hands.</summary>
    public LatencyHistogram Delay { get; } = new();

    /// <summary>How late this program itself sent: when it is large, this machine was too busy for the load, not the server.</summary>
    public LatencyHistogram Lateness { get; } = new();

    public ErrorTally Errors { get; } = new();

    /// <summary>Refusals that are part of the game: sold out, come back a little later.</summary>
    public ErrorTally Expected { get; } = new();

    /// <summary>Viewers that have been let in at least once.</summary>
    public long Joined => Interlocked.Read(ref _joined);

    /// <summary>Open connections that are in a room.</summary>
    public long Connected => Interlocked.Read(ref _connected);

    /// <summary>Connections that had to be opened again.</summary>
    public long Reconnects => Interlocked.Read(ref _reconnects);

    /// <summary>Snapshots that viewers already inside were given instead of what they had missed.</summary>
    public long Snapshots => Interlocked.Read(ref _snapshots);

    /// <summary>Events delivered, over all viewers.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Batches delivered, over all viewers.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    /// <summary>Bytes received in WebSocket messages.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Hearts sent.</summary>
    public long Likes => Interlocked.Read(ref _likes);

    /// <summary>Bytes of playlists and segments.</summary>
    public long MediaBytes => Interlocked.Read(ref _mediaBytes);

    /// <summary>Segments fetched.</summary>
    public long Segments => Interlocked.Read(ref _segments);

    /// <summary>How often a player had nothing left to show.</summary>
    public long Stalls => Interlocked.Read(ref _stalls);

    /// <summary>Parts fetched.</summary>
    public long Parts => Interlocked.Read(ref _parts);

    /// <summary>Players that go from part to part.</summary>
    public long Players => Interlocked.Read(ref _players);

    /// <summary>Of those, who had a picture at least once.</summary>
    public long PlayersShown => Interlocked.Read(ref _shown);

    /// <summary>For how many parts' length a picture stood still, over all players.</summary>
    public double PartsStoodStill => Interlocked.Read(ref _stoodStill) / 1000.0;

    /// <summary>By name, for checks and results.</summary>
    public IReadOnlyList<(string Name, LatencyHistogram Values)> Latencies =>
    [
        ("join", Join), ("rejoin", Rejoin), ("chat", Chat), ("gift", Gift), ("order", Order), ("chatAnswer", ChatAnswer), ("giftAnswer", GiftAnswer),
        ("orderAnswer", OrderAnswer), ("playlist", Playlist), ("segment", Segment), ("part", Part), ("delay", Delay), ("lateness", Lateness),
    ];

    public void FirstJoin() => Interlocked.Increment(ref _joined);

    public void Entered() => Interlocked.Increment(ref _connected);

    public void Left() => Interlocked.Decrement(ref _connected);

    public void Reconnected() => Interlocked.Increment(ref _reconnects);

    public void Skipped() => Interlocked.Increment(ref _snapshots);

    public void Received(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Liked(int hearts) => Interlocked.Add(ref _likes, hearts);

    public void Fetched(long bytes) => Interlocked.Add(ref _mediaBytes, bytes);

    public void GotSegment() => Interlocked.Increment(ref _segments);

    public void Stalled() => Interlocked.Increment(ref _stalls);

    public void GotPart() => Interlocked.Increment(ref _parts);

    public void Shows() => Interlocked.Increment(ref _shown);

    public void Plays() => Interlocked.Increment(ref _players);

    public void StoodStill(double parts) => Interlocked.Add(ref _stoodStill, (long)(parts * 1000));

    public void Delivered(int events)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _events, events);
    }
}
