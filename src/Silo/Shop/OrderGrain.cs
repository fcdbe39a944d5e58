using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Shop;

/// <summary>
/// One order, from the reservation to the last one told. The row and its due time are durable before stock is taken or the provider
/// is called, so whatever is cut off is finished by a webhook or when it is due. Reentrant: decisions take turns by themselves,
/// calls to the provider run beside them.
/// </summary>
[Reentrant]
internal sealed partial class OrderGrain(
    [PersistentState("order")] IPersistentState<OrderRecord> record,
    CardPayments payments, OrderSettlement settlement, DueTimes dueTimes, IOptions<PaymentsOptions> paymentsOptions,
    IOptions<ShopOptions> options, ILogger<OrderGrain> logger) : Grain, IOrderGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "Order";

    /// <summary>The provider's largest amount, in cents.</summary>
    private const long TotalMax = 99_999_999;

    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookSeldom = TimeSpan.FromHours(1);
    private static readonly TimeSpan SettleAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(10);

    /// <summary>After the end of a reservation, how long the stock waits for the provider to say that the payment is canceled.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromMinutes(2);

    /// <summary>A buyer who waits and asks makes us ask the provider at most this often.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskWait = TimeSpan.FromSeconds(3);

    private readonly PaymentTurn _turn = new();
    private readonly TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _advancing = Task.CompletedTask;
    private Task _telling = Task.CompletedTask;
    private DateTimeOffset _asked;

    private string Id => GetPrimaryKeyString();

    private IProductGrain Product => GrainFactory.GetGrain<IProductGrain>(record.State.Product.ProductId);

    private TimeSpan AnswerWithin => TimeSpan.FromSeconds(paymentsOptions.Value.AnswerWithinSeconds);

    public async ValueTask<Result<OrderView>> Place(Caller buyer, PlaceOrder order)
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            // Without the page to return to: a reloaded page may come back with the same key from another address.
            var fingerprint = PaymentIds.Fingerprint(
                buyer.Id, order.ProductId, order.Quantity, order.UnitPriceMinor, order.RoomId, order.PaymentMethod, order.NameMe);
            if (record.RecordExists && record.State.Fingerprint != fingerprint)
            {
                return new Refusal(RefusalCode.KeyReused, "This key was used for another order. Start again with a new one.");
            }

            if (!record.RecordExists && await OpenAsync(buyer, order, fingerprint) is { } refusal) { return refusal; }
            if (record.State.Stage == OrderStage.Created && await ReserveAsync() is { } noStock) { return noStock; }

            advancing = record.State.Stage == OrderStage.Paying ? AdvanceOnce() : Task.CompletedTask;
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing, _moved.Task), AnswerWithin, Time);
        return record.State.ToView(Id);
    }

    public async ValueTask<Result<OrderView>> Get(Caller caller)
    {
        if (!record.RecordExists || (record.State.Buyer.Id != caller.Id && record.State.Product.Seller.Id != caller.Id))
        {
            return new Refusal(RefusalCode.OrderNotFound, "There is no such order among yours.");
        }

        var state = record.State;
        var mayAsk = state.Buyer.Id == caller.Id && state.Stage is OrderStage.Paying or OrderStage.RequiresAction;
        if (mayAsk && Time.GetUtcNow() - _asked >= AskEvery)
        {
            Task advancing;
            using (await _turn.EnterAsync()) { advancing = AdvanceOnce(); }
            await PaymentTurn.WaitAsync(Task.WhenAny(advancing), AskWait, Time);
        }

        // The page of the buyer's bank is the buyer's alone.
        var view = record.State.ToView(Id);
        return record.State.Buyer.Id == caller.Id ? view : view with { ActionUrl = null };
    }

    public async ValueTask PaymentMoved(PaymentNews news)
    {
        using var turn = await _turn.EnterAsync();
        if (!record.RecordExists)
        {
            Log.UnknownOrder(logger, Id, news.PaymentIntentId);
            return;
        }

        await MoveAsync(news);
        await FinishAsync();
    }

    public async ValueTask OnDue()
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            if (!record.RecordExists)
            {
                // The due time was set, and then the row was not written or was refused: nothing has happened.
                await dueTimes.ClearAsync(DueType, Id);
                return;
            }

            switch (record.State.Stage)
            {
                case OrderStage.Paying or OrderStage.RequiresAction:
                case OrderStage.Expired when !record.State.PaymentEnded:
                    advancing = AdvanceOnce();
                    break;
                case OrderStage.Created when Time.GetUtcNow() >= record.State.ExpiresAt:
                    // The process died around the reservation, so no payment was ever made.
                    await ApplyAsync(OrderHappened.TimeIsUp, record.State with { PaymentEnded = true, Problem = OrderProblems.Expired });
                    await FinishAsync();
                    return;
                default:
                    await FinishAsync();
                    return;
            }
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), AnswerWithin, Time);
    }

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller buyer, PlaceOrder order, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (PaymentIds.Check(order.PaymentMethod, order.ReturnUrl) is { } badText) { return badText; }
        if (!payments.Available) { return OrderProblems.NotSetUp; }
        if (order.ProductId is not { Length: > 0 and <= GrainId.KeyLengthMax }) { return OrderProblems.NoProduct; }

        var product = await GrainFactory.GetGrain<IProductGrain>(order.ProductId).Get();
        if (!product.Ok) { return product.Refusal; }
        if (product.Value.Seller.Id == buyer.Id) { return OrderProblems.OwnProduct; }
        if (product.Value.Currency != ProductRules.Currency) { return OrderProblems.OtherCurrency; }
        if (order.Quantity is < 1 or > ShopLimits.QuantityPerOrderMax || order.UnitPriceMinor is < 1 or > ProductRules.PriceMax)
        {
            return OrderProblems.Quantity(order.Quantity);
        }

        var total = order.UnitPriceMinor * order.Quantity;
        if (total > TotalMax) { return OrderProblems.TooExpensive(total, TotalMax); }

        await dueTimes.SetAsync(DueType, Id, now + FirstLook);
        await StoreAsync(new OrderRecord
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
            await _turn.WriteAsync(record.ClearStateAsync);
            await dueTimes.ClearAsync(DueType, Id);
            return reserved.Refusal;
        }

        // Two arrows and one write: the payment is sent as soon as this is durable.
        OrderMachine.TryApply(state.Stage, OrderHappened.StockTaken, out var stage);
        OrderMachine.TryApply(stage, OrderHappened.PaymentSent, out stage);
        await StoreAsync(state with { Stage = stage, Product = reserved.Value.Card with { PriceMinor = state.Product.PriceMinor }, ExpiresAt = reserved.Value.ExpiresAt });
        return null;
    }

    /// <summary>One conversation with the provider at a time; whoever comes meanwhile waits for the same.</summary>
    private Task AdvanceOnce()
    {
        if (_advancing.IsCompleted)
        {
            _asked = Time.GetUtcNow();
            _advancing = AdvanceAsync();
        }

        return _advancing;
    }

    private async Task AdvanceAsync()
    {
        try
        {
            var state = record.State;
            var sight = Time.GetUtcNow() < state.ExpiresAt
                ? await payments.AdvanceAsync(state.ToCharge(Id), state.PaymentIntentId, mayPost: state.Stage == OrderStage.Paying)
                : await EndPaymentAsync(state);

            using var turn = await _turn.EnterAsync();
            await TakeInAsync(sight);
        }
        catch (Exception error)
        {
            Log.AdvanceFailed(logger, error, Id);
            throw;
        }
    }

    /// <summary>The reservation is over: nothing is posted any more, and what is there and unpaid is canceled.</summary>
    private async Task<PaymentSight> EndPaymentAsync(OrderRecord state)
    {
        if (state.PaymentIntentId is { } known) { return await payments.CancelAsync(known); }

        var sight = await payments.AdvanceAsync(state.ToCharge(Id), paymentIntentId: null, mayPost: false);
        return sight is PaymentSight.Seen { News: { Status: not (PaymentNewsReader.Succeeded or PaymentNewsReader.Canceled) } news }
            ? await payments.CancelAsync(news.PaymentIntentId)
            : sight;
    }

    private async Task TakeInAsync(PaymentSight sight)
    {
        var state = record.State;
        switch (sight)
        {
            case PaymentSight.Seen seen:
                await MoveAsync(seen.News);
                break;
            case PaymentSight.Refused refused:
                await ApplyAsync(OrderHappened.PaymentFailed, state with { Problem = refused.Problem, PaymentEnded = true });
                break;
            case PaymentSight.Absent when Time.GetUtcNow() >= state.ExpiresAt:
                await ApplyAsync(OrderHappened.TimeIsUp, state with { Problem = OrderProblems.Expired, PaymentEnded = true });
                break;
            case PaymentSight.Absent:
                await ApplyAsync(OrderHappened.PaymentFailed, state with { Problem = OrderProblems.NeverArrived, PaymentEnded = true });
                break;
        }

        await FinishAsync();
    }

    private async Task MoveAsync(PaymentNews news)
    {
        var state = record.State;
        if (state.PaymentIntentId is { } known && known != news.PaymentIntentId)
        {
            Log.SecondPayment(logger, Id, known, news.PaymentIntentId, news.Status);
            return;
        }

        var next = state with { PaymentIntentId = news.PaymentIntentId, PaymentEnded = state.PaymentEnded || news.Status == PaymentNewsReader.Canceled };
        switch (OrderMachine.Read(news.Status, news.Problem, Time.GetUtcNow() >= state.ExpiresAt))
        {
            case OrderHappened.MoneyTaken when news.AmountMinor != state.TotalMinor || news.Currency != state.Product.Currency:
                Log.OtherAmount(logger, Id, news.PaymentIntentId, news.AmountMinor, news.Currency, state.TotalMinor, state.Product.Currency);
                await StoreAsync(next);
                break;
            case OrderHappened.TimeIsUp:
                await ApplyAsync(OrderHappened.TimeIsUp, next with { Problem = OrderProblems.Expired });
                break;
            case { } happened:
                await ApplyAsync(happened, next with
                {
                    ActionUrl = news.ActionUrl ?? state.ActionUrl,
                    Problem = happened == OrderHappened.PaymentFailed ? news.Problem ?? OrderProblems.Canceled : null,
                });
                break;
            default:
                await StoreAsync(next);
                break;
        }
    }

    /// <summary>Stores <paramref name="next"/> with the stage after <paramref name="happened"/>; without an arrow only what is known of the payment is kept.</summary>
    private async Task ApplyAsync(OrderHappened happened, OrderRecord next)
    {
        if (!OrderMachine.TryApply(record.State.Stage, happened, out var stage))
        {
            await StoreAsync(record.State with { PaymentIntentId = next.PaymentIntentId, PaymentEnded = next.PaymentEnded });
            return;
        }

        Log.Moved(logger, Id, record.State.Stage, stage, next.PaymentIntentId);
        await StoreAsync(next with { Stage = stage });
    }

    private Task StoreAsync(OrderRecord next)
    {
        if (record.RecordExists && next == record.State) { return Task.CompletedTask; }
        record.State = next;
        return _turn.WriteAsync(record.WriteStateAsync);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6401, Level = LogLevel.Information, Message = "Order {OrderId} went from {From} to {To} ({PaymentIntentId})")]
        public static partial void Moved(ILogger logger, string orderId, OrderStage from, OrderStage to, string? paymentIntentId);

        [LoggerMessage(EventId = 6402, Level = LogLevel.Warning, Message = "Payment {PaymentIntentId} names order {OrderId}, which does not exist; ignored")]
        public static partial void UnknownOrder(ILogger logger, string orderId, string paymentIntentId);

        [LoggerMessage(EventId = 6403, Level = LogLevel.Error,
            Message = "Order {OrderId} has payment {Known}, and {Other} ({Status}) names it too: not sold a second time, check it by hand")]
        public static partial void SecondPayment(ILogger logger, string orderId, string known, string other, string status);

        [LoggerMessage(EventId = 6404, Level = LogLevel.Error,
            Message = "Order {OrderId}: payment {PaymentIntentId} took {Amount} {Currency} instead of {Total} {TotalCurrency}; not sold, check it by hand")]
        public static partial void OtherAmount(
            ILogger logger, string orderId, string paymentIntentId, long amount, string currency, long total, string totalCurrency);

        [LoggerMessage(EventId = 6406, Level = LogLevel.Warning, Message = "Order {OrderId} could not be brought forward; it is tried again when due")]
        public static partial void AdvanceFailed(ILogger logger, Exception error, string orderId);
    }
}
