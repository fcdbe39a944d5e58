using System.Threading.Channels;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// The owner of one shard: the only one who decides about its accounts. What arrives while a commit runs becomes the next commit
/// (no timer: batches grow with load), and each request is answered after the commit that holds it.
/// </summary>
/// <remarks>
/// Memory holds committed state only. A batch is decided on a draft; after any error the owner takes the shard over again, which
/// settles what became of the last commit, forgets what it knew, and decides the batch anew: what is already stored is known then.
/// When somebody else took over, it ends: every waiting and later call gets <see cref="InconsistentStateException"/>.
/// </remarks>
internal sealed partial class LedgerOwner : IAsyncDisposable
{
    /// <summary>Failures of one batch with a working database before it is split, to find the request that the database refuses.</summary>
    private const int RejectionsMax = 2;

    private static readonly TimeSpan RetryDelayMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(1);

    private readonly int _shard;
    private readonly string _name = Guid.CreateVersion7().ToString("N");
    private readonly ILedgerStore _store;
    private readonly Action<IReadOnlyList<SettledGift>> _tell;
    private readonly LedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Waiting> _queue;

    // Guards what follows against the reads of other threads; only the loop changes it.
    private readonly Lock _lock = new();
    private readonly HalvingMap<LedgerAccount, AccountRecord> _accounts;
    private readonly HalvingMap<Guid, RememberedAnswer> _refusals;
    private readonly KeyMemory _keys;

    private LedgerHead _head = null!;
    private bool _inDoubt;
    private long? _failingSince;
    private volatile Exception? _ended;
    private volatile bool _stopping;
    private Task _loop = Task.CompletedTask;

