using System.Collections.Concurrent;
using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Streams;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>
/// Rooms as far as publishing is concerned: the owner "ana" and the key "right-key" may publish in any room, one at a time; an
/// interrupted broadcast is resumed. What is told to it can be awaited.
/// </summary>
internal sealed class StreamDesk : IStreamDesk
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string StreamId, StreamPhase Phase)> _leases = [];
    private readonly Channel<(string RoomId, string What)> _told = Channel.CreateUnbounded<(string, string)>();
    private readonly ConcurrentDictionary<string, bool> _revoked = new();

    /// <summary>While set, every call fails: the silo is out of reach.</summary>
    public bool OutOfReach { get; set; }

    /// <summary>What was told last, by room.</summary>
    public ConcurrentDictionary<string, StreamHealth> Health { get; } = new();

    public ValueTask<Result<StreamLease>> OpenAsync(string roomId, PublishRequest request)
    {
        if (OutOfReach) { throw new IOException("The silo is out of reach."); }
        lock (_lock)
        {
            if (request.Key is not null && request.Key != "right-key" && request.Key != KeyOf(roomId))
            {
                return new(new Refusal(RefusalCode.StreamKeyWrong, "This stream key is not the room's."));
            }

            if (request.Caller is { } caller && caller.Id != "ana") { return new(new Refusal(RefusalCode.NotRoomOwner, "Only the owner publishes here.")); }
            if (_leases.TryGetValue(roomId, out var lease))
            {
                if (lease.Phase == StreamPhase.Interrupted || lease.StreamId == request.Continues) { return new(new StreamLease(lease.StreamId, true)); }
                if (!request.TakeOver) { return new(new Refusal(RefusalCode.AlreadyPublishing, "You are live already. End that broadcast or take it over.")); }
                _revoked[lease.StreamId] = true;
            }

            var streamId = Guid.CreateVersion7().ToString("N");
            _leases[roomId] = (streamId, StreamPhase.Starting);
            return new(new StreamLease(streamId, false));
        }
    }

    public ValueTask<bool> ReportAsync(string roomId, string streamId, StreamPhase phase)
    {
        if (OutOfReach) { throw new IOException("The silo is out of reach."); }
        lock (_lock)
        {
            if (_revoked.ContainsKey(streamId) || !_leases.TryGetValue(roomId, out var lease) || lease.StreamId != streamId) { return new(false); }
            _leases[roomId] = (streamId, phase);
        }

        _told.Writer.TryWrite((roomId, phase.ToString()));
        return new(true);
    }

    public ValueTask TellHealthAsync(string roomId, string streamId, StreamHealth health)
    {
        Health[roomId] = health;
        return default;
    }

    public ValueTask CloseAsync(string roomId, string streamId)
    {
        lock (_lock)
        {
            if (_leases.TryGetValue(roomId, out var lease) && lease.StreamId == streamId) { _leases.Remove(roomId); }
        }

        _told.Writer.TryWrite((roomId, "Closed"));
        return default;
    }

    /// <summary>The room's broadcast; null when it has none.</summary>
    public string? StreamIdIn(string roomId)
    {
        lock (_lock) { return _leases.TryGetValue(roomId, out var lease) ? lease.StreamId : null; }
    }

    /// <summary>A broadcast that another gateway had until now is this one's.</summary>
    public void Adopt(string roomId, string streamId)
    {
        lock (_lock) { _leases[roomId] = (streamId, StreamPhase.Starting); }
    }

    /// <summary>The other right key, which names its room.</summary>
    public static string KeyOf(string roomId) => StreamKey.Of(roomId, new string('5', 48)).Secret;

    /// <summary>A moderator ends the room's broadcast.</summary>
    public void Revoke(string roomId)
    {
        lock (_lock)
        {
            if (_leases.Remove(roomId, out var lease)) { _revoked[lease.StreamId] = true; }
        }
    }

    /// <summary>Waits until the room was told this.</summary>
    public async Task Told(string roomId, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (await _told.Reader.ReadAsync(patience.Token) is var told && told != (roomId, what)) { }
    }
}
