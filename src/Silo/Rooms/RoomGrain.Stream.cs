using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The broadcast of a room: its key, its lease, its phases.</summary>
internal sealed partial class RoomGrain
{
    private const int KeyBytes = 24;
    private const string KeyPrefix = "live_";

    /// <summary>Characters of a key that is looked at.</summary>
    private const int KeyLengthMax = 128;

    private readonly StreamLeases _leases = new();

    private StreamInfo StreamNow => State.Stream?.Info ?? StreamInfo.Offline;

    public async ValueTask<Result<StreamKey>> RotateStreamKey(Caller caller)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }

        var secret = KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        State.StreamKeyHash = Hash(secret);
        await SaveAsync();
        return new StreamKey(secret);
    }

    public async ValueTask<Result<StreamLease>> OpenStream(PublishRequest request)
    {
        if (State.Owner is null) { return NotFound(); }
        if (request.Caller is { } caller && caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (request.Caller is null && !IsKey(request.Key))
        {
            return new Refusal(RefusalCode.StreamKeyWrong, "This stream key does not open this room. Copy the newest key from the studio.");
        }

        if (await GrainFactory.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(State.Owner.Id)) { return RoomRefusals.BannedFromPlatform(); }

        var opened = _leases.Open(request.GatewayId, request.TakeOver, Elapsed, request.Continues);
        await StreamMovedAsync();
        return opened;
    }

    public async ValueTask<bool> ReportStream(string streamId, StreamPhase phase)
    {
        if (State.Owner is null) { return false; }

        var valid = _leases.Report(streamId, phase, Time.GetUtcNow(), Elapsed);
        await StreamMovedAsync();
        return valid;
    }

    public async ValueTask CloseStream(string streamId)
    {
        if (State.Owner is not null && _leases.Close(streamId)) { await StreamMovedAsync(); }
    }

    /// <summary>Stores the lease if it is another one, and tells everybody if the broadcast looks different.</summary>
    private async Task StreamMovedAsync()
    {
        if (State.Stream == _leases.Current) { return; }

        var before = StreamNow;
        State.Stream = _leases.Current;
        var isNew = IsNewStream;
        if (isNew) { CountFromHere(); }
        await SaveAsync();
        if (StreamNow == before) { return; }

        Log.StreamMoved(logger, RoomId, StreamNow.Phase);
        Append(new StreamChanged(StreamNow));
        if (isNew)
        {
            // What is on show already is the first that the replay shows.
            if (State.Pinned is { } shown) { _replay.Note(State.Stream?.StreamId, new ProductPinned(shown) { At = Time.GetUtcNow() }); }
            AppendNewest(LikesSlot, new LikesCounted(0));
            TellCrowd();
            TellTop();
        }

        Tell();
        await TellDirectoryAsync();
    }

    // A hash without salt or stretching is enough: the key is 192 random bits, not something a person chose.
    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private bool IsKey(string? secret) =>
        secret is { Length: > 0 and <= KeyLengthMax } && State.StreamKeyHash is { } stored
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(secret)), Encoding.ASCII.GetBytes(stored));
}
