using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Recordings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// One room. Thin on purpose: what may be said, who may do what, how events are numbered and who may publish is decided by
/// <see cref="ChatRules"/>, <see cref="RoomModeration"/>, <see cref="RoomFeed"/> and <see cref="StreamLeases"/>; the grain gives
/// them turns, time, durability and a way to the gateways.
/// </summary>
internal sealed partial class RoomGrain(
    [PersistentState("room")] IPersistentState<RoomState> state,
    ChatJournal journal,
    ChatStore chatStore,
    GuestStore guestStore,
    AuditLog audit,
    ReplayJournal replays,
    RecordingStore recordings,
    IOptions<RoomOptions> options,
    ILogger<RoomGrain> logger) : Grain, IRoomGrain
{
    /// <summary>How often the room looks at the time: counts, leases, subscriptions, what has to be retried.</summary>
    public static readonly TimeSpan HousekeepingPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How long changes that can be found again (gift mark, shown orders) may wait to be stored.</summary>
    public static readonly TimeSpan LazyWriteAfter = TimeSpan.FromSeconds(10);

    private readonly RoomReplay _replay = new(replays.Add);
    private RoomFeed _feed = null!;
    private IGrainTimer? _tick;
    private TimeSpan? _tickAt;
    private long _activatedAt;
    private TimeSpan? _unsavedSince;
    private bool _listingStale;
    private (int Watching, int Connected) _counted;
    private TimeSpan _listingCountedAt = TimeSpan.MinValue / 2;

    private RoomState State => state.State;

    private string RoomId => GetPrimaryKeyString();

    private IRoomDirectoryGrain Directory => GrainFactory.GetGrain<IRoomDirectoryGrain>(IRoomDirectoryGrain.Key);

    /// <summary>Time since this activation began: for everything that lasts, so that a changed wall clock moves nothing.</summary>
    private TimeSpan Elapsed => Time.GetElapsedTime(_activatedAt);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _activatedAt = Time.GetTimestamp();
        _feed = new RoomFeed(RoomId, state.Epoch, Deliver);
        if (State.Owner is null) { return; }

        _leases.Restore(State.Stream, Elapsed);
        foreach (var said in await chatStore.LatestAsync(RoomId, RoomLimits.SnapshotMessagesMax, cancellationToken))
        {
            if (State.OpenedAt is null || said.At > State.OpenedAt) { _chat.Add(said, new ChatReceipt(said.MessageId, _feed.Position)); }
        }

        if (State.Audience == RoomAudience.Private) { await LoadGuestsAsync(); }
        _engagement.Restore(State.Engagement);
        await LoadGiftsAsync(cancellationToken);
        await LoadGivenAsync(cancellationToken);
        await LoadStageAsync(cancellationToken);
        _listingStale = true; // the last change may have been stored here and not yet there
        _cardStale = true; // and the last change of the card there and not yet here
        StartTimers();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _feed.Publish(Elapsed);
        await journal.FlushAsync();
        await replays.FlushAsync();
        if (_unsavedSince is not null && reason != DeactivationReason.Fenced) { await SaveAsync(); }
    }

    public async ValueTask<Result<RoomView>> Create(Person owner, RoomDetails details)
    {
        if (State.Owner is { } existing)
        {
            return existing.Id == owner.Id && State.CreatedAs == details
                ? View()
                : new Refusal(RefusalCode.KeyReused, "This room exists already. Make yours with a new id.");
        }

        if (Refuse(details, out var clean) is { } refusal) { return refusal; }

        var owned = await Directory.ListOwned(owner.Id);
        if (owned.Count >= RoomLimits.RoomsPerOwnerMax)
        {
            return new Refusal(RefusalCode.TooManyRooms, $"You have {owned.Count} rooms, and {RoomLimits.RoomsPerOwnerMax} are allowed. Use one of them.");
        }

        State.Owner = owner;
        State.CreatedAs = details;
        State.Details = clean;
        StartEmptyBoards();
        await SaveAsync();
        StartTimers();
        await TellDirectoryAsync();
        return View();
    }

    public async ValueTask<Result<RoomView>> Update(Caller caller, RoomDetails details)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (Refuse(details, out var clean) is { } refusal) { return refusal; }
        if (clean == State.Details) { return View(); }

        State.Details = clean;
        await SaveAsync();
        Append(new RoomRetitled(clean.Title, clean.Category, clean.CoverId));
        Tell();
        await TellDirectoryAsync();
        return View();
    }

    public ValueTask<Result<RoomView>> Get() =>
        ValueTask.FromResult<Result<RoomView>>(State.Owner is null ? NotFound() : View());

    public ValueTask<Result<RoomSubscription>> Subscribe(string gatewayId, IRoomObserver observer, RoomPosition? since) =>
        ValueTask.FromResult(SubscribeNow(gatewayId, observer, since));

    public ValueTask<bool> Report(string gatewayId, int watching, int connected) =>
        ValueTask.FromResult(_feed.Report(gatewayId, watching, connected, Elapsed));

    public ValueTask Unsubscribe(string gatewayId)
    {
        _feed.Unsubscribe(gatewayId);
        return ValueTask.CompletedTask;
    }

    public ValueTask<Result<RoomSnapshot>> GetSnapshot() =>
        ValueTask.FromResult<Result<RoomSnapshot>>(State.Owner is null ? NotFound() : Snapshot());

    private Result<RoomSubscription> SubscribeNow(string gatewayId, IRoomObserver observer, RoomPosition? since)
    {
        if (State.Owner is null) { return NotFound(); }
        if (!_feed.MaySubscribe(gatewayId))
        {
            return new Refusal(RefusalCode.Busy, "Too many gateways serve this room. Try another gateway.")
            {
                RetryAfterMs = (long)RoomFeed.SubscriptionLife.TotalMilliseconds,
            };
        }

        return _feed.Subscribe(gatewayId, observer, since, Elapsed, out var replay)
            ? new RoomSubscription(null, replay)
            : new RoomSubscription(Snapshot(), []);
    }

    private RoomView View()
    {
        var (watching, connected) = _feed.Count(Elapsed);
        return new RoomView(
            RoomId, State.Owner!, State.Details!.Title, State.Details.Category, State.Details.CoverId, StreamNow, watching, connected, State.Audience);
    }

    private RoomSnapshot Snapshot()
    {
        // Collected events are in the snapshot already. Told first, its position is the end of a batch.
        _feed.Publish(Elapsed);
        return new RoomSnapshot(_feed.Position, View(), State.Pinned, [.. State.Moderators], _chat.Latest, [.. _shownGifts], _stage.Packets,
            _stage.BattleAt(Time.GetUtcNow()), GoalNow, _boards.Best is { Count: > 0 } best ? best : null,
            State.Likes, _engagement.Now);
    }

    private TEvent Append<TEvent>(TEvent happened)
        where TEvent : RoomEvent => Noted(_feed.Append(happened, Time.GetUtcNow(), Elapsed));

    /// <summary>Appends what replaces an event of the same slot that has not been told yet.</summary>
    private void AppendNewest<TEvent>(FeedSlot slot, TEvent happened)
        where TEvent : RoomEvent => Noted(_feed.AppendOrMerge(slot, happened, Time.GetUtcNow(), Elapsed, static (_, newest) => newest));

    /// <summary>Gives what a replay shows to its journal.</summary>
    private TEvent Noted<TEvent>(TEvent numbered)
        where TEvent : RoomEvent
    {
        _replay.Note(State.Stream?.StreamId, numbered);
        return numbered;
    }

    /// <summary>Publishes what was appended: now in a quiet room, else when the tick is over.</summary>
    private void Tell()
    {
        var now = Elapsed;
        if (_feed.DueIn(now) is not { } due) { return; }
        if (due == TimeSpan.Zero)
        {
            _feed.Publish(now);
        }
        else if (_tickAt is not { } at || now + due < at)
        {
            // Also armed anew when something urgent cannot wait for the end of a long tick.
            _tickAt = now + due;
            _tick!.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void StartTimers()
    {
        _tick = RegisterGrainTimer(
            _ =>
            {
                _tickAt = null;
                Tell();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        RegisterGrainTimer(_ => KeepHouseAsync(), new GrainTimerCreationOptions(HousekeepingPeriod, HousekeepingPeriod));
    }

    private async Task KeepHouseAsync()
    {
        var lost = _feed.Expire(Elapsed);
        if (lost > 0) { Log.GatewaysLost(logger, lost, RoomId); }

        _leases.Expire(Elapsed);
        await StreamMovedAsync();
        await CatchUpOnGiftsAsync();
        await CatchUpOnReversedAsync();
        await TakeGivenAsync();
        await MarkGoalAsync();
        _boards.Roll(Time.GetUtcNow());
        await TellGivenAsync();
        TellCrowd();
        TellCounts();
        Tell();
        if (_listingStale) { await TellDirectoryAsync(); }
        if (_cardStale) { await RefreshCardAsync(); }
        if (_stageStale) { await LoadStageAsync(CancellationToken.None); }
        if (_unsavedSince is { } since && Elapsed - since >= LazyWriteAfter) { await SaveAsync(); }
    }

    private void TellCounts()
    {
        var counted = _feed.Count(Elapsed);
        var moved = counted != _counted;
        if (moved)
        {
            _counted = counted;
            Append(new ViewersCounted(counted.Watching, counted.Connected));
        }

        // Unchanged counts are repeated while live: the directory wakes rooms it has not heard from.
        if (State.Stream is null || (!moved && Elapsed - _listingCountedAt < RoomDirectoryGrain.CountEvery)) { return; }
        _listingCountedAt = Elapsed;
        Send(Directory.Count(RoomId, counted.Watching));
    }

    private async Task TellDirectoryAsync()
    {
        _listingStale = true;
        try
        {
            await Directory.Upsert(new RoomListing(
                RoomId, State.Owner!, State.Details!.Title, State.Details.Category, State.Details.CoverId, StreamNow, _counted.Watching, Time.GetUtcNow(), State.Audience));
            _listingStale = false;
        }
        catch (Exception problem)
        {
            Log.DirectoryNotTold(logger, problem, RoomId); // the housekeeping tries again
        }
    }

    /// <summary>Stores everything; durable when the task completes.</summary>
    private async Task SaveAsync()
    {
        State.GiftBatch = _gifts.Complete.Batch;
        State.GiftOrder = _gifts.Complete.Order;
        State.Engagement = _engagement.Save();

        // Should the write fail, the runtime drops this activation: then nothing of its memory may be stored any more.
        _unsavedSince = null;
        await state.WriteStateAsync();
    }

    private void SaveLater() => _unsavedSince ??= Elapsed;

    private bool Deliver(IRoomObserver observer, RoomBatch batch)
    {
        try
        {
            Send(observer.OnBatch(batch));
            return true;
        }
        catch (Exception problem)
        {
            Log.BatchNotDelivered(logger, problem, RoomId);
            return false;
        }
    }

    /// <summary>Lets a one-way call go: it is queued when the method returns, and nothing here depends on more.</summary>
    private void Send(ValueTask call)
    {
        if (call.IsCompletedSuccessfully) { return; }

        _ = call.AsTask().ContinueWith(
            sent => Log.CallLost(logger, sent.Exception!, RoomId),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private Refusal NotFound()
    {
        DeactivateOnIdle(); // who asks for rooms that do not exist shall not fill the memory
        return RoomRefusals.NotFound();
    }

    private static Refusal? Refuse(RoomDetails details, out RoomDetails clean)
    {
        clean = details;
        if (ChatRules.TryTitle(details.Title, out var title) is { } titleRefused) { return titleRefused; }
        if (!RoomLimits.Categories.Contains(details.Category))
        {
            return new Refusal(RefusalCode.CategoryUnknown, $"Choose one of these categories: {string.Join(", ", RoomLimits.Categories)}.");
        }

        // Players put it into an address: nothing but an id may get there.
        if (details.CoverId is { } cover && !Guid.TryParseExact(cover, "N", out _))
        {
            return new Refusal(RefusalCode.Malformed, "This is not the id of a picture. Upload the cover again.");
        }

        clean = details with { Title = title };
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "{Gateways} gateways of room {RoomId} have not reported and are no longer told")]
        public static partial void GatewaysLost(ILogger logger, int gateways, string roomId);

        [LoggerMessage(EventId = 4102, Level = LogLevel.Warning, Message = "The directory could not be told of room {RoomId}; trying again")]
        public static partial void DirectoryNotTold(ILogger logger, Exception problem, string roomId);

        [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "A gateway could not be given a batch of room {RoomId} and has to subscribe again")]
        public static partial void BatchNotDelivered(ILogger logger, Exception problem, string roomId);

        [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "A one-way call of room {RoomId} was lost")]
        public static partial void CallLost(ILogger logger, Exception problem, string roomId);

        [LoggerMessage(EventId = 4105, Level = LogLevel.Warning, Message = "Room {RoomId} could not read its gifts from the ledger; trying again")]
        public static partial void GiftsNotRead(ILogger logger, Exception problem, string roomId);

        [LoggerMessage(EventId = 4106, Level = LogLevel.Information, Message = "Room {RoomId} shows {Gifts} gifts that it was not told of")]
        public static partial void GiftsFound(ILogger logger, string roomId, int gifts);

        [LoggerMessage(EventId = 4109, Level = LogLevel.Warning, Message = "Room {RoomId} could not read from the ledger who gave how much; trying again")]
        public static partial void GivenNotRead(ILogger logger, Exception problem, string roomId);

        [LoggerMessage(EventId = 4107, Level = LogLevel.Information, Message = "The stream of room {RoomId} is {Phase}")]
        public static partial void StreamMoved(ILogger logger, string roomId, StreamPhase phase);

        [LoggerMessage(EventId = 4111, Level = LogLevel.Warning, Message = "Room {RoomId} could not read its red packets and its battle; trying again")]
        public static partial void StageNotRead(ILogger logger, Exception problem, string roomId);

        [LoggerMessage(EventId = 4108, Level = LogLevel.Warning, Message = "Product {ProductId} could not be told where it is shown (room {RoomId})")]
        public static partial void ProductNotTold(ILogger logger, Exception problem, string productId, string roomId);
    }
}
