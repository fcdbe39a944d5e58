using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A viewer with an account who writes and gives. Sendings do not wait for each other's answers: the schedule decides when.</summary>
/// <param name="number">Among the senders.</param>
/// <param name="account">Who it is.</param>
/// <param name="viewer">Its place in the room.</param>
/// <param name="wallet">Its wallet, read while the run goes on.</param>
internal sealed class Sender(Load load, int number, SignedIn account, Viewer viewer, WalletProof wallet)
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    public SignedIn Account => account;

    public Viewer Viewer => viewer;

    public WalletProof Wallet => wallet;

    public async Task SayAsync(int index, long scheduled, CancellationToken cancellationToken)
    {
        var message = new SayCall(load.Keys.Make(SendKind.Chat, index), $"Message {index} of a load test by {account.Person.Name}.");
        await SendAsync<SayCall, ChatReceipt>(load.Chats, index, scheduled, "Say", message, load.Meter.ChatAnswer, cancellationToken);
    }

    public async Task GiveAsync(int index, long scheduled, CancellationToken cancellationToken)
    {
        var gift = new SendGift(load.Keys.Make(SendKind.Gift, index), load.Gift!.GiftId, Quantity: 1, load.Gift.Price);
        wallet.Sent(gift.Key);
        var receipt = await SendAsync<SendGift, GiftReceipt>(load.Gifts, index, scheduled, "SendGift", gift, load.Meter.GiftAnswer, cancellationToken);
        if (receipt is not null) { wallet.Acknowledged(receipt); }
    }

    private async Task<T?> SendAsync<TArgument, T>(
        SendBook book, int index, long scheduled, string method, TArgument argument, LatencyHistogram answers, CancellationToken cancellationToken)
        where T : class
    {
        book.Send(index, number, scheduled);
        load.Meter.Lateness.Record(load.Clock.Micros - scheduled);
        var outcome = SendState.Unknown;
        try
        {
            if (viewer.Connection is not { } connection)
            {
                // It never left: nothing can have happened.
                outcome = SendState.Refused;
                load.Meter.Errors.Add(ErrorTally.NotConnected);
                return null;
            }

            var answer = HubAnswers.Read<T>(await connection.CallAsync(method, argument, AnswerPatience, cancellationToken));
            answers.Record(load.Clock.Micros - scheduled);
            outcome = answer.Ok ? SendState.Acknowledged : SendState.Refused;
            if (answer.Refusal is { } refusal) { load.Meter.Errors.Add(refusal.Name); }
            return answer.Value;
        }
        catch (TooManyCallsException)
        {
            outcome = SendState.Refused;
            load.Meter.Errors.Add(ErrorTally.TooManyInFlight);
        }
        catch (Exception lost) when (lost is IOException or TimeoutException or WebSocketException or ObjectDisposedException or OperationCanceledException or JsonException)
        {
            load.Meter.Errors.Add(lost is JsonException ? ErrorTally.ProtocolBroken : ErrorTally.NoAnswer);
        }
        finally
        {
            book.Settle(index, outcome);
        }

        return null;
    }
}
