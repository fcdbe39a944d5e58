using System.Collections.Concurrent;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>
/// One seed: clients that retry, repeat and race, a store that fails before and after its commits, owners that are overtaken and
/// restarted in the middle. What the clients were told is kept apart from the ledger, and held against it afterwards.
/// </summary>
internal sealed class LedgerTrial(ILedgerStore inner, int seed, Func<int, bool>? loses = null)
{
    private const int Asks = 70;
    private const int Clients = 6;
    private const int TriesMax = 300;

    private static readonly LedgerOutcome[] Expected =
    [
        LedgerOutcome.Moved, LedgerOutcome.Insufficient, LedgerOutcome.Frozen, LedgerOutcome.OriginalUnknown, LedgerOutcome.HoldOver,
        LedgerOutcome.NotYet, LedgerOutcome.TooMuch, LedgerOutcome.Malformed,
    ];

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly TestClock _clock = new QuickClock(Noon);
    private readonly LedgerScript _script = new(seed);
    private readonly ConcurrentDictionary<Guid, ConcurrentQueue<LedgerAnswer>> _answers = new();
    private readonly LedgerOptions _options = new()
    {
        GiveUpAfterMs = 0, AccountsInMemoryMax = 4, KeysInMemoryMax = 8, BatchMax = 7, ExpiryEveryMs = 3_600_000, ExpiryMax = 3,
    };

    private readonly List<LedgerOwner> _owners = [];
    private FaultyLedgerStore _store = null!;
    private bool _faults = true;
    private int _commits;

    /// <summary>Everything that was asked.</summary>
    public IReadOnlyList<LedgerAsk> Asked => _script.Asks;

