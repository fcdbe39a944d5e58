using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
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

    /// <summary>A dispute is over long before.</summary>
    private static readonly TimeSpan DisputeLasts = TimeSpan.FromDays(400);

    /// <summary>Between looks at whether the streamer can withdraw it.</summary>
    private static readonly TimeSpan LookForMaturity = TimeSpan.FromHours(12);

    private static readonly LedgerAccount Money = LedgerAccount.Clearing(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Float = LedgerAccount.CoinFloat(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Disputed = LedgerAccount.Disputed(LedgerUnit.UsdCents);

    public async ValueTask<Result<CardGiftView>> Refund(Caller caller)
    {
        if (!caller.Operates) { return CardGiftProblems.OperatorsOnly; }
        using (await Run.EnterAsync())
        {
            if (!record.RecordExists) { return CardGiftProblems.NotFound; }
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

    public async ValueTask<bool> RefundMoved(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists || record.State.Stage is CardGiftStage.Reversed or CardGiftStage.Refunding) { return true; }
        if (record.State.Stage is not (CardGiftStage.Settled or CardGiftStage.Matured)) { return !record.State.IsHeld && record.State.Stage != CardGiftStage.MoneyTaken; }

        // Sent back by hand, at the provider: the books follow. A gift is whole or not at all, so a part of it takes it all back.
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        await Run.ApplyAsync(CardGiftHappened.MoneyReturned, record.State with { Back = $"refund:{news.RefundId}", BackMinor = news.AmountMinor });
        await FinishAsync();
        return true;
    }

    public async ValueTask<bool> DisputeMoved(DisputeNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }

        var state = record.State;
        if (state.Stage is CardGiftStage.MoneyTaken or CardGiftStage.Refunding) { return false; } // booked first
        var wonAfterAll = state is { Stage: CardGiftStage.Reversed, BackByBank: true } && news.Move == DisputeMove.Won && state.Back == $"dispute:{news.DisputeId}";
        if (!state.IsGiven || (state.Stage == CardGiftStage.Reversed && !wonAfterAll))
        {
            Log.DisputeOfNothing(logger, Id, news.DisputeId, news.Move, state.Stage);
            return true;
        }

        var opens = news.Move is DisputeMove.Warned or DisputeMove.Opened;
        if (opens && state.Disputes.ContainsKey(news.DisputeId)) { return true; } // told twice, or after its end

        // What went before is in the books before more comes, so that each has its own step.
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        if (!await TryAsync(KeepAsync)) { return false; }

        var next = record.State with { Disputes = state.Disputes.SetItem(news.DisputeId, opens) };
        if (wonAfterAll)
        {
            if (!await TryAsync(() => GiveAgainAsync(state.Back!))) { return false; }
            await Run.ApplyAsync(CardGiftHappened.DisputeWon, record.State with { Back = null, BackMinor = 0, BackByBank = false });
        }
        else if (news.Move == DisputeMove.Lost)
        {
            await Run.ApplyAsync(
                CardGiftHappened.DisputeLost, next with { Back = $"dispute:{news.DisputeId}", BackMinor = news.AmountMinor, BackByBank = true });
        }
        else if (opens && !state.IsHeld)
        {
            await Run.ApplyAsync(CardGiftHappened.DisputeOpened, next with { Freezes = state.Freezes + 1 });
        }
        else if (state.IsHeld && !next.Disputes.ContainsValue(true))
        {
            await Run.ApplyAsync(CardGiftHappened.DisputeWon, next);
        }
        else
        {
            await Run.StoreAsync(next);
        }

        await FinishAsync();
        return true;
    }

    private Task<bool> HoldAsync() => TookAsync(HoldStep, record.State.Coins, (key, _) => Ledger.Post(Hold(key)));

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
    private async ValueTask<LedgerAnswer> GiveAsync(Guid key, long fingerprint, GiftMemo? memo, IReadOnlyList<LedgerEntry> money)
    {
        if (await Ledger.Recall(key, fingerprint) is { } earlier) { return earlier; }

        var held = Steps.Find(HoldStep)?.Key;
        var open = held is { } hold && await Ledger.GetHold(hold) is { State: LedgerHoldState.Open };
        var original = open ? held!.Value : LedgerKeys.Derive(key, HoldStep);
        var posted = new LedgerEntry(
            key, fingerprint, LedgerEntryKind.HoldPosted, LedgerAccount.Clearing(LedgerUnit.Coins), record.State.Shares, record.State.Rate,
            memo, Reference, original);
        return await Ledger.PostTogether(open ? [posted, .. money] : [Hold(original), posted, .. money]);
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
        switch (await tools.Payments.RefundPartAsync(state.PaymentIntentId!, CardPayments.CardGiftId, Id, RefundIdName, Id, state.PriceMinor))
        {
            case PartRefundSight.Taken:
                await Run.ApplyAsync(CardGiftHappened.MoneyReturned, state with { Back = $"refund:{Id}", BackMinor = state.PriceMinor });
                return await GiveBackAsync();
            case PartRefundSight.Refused refused:
                Log.RefundRefused(logger, Id, refused.Problem);
                return await Run.ApplyAsync(CardGiftHappened.RefundRefused, state);
            default:
                return false;
        }
    }

    /// <summary>The coins of the gift go back to where they came from, with the money that we have sent or the bank has kept.</summary>
    private Task<bool> GiveBackAsync()
    {
        // Named with the entry as well: a gift that was given again may be lost again.
        var state = record.State;
        return TookAsync($"{state.Back}:{state.Given:N}", state.Coins, (key, _) => Ledger.Reverse(new LedgerReversal(
            key, Fingerprint(state.Back!), state.Given!.Value, Amount: null, state.Back!,
            [Charge(key, Float, state.BackByBank ? Disputed : Money, state.BackByBank ? LedgerEntryKind.Dispute : LedgerEntryKind.Refund, state.BackMinor)])));
    }

    private async Task<bool> GiveAgainAsync(string lost)
    {
        var step = $"again:{lost}";
        if (!await TookAsync(step, record.State.Coins, (key, _) =>
            GiveAsync(key, Fingerprint(step), memo: null, [Charge(key, Disputed, Float, LedgerEntryKind.Dispute, record.State.BackMinor)])))
        {
            return false;
        }

        await Run.StoreAsync(record.State with { Given = Steps.Find(step)!.Key });
        return true;
    }

    /// <summary>While the bank looks into it, what the streamer got cannot be withdrawn.</summary>
    private async Task<bool> FreezeOrThawAsync()
    {
        if (record.State.Freezes == 0) { return true; }
        var (freeze, thaw) = ($"freeze:{record.State.Freezes}", $"{ThawPrefix}{record.State.Freezes}");
        var streamer = LedgerAccount.Earnings(record.State.Streamer.Id);
        var account = record.State.Stage == CardGiftStage.MaturedHeld || Steps.Find($"{freeze}:available") is not null
            ? LedgerAccount.Available(record.State.Streamer.Id, LedgerUnit.Coins)
            : streamer;
        if (record.State.IsHeld)
        {
            var step = account == streamer ? freeze : $"{freeze}:available";
            return await TookAsync(step, () => FreezableAsync(account), (key, amount) => Ledger.Post(new LedgerEntry(
                key, PaymentIds.Fingerprint(step, Id, amount), LedgerEntryKind.Hold, account,
                [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), amount)], Rate: 0, Reference: $"freeze:cardgift:{Id}",
                Original: record.State.Given, ExpiresAt: Time.GetUtcNow() + DisputeLasts)));
        }

        var held = Steps.Find(freeze) ?? Steps.Find($"{freeze}:available");
        return held is not { Done: true, Amount: > 0 } || await TookAsync(thaw, held.Amount, (key, amount) => Ledger.Post(
            Free(key, thaw, held.Key, account, [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), amount)])));
    }

    private async ValueTask<long> FreezableAsync(LedgerAccount account)
    {
        var share = (await EntryAsync()).Credits.Where(leg => leg.Account.Kind == LedgerAccountKind.Streamer).Sum(leg => leg.Left);
        var balance = (await Ledger.GetBalances([account]))[0];
        return balance.Frozen ? 0 : Math.Clamp(balance.Balance - balance.Held, 0, share);
    }

    private async ValueTask<LedgerEntryView> EntryAsync() =>
        await GrainFactory.GetGrain<ILedgerEntriesGrain>(IGiftLedgerGrain.Key).Find(record.State.Given!.Value)
            ?? throw new InvalidOperationException($"The ledger does not know card gift {Id}.");

    private string Reference => $"cardgift:{Id}";

    private GiftMemo Memo => new(record.State.RoomId, record.State.Sender, record.State.GiftId, record.State.Quantity);

    private long Fingerprint(string step) => PaymentIds.Fingerprint("cardgift", step, Id, record.State.Coins);

    private LedgerEntry Hold(Guid key) => new(
        key, PaymentIds.Fingerprint("hold", Id, record.State.Coins), LedgerEntryKind.Hold, LedgerAccount.Clearing(LedgerUnit.Coins),
        record.State.Shares, record.State.Rate, Reference: Reference, ExpiresAt: Time.GetUtcNow() + HoldLasts);

    private LedgerEntry Free(Guid key, string step, Guid hold, LedgerAccount account, IReadOnlyList<LedgerLeg> legs) => new(
        key, PaymentIds.Fingerprint(step, Id), LedgerEntryKind.HoldVoided, account, legs, Rate: 0, Reference: Reference, Original: hold);

    private LedgerEntry Charge(Guid key, LedgerAccount from, LedgerAccount to, LedgerEntryKind kind, long? amount = null) => new(
        LedgerKeys.Derive(key, "usd"), PaymentIds.Fingerprint("usd", kind, Id, amount), kind, from,
        [new LedgerLeg(to, amount ?? record.State.PriceMinor)], Rate: 0, Reference: Reference);

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
