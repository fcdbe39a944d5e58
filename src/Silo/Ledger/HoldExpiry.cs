using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Ends holds whose time is over, a bounded number a look. Each gets a key of the ledger's own, made from the hold's: the same one
/// whichever owner makes it, and free of the window that requests' keys must be in, since a hold may live for weeks.
/// </summary>
/// <param name="queue">Hands a request to the owner's loop, where the first end wins.</param>
internal sealed partial class HoldExpiry(
    int shard, ILedgerStore store, Func<LedgerRequest, Task<LedgerAnswer>> queue, LedgerOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Looks until it is told to leave, or the owner has ended.</summary>
    public async Task RunAsync(CancellationToken leaving)
    {
        var every = TimeSpan.FromMilliseconds(options.ExpiryEveryMs);
        var wait = every;
        while (!leaving.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(wait, time, leaving);
                wait = await LookAsync() < options.ExpiryMax ? every : TimeSpan.Zero;
            }
            catch (OperationCanceledException) when (leaving.IsCancellationRequested)
            {
                return;
            }
            catch (InconsistentStateException)
            {
                return;
            }
            catch (Exception failure)
            {
                Log.NotExpired(logger, failure, shard);
                wait = every;
            }
        }
    }

    /// <summary>One look.</summary>
    /// <returns>How many were ended.</returns>
    public async Task<int> LookAsync()
    {
        var due = await store.GetDueHoldsAsync(shard, time.GetUtcNow(), options.ExpiryMax);
        if (due.Count == 0) { return 0; }
        var answers = await Task.WhenAll(due.Select(hold => queue(new LedgerRequest(
            new LedgerEntry(
                LedgerKeys.DeriveOwn(hold.Key, "expired"), Fingerprint: 0, LedgerEntryKind.HoldExpired, hold.Debit, [], Rate: 0, Original: hold.Key),
            isOwn: true))));
        var ended = answers.Count(answer => answer.Outcome == LedgerOutcome.Moved);
        Log.Expired(logger, shard, ended);
        return ended;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5204, Level = LogLevel.Information, Message = "{Count} holds of ledger shard {Shard} were over")]
        public static partial void Expired(ILogger logger, int shard, int count);

        [LoggerMessage(EventId = 5205, Level = LogLevel.Warning, Message = "Holds of ledger shard {Shard} that are over could not be expired; the next look does")]
        public static partial void NotExpired(ILogger logger, Exception failure, int shard);
    }
}
