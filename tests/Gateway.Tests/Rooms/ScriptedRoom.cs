using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>
/// The owner of one room, as a gateway sees it, driven by a test: it says things, loses batches, starts anew. Everything else of the
/// contract is not needed here.
/// </summary>
internal sealed class ScriptedRoom : IRoomGrain, IGrainFactory
{
    public const string Id = "0190a0b0c0d07000800000000000000a";

    private readonly Lock _gate = new();
    private readonly List<RoomBatch> _ring = [];
    private readonly Dictionary<string, IRoomObserver> _observers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _banned = new(StringComparer.Ordinal);
    private IReadOnlyCollection<string>? _guests;
    private RoomPosition _position = new(1, 0);

    public RoomPosition Position
    {
        get
        {
            lock (_gate) { return _position; }
        }
    }

    /// <summary>False: as the owner of a room that nobody has made.</summary>
    public bool Exists { get; set; } = true;

    /// <summary>What its batches say of turns.</summary>
    public int? HoldMs { get; set; }

    /// <summary>Snapshots that were asked for.</summary>
    public int SnapshotsTaken { get; private set; }

    /// <summary>Every report: watching and connected.</summary>
    public ConcurrentQueue<(int Watching, int Connected)> Reports { get; } = [];

    /// <summary>Every sum of likes that was passed on.</summary>
    public ConcurrentQueue<int> Likes { get; } = [];

    /// <summary>Awaited inside <see cref="GetSnapshot"/>, after the snapshot was taken: the feed may move on meanwhile.</summary>
    public Func<Task> AfterSnapshot { get; set; } = () => Task.CompletedTask;

    /// <summary>Says one thing for each text, in one batch.</summary>
    public RoomBatch Say(params string[] texts) =>
        Tell([.. texts.Select(text => new ChatSaid(Guid.CreateVersion7(), text, new Person("a", "Ana"), RoomBadge.Viewer, text))]);

    public void Ban(string accountId, bool told = true)
    {
        lock (_gate) { _banned.Add(accountId); }
        Tell([new ViewerBanned(accountId, null)], told);
    }

    /// <summary>Awaited before it is said who may be here.</summary>
    public Func<Task> BeforeStanding { get; set; } = () => Task.CompletedTask;

    /// <summary>Awaited after it was decided who may be here, before it is said.</summary>
    public Func<Task> AfterStanding { get; set; } = () => Task.CompletedTask;

    /// <summary>Closes the room to all but these; null: opens it.</summary>
    public void Close(IReadOnlyCollection<string>? guests, bool told = true)
    {
        lock (_gate) { _guests = guests; }
        Tell([new AudienceChanged(guests is null ? RoomAudience.Public : RoomAudience.Private)], told);
    }

    /// <summary>Tells the gateways; or only numbers the events, as if the batch were lost on its way.</summary>
    public RoomBatch Tell(IReadOnlyList<RoomEvent> events, bool told = true)
    {
        lock (_gate)
        {
            var batch = new RoomBatch(Id, _position.Epoch, [.. events.Select((happened, index) => happened with { Sequence = _position.Sequence + index + 1 })]);
            if (!batch.ChangesAudience) { batch = batch with { HoldMs = HoldMs }; }
            _position = batch.Last;
            _ring.Add(batch);
            if (told)
            {
                foreach (var observer in _observers.Values) { _ = observer.OnBatch(batch).AsTask(); }
            }

            return batch;
        }
    }

