using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A viewer with an account who writes, gives and buys. Sendings do not wait for each other's answers: the schedule decides when.</summary>
/// <param name="number">Among the senders.</param>
/// <param name="account">Who it is.</param>
/// <param name="viewer">Its place in the room.</param>
/// <param name="wallet">Its wallet, read while the run goes on.</param>
internal sealed class Sender(Load load, int number, SignedIn account, Viewer viewer, WalletProof wallet)
{
    private const string Page = "/orders";
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, string> _orders = new();

    public SignedIn Account => account;

    public Viewer Viewer => viewer;

    public WalletProof Wallet => wallet;

    /// <summary>Its way to the HTTP API.</summary>
    public Api Api { get; } = new(load.Scenario.Server, load.Dialer.For(viewer.Number), load.Clock.Time, account.Cookie);

    public Task SayAsync(int index, long scheduled, CancellationToken cancellationToken)
    {
        var message = new SayCall(load.Keys.Make(SendKind.Chat, index), $"Message {index} of a load test by {account.Person.Name}.");
        return SendAsync(load.Chats, index, scheduled, load.Meter.ChatAnswer, async () =>
        {
            var answer = await CallAsync<SayCall, ChatReceipt>("Say", message, cancellationToken);

            // In a hot room only a part of the messages is shown to others: that one is not waited for.
            if (answer.Value is { Shown: false }) { load.Meter.Expected.Add(ErrorTally.NotShown); }
            return answer is { Value.Shown: false } ? (answer.Refusal, SendState.Refused) : Outcome(answer);
        });
    }

    public Task GiveAsync(int index, long scheduled, GiftItem item, int quantity, CancellationToken cancellationToken)
    {
        var gift = new SendGift(load.Keys.Make(SendKind.Gift, index), item.GiftId, quantity, item.Price);
        wallet.Sent(gift.Key);
        return SendAsync(load.Gifts, index, scheduled, load.Meter.GiftAnswer, async () =>
        {
            var answer = await CallAsync<SendGift, GiftReceipt>("SendGift", gift, cancellationToken);
            if (answer.Value is { } receipt) { wallet.Acknowledged(receipt); }
            return Outcome(answer);
        });
    }

    public Task BuyAsync(int index, long scheduled, string card, int quantity, CancellationToken cancellationToken)
    {
        var (product, key) = (viewer.Room.Product!, load.Keys.Make(SendKind.Order, index));
        var order = new PlaceOrder(product.ProductId, quantity, product.PriceMinor, viewer.Room.RoomId, card, NameMe: true, Page);
        _orders[index] = key.ToString("N");
        return SendAsync(load.Orders, index, scheduled, load.Meter.OrderAnswer, async () =>
        {
            var answer = await Api.PlaceOrderAsync(key, order, AnswerPatience, cancellationToken);
            if (answer.Value is not { } placed) { return Outcome(answer); }
            viewer.Room.Stock!.Told(placed);
            if (placed.State == OrderState.Paid) { return (null, SendState.Acknowledged); }
            load.Meter.Errors.Add($"order_{placed.State.ToString().ToLowerInvariant()}");
            return (null, SendState.Refused);
        });
    }

    /// <summary>The id of an order that was sent; null: it was not.</summary>
    public string? OrderIdOf(int index) => _orders.TryGetValue(index, out var id) ? id : null;

    private static (Refusal? Refusal, SendState State) Outcome<T>(Result<T> answer)
        where T : class => (answer.Refusal, answer.Ok ? SendState.Acknowledged : SendState.Refused);

    private async Task<Result<T>> CallAsync<TArgument, T>(string method, TArgument argument, CancellationToken cancellationToken)
        where T : class => viewer.Connection is { } connection
            ? HubAnswers.Read<T>(await connection.CallAsync(method, argument, AnswerPatience, cancellationToken))
            : throw new NotConnectedException();

    private async Task SendAsync(SendBook book, int index, long scheduled, LatencyHistogram answers, Func<Task<(Refusal? Refusal, SendState State)>> send)
    {
        book.Send(index, number, viewer.Room.Index, scheduled);
        load.Meter.Lateness.Record(load.Clock.Micros - scheduled);
        var outcome = SendState.Unknown;
        try
        {
            (var refusal, outcome) = await send();
            answers.Record(load.Clock.Micros - scheduled);
            if (refusal is not null) { (IsExpected(refusal.Code) ? load.Meter.Expected : load.Meter.Errors).Add(refusal.Name); }
        }
        catch (Exception never) when (never is TooManyCallsException or NotConnectedException)
        {
            // It never left: nothing can have happened.
            outcome = SendState.Refused;
            load.Meter.Errors.Add(never is NotConnectedException ? ErrorTally.NotConnected : ErrorTally.TooManyInFlight);
        }
        catch (Exception lost) when (lost is IOException or TimeoutException or WebSocketException or HttpRequestException or ObjectDisposedException
            or OperationCanceledException or JsonException)
        {
            load.Meter.Errors.Add(lost is JsonException ? ErrorTally.ProtocolBroken : ErrorTally.NoAnswer);
        }
        finally
        {
            book.Settle(index, outcome);
        }
    }

    // That everything was sold is what a rush is about.
    private static bool IsExpected(RefusalCode code) => code is RefusalCode.OutOfStock;

    private sealed class NotConnectedException() : Exception("There is no connection at the moment.");
}
