using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments;

/// <summary>Warnings and disputes: what is left of the coins and what they earned others is frozen, and then thawed or taken back.</summary>
internal sealed partial class TopUpGrain
{
    /// <summary>Streamers whose earnings one freeze holds, those who got most first: bounds the row.</summary>
    private const int EarnersMax = 100;

    /// <summary>Disputes and warnings of one top-up: bounds the row.</summary>
    private const int DisputesMax = 20;

    public async ValueTask<bool> DisputeMoved(DisputeNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists)
        {
            Log.DisputeOfNothing(logger, news.DisputeId, Id);
            return true;
        }

        // The bank was faster than the money: first it is credited.
        if (!record.State.WasCredited) { return false; }
        if (record.State.PaymentIntentId != news.PaymentIntentId)
        {
            Log.DisputeOfAnotherPayment(logger, news.DisputeId, Id, news.PaymentIntentId);
            return true;
        }

        if (record.State.With(news) is { } next)
        {
            if (next.Disputes.Count > DisputesMax)
            {
                Log.TooManyDisputes(logger, news.DisputeId, Id, news.Move);
                return true;
            }

            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.PostAgain);
            await Run.StoreAsync(next);
        }

        await FinishAsync();
        return true;
    }

    /// <summary>Commits what the disputes have decided. False: not now.</summary>
    private async Task<bool> SettleDisputesAsync()
    {
        foreach (var lost in record.State.Disputes.Where(one => one is { Move: DisputeMove.Lost, Done: false }))
        {
            if (!await LockAsync(lost) || !await ThawAsync() || await ClawAsync(lost) is not { } clawed || !await UnlockAsync(lost)) { return false; }
            await Run.ApplyAsync(TopUpHappened.DisputeLost, record.State);
            await Run.StoreAsync(record.State with { Disputes = record.State.Disputes.Replace(lost, clawed with { Done = true }) });
        }

        if (record.State.Disputes.TrueForAll(one => one.Done)) { return true; }

        // As long as one is open, what another has frozen or a loss has left stays frozen.
        if (record.State.IsDoubted)
        {
            if (!await FreezeAsync()) { return false; }
            await Run.ApplyAsync(TopUpHappened.Froze, record.State);
        }
        else
        {
            if (!await ThawAsync()) { return false; }
            if (await Run.ApplyAsync(TopUpHappened.Thawed, record.State) && record.State.MinorReturned > 0)
            {
                await Run.ApplyAsync(TopUpHappened.PartReturned, record.State);
            }
        }

        await Run.StoreAsync(record.State with { Disputes = record.State.Disputes.ConvertAll(one => one with { Done = true }) });
        return true;
    }

    /// <summary>Holds what is left of the coins, and what the spent ones earned others as far as it is still there.</summary>
    private async Task<bool> FreezeAsync()
    {
        var state = record.State;
        if (state.Stage == TopUpStage.Refunded || state.CoinsLost >= state.Coins) { return true; }

        // What cannot be held now (an operator has frozen the account, or it was spent a moment ago) does not keep the rest from being held.
        var isAll = await HoldAsync($"{state.Holds}lot", CoinsLeftAsync, HoldOf);
        var trace = await Books.TraceLot(state.Viewer.Id, state.LedgerKey!.Value);
        var earned = (trace?.Uses ?? [])
            .Where(use => use is { Earner: not null, Earned: > 0, Kind: LedgerEntryKind.Gift or LedgerEntryKind.HoldPosted })
            .GroupBy(use => use.Earner!, (earner, uses) => (Earner: earner, Coins: uses.Sum(use => use.Earned)))
            .OrderByDescending(one => one.Coins).ThenBy(one => one.Earner, StringComparer.Ordinal).Take(EarnersMax);
        foreach (var (earner, coins) in earned)
        {
            var pending = LedgerAccount.Earnings(earner);
            isAll &= await HoldAsync($"{state.Holds}{earner}:pending", async () => Math.Min(coins, await FreeAsync(pending)), EarningsHold(pending));
            if (Run.Steps.Find($"{state.Holds}{earner}:pending") is not { } held) { continue; }

            var rest = coins - held.Amount;
            var available = LedgerAccount.Available(earner, LedgerUnit.Coins);
            isAll &= await HoldAsync($"{state.Holds}{earner}:available", async () => Math.Min(rest, await FreeAsync(available)), EarningsHold(available));
        }

        return isAll;
    }

    /// <summary>Between the thaw and the last commit nobody spends from the wallet. One that an operator has frozen stays as it is.</summary>
    private async Task<bool> LockAsync(TopUpDispute dispute) => await Run.Steps.TakeAsync(
        $"{dispute.Claw}lock",
        async () => (await Ledger.GetBalances([LedgerAccount.Coins(record.State.Viewer.Id)]))[0].Frozen ? 0 : 1,
        (key, _) => Ledger.SetFrozen(LockOf(key, isFrozen: true, dispute))) == LedgerOutcome.Moved;

    private async Task<bool> UnlockAsync(TopUpDispute dispute) => Run.Steps.Find($"{dispute.Claw}lock") is not { Amount: > 0 }
        || await Run.Steps.TakeAsync($"{dispute.Claw}unlock", 1, (key, _) => Ledger.SetFrozen(LockOf(key, isFrozen: false, dispute))) == LedgerOutcome.Moved;

    private LedgerFreeze LockOf(Guid key, bool isFrozen, TopUpDispute dispute) =>
        new(key, LedgerAccount.Coins(record.State.Viewer.Id), isFrozen, Reference, $"dispute:{dispute.Id}");

    /// <summary>Frees everything that the freezes hold; what an open dispute doubts is frozen anew afterwards.</summary>
    private async Task<bool> ThawAsync()
    {
        var holds = record.State.Steps.Where(step => step.Key.StartsWith("freeze:", StringComparison.Ordinal) && step.Value.Amount > 0).ToList();
        foreach (var (name, _) in holds)
        {
            if (!await VoidAsync(name, $"thaw:{name}", HoldOfStep(name))) { return false; }
        }

        var state = record.State;
        if (state.Steps.Keys.Any(name => name.StartsWith(state.Holds, StringComparison.Ordinal)))
        {
            await Run.StoreAsync(state with
            {
                Freezes = state.Freezes + 1,
                Disputes = state.Disputes.ConvertAll(one => one.IsOpen ? one with { Done = false } : one),
            });
        }

        return true;
    }

    /// <summary>The dispute is lost: the gifts that these coins paid for are reversed, the coins are taken, and what is missing is the platform's loss.</summary>
    /// <returns>The dispute with what it took; null: not now.</returns>
    private async Task<TopUpDispute?> ClawAsync(TopUpDispute dispute)
    {
        var state = record.State;
        var minor = dispute.AmountMinor;
        var (owed, coins) = (Math.Max(0, state.PriceMinor - state.MinorReturned - state.MinorLost), Math.Max(0, state.Coins - state.CoinsReturned - state.CoinsLost));
        if (minor < owed) { (owed, coins) = (minor, Math.Min(coins, ((state.Coins * minor) + state.PriceMinor - 1) / state.PriceMinor)); }

        // Noted before the first gift comes back: what a gift brings back may go into other lots that paid for it as well.
        await Run.Steps.TakeAsync($"{dispute.Claw}left", CoinsLeftAsync, (_, left) => ValueTask.FromResult(new LedgerAnswer(LedgerOutcome.Moved, 0, left)));
        var left = Run.Steps.Find($"{dispute.Claw}left")!.Amount;

        // What was begun before a crash comes first: a gift that is given back whole is no use of the lot any more.
        foreach (var (name, step) in state.Steps.Where(one => IsGiftBack(one.Key, dispute) && !one.Value.Done))
        {
            if (!await GiveBackAsync(Guid.ParseExact(name[dispute.Claw.Length..], "N"), step.Amount, dispute)) { return null; }
        }

        // Only as many gifts as are needed, the newest first: of a part of a payment, the rest was rightly spent.
        long Missing() => coins - left - record.State.Steps.Where(one => IsGiftBack(one.Key, dispute) && one.Value.Done).Sum(one => one.Value.Amount);
        var trace = await Books.TraceLot(state.Viewer.Id, state.LedgerKey!.Value);
        foreach (var use in (trace?.Uses ?? []).Where(use => use.Kind == LedgerEntryKind.Gift).Reverse())
        {
            var missing = Missing();
            if (missing <= 0) { break; }
            if (Run.Steps.Find($"{dispute.Claw}{use.EntryId:N}") is null && !await GiveBackAsync(use.EntryId, Math.Min(missing, use.Amount), dispute)) { return null; }
        }

        var there = coins - Math.Max(0, Missing());
        return await TakeCoinsAsync(
            $"{dispute.Claw}coins", coins, () => ValueTask.FromResult(there), minor, owed, LedgerEntryKind.Dispute,
            LedgerAccount.Disputed(LedgerUnit.UsdCents), $"dispute:{dispute.Id}")
            ? dispute with { CoinsLost = coins, MinorLost = owed }
            : null;
    }

    /// <summary>Gives a gift, or a part of it, back to the viewer. False: not now.</summary>
    private async Task<bool> GiveBackAsync(Guid gift, long coins, TopUpDispute dispute)
    {
        var outcome = await Run.Steps.TakeAsync($"{dispute.Claw}{gift:N}", coins, (key, back) => Ledger.Reverse(new LedgerReversal(
            key, PaymentIds.Fingerprint("claw", Id, dispute.Id, gift, back), gift, back, $"dispute:{dispute.Id}", [])));
        if (outcome is not (LedgerOutcome.TooMuch or LedgerOutcome.OriginalUnknown)) { return outcome == LedgerOutcome.Moved; }

        // It was given back before.
        Log.GiftNotReversed(logger, Id, gift, outcome);
        return true;
    }

    private static bool IsGiftBack(string step, TopUpDispute dispute) =>
        step.StartsWith(dispute.Claw, StringComparison.Ordinal) && Guid.TryParseExact(step.AsSpan(dispute.Claw.Length), "N", out _);

    /// <summary>
    /// Takes coins of this top-up out of the wallet as far as they are there, with the money side: what they cost out of what was paid
    /// for coins, and the rest of the money as a loss.
    /// </summary>
    /// <param name="there">How many of them are in the wallet.</param>
    /// <param name="minor">The money that is gone.</param>
    /// <param name="owed">What the coins have cost: what is gone beyond that is a loss in any case.</param>
    private async Task<bool> TakeCoinsAsync(
        string step, long coins, Func<ValueTask<long>> there, long minor, long owed, LedgerEntryKind kind, LedgerAccount to, string reference)
    {
        var state = record.State;
        var outcome = await Run.Steps.TakeAsync(
            step,
            async () => Math.Min(coins, Math.Min(await there(), await FreeAsync(LedgerAccount.Coins(state.Viewer.Id)))),
            (key, taken) => Ledger.Reverse(new LedgerReversal(
                key, PaymentIds.Fingerprint(step, Id, taken, minor), state.LedgerKey!.Value, taken, reference,
                MoneyOf(key, coins, taken, minor, owed, kind, to, reference), state.LedgerKey)));
        if (outcome is LedgerOutcome.Insufficient or LedgerOutcome.TooMuch) { await Run.Steps.DropAsync(step); }
        if (outcome != LedgerOutcome.Moved) { return false; }
        if (Run.Steps.Find(step) is not { Amount: 0 } || minor == 0) { return true; }

        // Nothing of the coins is left, so there is nothing to reverse: only the money is lost.
        return await Run.Steps.TakeAsync($"{step}:loss", minor, (key, lost) => Ledger.Post(
            Money(key, "loss", kind, LedgerAccount.Losses(LedgerUnit.UsdCents), to, lost, reference))) == LedgerOutcome.Moved;
    }

    private static List<LedgerEntry> MoneyOf(
        Guid key, long coins, long taken, long minor, long owed, LedgerEntryKind kind, LedgerAccount to, string reference)
    {
        var backed = taken >= coins ? owed : owed * taken / coins;
        List<LedgerEntry> money = [];
        if (backed > 0) { money.Add(Money(key, "usd", kind, LedgerAccount.CoinFloat(LedgerUnit.UsdCents), to, backed, reference)); }
        if (minor > backed) { money.Add(Money(key, "loss", kind, LedgerAccount.Losses(LedgerUnit.UsdCents), to, minor - backed, reference)); }
        return money;
    }

    /// <summary>Takes a hold whose amount is decided when it is begun. False: not now.</summary>
    private async Task<bool> HoldAsync(string step, Func<ValueTask<long>> amount, Func<Guid, long, LedgerEntry> hold)
    {
        var outcome = await Run.Steps.TakeAsync(step, amount, (key, held) => Ledger.Post(hold(key, held)));

        // It was spent a moment ago, or an operator has frozen the account: what is there then is decided by the next try. The ledger
        // remembers a no of either kind, so that try needs another key.
        if (outcome is LedgerOutcome.Insufficient or LedgerOutcome.Frozen) { await Run.Steps.DropAsync(step); }
        return outcome == LedgerOutcome.Moved;
    }

    /// <summary>Frees a hold, if it was taken and is not over. False: not now.</summary>
    private async Task<bool> VoidAsync(string holdStep, string step, Func<Guid, long, LedgerEntry> hold)
    {
        if (Run.Steps.Find(holdStep) is not { Amount: > 0 } taken) { return true; }
        var outcome = await Run.Steps.TakeAsync(step, taken.Amount, (key, held) => Ledger.Post(
            hold(key, held) with { Kind = LedgerEntryKind.HoldVoided, Original = taken.Key, ExpiresAt = null }));
        return outcome is LedgerOutcome.Moved or LedgerOutcome.HoldOver or LedgerOutcome.OriginalUnknown;
    }

    private async ValueTask<long> FreeAsync(LedgerAccount account) => Math.Max(0, await Ledger.GetBalance(account));

    /// <summary>The hold that a step of a freeze has taken, by the step's name.</summary>
    private Func<Guid, long, LedgerEntry> HoldOfStep(string name) => name.Split(':') switch
    {
        [_, _, var earner, "pending"] => EarningsHold(LedgerAccount.Earnings(earner)),
        [_, _, var earner, "available"] => EarningsHold(LedgerAccount.Available(earner, LedgerUnit.Coins)),
        _ => HoldOf,
    };

    private Func<Guid, long, LedgerEntry> EarningsHold(LedgerAccount account) => (key, coins) => new LedgerEntry(
        key, PaymentIds.Fingerprint("topup-freeze", Id, key, coins), LedgerEntryKind.Hold, account,
        [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), coins)], Rate: 0, Reference: $"freeze:{Id}", ExpiresAt: EndOf(key));

    private static partial class Log
    {
        [LoggerMessage(EventId = 6250, Level = LogLevel.Warning, Message = "Dispute {DisputeId} names top-up {TopUpId}, which does not exist; ignored")]
        public static partial void DisputeOfNothing(ILogger logger, string disputeId, string topUpId);

        [LoggerMessage(EventId = 6251, Level = LogLevel.Warning, Message = "Top-up {TopUpId}: gift {EntryId} could not be reversed ({Outcome})")]
        public static partial void GiftNotReversed(ILogger logger, string topUpId, Guid entryId, LedgerOutcome outcome);

        [LoggerMessage(EventId = 6255, Level = LogLevel.Error,
            Message = "Dispute {DisputeId} names top-up {TopUpId}, but is of another payment ({PaymentIntentId}): nothing follows, check it by hand")]
        public static partial void DisputeOfAnotherPayment(ILogger logger, string disputeId, string topUpId, string paymentIntentId);

        [LoggerMessage(EventId = 6253, Level = LogLevel.Error,
            Message = "Refund {RefundId} names top-up {TopUpId}, but is of another payment ({PaymentIntentId}): nothing follows, check it by hand")]
        public static partial void RefundOfAnotherPayment(ILogger logger, string refundId, string topUpId, string paymentIntentId);

        [LoggerMessage(EventId = 6254, Level = LogLevel.Error,
            Message = "Refund {RefundId} of top-up {TopUpId} over {AmountMinor} is one too many; nothing follows, check it by hand")]
        public static partial void TooManyReturns(ILogger logger, string refundId, string topUpId, long amountMinor);

        [LoggerMessage(EventId = 6252, Level = LogLevel.Error,
            Message = "Dispute {DisputeId} of top-up {TopUpId} is {Move}, and it has too many already; nothing follows, check it by hand")]
        public static partial void TooManyDisputes(ILogger logger, string disputeId, string topUpId, DisputeMove move);
    }
}
