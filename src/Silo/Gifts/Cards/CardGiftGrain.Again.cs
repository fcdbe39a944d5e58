using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>Refunds that were made at the provider and failed there later: the money is here again, and so the gift is.</summary>
internal sealed partial class CardGiftGrain
{
    public async ValueTask<bool> OutsideRefundFailed(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        var back = $"refund:{news.RefundId}";
        if (!record.RecordExists || (record.State.Back != back && !record.State.Parts.ContainsKey(back))) { return true; } // never booked, or undone before
        if (record.State.Stage == CardGiftStage.Refunding) { return false; } // its answer first
        if (record.State.IsHeld) { return false; } // the bank's decision first: what is given again would not be held

        // What is booked is undone, so it is booked first.
        Log.RefundRefused(logger, Id, "The sender's bank did not take what was sent at the provider.");
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        if (!await TryAsync(KeepAsync)) { return false; }
        if (record.State.Parts.TryGetValue(back, out var minor))
        {
            if (!await TryAsync(() => GivePartAgainAsync(back, minor))) { return false; }
        }
        else if (record.State is { Stage: CardGiftStage.Reversed, BackByBank: false } && record.State.Back == back)
        {
            if (!await TryAsync(() => GiveAgainAsync(back))) { return false; }
            await Run.ApplyAsync(CardGiftHappened.MoneyCameBack, record.State with { Back = null, BackMinor = 0, BackCoins = 0 });
        }

        await FinishAsync();
        return true;
    }

    /// <summary>The reason of the refund that we ask for ourselves; there is one.</summary>
    private string OwnRefund => $"refund:{Id}";

    private static string AgainStep(string back) => $"again:{back}";

    /// <summary>A part that had gone back is given again, beside what is left of the gift. Where the bank has taken it too since, it makes good that loss.</summary>
    private async Task<bool> GivePartAgainAsync(string back, long minor)
    {
        var state = record.State;
        var loss = state is { Stage: CardGiftStage.Reversed, BackByBank: true } ? Math.Max(0, state.BackMinor - state.LeftMinor) : 0;
        var byBank = loss > 0;
        var coins = await CoinsOfAsync(back);
        var step = AgainStep(back);
        if (!await TookAsync(step, minor, (key, amount) => byBank || coins == 0
            ? Ledger.Post(Charge(key, Money, byBank ? Losses : Float, byBank ? LedgerEntryKind.Dispute : LedgerEntryKind.Refund, amount, reference: back) with { Key = key })
            : GiveAsync(
                key, Fingerprint(step), memo: null, [Charge(key, Money, Float, LedgerEntryKind.Refund, amount, reference: back)],
                coins == state.Coins ? null : SharesOf(coins))))
        {
            return false;
        }

        var given = new GivenAgain(back, Steps.Find(step)!.Key, coins);
        var next = record.State with { Parts = state.Parts.Remove(back), PartCoins = state.PartCoins - coins };

        // The bank took less than both: the gift stays without this part, so that a won dispute gives no coins without their money.
        if (byBank && loss < minor) { return true; }

        if (byBank || coins == 0)
        {
            await Run.StoreAsync(next);
        }
        else if (state.Stage != CardGiftStage.Reversed)
        {
            await Run.StoreAsync(next with { Again = state.Again.Add(given) });
        }
        else
        {
            // All the rest had gone back too: that stays gone, and this part is all there is of the gift.
            await Run.ApplyAsync(CardGiftHappened.MoneyCameBack, next with
            {
                Parts = next.Parts.SetItem(state.Back!, state.BackMinor),
                PartCoins = state.Coins - coins,
                Given = given.Key,
                Again = [],
                Back = null,
                BackMinor = 0,
                BackCoins = 0,
                BackByBank = false,
            });
        }

        return true;
    }

    /// <summary>Takes what goes back from the parts that were given again, before the gift itself.</summary>
    /// <returns>Coins that are left to take; null: not now.</returns>
    private async Task<long?> GiveBackAgainAsync(CardGiftRecord state, long coins)
    {
        foreach (var again in state.Again)
        {
            var (step, left) = ($"{state.Back}:{again.Key:N}", coins);
            if (!await TookAsync(step, async () => Math.Min(left, await LeftOfAsync(again.Key)), (key, amount) => Ledger.Reverse(
                new LedgerReversal(key, Fingerprint(step), again.Key, amount, state.Back!, []))))
            {
                return null;
            }

            coins -= Steps.Find(step)!.Amount;
        }

        return coins;
    }

    /// <summary>What the books have taken back for this reason.</summary>
    private async Task<long> CoinsOfAsync(string back)
    {
        var entries = GrainFactory.GetGrain<ILedgerEntriesGrain>(IGiftLedgerGrain.Key);
        var coins = 0L;
        foreach (var (_, step) in record.State.Steps.Where(one => one.Value is { Done: true, Amount: > 0 } && one.Key.StartsWith($"{back}:", StringComparison.Ordinal)))
        {
            for (var i = 0; await entries.Find(LedgerKeys.OfReversal(step.Key, i)) is { Kind: LedgerEntryKind.Reversal } entry; i++) { coins += entry.Amount; }
        }

        return coins;
    }

    private async ValueTask<long> LeftOfAsync(Guid key)
    {
        var entry = await EntryAsync(key);
        return entry.Amount - entry.Reversed;
    }

    /// <summary>Money alone, its first entry under the step's key.</summary>
    private ValueTask<LedgerAnswer> PostMoneyAsync(Guid key, List<LedgerEntry> money)
    {
        money[0] = money[0] with { Key = key };
        return Ledger.PostTogether(money);
    }
}
