using System.Collections.Concurrent;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <content>Those who are given to, sell and withdraw.</content>
internal sealed partial class PaymentSoak
{
    /// <summary>After so many payments somebody withdraws.</summary>
    private const int WithdrawalsEvery = 25;

    /// <summary>Batches of due grains that are woken after each step of the time of withdrawals.</summary>
    private const int BatchesMax = 6;

    private const int Stock = 100_000;

    /// <summary>Gifts that are large enough to be paid by card.</summary>
    private static readonly string[] LargeGifts = ["rocket", "castle"];

    private readonly Star[] _stars = [.. Enumerable.Range(0, 6).Select(number => new Star(PaymentWorld.Person($"Star {number}"), failingBank: number == 0))];
    private readonly ConcurrentDictionary<string, Caller> _orders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Caller> _cardGifts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Caller> _payouts = new(StringComparer.Ordinal);

    /// <summary>Days pass, and those who have earned withdraw it in parts; the bank that has sent everything back gets another address.</summary>
    public async Task WithdrawAllAsync()
    {
        for (var step = 0; step < 2; step++) { await PassAsync(TimeSpan.FromDays(2), BatchesMax); }
        await TakeBackAsync(_stars[0]);
        await OnboardAsync(_stars[0], "paid");
        for (var round = 0; round < 3; round++)
        {
            await Parallel.ForEachAsync(_stars, async (star, _) =>
            {
                var sales = await World.Balance(LedgerAccount.Available(star.Person.Id, LedgerUnit.UsdCents));
                await WithdrawAsync(star.Person, 1_000, sales / 2);
            });
            for (var minute = 0; minute < 3; minute++) { await PassAsync(TimeSpan.FromMinutes(1), BatchesMax); }
        }
    }

    private async Task SetUpAsync(Star star)
    {
        PaymentWorld.Value(await World.Grains.GetGrain<IRoomGrain>(star.RoomId).Create(star.Person.Person, new RoomDetails("Tea", "food", null)));
        star.Product = PaymentWorld.Value(await World.Grains.GetGrain<IProductGrain>(World.NewKey()).Create(
            star.Person.Person, new ProductDetails("A cup", null, 1_999, "usd", Stock)));
        await KeepLiveAsync(star);
        await OnboardAsync(star, star.FailingBank ? "account_closed" : "paid");

        // Of earlier days.
        var earned = await Ledger.Post(new LedgerEntry(
            Guid.CreateVersion7(World.Time.GetUtcNow()), 1, LedgerEntryKind.Adjustment, LedgerAccount.Clearing(LedgerUnit.Coins),
            [new LedgerLeg(LedgerAccount.Available(star.Person.Id, LedgerUnit.Coins), 40_000)], Rate: 0));
        Assert.Equal(LedgerOutcome.Moved, earned.Outcome);
    }

    /// <summary>What the gateway of a broadcast does every second.</summary>
    private async Task KeepLiveAsync(Star star)
    {
        var room = World.Grains.GetGrain<IRoomGrain>(star.RoomId);
        if (star.StreamId is { } stream && await room.ReportStream(stream, StreamPhase.Live)) { return; }
        star.StreamId = PaymentWorld.Value(await room.OpenStream(new PublishRequest(star.Person, null, "g1", TakeOver: true))).StreamId;
        Assert.True(await room.ReportStream(star.StreamId, StreamPhase.Live));
    }

    /// <summary>Tries until the provider can pay them: its answers are lost, too.</summary>
    private async Task OnboardAsync(Star star, string bank)
    {
        var account = World.Grains.GetGrain<IPayoutAccountGrain>(star.Person.Id);
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var page = await account.Start(star.Person, new StartOnboarding("star@example.org", "US", PaymentWorld.ReturnUrl));
            if (page.Ok)
            {
                await World.Decide(page.Value.Url, [new("decision", "finish"), new("payout", bank)]);
                break;
            }

            World.Time.Advance(TimeSpan.FromSeconds(6));
        }

        for (var look = 0; look < 50; look++)
        {
            World.Time.Advance(TimeSpan.FromSeconds(6));
            if (PaymentWorld.Value(await account.Get(star.Person)).State == PayoutAccountState.Active) { return; }
        }

