using System.Buffers.Binary;
using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>
/// Moves what is past its holding time. Time is cut into slots; an account moves once a slot, under a key made of the account and the
/// slot, so a look that was interrupted is simply made again.
/// </summary>
internal sealed partial class MaturityGrain(MaturityReader reader, Journal journal, IOptions<LedgerOptions> options, ILogger<MaturityGrain> logger)
    : Grain, ILedgerMaturityGrain
{
    /// <summary>The slot that was looked at to its end.</summary>
    private DateTimeOffset _done;

    /// <summary>The last account of an unfinished slot.</summary>
    private LedgerAccount? _reached;

    /// <summary>What may or may not have been moved; asked again before anything else is counted.</summary>
    private LedgerEntry? _inDoubt;

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(GetPrimaryKeyString());

    private int Shard => int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);

    public async ValueTask<MaturityLook> Look()
    {
        var every = TimeSpan.FromSeconds(options.Value.MaturityEverySeconds);
        var now = Time.GetUtcNow();
        var slot = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % every.Ticks), TimeSpan.Zero);
        if (slot <= _done && _inDoubt is null) { return new MaturityLook(0, 0, More: false); }

        if (_inDoubt is { } doubtful) { await PostAsync(doubtful); }

        // Also: wakes the ledger, and with that whatever an owner before it was committing is finished or dead before it is counted here.
        await Ledger.GetBalance(LedgerAccount.Clearing(LedgerUnit.Coins));

        var cutoff = slot - TimeSpan.FromDays(options.Value.GiftHoldingDays);
        var lastRipe = await journal.LastBatchBeforeAsync(Shard, cutoff);
        var pending = await reader.PendingAsync(Shard, _reached, options.Value.MaturityAccountsMax);
        var (accounts, moved) = (0, 0L);
        foreach (var account in pending)
        {
            var amount = await reader.RipeAsync(account, lastRipe);
            if (amount > 0 && await PostAsync(Entry(account.Account, amount, slot, cutoff)))
            {
                accounts++;
                moved += amount;
            }

            _reached = account.Account;
        }

        var more = pending.Count == options.Value.MaturityAccountsMax;
        if (!more) { (_done, _reached) = (slot, null); }
        if (accounts > 0) { Log.Ripe(logger, moved, accounts, cutoff); }
        return new MaturityLook(accounts, moved, more);
    }

    /// <summary>The entry of an account and a slot. A repeat may find another amount; the key says that it is the same move.</summary>
    internal static LedgerEntry Entry(LedgerAccount pending, long amount, DateTimeOffset slot, DateTimeOffset cutoff)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes, slot.ToUnixTimeMilliseconds() << 16);
        var key = LedgerKeys.Derive(new Guid(bytes, bigEndian: true), $"maturity:{pending.Kind}:{pending.Owner}:{pending.Unit}");
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return new LedgerEntry(
            key, BinaryPrimitives.ReadInt64BigEndian(bytes[8..]), LedgerEntryKind.Maturity, pending,
            [new LedgerLeg(LedgerAccount.Available(pending.Owner, pending.Unit), amount)],
            Rate: 0, Reference: string.Create(CultureInfo.InvariantCulture, $"maturity:{cutoff.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"));
    }

    private async Task<bool> PostAsync(LedgerEntry entry)
    {
        _inDoubt = entry;
        var answer = await Ledger.Post(entry);
        _inDoubt = null;
        if (answer.Outcome == LedgerOutcome.Moved) { return true; }

        // Frozen, or something was given back meanwhile: the next slot counts anew.
        Log.NotMoved(logger, entry.Debit.Kind, entry.Debit.Owner, answer.Outcome);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5301, Level = LogLevel.Information, Message = "{Coins} coins of {Accounts} accounts earned before {Cutoff} are available now")]
        public static partial void Ripe(ILogger logger, long coins, int accounts, DateTimeOffset cutoff);

        [LoggerMessage(EventId = 5302, Level = LogLevel.Information, Message = "Pending earnings of {Kind}/{Owner} stay for now: {Outcome}")]
        public static partial void NotMoved(ILogger logger, LedgerAccountKind kind, string owner, LedgerOutcome outcome);
    }
}
