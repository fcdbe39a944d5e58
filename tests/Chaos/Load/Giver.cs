using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Chaos.Load;

/// <summary>Somebody who gives, one gift after the other, and repeats each with its key until there is an answer.</summary>
internal sealed class Giver(Person person, string roomId, GiftItem gift, GiftBook book, int seed)
{
    /// <summary>A gift that has no answer this long after the end of the faults never gets one.</summary>
    private static readonly TimeSpan OpenMax = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(200);
    private const int RepeatOneIn = 15;
    private const int PauseMinMs = 300;
    private const int PauseMaxMs = 900;

    private readonly Random _random = new(seed);
    private volatile TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Person Person => person;

    /// <summary>The next gift leaves at once.</summary>
    public void Hurry() => Interlocked.Exchange(ref _hurry!, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Until told to stop; what is open then is settled first.</summary>
    public async Task GiveAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var sent = book.Send(person);
            if (!await SettleAsync(sent, stop)) { return; }
            if (_random.Next(RepeatOneIn) == 0) { await RepeatAsync(sent); }
            var pause = Task.Delay(TimeSpan.FromMilliseconds(_random.Next(PauseMinMs, PauseMaxMs)), TimeProvider.System, stop);
            await Task.WhenAny(pause, _hurry.Task);
        }
    }

    private async Task<bool> SettleAsync(SentGift sent, CancellationToken stop)
    {
        TimeSpan? since = null;
        while (true)
        {
            sent.Tries++;
            var answer = await TryAsync(sent.Key);
            if (answer.Ok)
            {
                book.Acknowledge(sent, answer.Read<GiftReceipt>());
                return true;
            }

            if (!MayTryAgain(answer))
            {
                book.Blame($"Gift {sent.Key} was refused: {answer.Status} {answer.Text}");
                return false;
            }

            person.GoElsewhere();
            if (stop.IsCancellationRequested && book.Now - (since ??= book.Now) > OpenMax)
            {
                book.Blame($"Gift {sent.Key} has no answer after {sent.Tries} tries; the last was: {answer.Status} {answer.Text}");
                return false;
            }

            await Task.Delay(TryAgainAfter, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>A repeat of what was acknowledged gets the first answer.</summary>
    private async Task RepeatAsync(SentGift sent)
    {
        var answer = await TryAsync(sent.Key);
        if (answer.IsUnknown || !answer.Ok) { return; }
        var again = answer.Read<GiftReceipt>();
        if ((again.Coins, again.Balance) != (sent.Receipt!.Coins, sent.Receipt.Balance))
        {
            book.Blame($"The repeat of gift {sent.Key} got another receipt: {again} instead of {sent.Receipt}.");
        }
    }

    private Task<Answer> TryAsync(Guid key) =>
        person.AskAsync(HttpMethod.Post, $"/api/rooms/{roomId}/gifts", new { giftId = gift.GiftId, quantity = 1, unitPrice = gift.Price }, key);

    // A room whose broadcast broke off with its gateway takes no gifts until the camera is back.
    private static bool MayTryAgain(Answer answer) =>
        answer.IsUnknown || answer.Status == 429 || answer.Read<Refusal>().Code is RefusalCode.StreamNotLive or RefusalCode.Busy or RefusalCode.Unavailable;
}