        Assert.Fail($"{star.Person.Person.Name} cannot be paid.");
    }

    private async Task WithdrawAsync(Caller star, long coins, long salesMinor)
    {
        var id = World.NewKey();
        var payout = World.Grains.GetGrain<IPayoutGrain>(id);
        var asked = await payout.Request(star, new RequestPayout(coins, salesMinor));
        if (!asked.Ok)
        {
            _refused.Add(asked.Refusal.Message);
            return;
        }

        _payouts[id] = star;
        if (asked.Value.State == PayoutState.WaitingForApproval) { PaymentWorld.Value(await payout.Approve(Books.Operator)); }
    }

    /// <summary>The platform takes back what a bank did not want.</summary>
    private async Task TakeBackAsync(Star star)
    {
        foreach (var id in _payouts.Where(payout => payout.Value.Id == star.Person.Id).Select(payout => payout.Key).Order(StringComparer.Ordinal).Take(2))
        {
            foreach (var transfer in (await TransfersAsync()).Where(transfer => transfer.Metadata?.GetValueOrDefault("payout_id") == id))
            {
                StripeAnswer<StripeTransferReversal> answer;
                do
                {
                    answer = await World.Stripe().CreateTransferReversalAsync(
                        transfer.Id, new CreateTransferReversal(new Dictionary<string, string>(), AmountMinor: null), World.NewKey());
                }
                while (answer is StripeAnswer<StripeTransferReversal>.Unknown);
            }
        }
    }

    private async Task OrderAsync(Caller viewer, string id, string card, Star star, Random random)
    {
        var order = World.Grains.GetGrain<IOrderGrain>(id);
        var placed = await order.Place(
            viewer, new PlaceOrder(star.Product.ProductId, 1 + random.Next(3), star.Product.PriceMinor, star.RoomId, card, NameMe: true, PaymentWorld.ReturnUrl));
        if (!placed.Ok)
        {
            _refused.Add(placed.Refusal.Message);
            return;
        }

        _orders[id] = viewer;
        var (asks, sent, returns) = (random.Next(3), random.Next(100), random.Next(100));
        if (placed.Value is { State: OrderState.RequiresAction, ActionUrl: { } page }) { await ConfirmAsync(page, asks); }
        if (placed.Value.State != OrderState.Paid) { return; }

        if (sent < 60) { Note(await order.Ship(star.Person, new Shipment("DHL", id))); }
        if (sent < 45) { Note(await order.Deliver(viewer)); }
        if (returns < 12 || (returns < 70 && card.Contains("efund", StringComparison.Ordinal)))
        {
            // Sellers send all back and take the items again, operators a part.
            var (caller, back) = returns % 2 == 0
                ? (star.Person, new RefundOrder(World.NewKey(), AmountMinor: null, 0, Restock: true, "soak"))
                : (Books.Operator, new RefundOrder(World.NewKey(), 1 + random.Next(1_000), 0, Restock: false, "soak"));
            Note(await order.Refund(caller, back));
        }
    }

    private async Task GiveByCardAsync(Caller viewer, string id, string card, Star star, Random random)
    {
        var gift = GiftCatalog.Find(LargeGifts[random.Next(LargeGifts.Length)])!;
        var grain = World.Grains.GetGrain<ICardGiftGrain>(id);
        var started = await grain.Start(
            viewer, new StartCardGift(star.RoomId, gift.GiftId, 1, gift.Price, GiftCatalog.PriceOf(gift.Price), card, PaymentWorld.ReturnUrl));
        if (!started.Ok)
        {
            _refused.Add(started.Refusal.Message);
            return;
        }

        _cardGifts[id] = viewer;
        var (asks, returns) = (random.Next(3), random.Next(100));
        if (started.Value is { State: CardGiftState.RequiresAction, ActionUrl: { } page }) { await ConfirmAsync(page, asks); }
        if (started.Value.State == CardGiftState.Settled && (returns < 12 || (returns < 70 && card.Contains("efund", StringComparison.Ordinal))))
        {
            Note(await grain.Refund(Books.Operator));
        }
    }

    private void Note<T>(Contracts.Result<T> answer)
        where T : class
    {
        if (!answer.Ok) { _refused.Add(answer.Refusal.Message); }
    }

    private async Task<IReadOnlyList<StripeTransfer>> TransfersAsync() =>
        (await InsistAsync(() => StripePages.ReadAsync<StripeTransfer>(page => World.Stripe().ListTransfersAsync(new ListTransfers(), page)))).Data;

    /// <summary>A streamer who also sells.</summary>
    private sealed class Star(Caller person, bool failingBank)
    {
        public Caller Person { get; } = person;

        public bool FailingBank { get; } = failingBank;

        public string RoomId { get; } = Guid.CreateVersion7().ToString("N");

        public ProductCard Product { get; set; } = null!;

        public string? StreamId { get; set; }
    }
}