    /// <summary>A new owner takes over: it knows no subscriber and can replay nothing.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            _position = new RoomPosition(_position.Epoch + 1, 0);
            _ring.Clear();
            _observers.Clear();
        }
    }

    public TGrain GetGrain<TGrain>(string key)
        where TGrain : class, IGrainWithStringKey
        => (TGrain)(object)this;

    public TObserver CreateObjectReference<TObserver>(TObserver observer)
        where TObserver : class, IGrainObserver
        => observer;

    public ValueTask<Result<RoomSubscription>> Subscribe(string gatewayId, IRoomObserver observer, RoomPosition? since)
    {
        lock (_gate)
        {
            if (!Exists) { return ValueTask.FromResult<Result<RoomSubscription>>(new Refusal(RefusalCode.RoomNotFound, "There is no such room.")); }
            _observers[gatewayId] = observer;
            return ValueTask.FromResult<Result<RoomSubscription>>(
                since is { } seen && seen.Epoch == _position.Epoch && (_ring.Count == 0 || _ring[0].Events[0].Sequence <= seen.Sequence + 1)
                    ? new RoomSubscription(null, [.. _ring.Where(batch => batch.Last > seen)])
                    : new RoomSubscription(Snapshot(), []));
        }
    }

    public ValueTask<bool> Report(string gatewayId, int watching, int connected)
    {
        Reports.Enqueue((watching, connected));
        lock (_gate) { return ValueTask.FromResult(_observers.ContainsKey(gatewayId)); }
    }

    public ValueTask Unsubscribe(string gatewayId)
    {
        lock (_gate) { _observers.Remove(gatewayId); }
        return ValueTask.CompletedTask;
    }

    public async ValueTask<Result<RoomSnapshot>> GetSnapshot()
    {
        RoomSnapshot snapshot;
        lock (_gate)
        {
            snapshot = Snapshot();
            SnapshotsTaken++;
        }

        await AfterSnapshot();
        return snapshot;
    }

    public ValueTask<Result<RoomStanding>> GetGuestStanding(string? accountId, bool moderates = false) => throw new NotSupportedException();

    public ValueTask<bool> WasPrivate(string streamId, DateTimeOffset since) => throw new NotSupportedException();

    public async ValueTask<Result<RoomStanding>> GetStanding(string? accountId, bool moderates = false)
    {
        await BeforeStanding();
        var standing = Standing(accountId);
        await AfterStanding();
        return standing;
    }

    private Result<RoomStanding> Standing(string? accountId)
    {
        lock (_gate)
        {
            if (_guests is { } guests && (accountId is null || !guests.Contains(accountId))) { return new Refusal(RefusalCode.RoomPrivate, "This room is private."); }
            return accountId is not null && _banned.Contains(accountId)
                ? new Refusal(RefusalCode.Banned, "You are banned from this room.")
                : new RoomStanding(RoomBadge.Viewer, null);
        }
    }

    public ValueTask<Result<RoomView>> Create(Person owner, RoomDetails details) => throw new NotSupportedException();

    public ValueTask<Result<RoomView>> Update(Caller caller, RoomDetails details) => throw new NotSupportedException();

    public ValueTask<Result<RoomView>> Get() => throw new NotSupportedException();

    public ValueTask<Result<ChatReceipt>> Say(Caller caller, Guid key, string text) => throw new NotSupportedException();

    public ValueTask<Result<Done>> Pin(Caller caller, string productId) => throw new NotSupportedException();

    public ValueTask<Result<Done>> Unpin(Caller caller) => throw new NotSupportedException();

    public ValueTask<Result<Done>> AddModerator(Caller caller, Person moderator) => throw new NotSupportedException();

    public ValueTask<Result<Done>> RemoveModerator(Caller caller, string accountId) => throw new NotSupportedException();

    public ValueTask<Result<Done>> Moderate(Caller caller, ModerationAct act) => throw new NotSupportedException();

    public ValueTask<Result<AuditPage>> ReadAudit(Caller caller, int take) => throw new NotSupportedException();

    public ValueTask<Result<ChatLogPage>> ReadChat(Caller caller, ChatLogQuery query) => throw new NotSupportedException();

    public ValueTask<Result<StreamKey>> RotateStreamKey(Caller caller) => throw new NotSupportedException();

    public ValueTask<Result<EncoderView>> LetEncoderTakeOver(Caller caller) => throw new NotSupportedException();

    public ValueTask<Result<EncoderView>> GetEncoder(Caller caller) => throw new NotSupportedException();

    public ValueTask TellHealth(string streamId, StreamHealth health) => throw new NotSupportedException();

    public ValueTask<Result<StreamLease>> OpenStream(PublishRequest request) => throw new NotSupportedException();

    public ValueTask<bool> ReportStream(string streamId, StreamPhase phase) => throw new NotSupportedException();

    public ValueTask CloseStream(string streamId) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> ListBanned() => throw new NotSupportedException();

    public ValueTask<Result<GivingPlace>> GetGivingPlace(string accountId, bool moderates = false) => throw new NotSupportedException();

    public ValueTask GiftsSettled(IReadOnlyList<SettledGift> gifts) => throw new NotSupportedException();

    public ValueTask OrderSettled(SettledOrder order) => throw new NotSupportedException();

    public ValueTask CardChanged(ProductCard card) => throw new NotSupportedException();

    public ValueTask<Result<RoomView>> SetAudience(Caller caller, RoomAudience audience) => throw new NotSupportedException();

    public ValueTask<Result<GuestBook>> ReadGuests(Caller caller) => throw new NotSupportedException();

    public ValueTask<Result<Invitation>> MakeInvitation(Caller caller, string invitationId, InvitationDetails details) => throw new NotSupportedException();

    public ValueTask<Result<Done>> RevokeInvitation(Caller caller, string invitationId) => throw new NotSupportedException();

    public ValueTask<Result<Done>> RemoveGuest(Caller caller, string accountId) => throw new NotSupportedException();

    public ValueTask<Result<Done>> Admit(Caller caller, string invitationId) => throw new NotSupportedException();

    public ValueTask<Result<GiftGoal>> SetGoal(Caller caller, GoalDetails details) => throw new NotSupportedException();

    public ValueTask<Result<Done>> ClearGoal(Caller caller) => throw new NotSupportedException();

    public ValueTask<Result<Leaderboard>> GetLeaderboard(LeaderboardPeriod period) => throw new NotSupportedException();

    public ValueTask Like(int count)
    {
        Likes.Enqueue(count);
        return ValueTask.CompletedTask;
    }

    public ValueTask Announce(RoomEvent happened) => throw new NotSupportedException();

    private RoomSnapshot Snapshot() => new(
        _position,
        new RoomView(Id, new Person("o", "Owner"), "Sale", "talk", null, new StreamInfo(StreamPhase.Live, "stream", DateTimeOffset.UnixEpoch), 0, 0,
            _guests is null ? RoomAudience.Public : RoomAudience.Private),
        null, [], [], []);
}
