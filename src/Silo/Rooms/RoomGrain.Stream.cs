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

    /// <summary>How long the next encoder may take over after the owner has said so.</summary>
    private static readonly TimeSpan TakeOverLife = TimeSpan.FromMinutes(5);

    /// <summary>How long what a gateway told of a broadcast is believed.</summary>
    private static readonly TimeSpan HealthLife = TimeSpan.FromSeconds(5);

    private readonly StreamLeases _leases = new(TimeSpan.FromSeconds(options.Value.SilentSeconds), TimeSpan.FromSeconds(options.Value.GraceSeconds));

    // Not stored: after a restart the owner says it again, and the encoder that was refused has tried again by then.
    private (DateTimeOffset Until, TimeSpan Over)? _takeOver;
    private (string Reason, DateTimeOffset At)? _encoderRefused; // or sent away
    private (string StreamId, StreamHealth Health, TimeSpan At)? _health;

    private StreamInfo StreamNow => State.Stream?.Info ?? StreamInfo.Offline;

    public async ValueTask<Result<StreamKey>> RotateStreamKey(Caller caller)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }

        var key = StreamKey.Of(RoomId, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)));
        State.StreamKeyHash = Hash(key.Secret);
        (_takeOver, _encoderRefused) = (null, null);

        // Who got hold of the old key may be the one who publishes with it now.
        if (_leases.Current is { ByKey: true }) { _leases.Revoke(); }
        await SaveAsync();
        await StreamMovedAsync();
        return key;
    }

    public ValueTask<Result<EncoderView>> LetEncoderTakeOver(Caller caller)
    {
        if (State.Owner is null) { return new(NotFound()); }
        if (caller.Id != State.Owner.Id) { return new(RoomRefusals.NotOwner()); }

        _takeOver = (Time.GetUtcNow() + TakeOverLife, Elapsed + TakeOverLife);
        return new(EncoderNow());
    }

    public ValueTask<Result<EncoderView>> GetEncoder(Caller caller)
    {
        if (State.Owner is null) { return new(NotFound()); }
        if (caller.Id != State.Owner.Id) { return new(RoomRefusals.NotOwner()); }
        return new(EncoderNow());
    }

    public ValueTask TellHealth(string streamId, StreamHealth health)
    {
        if (_leases.Current?.StreamId == streamId) { _health = (streamId, health, Elapsed); }
        if (health.Trouble is { } trouble) { _encoderRefused = (trouble, Time.GetUtcNow()); }
        return default;
    }

    public async ValueTask<Result<StreamLease>> OpenStream(PublishRequest request)
    {
        if (State.Owner is null) { return NotFound(); }

        var opened = await OpenAsync(request, State.Owner);
        if (request.Caller is null) { _encoderRefused = opened.Refusal is { } refusal ? (refusal.Message, Time.GetUtcNow()) : null; }
        return opened;
    }

    private async Task<Result<StreamLease>> OpenAsync(PublishRequest request, Person owner)
    {
        if (request.Caller is { } caller && caller.Id != owner.Id) { return RoomRefusals.NotOwner(); }
        if (request.Caller is null && !IsKey(request.Key))
        {
            return new Refusal(RefusalCode.StreamKeyWrong, "This stream key does not open this room. Copy the newest key from the studio.");
        }

        if (await GrainFactory.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(owner.Id)) { return RoomRefusals.BannedFromPlatform(); }

        // A program has no button to say it with: the owner says it in the studio, for one time.
        var byKey = request.Caller is null;
        var takeOver = request.TakeOver || (byKey && _takeOver is { } let && Elapsed < let.Over);
        var opened = _leases.Open(request.GatewayId, takeOver, Elapsed, request.Continues, byKey, request.PlaceId);
        if (byKey && opened.Ok) { _takeOver = null; }
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

    private EncoderView EncoderNow() => new(
        StreamNow,
        State.StreamKeyHash is not null,
        _leases.Current is { ByKey: true },
        _takeOver is { } let && Elapsed < let.Over ? let.Until : null,
        _encoderRefused?.Reason,
        _encoderRefused?.At,
        _health is { } told && told.StreamId == _leases.Current?.StreamId && Elapsed - told.At < HealthLife ? told.Health : null);

    // A hash without salt or stretching is enough: the key is 192 random bits, not something a person chose.
    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private bool IsKey(string? secret) =>
        secret is { Length: > 0 and <= StreamKey.LengthMax } && State.StreamKeyHash is { } stored
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(secret)), Encoding.ASCII.GetBytes(stored));
}
