using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>The buyer's bank asks for the money back, or warns that it will.</summary>
internal sealed partial class OrderGrain
{
    /// <summary>A dispute is over long before; the hold is freed when it is.</summary>
    private static readonly TimeSpan DisputeLasts = TimeSpan.FromDays(400);

    private LedgerAccount ShareAccount => record.State.ReleasedAt is null
        ? LedgerAccount.Sales(record.State.Product.Seller.Id)
        : LedgerAccount.Available(record.State.Product.Seller.Id, LedgerUnit.UsdCents);

    public async ValueTask<bool> DisputeMoved(DisputeNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }

        // Booked before the bank's: the sale, and money that is on its way to the buyer.
        var state = record.State;
        if (state.Stage == OrderStage.MoneyTaken || state.Refund is not null) { return false; }
        if (!state.IsSold || state.Stage is OrderStage.Refunded or OrderStage.DisputeLost)
        {
            Log.DisputeOfNothing(logger, Id, news.DisputeId, news.Move, state.Stage);
            return state.Stage is not (OrderStage.Refunded or OrderStage.RefundedLate or OrderStage.DisputeLost) || await LevelAsync(news);
        }

        var opens = news.Move is DisputeMove.Warned or DisputeMove.Opened;
        if (opens && state.Disputes.ContainsKey(news.DisputeId)) { return true; } // told twice, or after its end

        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        var next = state with { Disputes = state.Disputes.SetItem(news.DisputeId, opens) };
        if (news.Move == DisputeMove.Lost)
        {
            await Run.ApplyAsync(
                OrderHappened.DisputeLost,
                next with { LostDispute = news.DisputeId, LostMinor = news.AmountMinor, RefundedAt = Time.GetUtcNow() });
        }
        else if (opens && !state.IsDisputed)
        {
            // What an earlier one froze is thawed first, so that each freeze has its own step.
            if (!await FreezeOrThawAsync()) { return false; }
            await Run.ApplyAsync(OrderHappened.DisputeOpened, next with { Steps = record.State.Steps, Freezes = state.Freezes + 1 });
        }
        else if (state.IsDisputed && !next.Disputes.ContainsValue(true))
        {
            await Run.ApplyAsync(OrderHappened.DisputeWon, next);
        }
        else
        {
            await Run.StoreAsync(next);
        }

