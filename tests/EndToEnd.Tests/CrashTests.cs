using System.Collections.Concurrent;
using System.Data.Common;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.EndToEnd.Tests.Wire;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>Gifts under load while the process is killed without warning, again and again.</summary>
public sealed class CrashTests
{
    private const int Senders = 4;
    private const int AtOnce = 3;
    private const long Coins = 3_000;

    // Of the snapshot's 50 gifts, some may be committed without an answer: these many acknowledged ones are in it for sure.
    private const int SurelyShown = 20;

    // How many answers come before each kill.
    private static readonly int[] Rounds = [25, 60, 110];

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("PostgreSql")]
    public async Task KillInTheMiddleOfGifts_LosesNoneThatWasAcknowledged_AndMovesNoneTwice(string provider)
    {
        await using var stage = await Stage.StartAsync(provider);
        var senders = new ApiClient[Senders];
        for (var i = 0; i < Senders; i++)
        {
            senders[i] = await stage.RegisterAsync($"sender {i}");
            await senders[i].TopUpAsync(Coins);
        }

        var book = new Book();
        var leftOpen = 0;
        await stage.GoLiveAsync();
        foreach (var answers in Rounds)
        {
            var enough = book.AnswersReach(book.Acknowledged.Count + answers);
            var giving = senders.SelectMany(sender => Enumerable.Repeat(sender, AtOnce)).Select(sender => GiveUntilCutOffAsync(stage, sender, book)).ToArray();
            await Task.WhenAny(enough, Task.WhenAll(giving));
            await stage.Product.KillAloneAsync();
            await Task.WhenAll(giving);
            Assert.True(enough.IsCompletedSuccessfully, $"The gifts ended before the kill: {string.Join("; ", book.Problems)}");

            await stage.Product.StartAgainAsync();
            await using (var hub = await HubClient.ConnectAsync(stage.Product.Address))
            {
                var shown = (await hub.JoinAsync(stage.RoomId)).Gifts.Select(gift => gift.Key).ToHashSet();
                Assert.Superset(book.Acknowledged.TakeLast(SurelyShown).ToHashSet(), shown);
            }

            // A room that was cut off is not live, and a repeat of what had been committed is answered all the same.
            await stage.GoLiveAsync();
            var open = book.Open;
            leftOpen += open.Count;
            foreach (var (key, sender) in open)
            {
                Assert.Equal(stage.Gift.Price, (await sender.GiveAsync(stage.RoomId, stage.Gift, key)).Coins);
                book.Acknowledge(key);
            }
        }

        Assert.True(leftOpen > 0, "No kill came while a gift was on its way.");
        foreach (var sender in senders)
        {
            var wallet = await sender.GetAsync<Wallet>("/api/wallet");
            Assert.Equal(Coins - (book.Sent.Values.Count(one => one == sender) * stage.Gift.Price), wallet.Coins);
        }

        var (exitCode, output) = await stage.Product.RunAsync("verify");
        Assert.Equal((0, "The ledger is whole: 0 defects."), (exitCode, output.Trim()));
        Assert.Equal(0, await stage.Product.StopAsync());
        Assert.Equal(book.Acknowledged.Order(), (await ReadGiftsAsync(provider, stage.ConnectionString)).Order());
    }

    private static async Task GiveUntilCutOffAsync(Stage stage, ApiClient sender, Book book)
    {
        try
        {
            while (true)
            {
                var key = Guid.CreateVersion7();
                book.Sent[key] = sender;
                using var answer = await sender.SendAsync(
                    HttpMethod.Post, $"/api/rooms/{stage.RoomId}/gifts", new { giftId = stage.Gift.GiftId, quantity = 1, unitPrice = stage.Gift.Price }, key);
                if (!answer.IsSuccessStatusCode)
                {
                    book.Problems.Enqueue(await answer.Content.ReadAsStringAsync());
                    return;
                }

                book.Acknowledge(key);
            }
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException or OperationCanceledException)
        {
            // Killed: whether the last gift has moved is what the retry finds out.
        }
    }

    private static async Task<IReadOnlyList<Guid>> ReadGiftsAsync(string provider, string connectionString)
    {
        await using DbConnection connection = provider == "Sqlite" ? new SqliteConnection(connectionString) : new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from ledger_entry where kind = 1";
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<Guid>();
        while (await reader.ReadAsync()) { keys.Add(reader.GetValue(0) is byte[] bytes ? new Guid(bytes, bigEndian: true) : reader.GetGuid(0)); }
        return keys;
    }

    /// <summary>What was sent and what was answered.</summary>
    private sealed class Book
    {
        private readonly Lock _lock = new();
        private readonly List<Guid> _acknowledged = [];
        private int _wanted = int.MaxValue;
        private TaskCompletionSource _reached = new();

        public ConcurrentDictionary<Guid, ApiClient> Sent { get; } = new();

        public ConcurrentQueue<string> Problems { get; } = new();

        /// <summary>In the order of the answers.</summary>
        public IReadOnlyList<Guid> Acknowledged
        {
            get
            {
                lock (_lock) { return [.. _acknowledged]; }
            }
        }

        /// <summary>Sent and not answered.</summary>
        public IReadOnlyList<(Guid Key, ApiClient Sender)> Open
        {
            get
            {
                var answered = Acknowledged.ToHashSet();
                return [.. Sent.Where(one => !answered.Contains(one.Key)).Select(one => (one.Key, one.Value))];
            }
        }

        public Task AnswersReach(int count)
        {
            lock (_lock)
            {
                _wanted = count;
                _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _reached.Task;
            }
        }

        public void Acknowledge(Guid key)
        {
            lock (_lock)
            {
                _acknowledged.Add(key);
                if (_acknowledged.Count == _wanted) { _reached.TrySetResult(); }
            }
        }
    }
}
