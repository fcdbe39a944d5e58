using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Gifts;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Gifts, orders and the product card: what the room is told and shows. No money moves here.</summary>
internal sealed partial class RoomGrain
{
    /// <summary>How often the ledger is asked for gifts that the room was not told of.</summary>
    public static readonly TimeSpan GiftsReadEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long a waking room waits for the ledger before it opens without its last gifts, and reads them later.</summary>
    public static readonly TimeSpan GiftsLoadWithin = TimeSpan.FromSeconds(2);

    /// <summary>Gifts of one reading.</summary>
    private const int GiftsPageMax = 1000;

    private readonly RoomGifts _gifts = new();
    private readonly List<GiftSent> _shownGifts = [];
    private Task<IReadOnlyList<SettledGift>>? _reading;
    private TimeSpan _readAt = TimeSpan.MinValue / 2;
    private bool _readAgain;
    private bool _cardStale;

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public async ValueTask<Result<GivingPlace>> GetGivingPlace(string accountId, bool moderates = false)
    {
        if (State.Owner is not { } owner) { return NotFound(); }
        var standing = await GetStanding(accountId, moderates);
        return standing.Ok ? new GivingPlace(owner, StreamNow.Phase, standing.Value) : standing.Refusal;
    }

    public async ValueTask GiftsSettled(IReadOnlyList<SettledGift> gifts)
    {
        if (State.Owner is null) { return; }
        for (var i = 0; i < gifts.Count; i++)
        {
            if (_gifts.IsNew(gifts[i])) { Show(gifts[i]); }
        }

        await TellGivenAsync();
        Tell();
    }

    public ValueTask OrderSettled(SettledOrder order)
    {
        if (State.Owner is null || State.ShownOrders.Contains(order.OrderId)) { return ValueTask.CompletedTask; }

        State.ShownOrders.Add(order.OrderId);
        if (State.ShownOrders.Count > RoomStateLimits.ShownOrdersMax) { State.ShownOrders.RemoveAt(0); }
        SaveLater();
        if (order.BuyerId is { } buyerId) { Note(_engagement.Buyers, buyerId); }
        Append(new OrderPaid(order.OrderId, order.Card.ProductId, order.Card.Title, order.BuyerName, order.Quantity, order.Card.Sold));

        // The product tells of its card itself, and later changes may have overtaken this one: only a newer card is taken.
        if (order.Card.Sold > (State.Pinned?.Sold ?? 0)) { ShowCard(order.Card); }
        Tell();
        return ValueTask.CompletedTask;
    }

    public ValueTask CardChanged(ProductCard card)
    {
        ShowCard(card);
        Tell();
        return ValueTask.CompletedTask;
    }

    public async ValueTask<Result<Done>> Pin(Caller caller, string productId)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (productId is not { Length: > 0 and <= RoomModeration.TargetLengthMax })
        {
            return new Refusal(RefusalCode.ProductNotFound, "There is no such product. Choose one of yours.");
        }

        var answer = await GrainFactory.GetGrain<IProductGrain>(productId).Get();
        if (!answer.Ok) { return answer.Refusal; }
        if (answer.Value.Seller.Id != State.Owner.Id)
        {
            return new Refusal(RefusalCode.NotProductOwner, "Only your own products can be shown in your room. Choose one of yours.");
        }