    private LedgerOwner(
        int shard, ILedgerStore store, Action<IReadOnlyList<SettledGift>> tell, LedgerOptions options, TimeProvider time, ILogger logger)
    {
        _shard = shard;
        _store = store;
        _tell = tell;
        _options = options;
        _time = time;
        _logger = logger;
        _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(options.QueueMax) { SingleReader = true });
        _accounts = new(options.AccountsInMemoryMax);
        _refusals = new(options.RefusalsInMemoryMax);
        _keys = new(options.KeysInMemoryMax);
    }

    /// <summary>Takes the shard over and starts to decide. The caller disposes it.</summary>
    /// <param name="tell">Gets the gifts of each commit, after it, in order. Must neither block nor throw.</param>
    public static async Task<LedgerOwner> StartAsync(
        int shard, ILedgerStore store, Action<IReadOnlyList<SettledGift>> tell, LedgerOptions options, TimeProvider time, ILogger logger)
    {
        var owner = new LedgerOwner(shard, store, tell, options, time, logger);
        var head = await store.TakeOverAsync(shard, owner._name);
        owner.Begin(head);
        Log.Owned(logger, shard, head.Epoch, head.LastSeq);
        owner._loop = Task.Run(owner.RunAsync);
        return owner;
    }

    /// <summary>Queues a request and waits for its commit.</summary>
    /// <exception cref="LedgerUnavailableException">The database failed for too long; the outcome is unknown.</exception>
    /// <exception cref="InconsistentStateException">Another owner has taken over; the outcome is unknown.</exception>
    public Task<LedgerAnswer> PostAsync(LedgerEntry entry)
    {
        var waiting = new Waiting(entry);
        if (_queue.Writer.TryWrite(waiting)) { return waiting.Task; }
        return _ended is { } reason
            ? Task.FromException<LedgerAnswer>(reason)
            : Task.FromResult(new LedgerAnswer(LedgerOutcome.Busy, 0, LedgerRules.AmountOf(entry) ?? 0));
    }

    /// <summary>The first answer to a key; null when it is new.</summary>
    public async Task<LedgerAnswer?> RecallAsync(Guid key, long fingerprint)
    {
        RememberedAnswer refused;
        long epoch;
        lock (_lock)
        {
            if (_keys.TryGet(key, out var moved)) { return moved.To(fingerprint); }
            if (!_refusals.TryGet(key, out refused) && !_keys.MayBeStored(key)) { return null; }
            epoch = _head.Epoch;
        }

        if (refused != default)
        {
            await _store.CheckAsync(_shard, epoch);
            return refused.To(fingerprint);
        }

        var found = await _store.FindAsync(_shard, [key], []);
        return found.Keys.TryGetValue(key, out var stored) ? stored.To(fingerprint) : null;
    }

    /// <summary>The committed balance; 0 for an account never used.</summary>
    public async Task<long> GetBalanceAsync(LedgerAccount account)
    {
        lock (_lock)
        {
            if (_accounts.TryGet(account, out var known)) { return known.Balance; }
        }

        var found = await _store.FindAsync(_shard, [], [account]);
        return found.Accounts.TryGetValue(account, out var stored) ? stored.Balance : 0;
    }

    /// <summary>Takes no more requests, settles those that wait, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _ended ??= new InconsistentStateException("This owner of the ledger has ended. Retry with the same key.");
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        var batch = new List<Waiting>(_options.BatchMax);
        try
        {
            while (await _queue.Reader.WaitToReadAsync())
            {
                batch.Clear();
                while (batch.Count < _options.BatchMax && _queue.Reader.TryRead(out var waiting)) { batch.Add(waiting); }
                await SettleAsync(batch);
            }
        }
        catch (Exception reason)
        {
            if (reason is InconsistentStateException) { Log.Fenced(_logger, _shard, _head.Epoch); }
            else { Log.Died(_logger, reason, _shard); }

            _ended = reason;
            _queue.Writer.TryComplete();
            foreach (var waiting in batch) { waiting.TrySetException(reason); }
            while (_queue.Reader.TryRead(out var waiting)) { waiting.TrySetException(reason); }
        }
    }

    // Answers every request of the batch, or throws when this owner must end.
    private async Task SettleAsync(List<Waiting> batch)
    {
        var rejections = 0;
        var delay = RetryDelayMin;
        while (true)
        {
            var reachable = false;
            try
            {
                if (_inDoubt)
                {
                    await TakeOverAgainAsync();
                    reachable = true;
                }

                await CommitAsync(batch);
                _failingSince = null;
                return;
            }
            catch (InconsistentStateException)
            {
                throw;
            }
            catch (Exception failure)
            {
                _inDoubt = true;
                _failingSince ??= _time.GetTimestamp();
                Log.Failed(_logger, failure, _shard, batch.Count);
                if (reachable && ++rejections >= RejectionsMax)
                {
                    await IsolateAsync(batch, failure);
                    return;
                }

                var patience = _stopping ? TimeSpan.Zero : TimeSpan.FromMilliseconds(_options.GiveUpAfterMs);
                if (!reachable && _time.GetElapsedTime(_failingSince.Value) >= patience)
                {
                    foreach (var waiting in batch) { waiting.TrySetException(new LedgerUnavailableException(failure)); }
                    return;
                }
            }

            await Task.Delay(delay, _time);
            delay = delay * 2 > RetryDelayMax ? RetryDelayMax : delay * 2;
        }
    }

    // The database works and refuses this batch: half of it at a time, so that one bad request fails alone.
    private async Task IsolateAsync(List<Waiting> batch, Exception failure)
    {
        if (batch.Count == 1)
        {
            Log.Rejected(_logger, failure, _shard, batch[0].Entry.Key);
            batch[0].TrySetException(new LedgerUnavailableException(failure));
            return;
        }

        await SettleAsync(batch[..(batch.Count / 2)]);
        await SettleAsync(batch[(batch.Count / 2)..]);
    }

    private async Task TakeOverAgainAsync()
    {
        // A commit in doubt that went through is known from here on: its requests get their first answer as any repeat does, and
        // its rooms find the gifts when they next read the ledger.
        var head = await _store.TakeOverAgainAsync(_shard, _name);
        Begin(head);
        _inDoubt = false;
        Log.OwnedAgain(_logger, _shard, head.Epoch, head.LastSeq);
    }

    private void Begin(LedgerHead head)
    {
        lock (_lock)
        {
            _head = head;
            _accounts.Clear();
            _keys.Reset(head.NewestKey);
        }
    }

    private async Task CommitAsync(List<Waiting> batch)
    {
        var (known, accounts) = await LookUpAsync(batch);
        var now = LedgerTime.FromMicroseconds(LedgerTime.ToMicroseconds(_time.GetUtcNow()));
        var draft = new LedgerDraft(accounts, known, _head.LastAccountId, now);
        var answers = new LedgerAnswer[batch.Count];
        for (var i = 0; i < batch.Count; i++) { answers[i] = draft.Decide(batch[i].Entry); }

        IReadOnlyList<SettledGift> gifts = [];
        if (draft.Entries.Count > 0)
        {
            var seq = _head.LastSeq + 1;
            var hash = LedgerHash.Of(_head.LastHash, _shard, _head.Epoch, seq, now, draft.Entries);
            var commit = new LedgerBatch(_shard, _head.Epoch, seq, now, _head.LastHash, hash, draft.Entries, draft.Changes());
            await _store.AppendAsync(commit);
            Committed(commit, draft);
            gifts = commit.Gifts();
        }
        else if (answers.Any(answer => answer.Outcome is not (LedgerOutcome.Moved or LedgerOutcome.KeyReused)))
        {
            // What moved stays moved whoever says so. A "no" may be out of date, and no commit of this batch would find out.
            await _store.CheckAsync(_shard, _head.Epoch);
        }

        Remember(draft);
        for (var i = 0; i < batch.Count; i++) { batch[i].TrySetResult(answers[i]); }
        if (gifts.Count > 0) { _tell(gifts); }
    }

    // What memory does not know is read in one go. Reads are safe here: nobody but this loop writes.
    private async Task<(Dictionary<Guid, RememberedAnswer> Keys, Dictionary<LedgerAccount, AccountRecord> Accounts)> LookUpAsync(
        List<Waiting> batch)
    {
        var keys = new Dictionary<Guid, RememberedAnswer>();
        var accounts = new Dictionary<LedgerAccount, AccountRecord>();
        var missingKeys = new HashSet<Guid>();
        var missingAccounts = new HashSet<LedgerAccount>();
        lock (_lock)
        {
            foreach (var waiting in batch)
            {
                var entry = waiting.Entry;
                if (_keys.TryGet(entry.Key, out var answer) || _refusals.TryGet(entry.Key, out answer)) { keys[entry.Key] = answer; }
                else if (_keys.MayBeStored(entry.Key)) { missingKeys.Add(entry.Key); }

                if (LedgerRules.AmountOf(entry) is null) { continue; }
                Collect(entry.Debit);
                foreach (var leg in entry.Credits) { Collect(leg.Account); }
            }
        }

        if (missingKeys.Count > 0 || missingAccounts.Count > 0)
        {
            var found = await _store.FindAsync(_shard, missingKeys, missingAccounts);
            foreach (var (key, answer) in found.Keys) { keys[key] = answer; }
            foreach (var (account, record) in found.Accounts) { accounts[account] = record; }
            lock (_lock)
            {
                foreach (var (account, record) in found.Accounts) { _accounts.Set(account, record); }
            }
        }

        return (keys, accounts);

        void Collect(LedgerAccount account)
        {
            if (accounts.ContainsKey(account)) { return; }
            if (_accounts.TryGet(account, out var record)) { accounts.Add(account, record); }
            else { missingAccounts.Add(account); }
        }
    }

    private void Committed(LedgerBatch commit, LedgerDraft draft)
    {
        lock (_lock)
        {
            _head = _head with { LastSeq = commit.Seq, LastHash = commit.Hash, LastAccountId = draft.LastAccountId };
            foreach (var change in commit.Accounts) { _accounts.Set(change.Before.Account, change.After); }
        }
    }

    private void Remember(LedgerDraft draft)
    {
        lock (_lock)
        {
            foreach (var (key, answer) in draft.Decided)
            {
                if (answer.Outcome == LedgerOutcome.Moved) { _keys.Add(key, answer); }
                else { _refusals.Set(key, answer); }
            }
        }
    }

    /// <summary>A request and the one who waits for its answer.</summary>
    private sealed class Waiting(LedgerEntry entry) : TaskCompletionSource<LedgerAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public LedgerEntry Entry { get; } = entry;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5001, Level = LogLevel.Information, Message = "Ledger shard {Shard} is owned here: epoch {Epoch}, last commit {Seq}")]
        public static partial void Owned(ILogger logger, int shard, long epoch, long seq);

        [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "Ledger shard {Shard} was taken over again after an error: epoch {Epoch}, last commit {Seq}")]
        public static partial void OwnedAgain(ILogger logger, int shard, long epoch, long seq);

        [LoggerMessage(EventId = 5003, Level = LogLevel.Warning, Message = "Ledger shard {Shard} was taken over by another owner; epoch {Epoch} ends")]
        public static partial void Fenced(ILogger logger, int shard, long epoch);

        [LoggerMessage(EventId = 5004, Level = LogLevel.Error, Message = "A commit of ledger shard {Shard} with {Count} requests failed; it is decided again")]
        public static partial void Failed(ILogger logger, Exception failure, int shard, int count);

        [LoggerMessage(EventId = 5005, Level = LogLevel.Error, Message = "The database works, but entry {Key} of ledger shard {Shard} cannot be stored")]
        public static partial void Rejected(ILogger logger, Exception failure, int shard, Guid key);

        [LoggerMessage(EventId = 5006, Level = LogLevel.Critical, Message = "The owner of ledger shard {Shard} ended with an error")]
        public static partial void Died(ILogger logger, Exception reason, int shard);
    }
}
