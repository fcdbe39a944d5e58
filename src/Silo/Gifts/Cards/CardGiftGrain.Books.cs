using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>The ledger's side of a card gift. Every commit has its key in the row before it is posted.</summary>
internal sealed partial class CardGiftGrain
{
    private const string HoldStep = "hold";
    private const string PostStep = "post";
    private const string VoidStep = "void";
    private const string ThawPrefix = "thaw:";

    /// <summary>Metadata of a refund of a card gift.</summary>
    private const string RefundIdName = "card_gift_refund_id";

    /// <summary>A payment is over long before; a hold that was expired all the same is made anew when the money comes.</summary>
    private static readonly TimeSpan HoldLasts = TimeSpan.FromDays(2);

    /// <summary>Between looks at whether the streamer can withdraw it.</summary>
    private static readonly TimeSpan LookForMaturity = TimeSpan.FromHours(12);

    private static readonly LedgerAccount Money = LedgerAccount.Clearing(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Float = LedgerAccount.CoinFloat(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Disputed = LedgerAccount.Disputed(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Losses = LedgerAccount.Losses(LedgerUnit.UsdCents);

    public async ValueTask<Result<CardGiftView>> Refund(Caller caller)
    {
        if (!caller.Operates) { return CardGiftProblems.OperatorsOnly; }
        using (await Run.EnterAsync())
        {
            if (!record.RecordExists) { return CardGiftProblems.NotFound; }

            // Our one refund was made, and is a part by now: the rest is sent back at the provider, and booked when that is told.
            if (record.State.Parts.ContainsKey(OwnRefund)) { return CardGiftProblems.NotNow; }
            if (record.State.Stage is CardGiftStage.Settled or CardGiftStage.Matured)
            {
                await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
                await Run.ApplyAsync(CardGiftHappened.RefundAsked, record.State);
                await FinishAsync();
            }
            else if (record.State.Stage is not (CardGiftStage.Refunding or CardGiftStage.Reversed))
            {
                return CardGiftProblems.NotNow;
            }
        }

        return record.State.ToView(Id) with { ActionUrl = null };
    }

    private Task<bool> HoldAsync() => TookAsync(HoldStep, record.State.Coins, (key, _) => Ledger.Post(Hold(key, record.State.Shares)));

    /// <summary>The gift and its money, in one commit; the room is told by the ledger.</summary>
    private async Task<bool> PostAsync()
    {
        var given = Guid.Empty;
        if (!await TookAsync(PostStep, record.State.Coins, async (key, _) =>
            {
                given = key;
                return await GiveAsync(key, Fingerprint(PostStep), Memo, [Charge(key, Money, Float, LedgerEntryKind.Charge)]);
            }))
        {
            return false;
        }

        var now = Time.GetUtcNow();
        return await Run.ApplyAsync(CardGiftHappened.Posted, record.State with { Given = Steps.Find(PostStep)!.Key, SettledAt = now, Problem = null });
    }

    /// <summary>Posts the hold; one that is over (the payment had been given up) is made anew in the same commit.</summary>
    private async ValueTask<LedgerAnswer> GiveAsync(
        Guid key, long fingerprint, GiftMemo? memo, IReadOnlyList<LedgerEntry> money, IReadOnlyList<LedgerLeg>? part = null)
    {
        if (await Ledger.Recall(key, fingerprint) is { } earlier) { return earlier; }

        var held = Steps.Find(HoldStep)?.Key;
        var shares = part ?? record.State.Shares;
        var open = held is { } hold && await Ledger.GetHold(hold) is { State: LedgerHoldState.Open };
        var original = open ? held!.Value : LedgerKeys.Derive(key, HoldStep);
        var posted = new LedgerEntry(
            key, fingerprint, LedgerEntryKind.HoldPosted, LedgerAccount.Clearing(LedgerUnit.Coins), shares, record.State.Rate,
            memo, Reference, original);
        return await Ledger.PostTogether(open ? [posted, .. money] : [Hold(original, shares), posted, .. money]);
    }

    /// <summary>Nothing was paid: the hold is free again, and the gift no longer counts against the sender's limits.</summary>
    private async Task<bool> GiveUpAsync()
    {
        await Limits(record.State.Sender.Id).GiveBack(Guid.ParseExact(Id, "N"));
        return Steps.Find(HoldStep) is not { Done: true } held
            || await TookAsync(VoidStep, record.State.Coins, (key, _) => Ledger.Post(Free(key, VoidStep, held.Key, LedgerAccount.Clearing(LedgerUnit.Coins), record.State.Shares)));
    }

    /// <summary>Does for a gift that was given what its stage and the time ask for. False: something could not be done now.</summary>
    private async Task<bool> KeepAsync()
    {
        if (!await FreezeOrThawAsync()) { return false; }
        if (record.State is { Back: not null, Stage: CardGiftStage.Settled or CardGiftStage.Matured } && !await GiveBackAsync()) { return false; }
        switch (record.State.Stage)
        {
            case CardGiftStage.Reversed:
                return await GiveBackAsync();
            case CardGiftStage.Refunding:
                return await SendBackAsync();
            case CardGiftStage.Settled when (await EntryAsync()).Matured:
                return await Run.ApplyAsync(CardGiftHappened.HeldLongEnough, record.State);
            default:
                return true;
        }
    }

    private async Task<bool> SendBackAsync()
    {
        var state = record.State;
        switch (await tools.Payments.RefundPartAsync(state.PaymentIntentId!, CardPayments.CardGiftId, Id, RefundIdName, Id, state.LeftMinor))
        {
            case PartRefundSight.Taken:
                await Run.ApplyAsync(CardGiftHappened.MoneyReturned, state with { Back = $"refund:{Id}", BackMinor = state.LeftMinor, BackCoins = state.LeftCoins });
                return await GiveBackAsync();
            case PartRefundSight.Refused refused:
                Log.RefundRefused(logger, Id, refused.Problem);
                return await Run.ApplyAsync(CardGiftHappened.RefundRefused, state);
            default:
                return false;
        }
    }

    private ValueTask<LedgerEntryView> EntryAsync() => EntryAsync(record.State.Given!.Value);

    private async ValueTask<LedgerEntryView> EntryAsync(Guid key) =>
        await GrainFactory.GetGrain<ILedgerEntriesGrain>(IGiftLedgerGrain.Key).Find(key)
            ?? throw new InvalidOperationException($"The ledger does not know card gift {Id}.");

    private string Reference => $"cardgift:{Id}";

    private GiftMemo Memo => new(record.State.RoomId, record.State.Sender, record.State.GiftId, record.State.Quantity);

    private long Fingerprint(string step) => PaymentIds.Fingerprint("cardgift", step, Id, record.State.Coins);

    private LedgerEntry Hold(Guid key, IReadOnlyList<LedgerLeg> shares) => new(
        key, PaymentIds.Fingerprint("hold", Id, record.State.Coins), LedgerEntryKind.Hold, LedgerAccount.Clearing(LedgerUnit.Coins),
        shares, record.State.Rate, Reference: Reference, ExpiresAt: Time.GetUtcNow() + HoldLasts);

    private LedgerEntry Free(Guid key, string step, Guid hold, LedgerAccount account, IReadOnlyList<LedgerLeg> legs) => new(
        key, PaymentIds.Fingerprint(step, Id), LedgerEntryKind.HoldVoided, account, legs, Rate: 0, Reference: Reference, Original: hold);

    private LedgerEntry Charge(Guid key, LedgerAccount from, LedgerAccount to, LedgerEntryKind kind, long? amount = null, string suffix = "usd", string? reference = null) => new(
        LedgerKeys.Derive(key, suffix), PaymentIds.Fingerprint(suffix, kind, Id, amount), kind, from,
        [new LedgerLeg(to, amount ?? record.State.PriceMinor)], Rate: 0, Reference: reference ?? Reference);

    private Task<bool> TookAsync(string step, long amount, Func<Guid, long, ValueTask<LedgerAnswer>> post) =>
        TookAsync(step, () => ValueTask.FromResult(amount), post);

    private async Task<bool> TookAsync(string step, Func<ValueTask<long>> amount, Func<Guid, long, ValueTask<LedgerAnswer>> post)
    {
        var outcome = await Steps.TakeAsync(step, amount, post);
        switch (outcome)
        {
            case LedgerOutcome.Moved:
            case LedgerOutcome.HoldOver when step == VoidStep || step.StartsWith(ThawPrefix, StringComparison.Ordinal):
                return true;

            // A hold that ended before its gift was posted: nothing has moved, and the next try holds anew.
            case LedgerOutcome.HoldOver:
                Log.LedgerRefused(logger, Id, step, outcome);
                return false;
            case LedgerOutcome.Insufficient or LedgerOutcome.Frozen:
                await Steps.DropAsync(step); // somebody was faster: what there is now is decided anew
                return false;
            default:
                Log.LedgerRefused(logger, Id, step, outcome);
                return false;
        }
    }
}