        var before = State.Pinned?.ProductId;
        State.Pinned = answer.Value;
        await SaveAsync();
        Append(new ProductPinned(answer.Value));
        Tell();
        if (before is not null && before != productId) { await TellProductAsync(before, null); }
        await RefreshCardAsync();
        return Done.Value;
    }

    public async ValueTask<Result<Done>> Unpin(Caller caller)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (State.Pinned is not { } pinned) { return Done.Value; }

        State.Pinned = null;
        await SaveAsync();
        Append(new ProductUnpinned(pinned.ProductId));
        Tell();
        await TellProductAsync(pinned.ProductId, null);
        return Done.Value;
    }

    private void ShowCard(ProductCard card)
    {
        if (State.Pinned is not { } pinned || pinned.ProductId != card.ProductId || pinned == card) { return; }

        State.Pinned = card;
        SaveLater();
        Append(new ProductPinned(card));
    }

    /// <summary>
    /// Tells the pinned product where it is shown, so that it tells of every change from now on, and takes what changed before.
    /// </summary>
    private async Task RefreshCardAsync()
    {
        if (State.Pinned is not { ProductId: var productId }) { return; }

        _cardStale = !await TellProductAsync(productId, RoomId);
        if (_cardStale) { return; }

        if ((await GrainFactory.GetGrain<IProductGrain>(productId).Get()).Value is { } card) { ShowCard(card); }
        Tell();
    }

    private async Task<bool> TellProductAsync(string productId, string? roomId)
    {
        try
        {
            await GrainFactory.GetGrain<IProductGrain>(productId).ShownIn(roomId);
            return true;
        }
        catch (Exception problem)
        {
            Log.ProductNotTold(logger, problem, productId, RoomId);
            return false;
        }
    }

    /// <summary>
    /// Reads the newest gifts on waking. A new epoch begins with a snapshot, so a gift that was committed while the room slept
    /// is shown by standing in it; the mark moves behind the newest.
    /// </summary>
    private async Task LoadGiftsAsync(CancellationToken cancellationToken)
    {
        _gifts.Restore(new GiftPlace(State.GiftBatch, State.GiftOrder));
        try
        {
            var latest = await Ledger.GetLatestGifts(RoomId, RoomLimits.SnapshotGiftsMax).AsTask().WaitAsync(GiftsLoadWithin, Time, cancellationToken);
            foreach (var gift in latest)
            {
                Keep(ToSent(gift) with { At = gift.At });
                _givers.Note(gift.Sender.Id, gift.At);
            }

            if (_gifts.Read(latest).Count > 0) { SaveLater(); }
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            // Chat and video do not wait for the ledger: the housekeeping reads from the stored mark on.
            _readAgain = true;
            Log.GiftsNotRead(logger, problem, RoomId);
        }
    }

    /// <summary>
    /// The ledger's word of a gift is one-way and may be lost, so while there can be gifts (a stream is on, or some were told
    /// since the last look) the room asks every few seconds for what was committed after its mark and shows what is new. Never
    /// waited for in a turn: a slow ledger must not stop the chat.
    /// </summary>
    private async Task CatchUpOnGiftsAsync()
    {
        if (_reading is { IsCompleted: true } read)
        {
            _reading = null;
            await ApplyAsync(read);
        }

        var due = State.Stream is not null || _gifts.IsAhead ? Elapsed - _readAt >= GiftsReadEvery : _readAgain;
        if (_reading is not null || !(due || _readAgain)) { return; }

        _readAgain = false;
        _readAt = Elapsed;
        _reading = Ledger.GetGiftsAfter(RoomId, _gifts.Complete.Batch, _gifts.Complete.Order, GiftsPageMax).AsTask();
    }

    private async Task ApplyAsync(Task<IReadOnlyList<SettledGift>> read)
    {
        try
        {
            var gifts = await read;
            if (gifts.Count == 0) { return; }

            var missed = _gifts.Read(gifts);
            _readAgain = gifts.Count == GiftsPageMax;
            SaveLater();
            foreach (var gift in missed) { Show(gift); }
            if (missed.Count > 0) { Log.GiftsFound(logger, RoomId, missed.Count); }
        }
        catch (Exception problem)
        {
            _readAgain = true;
            Log.GiftsNotRead(logger, problem, RoomId);
        }
    }

    private void Show(SettledGift gift)
    {
        Keep(Noted(_feed.AppendOrMerge(GiftMerging.SlotOf(gift), ToSent(gift), Time.GetUtcNow(), Elapsed, GiftMerging.TryMerge)));
        Count(gift);
    }

    private GiftSent ToSent(SettledGift gift) => new(
        gift.Key, gift.Sender, gift.GiftId, gift.Quantity, gift.Coins, _gifts.CountCombo(gift), GiftCatalog.TierOf(gift.GiftId));

    private void Keep(GiftSent sent)
    {
        var known = sent.Merged is null ? -1 : _shownGifts.FindLastIndex(shown => shown.Key == sent.Key);
        if (known >= 0)
        {
            _shownGifts[known] = sent;
            return;
        }

        _shownGifts.Add(sent);
        if (_shownGifts.Count > RoomLimits.SnapshotGiftsMax) { _shownGifts.RemoveAt(0); }
    }
}