    /// <summary>Runs the clients and checks that each was told one thing; what is stored is checked by <see cref="LedgerReplay"/>.</summary>
    public async Task RunAsync()
    {
        _script.Write(Asks);
        _store = new FaultyLedgerStore(inner)
        {
            BeforeAppend = _ => Fault(12),
            AfterAppend = _ => Fault(12),
            BeforeFreeze = () => Fault(6),
            AfterFreeze = () => Fault(6),
            BeforeTakeOver = () => Fault(15),
            AfterTakeOver = () => Fault(15),
            BeforeFind = () => Fault(30),
            Loses = _ => loses?.Invoke(Interlocked.Increment(ref _commits)) == true,
        };
        await ReplaceOwnerAsync();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() =>
            SendAllAsync(_script.Asks.Where((_, i) => i % Clients == client || i % 11 == client)))));

        _faults = false;
        await ReplaceOwnerAsync();
        await CheckAnswersAsync(_owners[^1]);
        foreach (var owner in _owners) { await owner.DisposeAsync(); }
    }

    /// <summary>One client, no faults: every answer is the model's, refusals included.</summary>
    public async Task RunAloneAsync()
    {
        _script.Write(Asks);
        var model = new LedgerModel();
        await using var owner = await LedgerOwner.StartAsync(0, inner, _ => { }, _options, _clock, NullLogger.Instance);
        foreach (var ask in _script.Asks)
        {
            var times = _random.Next(6) == 0 ? 2 : 1;
            for (var i = 0; i < times; i++)
            {
                var answer = await ask.SendAsync(owner);
                var expected = model.Decide(ask, _clock.Now).Answer;
                Check(ask.Freeze is null ? answer == expected : answer.Outcome == expected.Outcome, $"{ask} was answered {answer}, the model says {expected}");
            }

            _clock.Now += TimeSpan.FromSeconds(_random.Next(90));
        }

        foreach (var account in model.Accounts)
        {
            var record = (await owner.FindAsync([account]))[0];
            var (balance, held, _) = model[account];
            Check((record?.Balance ?? 0, record?.Held ?? 0) == (balance, held), $"{account} is {record}, the model says {balance} with {held} held");
        }
    }

    /// <summary>What a client was told to have moved, by key.</summary>
    public IEnumerable<(Guid Key, LedgerAnswer Answer)> Acknowledged => _answers.SelectMany(
        told => told.Value.Where(answer => answer.Outcome == LedgerOutcome.Moved).Select(answer => (told.Key, answer)));

    private async Task SendAllAsync(IEnumerable<LedgerAsk> asks)
    {
        foreach (var ask in asks)
        {
            await Task.WhenAll(Enumerable.Range(0, Next(10) == 0 ? 2 : 1).Select(_ => SendAsync(ask)));
            if (Next(8) == 0) { await SendAsync(ask); }
            if (Next(12) == 0 && HasMoved(ask)) { await SendAsync(ask.Forged(), isForged: true); }
            if (Next(12) == 0) { await ExpireAsync(); }
            if (Next(20) == 0) { await ReplaceOwnerAsync(); }
            lock (_lock) { _clock.Now += TimeSpan.FromSeconds(_random.Next(60)); }
        }
    }

    private bool HasMoved(LedgerAsk ask) =>
        _answers.TryGetValue(ask.Key, out var earlier) && earlier.Any(answer => answer.Outcome == LedgerOutcome.Moved);

    // A client keeps its key until it has an answer; sometimes it still knows only the owner of before.
    private async Task SendAsync(LedgerAsk ask, bool isForged = false)
    {
        var hadMoved = HasMoved(ask);
        for (var i = 0; i < TriesMax; i++)
        {
            LedgerOwner owner;
            lock (_lock) { owner = _owners.Count > 1 && _random.Next(6) == 0 ? _owners[^2] : _owners[^1]; }
            try
            {
                var answer = await ask.SendAsync(owner);
                if (answer.Outcome == LedgerOutcome.Busy) { continue; }
                if (isForged)
                {
                    Check(answer.Outcome == LedgerOutcome.KeyReused, $"{ask} is forged and was answered {answer}");
                    return;
                }

                Check(!hadMoved || answer.Outcome == LedgerOutcome.Moved, $"{ask} had moved and was then answered {answer}");
                Check(Expected.Contains(answer.Outcome), $"{ask} was answered {answer}");
                _answers.GetOrAdd(ask.Key, _ => new()).Enqueue(answer);
                return;
            }
            catch (LedgerUnavailableException)
            {
            }
            catch (Actors.InconsistentStateException)
            {
                lock (_lock)
                {
                    if (owner != _owners[^1]) { continue; }
                }

                await ReplaceOwnerAsync();
            }
        }

        Check(false, $"no answer to {ask} after {TriesMax} tries");
    }

    private async Task ExpireAsync()
    {
        try
        {
            LedgerOwner owner;
            lock (_lock) { owner = _owners[^1]; }
            await owner.Expiry.LookAsync();
        }
        catch (LedgerUnavailableException)
        {
        }
        catch (Actors.InconsistentStateException)
        {
        }
    }

    private async Task ReplaceOwnerAsync()
    {
        while (true)
        {
            try
            {
                var owner = await LedgerOwner.StartAsync(0, _store, _ => { }, _options, _clock, NullLogger.Instance);
                lock (_lock) { _owners.Add(owner); }
                return;
            }
            catch (IOException)
            {
            }
        }
    }

    private async Task CheckAnswersAsync(LedgerOwner owner)
    {
        foreach (var ask in _script.Asks)
        {
            var moved = _answers[ask.Key].Where(answer => answer.Outcome == LedgerOutcome.Moved).Distinct().ToList();
            if (ask.Freeze is not null) { continue; }
            Check(moved.Count <= 1, $"{ask} moved twice: {string.Join(", ", moved)}");
            var committed = await owner.RecallAsync(ask.Key, ask.Fingerprint);
            Check(moved.Count == 0 || committed == moved[0], $"{ask} was acknowledged {moved.FirstOrDefault()} and is stored as {committed}");
        }
    }

    private Task Fault(int oneIn) => _faults && Next(oneIn) == 0 ? Task.FromException(new IOException("injected")) : Task.CompletedTask;

    private int Next(int below)
    {
        lock (_lock) { return _random.Next(below); }
    }

    private void Check(bool holds, string what) => Assert.True(holds, $"Seed {seed}: {what}");

    /// <summary>Waits that would be short are over at once.</summary>
    private sealed class QuickClock(DateTimeOffset now) : TestClock(now)
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime < TimeSpan.FromMinutes(1) && dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime, period);
    }
}
