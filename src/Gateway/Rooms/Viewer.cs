using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>One hub connection, as the fan-out sees it.</summary>
internal sealed class Viewer
{
    private readonly IFrameSink _sink;
    private readonly TimeProvider _time;
    private long? _closedAt;
    private LikeMeter? _likes;

    public Viewer(string connectionId, SessionTicket? session, IFrameSink sink, FanOutOptions options, TokenBucket bucket, TimeProvider time)
    {
        ConnectionId = connectionId;
        Session = session;
        Bucket = bucket;
        _sink = sink;
        _time = time;
        Watch = new WatchMeter(time);
        Outbox = new Outbox(sink, options.QueueFramesMax, time, () => Room?.CatchUp(this));
    }

    public string ConnectionId { get; }

    /// <summary>Whose connection it is; null for a guest.</summary>
    public SessionTicket? Session { get; }

    public string? AccountId => Session?.AccountId;

    /// <summary>Whether the account moderates the whole platform, as of its last join.</summary>
    public bool Moderates { get; set; }

    /// <summary>Whether its frames go straight to its socket.</summary>
    public bool HasLane { get; init; }

    /// <summary>Bounds the connection's calls.</summary>
    public TokenBucket Bucket { get; }

    /// <summary>Bounds the calls of all its account's connections; null for a guest.</summary>
    public TokenBucket? AccountBucket { get; set; }

    /// <summary>Where it comes from, and what bounds the calls from there.</summary>
    public IPAddress? Address { get; set; }

    public TokenBucket? AddressBucket { get; set; }

    public Outbox Outbox { get; }

    public WatchMeter Watch { get; }

    /// <summary>The room this connection is in. Changed only under <see cref="Moving"/>.</summary>
    public RoomBroadcaster? Room { get; set; }

    /// <summary>The connection has ended: a join that was still under way must not bring it in. Changed only under <see cref="Moving"/>.</summary>
    public bool IsGone { get; set; }

    /// <summary>Held while the connection joins or leaves: one room at a time.</summary>
    public SemaphoreSlim Moving { get; } = new(1, 1);

    /// <summary>The last event given to the outbox; null while it waits for a snapshot. Guarded by the room.</summary>
    public RoomPosition? Position { get; set; }

    /// <summary>Which turn of a round is its, from 0, while the room tells by turns. Guarded by the room.</summary>
    public int Turn { get; set; }

    /// <summary>Who may be in the room has changed, and it is not known yet whether this viewer still may: it gets nothing. Guarded by the room.</summary>
    public bool IsUnproven { get; set; }

    /// <summary>Where it goes on from when it may. Guarded by the room.</summary>
    public RoomPosition? ResumesAt { get; set; }

    /// <summary>Passes likes on to the room it is in, as many as one connection may add.</summary>
    public void Like(int count)
    {
        // Made with the first one: most connections never like anything.
        var meter = LazyInitializer.EnsureInitialized(ref _likes, () => new LikeMeter(_time))!;
        if (meter.Take(count) is > 0 and var counted) { Room?.Like(counted); }
    }

    /// <summary>Takes its player's sign of life.</summary>
    public void Report(WatchReport report) => Watch.Report(report.StreamId, report.PositionMs, Room?.LiveStreamId);

    /// <summary>This server goes away: the client is told to come back.</summary>
    public void ComeBack() => _sink.ComeBack();

    /// <summary>Tells the client why, and closes. A client that does not leave is cut off by <see cref="Sweep"/>.</summary>
    public void Close(Refusal why)
    {
        _closedAt ??= _time.GetTimestamp();
        Outbox.Close(WireMessage.Call("closed", why));
    }

    /// <summary>Cuts off a connection that takes nothing any more, or does not leave.</summary>
    /// <returns>True when it was cut off.</returns>
    public bool Sweep(FanOutOptions options)
    {
        var overdue = _closedAt is { } at && _time.GetElapsedTime(at) > TimeSpan.FromMilliseconds(options.CloseGraceMs);
        var stuck = TimeSpan.FromSeconds(options.StuckSeconds);
        if (!overdue && Outbox.StuckFor() <= stuck && _sink.Tend(stuck)) { return false; }
        return _sink.Abort();
    }
}
