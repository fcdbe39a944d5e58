using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Shop;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Accounts;

/// <summary>What a viewer remembers for good.</summary>
internal sealed class ViewerState
{
    /// <summary>Own orders, oldest first, at most <see cref="ViewerGrain.OrdersMax"/>.</summary>
    public List<string> Orders { get; set; } = [];
}

/// <summary>One account as a viewer. Coins are the ledger's, orders their own grains'; here is only the list of them.</summary>
internal sealed partial class ViewerGrain(
    [PersistentState("viewer")] IPersistentState<ViewerState> state, ILogger<ViewerGrain> logger) : Grain, IViewerGrain
{
    /// <summary>Orders that are remembered; the oldest leave the list (never the orders themselves).</summary>
    public const int OrdersMax = 1_000;

    /// <summary>Orders of one answer.</summary>
    public const int OrdersShownMax = 100;

    /// <summary>Orders that are asked at once.</summary>
    public const int OrdersAskedAtOnce = 8;

    /// <summary>Wallet lines of one answer.</summary>
    public const int LinesMax = 100;

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private string AccountId => GetPrimaryKeyString();

    public async ValueTask<Wallet> GetWallet()
    {
        var balances = await Ledger.GetBalances(
        [
            LedgerAccount.Coins(AccountId),
            LedgerAccount.Earnings(AccountId), LedgerAccount.Available(AccountId, LedgerUnit.Coins),
            LedgerAccount.Sales(AccountId), LedgerAccount.Available(AccountId, LedgerUnit.UsdCents),
        ]);
        return new Wallet(
            balances[0].Balance - balances[0].Held, balances[1].Balance + balances[2].Balance, balances[3].Balance + balances[4].Balance, "usd");
    }

    public async ValueTask<IReadOnlyList<WalletLine>> GetWalletLines(int take)
    {
        take = Math.Clamp(take, 1, LinesMax);
        var spent = Ledger.GetLines(LedgerAccount.Coins(AccountId), take).AsTask();
        var earned = Ledger.GetLines(LedgerAccount.Earnings(AccountId), 2 * take).AsTask();
        await Task.WhenAll(spent, earned);

        // That earnings become available, or repay a debt, moves nothing in or out.
        var income = (await earned).Where(line => line.Change > 0 || line.Kind == LedgerEntryKind.Reversal);
        return [.. (await spent).Select(OfCoins).Concat(income.Select(OfEarnings)).OrderByDescending(line => line.At).ThenByDescending(line => line.EntryId).Take(take)];
    }

    public async ValueTask<IReadOnlyList<OrderView>> GetOrders()
    {
        // An order shows itself to its buyer by id; the name is not asked for.
        var buyer = new Caller(new Person(AccountId, ""), PlatformRole.Member);
        var orders = new List<OrderView>();
        foreach (var some in Enumerable.Reverse(state.State.Orders).Take(OrdersShownMax).Chunk(OrdersAskedAtOnce).ToList())
        {
            var answers = await Task.WhenAll(some.Select(orderId => GrainFactory.GetGrain<IOrderGrain>(orderId).Get(buyer).AsTask()));
            for (var i = 0; i < some.Length; i++)
            {
                if (answers[i].Value is { } order) { orders.Add(order); }
                else { Log.OrderRefused(logger, some[i], AccountId, answers[i].Refusal!.Name); }
            }
        }

        return orders;
    }

    public async ValueTask AddOrder(string orderId)
    {
        if (state.State.Orders.Contains(orderId)) { return; }

        state.State.Orders.Add(orderId);
        if (state.State.Orders.Count > OrdersMax) { state.State.Orders.RemoveAt(0); }
        await state.WriteStateAsync();
    }

    private static WalletLine OfCoins(LedgerLine line) => ToWalletLine(line, line.Kind switch
    {
        LedgerEntryKind.TopUp => WalletLineKind.TopUp,
        LedgerEntryKind.Gift => WalletLineKind.GiftSent,
        LedgerEntryKind.PacketFunded => WalletLineKind.PacketSent,
        LedgerEntryKind.PacketGrabbed => WalletLineKind.PacketGrabbed,
        LedgerEntryKind.PacketReturned => WalletLineKind.PacketReturned,
        LedgerEntryKind.HoldPosted or LedgerEntryKind.Reversal when line.Change < 0 && line.Reference?.StartsWith("refund:", StringComparison.Ordinal) == true =>
            WalletLineKind.Refund,
        LedgerEntryKind.Reversal => WalletLineKind.Reversal,
        _ => WalletLineKind.Other,
    });

    private static WalletLine OfEarnings(LedgerLine line) => ToWalletLine(line, line.Kind switch
    {
        // A gift that is paid by card is posted when the card has paid.
        LedgerEntryKind.Gift or LedgerEntryKind.HoldPosted => WalletLineKind.GiftReceived,
        LedgerEntryKind.Reversal => WalletLineKind.Reversal,
        _ => WalletLineKind.Other,
    });

    private static WalletLine ToWalletLine(LedgerLine line, WalletLineKind kind) =>
        new(line.EntryId, kind, line.Change, line.At, line.RoomId, line.GiftId, line.Quantity, line.Reference);

    private static partial class Log
    {
        [LoggerMessage(EventId = 4401, Level = LogLevel.Warning, Message = "Order {OrderId} does not show itself to its buyer {AccountId}: {Refusal}")]
        public static partial void OrderRefused(ILogger logger, string orderId, string accountId, string refusal);
    }
}
