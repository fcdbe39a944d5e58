using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments;

/// <summary>Coins that go back to the card. They are kept back before the provider is asked, so they cannot be spent meanwhile.</summary>
internal sealed partial class TopUpGrain
{
    /// <summary>Refunds of one top-up: bounds the row.</summary>
    private const int ReturnsMax = 50;

    /// <summary>The same with those that were made at the provider, which cannot be refused.</summary>
    private const int AllReturnsMax = 100;

    /// <summary>Refunds and disputes end much earlier; should one be forgotten, its hold does not stay for ever.</summary>
    private static readonly TimeSpan HoldFor = TimeSpan.FromDays(730);

    /// <summary>Hexadecimal digits of a UUIDv7 that are its time, in milliseconds since 1970 UTC.</summary>
    private const int KeyTimeDigits = 12;

    public async ValueTask<Result<RefundHeld>> HoldRefund(Caller caller, string refundId, long? coins, bool byOperator)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists || (!byOperator && record.State.Viewer.Id != caller.Id)) { return TopUpProblems.NotFound; }

        var known = record.State.Returns.Find(one => one.Id == refundId);
        if (known is { Counts: true }) { return HeldOf(known); }

        // A hold that was begun before a crash is gone on with, whatever has come since: it has been let through, and only a return that
        // is noted ever frees it.
        var attempt = (known?.Attempt ?? 0) + 1;
        var begun = Run.Steps.Find(new TopUpReturn(refundId, attempt, 0, 0, TopUpReturnState.Held).Step("hold"));
        if (begun is null && RefuseNow() is { } notNow) { return notNow; }

        var left = await CoinsLeftAsync();
        if (begun is null && !byOperator && RefuseViewer(left) is { } refusal) { return refusal; }
        var amount = begun?.Amount ?? coins ?? left;
        if (begun is null && (amount < 1 || amount > left)) { return TopUpProblems.Spent(amount, left); }

        var next = new TopUpReturn(refundId, attempt, amount, record.State.PriceOf(amount), TopUpReturnState.Held);
        if (next.AmountMinor < 1) { return TopUpProblems.Spent(amount, left); }

        var held = await Run.Steps.TakeAsync(next.Step("hold"), amount, (key, held) => Ledger.Post(HoldOf(key, held)));
        if (held != LedgerOutcome.Moved)
        {
            await Run.Steps.DropAsync(next.Step("hold"));
            return held is LedgerOutcome.Insufficient or LedgerOutcome.Frozen ? TopUpProblems.Spent(amount, left) : TopUpProblems.Busy;
        }

        await Run.StoreAsync(record.State with { Returns = record.State.Returns.RemoveAll(one => one.Id == refundId).Add(next) });
        return HeldOf(next);
    }

    public async ValueTask<Result<TopUpReturns>> GetReturns(Caller caller)
    {
        var state = record.State;
        if (!record.RecordExists || state.Viewer.Id != caller.Id) { return TopUpProblems.NotFound; }

        var refusal = RefuseNow();
        var left = refusal is null ? await CoinsLeftAsync() : 0;
        refusal ??= RefuseViewer(left);
        var coins = refusal is null ? left : 0;
        return new TopUpReturns(
            await ViewAsync(), state.CreatedAt, coins, coins > 0 ? state.PriceOf(coins) : 0, state.CreatedAt + ViewerMay, refusal?.Message,
            [.. state.Returns.Select(one => one.ToView())]);
    }

    public ValueTask CompleteRefund(string refundId) => MoveReturnAsync(refundId, known => known switch
    {
        TopUpReturnState.Held => TopUpReturnState.Going,

        // Given up and sent all the same: the coins may be spent by now.
        TopUpReturnState.Dropping or TopUpReturnState.Dropped or TopUpReturnState.CameBack => TopUpReturnState.GoingUnheld,
        _ => (TopUpReturnState?)null,
    });

    public ValueTask DropRefund(string refundId) => MoveReturnAsync(refundId, known => known switch
    {
        TopUpReturnState.Held => TopUpReturnState.Dropping,
        TopUpReturnState.Returned => TopUpReturnState.ComingBack,
        _ => (TopUpReturnState?)null,
    });

    public async ValueTask<bool> RefundMoved(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }
        if (!record.State.WasCredited) { return false; }
        if (record.State.Returns.Exists(one => one.Id == news.RefundId)) { return true; }
        if (record.State.PaymentIntentId != news.PaymentIntentId)
        {
            Log.RefundOfAnotherPayment(logger, news.RefundId, Id, news.PaymentIntentId);
            return true;
        }

        if (record.State.Returns.Count >= AllReturnsMax)
        {
            Log.TooManyReturns(logger, news.RefundId, Id, news.AmountMinor);
            return true;
        }

        // More than is left beside the refunds that we are about to ask for: one of those will be refused, so its coins are these coins.
        var state = record.State;
        bool IsTooMuch() => news.AmountMinor > state.PriceMinor - state.MinorReturned;
        if (IsTooMuch() && state.Returns.Find(one => one.State == TopUpReturnState.Held && one.AmountMinor == news.AmountMinor) is { } same)
        {
            // First in the list: should ours have gone as well after all, it must not free the hold before.
            var taking = new TopUpReturn(news.RefundId, 1, same.Coins, same.AmountMinor, TopUpReturnState.Going) { TakenOver = same.Hold };
            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.PostAgain);
            await Run.StoreAsync(state with { Returns = state.Returns.Replace(same, same with { State = TopUpReturnState.Dropped }).Insert(0, taking) });
            await FinishAsync();
            return true;
        }

        while (IsTooMuch() && state.Returns.FindLast(one => one.State == TopUpReturnState.Held) is { } held)
        {
            state = state with { Returns = state.Returns.Replace(held, held with { State = TopUpReturnState.Dropping }) };
        }

        var minor = Math.Min(news.AmountMinor, state.PriceMinor - state.MinorReturned);
        var coins = minor >= state.PriceMinor - state.MinorReturned ? state.Coins - state.CoinsReturned : state.Coins * minor / state.PriceMinor;
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.PostAgain);
        await Run.StoreAsync(state with { Returns = state.Returns.Add(new TopUpReturn(news.RefundId, 1, coins, minor, TopUpReturnState.GoingUnheld)) });
        await FinishAsync();
        return true;
    }

    private async ValueTask MoveReturnAsync(string refundId, Func<TopUpReturnState, TopUpReturnState?> move)
    {
        using var turn = await Run.EnterAsync();
        if (record.State.Returns.Exists(one => one.Id == refundId && !one.IsSettled) && !await TrySettleAsync())
        {
            throw new InvalidOperationException($"What refund {refundId} of top-up {Id} was before is not in the ledger yet; it is told again.");
        }

        if (record.State.Returns.Find(one => one.Id == refundId) is { } known && move(known.State) is { } state)
        {
            // Sent again after it had come back: other commits than those of the first time.
            var attempt = known.State == TopUpReturnState.CameBack ? known.Attempt + 1 : known.Attempt;
            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.PostAgain);
            await Run.StoreAsync(record.State with { Returns = record.State.Returns.Replace(known, known with { State = state, Attempt = attempt }) });
        }

        await FinishAsync();
    }

    /// <summary>Commits what is decided of returns. False: not now.</summary>
    private async Task<bool> SettleReturnsAsync()
    {
        foreach (var one in record.State.Returns.Where(one => !one.IsSettled))
        {
            var (settled, next) = one.State switch
            {
                TopUpReturnState.Going => (await SendBackAsync(one), TopUpReturnState.Returned),
                TopUpReturnState.GoingUnheld => (await SendBackUnheldAsync(one), TopUpReturnState.Returned),
                TopUpReturnState.Dropping => (await KeepAsync(one), TopUpReturnState.Dropped),
                _ => (await TakeInAgainAsync(one), TopUpReturnState.CameBack),
            };
            if (!settled) { return false; }

            var state = record.State with { Returns = record.State.Returns.Replace(one, one with { State = next }) };
            await (next switch
            {
                TopUpReturnState.Returned => Run.ApplyAsync(
                    state.MinorReturned >= state.PriceMinor ? TopUpHappened.AllReturned : TopUpHappened.PartReturned, state),
                TopUpReturnState.CameBack => Run.ApplyAsync(state.MinorReturned > 0 ? TopUpHappened.PartCameBack : TopUpHappened.AllCameBack, state),
                _ => Task.CompletedTask,
            });

            // Without an arrow (a refund beside a lost dispute) the return is settled all the same.
            await Run.StoreAsync(record.State with { Returns = state.Returns });
        }

        return true;
    }

    private async Task<bool> SendBackAsync(TopUpReturn one)
    {
        var hold = Run.Steps.Find(one.Hold)!;
        return await Run.Steps.TakeAsync(one.Step("post"), one.Coins, (key, coins) => Ledger.PostTogether(
        [
            HoldOf(key, coins) with { Kind = LedgerEntryKind.HoldPosted, Original = hold.Key, ExpiresAt = null, Reference = $"refund:{one.Id}" },
            Money(key, "usd", LedgerEntryKind.Refund, LedgerAccount.CoinFloat(LedgerUnit.UsdCents), LedgerAccount.Clearing(LedgerUnit.UsdCents),
                one.AmountMinor, $"refund:{one.Id}"),
        ])) == LedgerOutcome.Moved;
    }

    /// <summary>
    /// Coins that do not go back after all are free again; while the bank has doubts they are frozen with the others, and when it has kept
    /// all of the money, they are taken with the others. In one commit: there is no moment to spend them in.
    /// </summary>
    private async Task<bool> KeepAsync(TopUpReturn one)
    {
        var state = record.State;
        if (Run.Steps.Find(one.Step("hold")) is not { } held || state.Disputes.Exists(dispute => dispute is { Move: DisputeMove.Lost, Done: false }))
        {
            return await LetGoAsync();
        }

        LedgerOutcome outcome;
        var lost = state.Disputes.Where(dispute => dispute.Loss > 0).MaxBy(dispute => dispute.Loss);
        if (Run.Steps.Find($"{state.Holds}lot") is { Done: true })
        {
            outcome = await Run.Steps.TakeAsync(
                $"{state.Holds}{one.Step("hold")}", one.Coins, (key, coins) => Ledger.PostTogether([Freed(key, coins), HoldOf(key, coins)]));
        }
        else if (lost is not null && state.Disputes.Where(dispute => dispute.Loss > 0).Sum(dispute => dispute.AmountMinor) >= state.PriceMinor - state.MinorReturned)
        {
            // When it was lost, these coins were counted as gone: their price is no loss any more.
            var reference = $"dispute:{lost.Id}";
            outcome = await Run.Steps.TakeAsync(one.Step("claw"), one.Coins, (key, coins) => Ledger.Reverse(new LedgerReversal(
                key, PaymentIds.Fingerprint("claw-return", one.Id, coins), state.LedgerKey!.Value, coins, reference,
                [
                    Freed(key, coins),
                    Money(key, "usd", LedgerEntryKind.Dispute, LedgerAccount.CoinFloat(LedgerUnit.UsdCents), LedgerAccount.Losses(LedgerUnit.UsdCents),
                        one.AmountMinor, reference),
                ],
                state.LedgerKey)));
        }
        else
        {
            return await LetGoAsync();
        }

        return outcome is LedgerOutcome.Moved or LedgerOutcome.HoldOver or LedgerOutcome.OriginalUnknown;

        Task<bool> LetGoAsync() => VoidAsync(one.Step("hold"), one.Step("void"), HoldOf);

        LedgerEntry Freed(Guid key, long coins) =>
            HoldOf(LedgerKeys.Derive(key, "void"), coins) with { Kind = LedgerEntryKind.HoldVoided, Original = held.Key, ExpiresAt = null };
    }

    /// <summary>The money has left without asking: what is left of the coins is taken, and what is spent is the platform's loss.</summary>
    private async Task<bool> SendBackUnheldAsync(TopUpReturn one)
    {
        // Coins that a warning holds are these very coins.
        if (!await ThawAsync()) { return false; }
        if (!await VoidAsync(one.Step("hold"), one.Step("void"), HoldOf)) { return false; }
        return await TakeCoinsAsync(
            one.Step("post"), one.Coins, CoinsLeftAsync, one.AmountMinor, one.AmountMinor, LedgerEntryKind.Refund, LedgerAccount.Clearing(LedgerUnit.UsdCents),
            $"refund:{one.Id}");
    }

    /// <summary>
    /// A refund that the provider had sent has failed after all. Coins that had been kept back for it come back into their own lot, so that
    /// they can be sent back again, or frozen; those that were taken otherwise are bought again, and what was spent by then, the platform had
    /// lost: that loss is made good, and nobody gets coins for it.
    /// </summary>
    private async Task<bool> TakeInAgainAsync(TopUpReturn one)
    {
        var (post, reference) = (Run.Steps.Find(one.Step("post")), $"refund:{one.Id}");
        if (post is not null && Run.Steps.Find(one.Hold) is not null && Run.Steps.Find(one.Step("void")) is null)
        {
            return await Run.Steps.TakeAsync(one.Step("back"), one.Coins, (key, coins) => Ledger.Reverse(new LedgerReversal(
                key, Fingerprint(coins), post.Key, coins, reference, [Back(key, "usd", LedgerAccountKind.CoinFloat, one.AmountMinor)]))) == LedgerOutcome.Moved;
        }

        var taken = post?.Amount ?? one.Coins;
        var backed = taken >= one.Coins ? one.AmountMinor : one.AmountMinor * taken / one.Coins;
        if (taken > 0 && await Run.Steps.TakeAsync(one.Step("back"), taken, (key, coins) =>
            {
                List<LedgerEntry> entries =
                [
                    new LedgerEntry(
                        key, Fingerprint(coins), LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins),
                        [new LedgerLeg(LedgerAccount.Coins(record.State.Viewer.Id), coins)], Rate: 0, Reference: reference),
                ];
                if (backed > 0) { entries.Add(Back(key, "usd", LedgerAccountKind.CoinFloat, backed)); }
                if (one.AmountMinor > backed) { entries.Add(Back(key, "loss", LedgerAccountKind.Losses, one.AmountMinor - backed)); }
                return Ledger.PostTogether(entries);
            }) != LedgerOutcome.Moved)
        {
            return false;
        }

        return taken > 0 || await Run.Steps.TakeAsync(
            one.Step("back"), one.AmountMinor, (key, minor) => Ledger.Post(Back(key, "loss", LedgerAccountKind.Losses, minor))) == LedgerOutcome.Moved;

        long Fingerprint(long coins) => PaymentIds.Fingerprint("refund-back", one.Id, coins);

        LedgerEntry Back(Guid key, string suffix, LedgerAccountKind to, long minor) => Money(
            key, suffix, LedgerEntryKind.Refund, LedgerAccount.Clearing(LedgerUnit.UsdCents), new LedgerAccount(to, "", LedgerUnit.UsdCents), minor, reference);
    }

    private TimeSpan ViewerMay => TimeSpan.FromDays(tools.Options.ViewerRefundDays);

    /// <summary>Why nobody can send anything back now.</summary>
    private Refusal? RefuseNow() =>
        record.State.Stage is not (TopUpStage.Credited or TopUpStage.PartlyRefunded) || record.State.Returns.Count >= ReturnsMax || !record.State.IsSettled
            ? TopUpProblems.NotNow(record.State.Stage)
            : null;

    private Refusal? RefuseViewer(long left)
    {
        if (Time.GetUtcNow() - record.State.CreatedAt > ViewerMay) { return TopUpProblems.TooLate(tools.Options.ViewerRefundDays); }
        return left < record.State.Coins ? TopUpProblems.Touched : null;
    }

    /// <summary>Coins of this top-up that are neither spent nor held.</summary>
    private async ValueTask<long> CoinsLeftAsync()
    {
        var lots = await Books.GetLots(record.State.Viewer.Id);
        return lots.FirstOrDefault(lot => lot.TopUp == record.State.LedgerKey) is { } lot ? lot.Left - lot.Held : 0;
    }

    private RefundHeld HeldOf(TopUpReturn one) => new(one.Coins, one.AmountMinor, record.State.Currency, record.State.PaymentIntentId!);

    /// <summary>A hold on coins of this top-up.</summary>
    private LedgerEntry HoldOf(Guid key, long coins) => new(
        key, PaymentIds.Fingerprint("topup-hold", Id, key, coins), LedgerEntryKind.Hold, LedgerAccount.Coins(record.State.Viewer.Id),
        [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), coins)], Rate: 0, Reference: Reference,
        ExpiresAt: EndOf(key), Lot: record.State.LedgerKey);

    /// <summary>When a hold ends by itself: counted from its own key, which every try repeats. The top-up may be of any age.</summary>
    private static DateTimeOffset EndOf(Guid key) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(key.ToString("N")[..KeyTimeDigits], 16)) + HoldFor;

    private static LedgerEntry Money(
        Guid key, string suffix, LedgerEntryKind kind, LedgerAccount from, LedgerAccount to, long minor, string reference) => new(
        LedgerKeys.Derive(key, suffix), PaymentIds.Fingerprint(suffix, reference, minor), kind, from, [new LedgerLeg(to, minor)], Rate: 0, Reference: reference);
}
