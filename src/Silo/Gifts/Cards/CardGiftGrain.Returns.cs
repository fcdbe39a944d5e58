using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>Money of a card gift that goes back, or that the bank takes: in parts or whole.</summary>
internal sealed partial class CardGiftGrain
{
    /// <summary>A dispute is over long before.</summary>
    private static readonly TimeSpan DisputeLasts = TimeSpan.FromDays(400);

    public async ValueTask<bool> RefundMoved(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        var back = $"refund:{news.RefundId}";
        if (!record.RecordExists || record.State.Stage == CardGiftStage.Reversed || news.AmountMinor == 0 || record.State.Parts.ContainsKey(back)) { return true; }
        if (Steps.Find(AgainStep(back)) is { Done: true }) { return true; } // it came back since
        if (record.State.Stage is not (CardGiftStage.Settled or CardGiftStage.Matured))
        {
            return !record.State.IsHeld && record.State.Stage is not (CardGiftStage.MoneyTaken or CardGiftStage.Refunding);
        }

        // Sent back by hand, at the provider: the books follow, one part after the other.
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        if (!await TryAsync(KeepAsync)) { return false; }
        if (record.State.Parts.ContainsKey(back)) { return true; }

        var next = TakenBack(record.State, back, news.AmountMinor, byBank: false);
        if (next.BackCoins == next.LeftCoins) { await Run.ApplyAsync(CardGiftHappened.MoneyReturned, next); }
        else { await Run.StoreAsync(next); }
        await FinishAsync();
        return true;
    }

    public async ValueTask<bool> RefundFailed(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }
        if (record.State.Stage == CardGiftStage.Refunding) { return false; } // its answer first
        if (record.State.Parts.TryGetValue(OwnRefund, out var part))
        {
            // A part of the gift came back before: our refund was the rest, and is the other part.
            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
            if (!await TryAsync(KeepAsync) || !await TryAsync(() => GivePartAgainAsync(OwnRefund, part))) { return false; }
            await FinishAsync();
            return true;
        }

        if (record.State is not { Stage: CardGiftStage.Reversed, BackByBank: false } || record.State.Back != OwnRefund) { return true; }

