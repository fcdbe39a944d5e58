using System.Collections.Concurrent;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <content>What must be true at the end.</content>
internal sealed partial class PaymentSoak
{
    /// <summary>Every payment that the provider has taken was booked once, and no other.</summary>
    public async Task CheckPaymentsAsync()
    {
        var payments = await InsistAsync(() => StripePages.ReadAsync<StripePaymentIntent>(page => World.Stripe().ListPaymentIntentsAsync(new ListPaymentIntents(), page)));
        var taken = payments.Data.Where(payment => payment.Status == "succeeded").ToList();
        Assert.True(taken.Count > _payments / 2, $"Only {taken.Count} of {_payments} payments were taken: the soak is not one.");

        foreach (var (name, prefix, kind) in new[]
        {
            (CardPayments.TopUpId, "topup:", LedgerEntryKind.Charge),
            (CardPayments.CardGiftId, "cardgift:", LedgerEntryKind.Charge),
            (CardPayments.OrderId, "order:", LedgerEntryKind.Sale),
        })
        {
            var paid = taken.Where(payment => payment.Metadata!.ContainsKey(name)).Select(payment => prefix + payment.Metadata![name]).ToList();
            var booked = (await World.ClearingAsync())
                .Where(entry => entry.Kind == kind && entry.Reference!.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => entry.Reference!).ToList();

            // Money that came when the stock was gone went back unbooked.
            if (name == CardPayments.OrderId) { paid = [.. paid.Except((await OrdersAsync()).Where(order => order.State == OrderState.RefundedLate).Select(order => prefix + order.OrderId))]; }
            Assert.True(paid.Count > _payments / 20, $"Only {paid.Count} payments {prefix} were taken.");
            Assert.Equal(paid.Order(StringComparer.Ordinal), booked.Order(StringComparer.Ordinal));
            Assert.Equal(paid.Count, paid.Distinct(StringComparer.Ordinal).Count());
        }

        var credits = (await World.MovementsAsync(LedgerAccount.Clearing(LedgerUnit.Coins)))
            .Where(entry => entry.Kind == LedgerEntryKind.TopUp && entry.Reference!.StartsWith("topup:", StringComparison.Ordinal)).Select(entry => entry.Reference!).ToList();
        Assert.Equal(taken.Count(payment => payment.Metadata!.ContainsKey(CardPayments.TopUpId)), credits.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(credits.Count, credits.Distinct(StringComparer.Ordinal).Count());
    }

    /// <summary>Orders are over, and the products have sold what the orders say.</summary>
    public async Task CheckOrdersAsync()
    {
        var orders = await OrdersAsync();
        Assert.DoesNotContain(orders, order => order.State is OrderState.Reserved or OrderState.Paying or OrderState.RequiresAction || order.Refunds.RunningMinor != 0);
        Assert.Contains(orders, order => order.Times.ReleasedAt is not null);
        Assert.Contains(orders, order => order.State == OrderState.Refunded);
        foreach (var star in _stars)
        {
            var card = PaymentWorld.Value(await World.Grains.GetGrain<IProductGrain>(star.Product.ProductId).Get());
            var sold = orders.Where(order => order.Product.ProductId == card.ProductId && order.State is not (OrderState.Declined or OrderState.Expired or OrderState.RefundedLate));
            Assert.Equal(sold.Sum(order => order.Quantity - order.Refunds.Items), card.Sold);
        }
    }

    /// <summary>Card gifts are over: given and kept, or given back, or never paid.</summary>
    public async Task CheckCardGiftsAsync()
    {
        var gifts = await ViewsAsync(_cardGifts, async (id, whose) => PaymentWorld.Value(await World.Grains.GetGrain<ICardGiftGrain>(id).Get(whose, ask: false)));
        Assert.DoesNotContain(gifts, gift => gift.State is CardGiftState.Pending or CardGiftState.RequiresAction or CardGiftState.Processing);
        Assert.Contains(gifts, gift => gift.State == CardGiftState.Matured);
        Assert.Contains(gifts, gift => gift.State == CardGiftState.Reversed);
        Assert.Equal(0, (await Ledger.GetBalances([LedgerAccount.Clearing(LedgerUnit.Coins)]))[0].Held);
    }

    /// <summary>Each payout was sent once or not at all, and the books have what was sent without what came back.</summary>
    public async Task CheckPayoutsAsync()
    {
        var payouts = await ViewsAsync(_payouts, async (id, whose) => PaymentWorld.Value(await World.Grains.GetGrain<IPayoutGrain>(id).Get(whose)));
        var transfers = await TransfersAsync();
        Assert.DoesNotContain(payouts, payout => payout.State is PayoutState.Requested or PayoutState.Reserved or PayoutState.WaitingForApproval or PayoutState.TransferSent);
        var sent = payouts.Where(payout => payout.State is not (PayoutState.Canceled or PayoutState.Declined)).ToList();
        Assert.True(sent.Count > _payments / 100, $"Only {sent.Count} payouts were sent.");
        Assert.Contains(sent, payout => payout.State == PayoutState.BankPaid);
        Assert.Equal(
            sent.Select(payout => payout.PayoutId).Order(StringComparer.Ordinal),
            transfers.Select(transfer => transfer.Metadata!["payout_id"]).Order(StringComparer.Ordinal));
        Assert.Equal(
            transfers.Sum(transfer => transfer.Amount - transfer.AmountReversed),
            (await World.ClearingAsync()).Where(entry => entry.Reference!.StartsWith("payout:", StringComparison.Ordinal)).Sum(entry => entry.Change));
    }

    /// <summary>How everything ended.</summary>
    public async Task<string> SummaryAsync() => string.Join("; ",
        "top-ups " + await StatesAsync(_topUps, async (id, whose) => (await World.Grains.GetGrain<ITopUpGrain>(id).Get(whose)).Value?.State.ToString()),
        "orders " + await StatesAsync(_orders, async (id, whose) => (await World.Grains.GetGrain<IOrderGrain>(id).Get(whose)).Value?.State.ToString()),
        "card gifts " + await StatesAsync(_cardGifts, async (id, whose) => (await World.Grains.GetGrain<ICardGiftGrain>(id).Get(whose, ask: false)).Value?.State.ToString()),
        "payouts " + await StatesAsync(_payouts, async (id, whose) => (await World.Grains.GetGrain<IPayoutGrain>(id).Get(whose)).Value?.State.ToString()),
        $"{_refused.Count} requests refused: {string.Join(" | ", _refused.CountBy(text => text).OrderByDescending(text => text.Value).Take(8).Select(text => $"{text.Value} × {text.Key}"))}");

    private async Task<IReadOnlyList<OrderView>> OrdersAsync() =>
        await ViewsAsync(_orders, async (id, whose) => PaymentWorld.Value(await World.Grains.GetGrain<IOrderGrain>(id).Get(whose)));

    private static async Task<string> StatesAsync(ConcurrentDictionary<string, Caller> things, Func<string, Caller, Task<string?>> read) =>
        string.Join(", ", (await ViewsAsync(things, async (id, whose) => await read(id, whose) ?? "?")).CountBy(state => state).OrderBy(state => state.Key, StringComparer.Ordinal).Select(state => $"{state.Key} {state.Value}"));

    private static async Task<IReadOnlyList<T>> ViewsAsync<T>(ConcurrentDictionary<string, Caller> things, Func<string, Caller, Task<T>> read)
    {
        var views = new ConcurrentBag<T>();
        await Parallel.ForEachAsync(things, async (thing, _) => views.Add(await read(thing.Key, thing.Value)));
        return [.. views];
    }
}