        await FinishAsync();
        return true;
    }

    /// <summary>Nothing is left of the order, and the bank took the money all the same: that is the platform's loss, until the bank gives it back.</summary>
    private async Task<bool> LevelAsync(DisputeNews news)
    {
        if (record.State.LostDispute == news.DisputeId || news.AmountMinor == 0) { return true; }

        var (loss, back) = ($"loss:{news.DisputeId}", $"unloss:{news.DisputeId}");
        var (losses, disputed) = (LedgerAccount.Losses(LedgerUnit.UsdCents), LedgerAccount.Disputed(LedgerUnit.UsdCents));
        return news.Move switch
        {
            DisputeMove.Lost => await TookAsync(loss, () => ValueTask.FromResult(news.AmountMinor), PostAsync(loss, losses, disputed)),
            DisputeMove.Won when Steps.Find(loss) is { } lost =>
                await TookAsync(loss, () => ValueTask.FromResult(lost.Amount), PostAsync(loss, losses, disputed))
                && await TookAsync(back, () => ValueTask.FromResult(lost.Amount), PostAsync(back, disputed, losses)),
            _ => true,
        };

        Func<Guid, long, ValueTask<LedgerAnswer>> PostAsync(string step, LedgerAccount from, LedgerAccount to) => (key, minor) =>
            Ledger.Post(new LedgerEntry(
                key, PaymentIds.Fingerprint(step, Id, minor), LedgerEntryKind.Dispute, from, [new LedgerLeg(to, minor)], Rate: 0,
                Reference: $"dispute:{news.DisputeId}"));
    }

    /// <summary>While the bank has the money, the seller's share cannot be withdrawn.</summary>
    private async Task<bool> FreezeOrThawAsync()
    {
        if (record.State.Freezes == 0) { return true; }
        var (freeze, thaw) = ($"freeze:order:{Id}:{record.State.Freezes}", $"thaw:order:{Id}:{record.State.Freezes}");
        if (record.State.IsDisputed)
        {
            // An operator has frozen the account: nobody withdraws from it, and the share is held as soon as it thaws.
            if (Steps.Find(freeze) is null && (await Ledger.GetBalances([ShareAccount]))[0].Frozen) { return false; }
            return await TookAsync(freeze, FreezableAsync, (key, amount) => Ledger.Post(new LedgerEntry(
                key,
                PaymentIds.Fingerprint(freeze, amount),
                LedgerEntryKind.Hold,
                ShareAccount,
                [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.UsdCents), amount)],
                Rate: 0,
                Reference: freeze,
                ExpiresAt: Time.GetUtcNow() + DisputeLasts)));
        }

        return Steps.Find(freeze) is not { Done: true, Amount: > 0 } held || await TookAsync(
            thaw,
            () => ValueTask.FromResult(held.Amount),
            (key, amount) => Ledger.Post(new LedgerEntry(
                key,
                PaymentIds.Fingerprint(thaw, amount),
                LedgerEntryKind.HoldVoided,
                ShareAccount,
                [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.UsdCents), amount)],
                Rate: 0,
                Reference: thaw,
                Original: held.Key)));
    }

    private async ValueTask<long> FreezableAsync() => Math.Min(await SellerLeftAsync(), await FreeAsync(ShareAccount));

    /// <summary>The bank keeps the money, or a part of it: so much of the sale is given back, and what the bank took is level again.</summary>
    private async Task<bool> BookLossAsync()
    {
        var state = record.State;
        if (state.IsLossBooked || state.LeftMinor == 0) { return true; }

        // Of one commit with the reversal: the clearing account gives the money up once, not twice. What the bank took beyond the rest
        // of the order (a part went back before) is the platform's loss.
        var (dispute, lost) = (state.LostDispute!, state.LostMinor);
        var amount = Math.Min(lost, state.LeftMinor);
        var all = amount == state.LeftMinor;
        if (!await GiveBackAsync($"dispute:{dispute}", all ? null : amount, (key, part, isLast) => lost == amount || !isLast
            ? [LevelOf(key, "level", LedgerAccount.Clearing(LedgerUnit.UsdCents), part)]
            : [LevelOf(key, "level", LedgerAccount.Clearing(LedgerUnit.UsdCents), part), LevelOf(key, "loss", LedgerAccount.Losses(LedgerUnit.UsdCents), lost - amount)]))
        {
            return false;
        }

        // Nothing more is decided about the rest: it is the seller's.
        if (!all && state.ReleasedAt is null && await TakeReleaseAsync() != LedgerOutcome.Moved) { return false; }

        var items = all ? state.Quantity - state.RefundedItems : 0;
        await Product.TakeBack(dispute, items, restock: false);
        await Run.StoreAsync(record.State with
        {
            IsLossBooked = true,
            LostBeyondMinor = lost - amount,
            RefundedMinor = state.RefundedMinor + amount,
            RefundedItems = state.RefundedItems + items,
            ReleasedAt = all ? state.ReleasedAt : state.ReleasedAt ?? Time.GetUtcNow(),
        });
        await Product.Close(dispute);
        return true;

        LedgerEntry LevelOf(Guid key, string suffix, LedgerAccount from, long minor) => new(
            LedgerKeys.Derive(key, suffix),
            PaymentIds.Fingerprint(suffix, Id, dispute, minor),
            LedgerEntryKind.Dispute,
            from,
            [new LedgerLeg(LedgerAccount.Disputed(LedgerUnit.UsdCents), minor)],
            Rate: 0,
            Reference: $"dispute:{dispute}");
    }
}