        // The money is ours again, and so the gift is the streamer's again: what the sender gets instead, an operator decides.
        Log.RefundRefused(logger, Id, "The sender's bank did not take it.");
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        if (!await TryAsync(KeepAsync) || !await TryAsync(() => GiveAgainAsync(record.State.Back!))) { return false; }
        await Run.ApplyAsync(CardGiftHappened.MoneyCameBack, record.State with { Back = null, BackMinor = 0, BackCoins = 0 });
        await FinishAsync();
        return true;
    }

    public async ValueTask<bool> DisputeMoved(DisputeNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }

        var state = record.State;
        var lost = $"dispute:{news.DisputeId}";
        if (state.Stage is CardGiftStage.MoneyTaken or CardGiftStage.Refunding) { return false; } // booked first
        var wonAfterAll = state is { Stage: CardGiftStage.Reversed, BackByBank: true } && news.Move == DisputeMove.Won && state.Back == lost;
        if (!state.IsGiven || (state.Stage == CardGiftStage.Reversed && !wonAfterAll))
        {
            Log.DisputeOfNothing(logger, Id, news.DisputeId, news.Move, state.Stage);
            return !state.IsGiven || state.Back == lost || await TryAsync(() => LevelAsync(news));
        }

        if (state.Parts.ContainsKey(lost)) { return news.Move == DisputeMove.Lost || await TryAsync(() => LevelAsync(news)); }

        var opens = news.Move is DisputeMove.Warned or DisputeMove.Opened;
        if (opens && state.Disputes.ContainsKey(news.DisputeId)) { return true; } // told twice, or after its end

        // What went before is in the books before more comes, so that each has its own step.
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        // A share that an operator's freeze keeps from being held keeps no news waiting: there is nothing to thaw.
        if (!(state.IsHeld && IsFreezeMissing) && !await TryAsync(KeepAsync)) { return false; }

        var next = record.State with { Disputes = state.Disputes.SetItem(news.DisputeId, opens) };
        if (wonAfterAll)
        {
            if (!await TryAsync(() => GiveAgainAsync(lost))) { return false; }
            await Run.ApplyAsync(CardGiftHappened.DisputeWon, record.State with { Back = null, BackMinor = 0, BackCoins = 0, BackByBank = false });
        }
        else if (news.Move == DisputeMove.Lost && news.AmountMinor > 0)
        {
            // Of a part, the rest goes on as if it were won.
            next = TakenBack(next, lost, news.AmountMinor, byBank: true);
            if (next.BackCoins == next.LeftCoins) { await Run.ApplyAsync(CardGiftHappened.DisputeLost, next); }
            else if (state.IsHeld) { await Run.ApplyAsync(CardGiftHappened.DisputeWon, next); }
            else { await Run.StoreAsync(next); }
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

    /// <summary>The gift with a part of it, or all that is left, to be given back: the coins are in proportion to all that went back by then.</summary>
    private static CardGiftRecord TakenBack(CardGiftRecord state, string why, long minor, bool byBank)
    {
        var all = minor >= state.LeftMinor;
        var gone = state.PriceMinor - state.LeftMinor + minor;
        return state with
        {
            Back = why,
            BackMinor = minor,
            BackByBank = byBank,
            BackCoins = all ? state.LeftCoins : (long)((Int128)state.Coins * gone / state.PriceMinor) - state.PartCoins,
        };
    }

    /// <summary>Coins of the gift go back to where they came from, with the money that was sent or that the bank has kept.</summary>
    private async Task<bool> GiveBackAsync()
    {
        // Named with the entry as well: a gift that was given again may be lost again.
        var state = record.State;
        var whole = state.Stage == CardGiftStage.Reversed;
        if (await GiveBackAgainAsync(state, whole ? state.LeftCoins : state.BackCoins) is not { } left) { return false; }
        if (!await TookAsync($"{state.Back}:{state.Given:N}", whole ? state.Coins : state.BackMinor, (key, _) => left > 0
            ? Ledger.Reverse(new LedgerReversal(
                key, Fingerprint(state.Back!), state.Given!.Value, whole ? null : left, state.Back!, BackMoney(key, state)))
            : PostMoneyAsync(key, BackMoney(key, state))))
        {
            return false;
        }

        if (whole) { return true; }
        var next = state with
        {
            Steps = record.State.Steps,
            Parts = state.Parts.SetItem(state.Back!, state.BackMinor),
            PartCoins = state.PartCoins + state.BackCoins,
            Back = null,
            BackMinor = 0,
            BackCoins = 0,
            BackByBank = false,
        };

        // Other doubts of the bank are about the rest.
        if (!next.Disputes.ContainsValue(true))
        {
            await Run.StoreAsync(next);
            return true;
        }

        await Run.ApplyAsync(CardGiftHappened.DisputeOpened, next with { Freezes = next.Freezes + 1 });
        return await FreezeOrThawAsync();
    }

    /// <summary>The money of what goes back; what the bank took beyond what was left is the platform's loss.</summary>
    private List<LedgerEntry> BackMoney(Guid key, CardGiftRecord state)
    {
        var (to, kind) = state.BackByBank ? (Disputed, LedgerEntryKind.Dispute) : (Money, LedgerEntryKind.Refund);
        var minor = Math.Min(state.BackMinor, state.LeftMinor);
        List<LedgerEntry> money = [Charge(key, Float, to, kind, minor, reference: state.Back)];
        if (state.BackMinor > minor) { money.Add(Charge(key, Losses, to, kind, state.BackMinor - minor, "loss", state.Back)); }
        return money;
    }

    /// <summary>What the bank took last, or what the sender's bank did not take, is given again.</summary>
    private async Task<bool> GiveAgainAsync(string lost)
    {
        var state = record.State;
        var (from, kind) = state.BackByBank ? (Disputed, LedgerEntryKind.Dispute) : (Money, LedgerEntryKind.Refund);
        var step = AgainStep(lost);
        var minor = Math.Min(state.BackMinor, state.LeftMinor);
        if (!await TookAsync(step, state.LeftCoins, (key, coins) =>
            {
                List<LedgerEntry> money = [Charge(key, from, Float, kind, minor, reference: lost)];
                if (state.BackMinor > minor) { money.Add(Charge(key, from, Losses, kind, state.BackMinor - minor, "loss", lost)); }
                return GiveAsync(key, Fingerprint(step), memo: null, money, coins == state.Coins ? null : SharesOf(coins));
            }))
        {
            return false;
        }

        await Run.StoreAsync(record.State with { Given = Steps.Find(step)!.Key, Again = [] });
        return true;
    }

    /// <summary>The shares of a part of the coins; what rounding leaves is the platform's.</summary>
    private List<LedgerLeg> SharesOf(long coins)
    {
        var (shares, all) = (record.State.Shares, record.State.Coins);
        var parts = shares.Select(leg => (long)((Int128)leg.Amount * coins / all)).ToArray();
        var platform = Math.Max(0, shares.ToList().FindIndex(leg => leg.Account.Kind == LedgerAccountKind.Fee));
        parts[platform] += coins - parts.Sum();
        return [.. shares.Select((leg, i) => leg with { Amount = parts[i] }).Where(leg => leg.Amount > 0)];
    }

    /// <summary>The bank took money that is not in the gift any more: that is the platform's loss, until the bank gives it back.</summary>
    private async Task<bool> LevelAsync(DisputeNews news)
    {
        var (loss, back) = ($"loss:{news.DisputeId}", $"unloss:{news.DisputeId}");
        if (news.AmountMinor == 0) { return true; }
        return news.Move switch
        {
            DisputeMove.Lost => await TookAsync(loss, news.AmountMinor, PostAsync(loss, Losses, Disputed)),
            DisputeMove.Won when Steps.Find(loss) is { } lost =>
                await TookAsync(loss, lost.Amount, PostAsync(loss, Losses, Disputed)) && await TookAsync(back, lost.Amount, PostAsync(back, Disputed, Losses)),

            // A part that was lost is won after all: the gift stays smaller, and the money makes good for losses.
            DisputeMove.Won when record.State.Parts.TryGetValue($"dispute:{news.DisputeId}", out var part) =>
                await TookAsync(back, part, PostAsync(back, Disputed, Losses)),
            _ => true,
        };

        Func<Guid, long, ValueTask<LedgerAnswer>> PostAsync(string step, LedgerAccount from, LedgerAccount to) => (key, minor) =>
            Ledger.Post(new LedgerEntry(
                key, PaymentIds.Fingerprint(step, Id, minor), LedgerEntryKind.Dispute, from, [new LedgerLeg(to, minor)], Rate: 0,
                Reference: $"dispute:{news.DisputeId}"));
    }

    /// <summary>While the bank looks into it, what the streamer got cannot be withdrawn.</summary>
    private async Task<bool> FreezeOrThawAsync()
    {
        if (record.State.Freezes == 0) { return true; }
        var (freeze, thaw) = ($"freeze:{record.State.Freezes}", $"{ThawPrefix}{record.State.Freezes}");
        var streamer = LedgerAccount.Earnings(record.State.Streamer.Id);
        var isMissing = IsFreezeMissing;
        var account = record.State.Stage == CardGiftStage.MaturedHeld || Steps.Find($"{freeze}:available") is not null
            || (record.State.IsHeld && isMissing && (await EntryAsync()).Matured)
            ? LedgerAccount.Available(record.State.Streamer.Id, LedgerUnit.Coins)
            : streamer;
        if (record.State.IsHeld)
        {
            // An operator has frozen the account: nobody withdraws from it, and the share is held as soon as it thaws.
            if (isMissing && (await Ledger.GetBalances([account]))[0].Frozen) { return false; }
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

    private bool IsFreezeMissing =>
        Steps.Find($"freeze:{record.State.Freezes}") is null && Steps.Find($"freeze:{record.State.Freezes}:available") is null;

    private async ValueTask<long> FreezableAsync(LedgerAccount account)
    {
        var share = 0L;
        foreach (var key in record.State.Again.Select(again => again.Key).Prepend(record.State.Given!.Value))
        {
            share += (await EntryAsync(key)).Credits.Where(leg => leg.Account.Kind == LedgerAccountKind.Streamer).Sum(leg => leg.Left);
        }

        var balance = (await Ledger.GetBalances([account]))[0];
        return balance.Frozen ? 0 : Math.Clamp(balance.Balance - balance.Held, 0, share);
    }
}
