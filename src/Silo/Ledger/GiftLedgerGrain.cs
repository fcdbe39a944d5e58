using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// One shard of the ledger: hands requests to its <see cref="LedgerOwner"/>, which decides them in the order of their arrival and
/// answers each after its commit; tells rooms of their gifts afterwards.
/// </summary>
/// <remarks>
/// A refused key (Insufficient, Frozen) is remembered in memory, so a repeat gets its first answer; after a restart, or behind
/// <see cref="LedgerOptions.RefusalsInMemoryMax"/> newer refusals, it is decided anew. Moved keys are never forgotten.
/// </remarks>
internal sealed partial class GiftLedgerGrain(ILedgerStore store, IOptions<LedgerOptions> options, ILogger<GiftLedgerGrain> logger) : Grain, IGiftLedgerGrain
{
    private const int LinesMax = 200;
    private const int LatestGiftsMax = 200;
    private const int GiftsAfterMax = 1_000;
    private const int BalancesMax = 64;

    private static readonly LedgerEntry Marker = new(
        Guid.Empty, Fingerprint: 0, LedgerEntryKind.Adjustment, LedgerAccount.Clearing(LedgerUnit.Coins),
        [new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), 1)], Rate: 0);

    private LedgerOwner _owner = null!;
    private int _shard;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shard = int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);
        _owner = await LedgerOwner.StartAsync(_shard, store, Tell, options.Value, Time, logger);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => await _owner.DisposeAsync();

    public async ValueTask<LedgerAnswer> Post(LedgerEntry entry) => await OrLeaveAsync(_owner.PostAsync(entry));

    public async ValueTask<LedgerAnswer> PostTogether(IReadOnlyList<LedgerEntry> entries) => await OrLeaveAsync(_owner.PostTogetherAsync(entries));

    public async ValueTask<LedgerAnswer> Reverse(LedgerReversal reversal) => await OrLeaveAsync(_owner.ReverseAsync(reversal));

    public async ValueTask<LedgerAnswer> SetFrozen(LedgerFreeze freeze) => await OrLeaveAsync(_owner.SetFrozenAsync(freeze));

    public async ValueTask Settle()
    {
        // A request without a key's time must be refused, moves nothing, and is answered in its turn: after the commit before it.
        var answer = await OrLeaveAsync(_owner.PostAsync(Marker));
        if (answer.Outcome == LedgerOutcome.Busy) { throw new LedgerUnavailableException(new TimeoutException("The ledger's queue is full.")); }
    }

    public async ValueTask<LedgerHoldView?> GetHold(Guid key) => await _owner.FindHoldAsync(key) is { Hold: { } hold } stored
        ? new LedgerHoldView(key, hold.Account, hold.Amount, hold.State, hold.Posted, hold.ExpiresAt, stored.Entry.Reference)
        : null;

    public async ValueTask<IReadOnlyList<LedgerBalance>> GetBalances(IReadOnlyList<LedgerAccount> accounts)
    {
        Check(accounts.Count, BalancesMax);
        var records = await _owner.FindAsync([.. accounts.Select(account => LedgerRules.IsWellFormed(account) ? account : default(LedgerAccount) with { Owner = "" })]);
        return [.. accounts.Zip(records, (account, record) => record is null
            ? new LedgerBalance(account, 0, 0, Frozen: false)
            : new LedgerBalance(account, record.Balance, record.Held, record.Flags.HasFlag(AccountFlags.Frozen)))];
    }

    public async ValueTask<LedgerAnswer?> Recall(Guid key, long fingerprint) => await OrLeaveAsync(_owner.RecallAsync(key, fingerprint));

    public async ValueTask<long> GetBalance(LedgerAccount account) =>
        LedgerRules.IsWellFormed(account) ? await _owner.GetBalanceAsync(account) : 0;

    public async ValueTask<IReadOnlyList<LedgerLine>> GetLines(LedgerAccount account, int take)
    {
        Check(take, LinesMax);
        return LedgerRules.IsWellFormed(account) ? await store.GetLinesAsync(_shard, account, take) : [];
    }

    public async ValueTask<IReadOnlyList<SettledGift>> GetGiftsAfter(string roomId, long batch, int order, int take)
    {
        Check(take, GiftsAfterMax);
        return await store.GetGiftsAfterAsync(_shard, roomId, batch, order, take);
    }

    public async ValueTask<IReadOnlyList<SettledGift>> GetLatestGifts(string roomId, int take)
    {
        Check(take, LatestGiftsMax);
        return await store.GetLatestGiftsAsync(_shard, roomId, take);
    }

    // Another owner decides now. The caller's retry finds it, or makes a new activation here that takes over.
    private async Task<T> OrLeaveAsync<T>(Task<T> work)
    {
        try
        {
            return await work;
        }
        catch (InconsistentStateException)
        {
            DeactivateOnIdle();
            throw;
        }
    }

    // One way: a room that misses it finds the gift when it next reads the ledger.
    private void Tell(IReadOnlyList<SettledGift> gifts)
    {
        foreach (var room in gifts.GroupBy(gift => gift.RoomId, StringComparer.Ordinal)) { _ = TellAsync(room.Key, [.. room]); }
    }

    private async Task TellAsync(string roomId, IReadOnlyList<SettledGift> gifts)
    {
        try
        {
            await GrainFactory.GetGrain<IRoomGrain>(roomId).GiftsSettled(gifts);
        }
        catch (Exception failure)
        {
            Log.NotTold(logger, failure, roomId);
        }
    }

    private static void Check(int take, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(take, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(take, max);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "Room {RoomId} could not be told of its gifts; it finds them in the ledger")]
        public static partial void NotTold(ILogger logger, Exception failure, string roomId);
    }
}
