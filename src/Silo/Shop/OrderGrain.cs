using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Shop;

/// <summary>
/// One order, from the reservation to the last one told. The row and its due time are durable before stock is taken or the provider
/// is called, so whatever is cut off is finished by a webhook or when it is due.
/// </summary>
[Reentrant]
internal sealed partial class OrderGrain(
    [PersistentState("order")] IPersistentState<OrderRecord> record,
    CardPaymentTools tools, OrderSettlement settlement, IOptions<ShopOptions> options, ILogger<OrderGrain> logger)
    : Grain, IOrderGrain, ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "Order";

    /// <summary>The provider's largest amount, in cents.</summary>
    private const long TotalMax = 99_999_999;

    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(10);

    /// <summary>Until what an order asks for after its sale is tried again.</summary>
    private static readonly TimeSpan KeepAgain = TimeSpan.FromSeconds(10);

    /// <summary>After the end of a reservation, how long the stock waits for the provider to say that the payment is canceled.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromMinutes(2);

    private Task _telling = Task.CompletedTask;

    private CardPaymentRun<OrderRecord, OrderStage, OrderHappened> Run => field ??= new(this, record, Id, tools);

    private string Id => GetPrimaryKeyString();

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private IProductGrain Product => GrainFactory.GetGrain<IProductGrain>(record.State.Product.ProductId);

    StateTable<OrderStage, OrderHappened> ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.Table => OrderMachine.Table;

    string ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.DueType => DueType;

    Refusal ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.KeyReused =>
        new(RefusalCode.KeyReused, "This key was used for another order. Start again with a new one.");

    public async ValueTask<Result<OrderView>> Place(Caller buyer, PlaceOrder order)
    {
        // Without the page to return to: a reloaded page may come back with the same key from another address.
        var fingerprint = PaymentIds.Fingerprint(
            buyer.Id, order.ProductId, order.Quantity, order.UnitPriceMinor, order.RoomId, order.PaymentMethod, order.NameMe);
        var refusal = await Run.StartAsync(fingerprint, async () =>
        {
            if (!record.RecordExists && await OpenAsync(buyer, order, fingerprint) is { } refused) { return refused; }
            return record.State.Stage == OrderStage.Created ? await ReserveAsync() : null;
        });
        return refusal is null ? record.State.ToView(Id) : refusal;
    }

    public async ValueTask<Result<OrderView>> Get(Caller caller)
    {
        if (RefuseStranger(caller) is { } stranger) { return stranger; }
        if (record.State.Buyer.Id == caller.Id) { await Run.AskAsync(); }
        return View(caller);
    }

    public async ValueTask PaymentMoved(PaymentNews news) => await Run.TakeInAsync(news);

    public async ValueTask OnDue() => await Run.OnDueAsync();

    CardCharge ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.ChargeOf(OrderRecord state) => state.ToCharge(Id);

    bool ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.MayPost(OrderRecord state) => state.Stage == OrderStage.Paying;

    bool ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.MustEnd(OrderRecord state) => Time.GetUtcNow() >= state.ExpiresAt;

    bool ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.AsksProvider(OrderRecord state) =>
        state.Stage is OrderStage.Paying or OrderStage.RequiresAction || state is { Stage: OrderStage.Expired, PaymentEnded: false };

    CardReading<OrderHappened>? ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.Read(CardOutcome outcome, string? problem) =>
        OrderMachine.Read(outcome, problem, Time.GetUtcNow() >= record.State.ExpiresAt);

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller buyer, PlaceOrder order, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (PaymentIds.Check(order.PaymentMethod, order.ReturnUrl) is { } badText) { return badText; }
        if (!tools.Payments.Available) { return OrderProblems.NotSetUp; }
        if (order.ProductId is not { Length: > 0 and <= GrainId.KeyLengthMax }) { return OrderProblems.NoProduct; }

        var product = await GrainFactory.GetGrain<IProductGrain>(order.ProductId).Get();
        if (!product.Ok) { return product.Refusal; }
        if (product.Value.Seller.Id == buyer.Id) { return OrderProblems.OwnProduct; }
        if (product.Value.Currency != ProductRules.Currency) { return OrderProblems.OtherCurrency; }
        if (order.Quantity is < 1 or > ShopLimits.QuantityPerOrderMax || order.UnitPriceMinor is < 1 or > ProductRules.PriceMax)
        {
            return OrderProblems.Quantity(order.Quantity);
        }

        // What is bought in a room is shown there: only who may be there names it.
        if (await settlement.RefuseRoomAsync(order.RoomId, buyer) is { } notHere) { return notHere; }

        var total = order.UnitPriceMinor * order.Quantity;
        if (total > TotalMax) { return OrderProblems.TooExpensive(total, TotalMax); }

        var card = await GrainFactory.GetGrain<ISavedCardsGrain>(buyer.Id).Resolve(order.PaymentMethod);
        if (!card.Ok) { return card.Refusal; }

        await Run.LookAgainAsync(now + CardPaymentTimes.FirstLook);
        await Run.StoreAsync(new OrderRecord
        {
            Stage = OrderStage.Created,
            Buyer = buyer.Person,
            Product = product.Value with { PriceMinor = order.UnitPriceMinor },
            Quantity = order.Quantity,
            TotalMinor = total,
            RoomId = await settlement.RoomOfAsync(order.RoomId, product.Value.Seller.Id),
            NameMe = order.NameMe,
            Fingerprint = fingerprint,
            PaymentMethod = order.PaymentMethod,
            ReturnUrl = order.ReturnUrl,
            Customer = card.Value.Customer,
            PlacedAt = now,
            ExpiresAt = now + TimeSpan.FromMinutes(options.Value.ReservationMinutes),
        });
        return null;
    }

    /// <summary>Takes the stock. A refusal leaves no order behind, so the same key may try again.</summary>
    private async Task<Refusal?> ReserveAsync()
    {
        var state = record.State;
        var reserved = await Product.Reserve(Id, state.Quantity, state.Product.PriceMinor);
        if (!reserved.Ok)
        {
            await Run.ForgetAsync();
            await Run.NothingIsDueAsync();
            return reserved.Refusal;
        }

        // Two arrows and one write: the payment is sent as soon as this is durable.
        OrderMachine.Table.TryApply(state.Stage, OrderHappened.StockTaken, out var stage);
        OrderMachine.Table.TryApply(stage, OrderHappened.PaymentSent, out stage);
        await Run.StoreAsync(state with { Stage = stage, Product = reserved.Value.Card with { PriceMinor = state.Product.PriceMinor }, ExpiresAt = reserved.Value.ExpiresAt });
        return null;
    }
}
