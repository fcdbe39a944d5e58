using System.Diagnostics;
using System.Threading.Channels;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;
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
    private readonly Channel<LedgerRequest> _queue;

    private readonly OwnerMemory _memory;
    private readonly CancellationTokenSource _leaving = new();

    private bool _inDoubt;
    private long? _failingSince;
    private volatile Exception? _ended;
    private volatile bool _stopping;
    private Task _loop = Task.CompletedTask;
    private Task _expiry = Task.CompletedTask;

    private LedgerOwner(
        int shard, ILedgerStore store, Action<IReadOnlyList<SettledGift>> tell, LedgerOptions options, TimeProvider time, ILogger logger)
    {
        _shard = shard;
        _store = store;
        _tell = tell;
        _options = options;
        _time = time;
        _logger = logger;
        _queue = Channel.CreateBounded<LedgerRequest>(new BoundedChannelOptions(options.QueueMax) { SingleReader = true });
        _memory = new OwnerMemory(options);
        Expiry = new HoldExpiry(shard, store, QueueAsync, options, time, logger);
    }

    /// <summary>What ends holds that are over.</summary>
    internal HoldExpiry Expiry { get; }

    /// <summary>Takes the shard over and starts to decide. The caller disposes it.</summary>
    /// <param name="tell">Gets the gifts of each commit, after it, in order. Must neither block nor throw.</param>
    public static async Task<LedgerOwner> StartAsync(
        int shard, ILedgerStore store, Action<IReadOnlyList<SettledGift>> tell, LedgerOptions options, TimeProvider time, ILogger logger)
    {
        var owner = new LedgerOwner(shard, store, tell, options, time, logger);
        var head = await store.TakeOverAsync(shard, owner._name);
        owner._memory.Begin(head);
        Log.Owned(logger, shard, head.Epoch, head.LastSeq);
        owner._loop = Task.Run(owner.RunAsync);
        owner._expiry = Task.Run(() => owner.Expiry.RunAsync(owner._leaving.Token));
        return owner;
    }

    /// <summary>Queues a request and waits for its commit.</summary>
    /// <exception cref="LedgerUnavailableException">The database failed for too long; the outcome is unknown.</exception>
    /// <exception cref="InconsistentStateException">Another owner has taken over; the outcome is unknown.</exception>
    public Task<LedgerAnswer> PostAsync(LedgerEntry entry) => QueueAsync(new LedgerRequest(entry));

    /// <summary>As <see cref="PostAsync"/>, for entries that are committed all or none.</summary>
    public Task<LedgerAnswer> PostTogetherAsync(IReadOnlyList<LedgerEntry> entries)
    {
        if (entries is null || entries.Count is 0 or > IGiftLedgerGrain.TogetherMax || entries.Contains(null!))
        {
            return Task.FromResult(new LedgerAnswer(LedgerOutcome.Malformed, 0, 0));
        }

        return QueueAsync(entries.Count == 1 ? new LedgerRequest(entries[0]) : new LedgerRequest(entries));
    }

    /// <summary>As <see cref="PostAsync"/>, for giving something back.</summary>
    public Task<LedgerAnswer> ReverseAsync(LedgerReversal reversal) =>
        LedgerRules.IsWellFormed(reversal) && reversal.Together?.Contains(null!) != true
            ? QueueAsync(new LedgerRequest(reversal))
            : Task.FromResult(new LedgerAnswer(LedgerOutcome.Malformed, 0, 0));

    /// <summary>As <see cref="PostAsync"/>, for a freeze or a thaw.</summary>
    public Task<LedgerAnswer> SetFrozenAsync(LedgerFreeze freeze) => LedgerRules.IsWellFormed(freeze)
        ? QueueAsync(new LedgerRequest(freeze))
        : Task.FromResult(new LedgerAnswer(LedgerOutcome.Malformed, 0, 0));

    /// <summary>Takes no more requests, settles those that wait, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _ended ??= new InconsistentStateException("This owner of the ledger has ended. Retry with the same key.");
        _queue.Writer.TryComplete();
        await _leaving.CancelAsync();
        await _loop;
        await _expiry;
    }

    private Task<LedgerAnswer> QueueAsync(LedgerRequest request)
    {
        if (_queue.Writer.TryWrite(request))
        {
            SiloMetrics.Queued(1);
            return request.Task;
        }

        return _ended is { } reason
            ? Task.FromException<LedgerAnswer>(reason)
            : Task.FromResult(new LedgerAnswer(LedgerOutcome.Busy, 0, request.Entry is { } entry ? LedgerRules.AmountOf(entry) ?? 0 : 0));
    }

    private async Task RunAsync()
    {
        var batch = new List<LedgerRequest>(_options.BatchMax);
        try
        {
            while (await _queue.Reader.WaitToReadAsync())
            {
                batch.Clear();
                while (batch.Count < _options.BatchMax && _queue.Reader.TryPeek(out var next))
                {
                    // A freeze is a commit of its own, in its place.
                    if (next.Freeze is not null && batch.Count > 0) { break; }
                    if (_queue.Reader.TryRead(out var waiting)) { batch.Add(waiting); }
                    if (next.Freeze is not null) { break; }
                }

                SiloMetrics.Queued(-batch.Count);
                await SettleAsync(batch);
            }
        }
        catch (Exception reason)
        {
            if (reason is InconsistentStateException) { Log.Fenced(_logger, _shard, _memory.Head.Epoch); }
            else { Log.Died(_logger, reason, _shard); }

            _ended = reason;
            _queue.Writer.TryComplete();
            foreach (var waiting in batch) { waiting.TrySetException(reason); }
            while (_queue.Reader.TryRead(out var waiting))
            {
                SiloMetrics.Queued(-1);
                waiting.TrySetException(reason);
            }
        }
    }

    // Answers every request of the batch, or throws when this owner must end.
    private async Task SettleAsync(List<LedgerRequest> batch)
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

                await (batch[0].Freeze is { } freeze ? FreezeAsync(batch[0], freeze) : CommitAsync(batch));
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
    private async Task IsolateAsync(List<LedgerRequest> batch, Exception failure)
    {
        if (batch.Count == 1)
        {
            Log.Rejected(_logger, failure, _shard, batch[0].Key);
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
        _memory.Begin(head);
        _inDoubt = false;
        Log.OwnedAgain(_logger, _shard, head.Epoch, head.LastSeq);
    }

    private async Task CommitAsync(List<LedgerRequest> batch)
    {
        using var span = BeginSpan(batch);
        var began = _time.GetTimestamp();
        var lookUp = new BatchLookUp(_shard, _store, _memory);
        await lookUp.RunAsync(batch);
        var (head, now) = (_memory.Head, Now());
        var draft = new LedgerDraft(lookUp.Accounts, lookUp.Keys, head.LastAccountId, now, lookUp.Originals);
        var answers = new LedgerAnswer[batch.Count];
        for (var i = 0; i < batch.Count; i++) { answers[i] = draft.Decide(batch[i]); }

        IReadOnlyList<SettledGift> gifts = [];
        if (draft.Entries.Count > 0)
        {
            var seq = head.LastSeq + 1;
            var hash = LedgerHash.Of(head.LastHash, _shard, head.Epoch, seq, now, draft.Entries);
            var commit = new LedgerBatch(_shard, head.Epoch, seq, now, head.LastHash, hash, draft.Entries, draft.Changes())
            {
                Holds = draft.HoldChanges(),
                Reversals = draft.ReversalRecords(),
            };
            await _store.AppendAsync(commit);
            _memory.Committed(commit, draft.LastAccountId);
            gifts = commit.Gifts();
            foreach (var entry in draft.Entries) { SiloMetrics.Entry(entry.Request.Kind, entry.Amount); }
        }
        else if (answers.Any(answer => answer.Outcome != LedgerOutcome.Moved))
        {
            // What moved stays moved whoever says so. A "no" may be out of date, and no commit of this batch would find out: also a reused
            // key, when the first of several entries was committed by an owner that this one does not know of.
            await _store.CheckAsync(_shard, head.Epoch);
        }

        SiloMetrics.Committed(_time.GetElapsedTime(began), batch.Count);
        _memory.Remember(draft.Decided);
        for (var i = 0; i < batch.Count; i++) { batch[i].TrySetResult(answers[i]); }
        if (gifts.Count > 0) { _tell(gifts); }
    }

    // A commit serves many: it stands in the trace of the first that is kept and names some of the others.
    private static Activity? BeginSpan(List<LedgerRequest> batch)
    {
        const int LinksMax = 16;
        if (!SiloMetrics.Spans.HasListeners()) { return null; }

        var traced = batch.Where(request => request.Trace is not null).Take(LinksMax + 1).Select(request => request.Trace!.Value).ToList();
        return traced is not [var first, .. var others] ? null
            : SiloMetrics.Spans.StartActivity("ledger commit", ActivityKind.Internal, first, links: others.Select(other => new ActivityLink(other)))
                ?.SetTag("livecommerce.requests", batch.Count);
    }

    private DateTimeOffset Now() => LedgerTime.FromMicroseconds(LedgerTime.ToMicroseconds(_time.GetUtcNow()));

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

        [LoggerMessage(EventId = 5203, Level = LogLevel.Warning, Message = "Account {Kind} of '{Owner}' frozen: {IsFrozen}, by {By}")]
        public static partial void Frozen(ILogger logger, LedgerAccountKind kind, string owner, bool isFrozen, string by);

        [LoggerMessage(EventId = 5006, Level = LogLevel.Critical, Message = "The owner of ledger shard {Shard} ended with an error")]
        public static partial void Died(ILogger logger, Exception reason, int shard);
    }
}
