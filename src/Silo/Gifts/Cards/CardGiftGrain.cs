using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Payments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>
/// One card gift. The row comes first, then the ledger's hold, then the provider; the gift is posted when the money is there, and the
/// ledger tells the room after that commit, so it is shown once.
/// </summary>
[Reentrant]
internal sealed partial class CardGiftGrain(
    [PersistentState("card-gift")] IPersistentState<CardGiftRecord> record, CardPaymentTools tools, IOptions<CardGiftOptions> options,
    ILogger<CardGiftGrain> logger) : Grain, ICardGiftGrain, ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "CardGift";

    private CardPaymentRun<CardGiftRecord, CardGiftStage, CardGiftHappened> Run => field ??= new(this, record, Id, tools);

    private LedgerSteps Steps => field ??= new(() => record.State.Steps, steps => Run.StoreAsync(record.State with { Steps = steps }), Time);

    private string Id => GetPrimaryKeyString();

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private DateTimeOffset ConfirmBy => record.State.CreatedAt + TimeSpan.FromMinutes(tools.Options.ConfirmWithinMinutes);

    StateTable<CardGiftStage, CardGiftHappened> ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.Table => CardGiftMachine.Table;

    string ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.DueType => DueType;

    Refusal ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.KeyReused => CardGiftProblems.KeyReused;

    public async ValueTask<Result<CardGiftView>> Start(Caller sender, StartCardGift request)
    {
        // Without the page to return to: a reloaded page may come back with the same key from another address.
        var fingerprint = PaymentIds.Fingerprint(
            sender.Id, request.RoomId, request.GiftId, request.Quantity, request.UnitPrice, request.PriceMinor, request.PaymentMethod);
        var refusal = await Run.StartAsync(fingerprint, async () =>
        {
            if (!record.RecordExists && await OpenAsync(sender, request, fingerprint) is { } refused) { return refused; }
            if (record.State.Stage == CardGiftStage.Intent) { await FinishAsync(); }
            return null;
        });
        return refusal is null ? record.State.ToView(Id) : refusal;
    }

    public async ValueTask<Result<CardGiftView>> Get(Caller caller, bool ask)
    {
        if (!record.RecordExists || (record.State.Sender.Id != caller.Id && record.State.Streamer.Id != caller.Id && !caller.Operates))
        {
            return CardGiftProblems.NotFound;
        }

        // The page of the sender's bank is the sender's alone.
        if (record.State.Sender.Id != caller.Id) { return record.State.ToView(Id) with { ActionUrl = null }; }
        if (ask) { await Run.AskAsync(); }
        return record.State.ToView(Id);
    }

    public async ValueTask PaymentMoved(PaymentNews news) => await Run.TakeInAsync(news);

    public async ValueTask OnDue() => await Run.OnDueAsync();

    CardCharge ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.ChargeOf(CardGiftRecord state) => state.ToCharge(Id);

    bool ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.MayPost(CardGiftRecord state) => state.Stage == CardGiftStage.Submitted;

    bool ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.MustEnd(CardGiftRecord state) =>
        state.Stage is CardGiftStage.Submitted or CardGiftStage.RequiresAction && Time.GetUtcNow() >= ConfirmBy;

    bool ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.AsksProvider(CardGiftRecord state) =>
        state.Stage is CardGiftStage.Submitted or CardGiftStage.RequiresAction or CardGiftStage.Processing;

    CardReading<CardGiftHappened>? ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.Read(CardOutcome outcome, string? problem) =>
        CardGiftMachine.Read(outcome, problem);

    Task ICardPaymentMachine<CardGiftRecord, CardGiftStage, CardGiftHappened>.FinishAsync() => FinishAsync();

    /// <summary>Does what the stage asks for, and sets or clears the due time.</summary>
    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        if (record.State.Stage == CardGiftStage.Intent)
        {
            if (now >= ConfirmBy) { await Run.ApplyAsync(CardGiftHappened.PaymentCanceled, record.State with { Problem = CardGiftProblems.Canceled }); }
            else if (await TryAsync(HoldAsync)) { await Run.ApplyAsync(CardGiftHappened.Sent, record.State); }
        }

        var done = record.State.Stage switch
        {
            CardGiftStage.Intent => false,
            CardGiftStage.MoneyTaken => await TryAsync(PostAsync),
            CardGiftStage.Failed or CardGiftStage.Canceled => await TryAsync(GiveUpAsync),
            _ when record.State.IsGiven => await TryAsync(KeepAsync),
            _ => true,
        };

        // A turn that ended with another stage asks for what that one wants.
        switch (record.State.Stage)
        {
            case var _ when !done:
                await Run.LookAgainAsync(now + CardPaymentTimes.PostAgain);
                break;
            case CardGiftStage.Submitted or CardGiftStage.RequiresAction or CardGiftStage.Processing:
                await Run.LookAgainAsync(Earlier(CardPaymentTimes.NextLook(record.State.CreatedAt, now), now < ConfirmBy ? ConfirmBy : now + CardPaymentTimes.LookEvery));
                break;
            case CardGiftStage.Settled:
                await Run.LookAgainAsync(now + LookForMaturity);
                break;
            default:
                await Run.NothingIsDueAsync();
                break;
        }

        if (record.State.Stage is not (CardGiftStage.Intent or CardGiftStage.Submitted or CardGiftStage.MoneyTaken)) { Run.Tell(); }
    }

    /// <summary>Refuses as the gift desk does, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller sender, StartCardGift request, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (PaymentIds.Check(request.PaymentMethod, request.ReturnUrl) is { } badText) { return badText; }
        if (!tools.Payments.Available) { return CardGiftProblems.NotSetUp; }

        var item = GiftRules.Choose(request.GiftId, request.Quantity, request.UnitPrice);
        if (!item.Ok) { return item.Refusal; }
        var coins = item.Value.Price * request.Quantity;
        if (coins < options.Value.CoinsMin) { return CardGiftProblems.TooSmall(coins, options.Value.CoinsMin); }
        if (coins > options.Value.CoinsMax) { return CardGiftProblems.TooLarge(coins, options.Value.CoinsMax); }
        var price = GiftCatalog.PriceOf(coins);
        if (price != request.PriceMinor) { return CardGiftProblems.OtherPrice(price, request.PriceMinor); }
        if (request.RoomId is not { Length: > 0 and <= GrainId.KeyLengthMax }) { return new Refusal(RefusalCode.RoomNotFound, "There is no such room."); }

        var room = await GrainFactory.GetGrain<IRoomGrain>(request.RoomId).GetGivingPlace(sender.Id, sender.Moderates);
        if (GiftRules.Refuse(sender, room, now) is { } refusal) { return refusal; }

        var card = await GrainFactory.GetGrain<ISavedCardsGrain>(sender.Id).Resolve(request.PaymentMethod);
        if (!card.Ok) { return card.Refusal; }

        var streamer = room.Value!.Owner;
        var rate = await GrainFactory.GetGrain<IRateBookGrain>(IRateBookGrain.Key).GetRate(streamer.Id);
        var left = await Limits(sender.Id).Take(Guid.ParseExact(Id, "N"), streamer.Id, coins);
        if (!left.Ok) { return left.Refusal; }

        // Listed first: what is listed and was never made is skipped, what is made and not listed would not be seen.
        await Run.LookAgainAsync(now + CardPaymentTimes.FirstLook);
        await GrainFactory.GetGrain<ICardGiftListGrain>(ICardGiftListGrain.Sent + sender.Id).Add(Id);
        await GrainFactory.GetGrain<ICardGiftListGrain>(ICardGiftListGrain.Received + streamer.Id).Add(Id);
        await Run.StoreAsync(new CardGiftRecord
        {
            Stage = CardGiftStage.Intent,
            Sender = sender.Person,
            Streamer = streamer,
            RoomId = request.RoomId,
            GiftId = request.GiftId,
            Quantity = request.Quantity,
            Coins = coins,
            PriceMinor = price,
            Currency = GiftCatalog.Currency,
            Shares = [.. GiftShares.Split(streamer.Id, coins, rate)],
            Rate = rate.Rate,
            Fingerprint = fingerprint,
            PaymentMethod = request.PaymentMethod,
            ReturnUrl = request.ReturnUrl,
            Customer = card.Value.Customer,
            CreatedAt = now,
        });
        return null;
    }

    private IGivingLimitsGrain Limits(string senderId) => GrainFactory.GetGrain<IGivingLimitsGrain>(senderId);

    private async Task<bool> TryAsync(Func<Task<bool>> step)
    {
        try
        {
            return await step();
        }
        catch (Exception error)
        {
            Log.StepFailed(logger, error, Id, record.State.Stage);
            return false;
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(EventId = 6320, Level = LogLevel.Error, Message = "Card gift {CardGiftId} could not be brought forward ({Stage}); it is tried again")]
        public static partial void StepFailed(ILogger logger, Exception error, string cardGiftId, CardGiftStage stage);

        [LoggerMessage(EventId = 6321, Level = LogLevel.Error, Message = "Card gift {CardGiftId}: the ledger answered {Outcome} to {Step}; it is tried again")]
        public static partial void LedgerRefused(ILogger logger, string cardGiftId, string step, LedgerOutcome outcome);

        [LoggerMessage(EventId = 6322, Level = LogLevel.Warning, Message = "Dispute {DisputeId} ({Move}) names card gift {CardGiftId}, which is {Stage}: nothing follows")]
        public static partial void DisputeOfNothing(ILogger logger, string cardGiftId, string disputeId, DisputeMove move, CardGiftStage stage);

        [LoggerMessage(EventId = 6323, Level = LogLevel.Warning, Message = "The money of card gift {CardGiftId} could not be sent back: {Problem}")]
        public static partial void RefundRefused(ILogger logger, string cardGiftId, string problem);
    }
}
