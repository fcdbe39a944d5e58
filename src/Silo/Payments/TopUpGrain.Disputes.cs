using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments;

/// <summary>Warnings and disputes: what is left of the coins and what they earned others is frozen, and then thawed or taken back.</summary>
internal sealed partial class TopUpGrain
{
    /// <summary>Streamers whose earnings one freeze holds, those who got most first: bounds the row.</summary>
    private const int EarnersMax = 100;

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

        if (TopUpDispute.After(record.State.Dispute, news) is { } next)
        {
            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.PostAgain);
            await Run.StoreAsync(record.State with { Dispute = next });
        }

        await FinishAsync();
        return true;
    }

    /// <summary>Commits what the dispute has decided. False: not now.</summary>
    private async Task<bool> SettleDisputeAsync()
    {
        if (record.State.Dispute is not { Done: false } dispute) { return true; }

        var isSettled = dispute.Move switch
        {
            DisputeMove.Warned or DisputeMove.Opened => await FreezeAsync(dispute),
            DisputeMove.Released or DisputeMove.Won => await ThawAsync(),
            _ => await ThawAsync() && await ClawAsync(dispute),
        };
        if (!isSettled) { return false; }

        var happened = dispute.Move switch
        {
            DisputeMove.Warned or DisputeMove.Opened => TopUpHappened.Froze,
            DisputeMove.Released or DisputeMove.Won => TopUpHappened.Thawed,
            _ => TopUpHappened.DisputeLost,
        };
        var moved = await Run.ApplyAsync(happened, record.State);
        if (moved && happened == TopUpHappened.Thawed && record.State.MinorReturned > 0) { await Run.ApplyAsync(TopUpHappened.PartReturned, record.State); }
        await Run.StoreAsync(record.State with { Dispute = dispute with { Done = true } });
        return true;
    }

    /// <summary>Holds what is left of the coins, and what the spent ones earned others as far as it is still there.</summary>
    private async Task<bool> FreezeAsync(TopUpDispute dispute)
    {
        if (record.State.Stage is not (TopUpStage.Credited or TopUpStage.PartlyRefunded)) { return true; }
        if (!await HoldAsync($"{dispute.Holds}lot", async () => await CoinsLeftAsync(), HoldOf)) { return false; }

        var trace = await Books.TraceLot(record.State.Viewer.Id, record.State.LedgerKey!.Value);
        var earned = (trace?.Uses ?? [])
            .Where(use => use is { Earner: not null, Earned: > 0, Kind: LedgerEntryKind.Gift or LedgerEntryKind.HoldPosted })
            .GroupBy(use => use.Earner!, (earner, uses) => (Earner: earner, Coins: uses.Sum(use => use.Earned)))
            .OrderByDescending(one => one.Coins).ThenBy(one => one.Earner, StringComparer.Ordinal).Take(EarnersMax);
        foreach (var (earner, coins) in earned)
        {
            var pending = LedgerAccount.Earnings(earner);
            if (!await HoldAsync($"{dispute.Holds}{earner}:pending", async () => Math.Min(coins, await FreeAsync(pending)), EarningsHold(pending))) { return false; }

            var rest = coins - Run.Steps.Find($"{dispute.Holds}{earner}:pending")!.Amount;
            var available = LedgerAccount.Available(earner, LedgerUnit.Coins);
            if (!await HoldAsync($"{dispute.Holds}{earner}:available", async () => Math.Min(rest, await FreeAsync(available)), EarningsHold(available))) { return false; }
        }

        return true;
    }

    /// <summary>Frees everything that the freezes hold.</summary>
    private async Task<bool> ThawAsync()
    {
        var holds = record.State.Steps.Where(step => step.Key.StartsWith("freeze:", StringComparison.Ordinal) && step.Value.Amount > 0).ToList();
        foreach (var (name, _) in holds)
        {
            if (!await VoidAsync(name, $"thaw:{name}", HoldOfStep(name))) { return false; }
        }

        return true;
    }

    /// <summary>The dispute is lost: the gifts that these coins paid for are reversed, the coins are taken, and what is missing is the platform's loss.</summary>
    private async Task<bool> ClawAsync(TopUpDispute dispute)
    {
        var state = record.State;
        var minor = dispute.AmountMinor;
        var isAll = minor >= state.PriceMinor - state.MinorReturned;
        var coins = isAll ? state.Coins - state.CoinsReturned : ((state.Coins * minor) + state.PriceMinor - 1) / state.PriceMinor;

        // Only as many gifts as are needed, the newest first: of a part of a payment, the rest was rightly spent.
        var left = await CoinsLeftAsync();
        var trace = await Books.TraceLot(state.Viewer.Id, state.LedgerKey!.Value);
        var missing = coins - left;
        foreach (var use in (trace?.Uses ?? []).Where(use => use.Kind == LedgerEntryKind.Gift).Reverse())
        {
            var step = $"claw:{use.EntryId:N}";
            var begun = Run.Steps.Find(step);
            if (begun is { Done: true }) { continue; }
            if (missing <= 0 && begun is null) { break; }

            var amount = begun?.Amount ?? Math.Min(missing, use.Amount);
            var outcome = await Run.Steps.TakeAsync(step, amount, (key, back) => Ledger.Reverse(new LedgerReversal(
                key, PaymentIds.Fingerprint("claw", Id, use.EntryId, back), use.EntryId, back, $"dispute:{dispute.Id}", [])));
            if (outcome is LedgerOutcome.TooMuch or LedgerOutcome.OriginalUnknown)
            {
                // It was given back before.
                Log.GiftNotReversed(logger, Id, use.EntryId, outcome);
                continue;
            }

            if (outcome != LedgerOutcome.Moved) { return false; }
            missing -= amount;
        }

        return await TakeCoinsAsync("claw:coins", coins, minor, LedgerEntryKind.Dispute, LedgerAccount.Disputed(LedgerUnit.UsdCents), $"dispute:{dispute.Id}");
    }

    /// <summary>
    /// Takes coins of this top-up out of the wallet as far as they are there, with the money side: what they cost out of what was paid
    /// for coins, and the rest of the money as a loss.
    /// </summary>
    private async Task<bool> TakeCoinsAsync(string step, long coins, long minor, LedgerEntryKind kind, LedgerAccount to, string reference)
    {
        var state = record.State;
        var outcome = await Run.Steps.TakeAsync(
            step,
            async () => Math.Min(coins, Math.Min(await CoinsLeftAsync(), await FreeAsync(LedgerAccount.Coins(state.Viewer.Id)))),
            (key, taken) => Ledger.Reverse(new LedgerReversal(
                key, PaymentIds.Fingerprint(step, Id, taken, minor), state.LedgerKey!.Value, taken, reference,
                MoneyOf(key, coins, taken, minor, kind, to, reference), state.LedgerKey)));
        if (outcome is LedgerOutcome.Insufficient or LedgerOutcome.TooMuch) { await Run.Steps.DropAsync(step); }
        if (outcome != LedgerOutcome.Moved) { return false; }
        if (Run.Steps.Find(step) is not { Amount: 0 } || minor == 0) { return true; }

        // Nothing of the coins is left, so there is nothing to reverse: only the money is lost.
        return await Run.Steps.TakeAsync($"{step}:loss", minor, (key, lost) => Ledger.Post(
            Money(key, "loss", kind, LedgerAccount.Losses(LedgerUnit.UsdCents), to, lost, reference))) == LedgerOutcome.Moved;
    }

    private static List<LedgerEntry> MoneyOf(Guid key, long coins, long taken, long minor, LedgerEntryKind kind, LedgerAccount to, string reference)
    {
        var backed = taken >= coins ? minor : minor * taken / coins;
        List<LedgerEntry> money = [];
        if (backed > 0) { money.Add(Money(key, "usd", kind, LedgerAccount.CoinFloat(LedgerUnit.UsdCents), to, backed, reference)); }
        if (minor > backed) { money.Add(Money(key, "loss", kind, LedgerAccount.Losses(LedgerUnit.UsdCents), to, minor - backed, reference)); }
        return money;
    }

    /// <summary>Takes a hold whose amount is decided when it is begun. False: not now.</summary>
    private async Task<bool> HoldAsync(string step, Func<ValueTask<long>> amount, Func<Guid, long, LedgerEntry> hold)
    {
        var outcome = await Run.Steps.TakeAsync(step, amount, (key, held) => Ledger.Post(hold(key, held)));

        // It was spent a moment ago: what is there now is decided by the next try.
        if (outcome is LedgerOutcome.Insufficient) { await Run.Steps.DropAsync(step); }
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
        [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), coins)], Rate: 0, Reference: $"freeze:{Id}", ExpiresAt: record.State.CreatedAt + HoldFor + HoldFor);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6250, Level = LogLevel.Warning, Message = "Dispute {DisputeId} names top-up {TopUpId}, which does not exist; ignored")]
        public static partial void DisputeOfNothing(ILogger logger, string disputeId, string topUpId);

        [LoggerMessage(EventId = 6251, Level = LogLevel.Warning, Message = "Top-up {TopUpId}: gift {EntryId} could not be reversed ({Outcome})")]
        public static partial void GiftNotReversed(ILogger logger, string topUpId, Guid entryId, LedgerOutcome outcome);
    }
}
