using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests.Crashes;

/// <summary>People who give, some over connections that break, and one who cannot afford it.</summary>
internal sealed class CrashLoad
{
    private const int Senders = 4;
    private const int AtOnce = 3;
    private const long Coins = 75_000;
    private const int CutOneIn = 25;
    private const int DroppedOneIn = 25;

    private readonly Stage _stage;
    private readonly ApiClient[] _senders;
    private readonly ApiClient _poor;
    private volatile bool _strikes;

    private CrashLoad(Stage stage, ApiClient[] senders, ApiClient poor)
    {
        _stage = stage;
        _senders = senders;
        _poor = poor;
    }

    public CrashBook Book { get; } = new();

    public static async Task<CrashLoad> PrepareAsync(Stage stage)
    {
        var senders = new ApiClient[Senders];
        for (var i = 0; i < Senders; i++)
        {
            senders[i] = await stage.RegisterAsync($"sender {i}");
            await senders[i].TopUpAsync(Coins);
        }

        return new CrashLoad(stage, senders, await stage.RegisterAsync("poor sender"));
    }

    /// <summary>Starts to give. The first task ends when all have stopped: cut off by the fault, or told to by the second.</summary>
    public (Task Giving, TaskCompletionSource Over) Begin(int seed)
    {
        _strikes = false;
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hands = _senders.SelectMany(sender => Enumerable.Repeat(sender, AtOnce)).Append(_poor)
            .Select((sender, hand) => Task.Run(() => GiveAsync(sender, new Random(unchecked(seed + hand)), over.Task)))
            .ToArray();
        return (Task.WhenAll(hands), over);
    }

    /// <summary>From now on the fault is to be expected.</summary>
    public void Strikes() => _strikes = true;

    /// <summary>Whoever got no answer repeats the gift with its key, until there is one.</summary>
    public async Task SettleOpenAsync()
    {
        foreach (var (key, sender) in Book.TakeOpen())
        {
            await Eventually.HoldsAsync(async () => await TryAsync(sender, key, Fate.Answered, CancellationToken.None), $"{key} is answered");
        }
    }

    /// <summary>Repeats of what was acknowledged get the first answer.</summary>
    public async Task RepeatSomeAsync(Random random, int count)
    {
        var acknowledged = Book.Acknowledged;
        for (var i = 0; i < count; i++)
        {
            var key = acknowledged[random.Next(acknowledged.Count)];
            var again = await Book.Sent[key].GiveAsync(_stage.RoomId, _stage.Gift, key);
            Assert.Equal(Book.ReceiptOf(key), (again.Coins, again.Balance));
        }
    }

    /// <summary>Wallets hold what the gifts have left.</summary>
    public async Task CheckWalletsAsync()
    {
        var given = Book.Acknowledged.CountBy(key => Book.Sent[key].Id).ToDictionary();
        foreach (var sender in _senders)
        {
            var wallet = await sender.GetAsync<Wallet>("/api/wallet");
            Assert.Equal(Coins - (given.GetValueOrDefault(sender.Id) * _stage.Gift.Price), wallet.Coins);
        }
    }

    private async Task GiveAsync(ApiClient sender, Random random, Task over)
    {
        while (!over.IsCompleted)
        {
            var key = Guid.CreateVersion7();
            Book.Sent[key] = sender;
            var fate = random.Next(CutOneIn) == 0 ? Fate.Cut : random.Next(DroppedOneIn) == 0 ? Fate.Dropped : Fate.Answered;
            using var cut = new CancellationTokenSource();
            var answered = await TryAsync(sender, key, fate, cut.Token, cut);
            if (Book.Problem is not null) { return; }

            // No answer that says anything: the fault has come. What this gift has become is found out when it is over.
            // Before that it is a busy machine, and the next gift may fare better.
            if (!answered && fate == Fate.Answered && _strikes) { await over; }
        }
    }

    // True: there is an answer, and it is in the book.
    private async Task<bool> TryAsync(ApiClient sender, Guid key, Fate fate, CancellationToken cancellationToken, CancellationTokenSource? cut = null)
    {
        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(
                new { giftId = _stage.Gift.GiftId, quantity = 1, unitPrice = _stage.Gift.Price }, ApiClient.Spoken);
            using var answer = await sender.SendAsync(
                $"/api/rooms/{_stage.RoomId}/gifts", new SentContent(body, fate == Fate.Cut ? cut : null), key, cancellationToken);
            if (fate == Fate.Dropped) { return false; }
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                Book.Acknowledge(JsonSerializer.Deserialize<GiftReceipt>(text, WireJson.Options)!, key);
                return true;
            }

            if (answer.StatusCode >= HttpStatusCode.InternalServerError) { return false; }
            var refusal = JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!;
            if (refusal.Code == RefusalCode.StreamNotLive) { return false; }
            if (refusal.Code == RefusalCode.InsufficientCoins && sender == _poor) { Book.Refuse(key); }
            else { Book.Problem = text; }
            return true;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private enum Fate
    {
        Answered,

        /// <summary>The connection is cut when the request has gone out.</summary>
        Cut,

        /// <summary>The answer comes and nobody reads it.</summary>
        Dropped,
    }

    /// <summary>A body that cuts its own connection once it has been sent.</summary>
    private sealed class SentContent : HttpContent
    {
        private readonly byte[] _body;
        private readonly CancellationTokenSource? _cut;

        public SentContent(byte[] body, CancellationTokenSource? cut)
        {
            _body = body;
            _cut = cut;
            Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = Encoding.UTF8.WebName };
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_body);
            await stream.FlushAsync();
            if (_cut is not null) { await _cut.CancelAsync(); }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }
    }
}
