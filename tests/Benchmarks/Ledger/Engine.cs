using System.Diagnostics;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>This ledger without the network in front of it: the owner of a shard and its store.</summary>
internal sealed class Engine : IAsyncDisposable
{
    /// <summary>Gifts on their way in a closed loop: two commits' worth, so that one gathers while the other is written.</summary>
    public const int InFlight = 4_000;

    private const long Coins = 10;
    private const long Purse = 1_000_000_000;

    private readonly StorageOptions _storage;
    private readonly Database _database;
    private LedgerOwner _owner;

    private Engine(StorageOptions storage, Database database, LedgerOwner owner)
    {
        _storage = storage;
        _database = database;
        _owner = owner;
    }

    /// <summary>Bytes of the heap that one wallet takes, measured while the wallets were filled.</summary>
    public double WalletBytes { get; private init; }

    /// <summary>Account ids of the funded viewers.</summary>
    public required string[] Viewers { get; init; }

    /// <summary>Makes the schema, opens the ledger and gives coins to so many viewers.</summary>
    public static async Task<Engine> OpenAsync(StorageOptions storage, int viewers)
    {
        var database = StorageServices.Open(storage);
        await new Migrator(database, NullLogger<Migrator>.Instance).ApplyAsync();
        var store = SqlLedgerStore.For(database);

        // No ids remembered here: what the heap gains is the wallets. Their names are made anew for each request, as they come from the network.
        var funding = await StartAsync(store, new LedgerOptions { KeysInMemoryMax = 2, AccountsInMemoryMax = 4 * viewers });
        var ids = new Guid[viewers];
        for (var i = 0; i < viewers; i++) { ids[i] = Guid.CreateVersion7(); }

        // What a commit needs whatever the number of wallets, buffers above all, is there after the first of them.
        await TopUpAsync(funding, [.. ids[..InFlight].Select(id => id.ToString("N"))]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var share in ids[InFlight..].Chunk(InFlight)) { await TopUpAsync(funding, [.. share.Select(id => id.ToString("N"))]); }
        var walletBytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)(viewers - InFlight);
        await funding.DisposeAsync();
        return new Engine(storage, database, await StartAsync(store, new LedgerOptions()))
        {
            WalletBytes = walletBytes,
            Viewers = [.. ids.Select(id => id.ToString("N"))],
        };
    }

    /// <summary>Gives coins to accounts of a database that others may use: they are fenced, and take over again.</summary>
    public static async Task FundAsync(StorageOptions storage, IReadOnlyList<string> accounts)
    {
        await using var database = StorageServices.Open(storage);
        var owner = await StartAsync(SqlLedgerStore.For(database), new LedgerOptions());
        foreach (var share in accounts.Chunk(InFlight)) { await TopUpAsync(owner, share); }
        await owner.DisposeAsync();
    }

    /// <summary>As fast as it goes, from so many of the viewers to one streamer.</summary>
    /// <returns>Gifts a second.</returns>
    public async Task<double> RunAsync(int senders, double seconds)
    {
        var streamer = Guid.CreateVersion7().ToString("N");
        var began = Stopwatch.GetTimestamp();
        var end = began + (long)(seconds * Stopwatch.Frequency);
        var counts = new long[InFlight];
        var hands = Enumerable.Range(0, InFlight).Select(hand => Task.Run(async () =>
        {
            while (Stopwatch.GetTimestamp() < end)
            {
                var answer = await _owner.PostAsync(Gift(Viewers[Random.Shared.Next(senders)], streamer));
                if (answer.Outcome != LedgerOutcome.Moved) { throw new InvalidOperationException($"A gift was answered {answer}."); }
                counts[hand]++;
            }
        }));
        await Task.WhenAll(hands);
        return counts.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>At a fixed rate, whatever the answers do: latency counts from the planned moment.</summary>
    public async Task<Paced> RunPacedAsync(int perSecond, double seconds)
    {
        var streamer = Guid.CreateVersion7().ToString("N");
        var total = (int)(perSecond * seconds);
        var latencies = new LatencyHistogram();
        var answered = 0;
        var refused = 0;
        var atHalf = 0;
        var began = Stopwatch.GetTimestamp();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1)))
        {
            for (var sent = 0; sent < total;)
            {
                var due = Math.Min(total, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond));
                for (; sent < due; sent++) { _ = SendAsync(sent); }
                if (atHalf == 0 && sent >= total / 2) { atHalf = sent - Volatile.Read(ref answered); }
                if (sent < total) { await tick.WaitForNextTickAsync(); }
            }
        }

        var backlog = total - Volatile.Read(ref answered);
        await waiting.Task.WaitAsync(TimeSpan.FromMinutes(1));
        return new Paced(latencies.Percentile(50) / 1_000.0, latencies.Percentile(99) / 1_000.0, atHalf / (double)perSecond, backlog / (double)perSecond, refused);

        async Task SendAsync(int number)
        {
            try
            {
                var answer = await _owner.PostAsync(Gift(Viewers[Random.Shared.Next(Viewers.Length)], streamer));
                if (answer.Outcome != LedgerOutcome.Moved) { Interlocked.Increment(ref refused); }
                var planned = began + (long)(number / (double)perSecond * Stopwatch.Frequency);
                latencies.Record((long)Stopwatch.GetElapsedTime(planned).TotalMicroseconds);
                if (Interlocked.Increment(ref answered) == total) { waiting.TrySetResult(); }
            }
            catch (Exception failure)
            {
                waiting.TrySetException(failure);
            }
        }
    }

    /// <summary>Bytes of the heap that one remembered id takes.</summary>
    public async Task<double> MeasureIdBytesAsync(int ids)
    {
        await _owner.DisposeAsync();
        _owner = await StartAsync(SqlLedgerStore.For(_database), new LedgerOptions { KeysInMemoryMax = 4 * ids });
        await SendSomeAsync(InFlight);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await SendSomeAsync(ids);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)ids;
        await _owner.DisposeAsync();
        _owner = await StartAsync(SqlLedgerStore.For(_database), new LedgerOptions());
        return bytes;

        async Task SendSomeAsync(int count)
        {
            for (var sent = 0; sent < count; sent += InFlight)
            {
                var gifts = Enumerable.Range(0, Math.Min(InFlight, count - sent)).Select(_ => _owner.PostAsync(Gift(Viewers[Random.Shared.Next(LedgerPlan.ComboSenders)], Viewers[^1])));
                await Task.WhenAll(gifts);
            }
        }
    }

    /// <summary>The whole audit, over connections of its own: the database may have been killed meanwhile.</summary>
    /// <returns>Defects.</returns>
    public async Task<int> VerifyAsync()
    {
        await using var database = StorageServices.Open(_storage);
        return (await new LedgerAudit(database).VerifyAsync()).Count;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static Task<LedgerOwner> StartAsync(ILedgerStore store, LedgerOptions options) =>
        LedgerOwner.StartAsync(0, store, _ => { }, options, TimeProvider.System, NullLogger.Instance);

    private static Task TopUpAsync(LedgerOwner owner, IReadOnlyList<string> accounts) => Task.WhenAll(accounts.Select(async account =>
    {
        var answer = await owner.PostAsync(new LedgerEntry(
            Guid.CreateVersion7(), Fingerprint: 1, LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins),
            [new LedgerLeg(LedgerAccount.Coins(account), Purse)], Rate: 0, Reference: "bench"));
        if (answer.Outcome != LedgerOutcome.Moved) { throw new InvalidOperationException($"A top-up was answered {answer}."); }
    }));

    private static LedgerEntry Gift(string viewer, string streamer) => new(
        Guid.CreateVersion7(), Random.Shared.NextInt64(), LedgerEntryKind.Gift, LedgerAccount.Coins(viewer),
        [new LedgerLeg(LedgerAccount.Earnings(streamer), Coins / 2), new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), Coins - (Coins / 2))],
        Rate: 1, new GiftMemo(streamer, new Person(viewer, "A viewer"), "rose", 1));
}

/// <summary>What a run at a fixed rate showed.</summary>
/// <param name="HalfwaySeconds">Seconds' worth of gifts that waited halfway.</param>
/// <param name="BacklogSeconds">And when the last was sent.</param>
/// <param name="Refused">Answered Busy.</param>
internal sealed record Paced(double P50Ms, double P99Ms, double HalfwaySeconds, double BacklogSeconds, int Refused);
