using System.Data;
using System.Data.Common;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Proves the stored ledger against its own invariants.</summary>
public interface ILedgerAudit
{
    /// <summary>Every defect found, at most <see cref="LedgerDefect.ReportedMax"/>; none means that the books balance.</summary>
    /// <remarks>Reads the whole ledger in one snapshot, beside running commits. What was lost without a trace it cannot see.</remarks>
    Task<IReadOnlyList<LedgerDefect>> VerifyAsync(CancellationToken cancellationToken = default);

    /// <summary>The same, rule by rule.</summary>
    Task<IReadOnlyList<LedgerRuleResult>> CheckAsync(CancellationToken cancellationToken = default);
}

/// <summary>What one rule found.</summary>
/// <param name="Rule">The invariant, in snake_case.</param>
/// <param name="Rows">How many rows it was held against: accounts, entries, postings, batches, holds, reversals or freezes.</param>
/// <param name="Defects">Rows that break it; of all rules together at most <see cref="LedgerDefect.ReportedMax"/>.</param>
public sealed record LedgerRuleResult(string Rule, long Rows, IReadOnlyList<LedgerDefect> Defects);

/// <summary>Something in the stored ledger that cannot be.</summary>
/// <param name="Rule">The broken invariant, in snake_case: <c>trial_balance</c>, <c>posting_chain</c> ….</param>
/// <param name="Subject">Which row: an account's id, <c>shard/batch</c>, an entry's key.</param>
/// <param name="Detail">What was found.</param>
public sealed record LedgerDefect(string Rule, string Subject, string Detail)
{
    /// <summary>Defects that one audit reports at most.</summary>
    public const int ReportedMax = 1_000;
}

/// <summary>The rules as SQL that both databases read alike, and the hash chain computed anew from the stored rows.</summary>
internal sealed class LedgerAudit(Database database) : ILedgerAudit
{
    public async Task<IReadOnlyList<LedgerDefect>> VerifyAsync(CancellationToken cancellationToken = default) =>
        [.. (await CheckAsync(cancellationToken)).SelectMany(rule => rule.Defects)];

    public async Task<IReadOnlyList<LedgerRuleResult>> CheckAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var snapshot = await BeginSnapshotAsync(connection, cancellationToken);
        return await CheckAsync(connection, snapshot, cancellationToken);
    }

    /// <summary>Audits what this transaction sees.</summary>
    internal async Task<IReadOnlyList<LedgerDefect>> VerifyAsync(
        DbConnection connection, DbTransaction snapshot, CancellationToken cancellationToken = default) =>
        [.. (await CheckAsync(connection, snapshot, cancellationToken)).SelectMany(rule => rule.Defects)];

    /// <summary>Checks the commits of a shard after a place, a bounded number, with the rules that are cheap.</summary>
    /// <param name="after">The last commit that was checked; negative: <paramref name="max"/> before the newest.</param>
    /// <returns>The last commit that is checked now, and the defects.</returns>
    internal async Task<(long Until, IReadOnlyList<LedgerDefect> Defects)> AuditRecentAsync(
        int shard, long after, long max, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var snapshot = await BeginSnapshotAsync(connection, cancellationToken);
        await using var head = connection.Command(snapshot, "select last_seq from ledger_shard where shard = @shard");
        head.With("shard", shard);
        var last = Convert.ToInt64(await head.ExecuteScalarAsync(cancellationToken) ?? 0L);
        var from = after < 0 ? Math.Max(0, last - max) : after;
        var until = Math.Min(last, from + max);
        var defects = new List<LedgerDefect>();
        if (until <= from) { return (from, defects); }
        foreach (var rule in LedgerRecentRules.All)
        {
            await RunAsync(connection, snapshot, rule, defects, cancellationToken, command => command.With("shard", shard).With("after", from).With("until", until));
        }

        await new LedgerChainAudit(database.Dialect).VerifyAsync(connection, snapshot, shard, from, until, Into(defects), cancellationToken);
        return (until, defects);
    }

    /// <summary>The shards there are.</summary>
    internal async Task<IReadOnlyList<int>> GetShardsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = connection.Command(null, "select shard from ledger_shard order by shard");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var shards = new List<int>();
        while (await reader.ReadAsync(cancellationToken)) { shards.Add(reader.GetInt32(0)); }
        return shards;
    }

    /// <summary>When something was last noted by <see cref="NoteAsync"/>; null: never.</summary>
    internal async Task<DateTimeOffset?> WhenAsync(string what)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, "select at from ledger_audited where what = @what");
        command.With("what", what);
        return await command.ExecuteScalarAsync() is { } at ? LedgerTime.FromMicroseconds(Convert.ToInt64(at)) : null;
    }

    /// <summary>Notes that an audit has begun or ended.</summary>
    internal Task NoteAsync(string what, DateTimeOffset at, int defects) => database.WriteAsync(async (connection, transaction) =>
    {
        await using var command = connection.Command(transaction, """
            insert into ledger_audited(what, at, defects) values (@what, @at, @defects)
            on conflict (what) do update set at = excluded.at, defects = excluded.defects
            """);
        command.With("what", what).With("at", LedgerTime.ToMicroseconds(at)).With("defects", defects);
        return await command.ExecuteNonQueryAsync();
    });

    private async Task<IReadOnlyList<LedgerRuleResult>> CheckAsync(DbConnection connection, DbTransaction snapshot, CancellationToken cancellationToken)
    {
        var defects = new List<LedgerDefect>();
        var results = new List<LedgerRuleResult>();
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var rule in LedgerAuditRules.Journal.Concat(LedgerHoldRules.All).Concat(LedgerSideRules.Whole).Concat(PacketRules.Audited))
        {
            if (!rows.TryGetValue(rule.Rows, out var count))
            {
                await using var all = connection.Command(snapshot, $"select count(*) from {rule.Rows}");
                all.CommandTimeout = 0;
                rows[rule.Rows] = count = Convert.ToInt64(await all.ExecuteScalarAsync(cancellationToken));
            }

            var before = defects.Count;
            await RunAsync(connection, snapshot, rule, defects, cancellationToken);
            results.Add(new LedgerRuleResult(rule.Name, count, defects[before..]));
        }

        var found = defects.Count;
        var batches = await new LedgerChainAudit(database.Dialect)
            .VerifyAsync(connection, snapshot, shard: null, after: 0, until: long.MaxValue, Into(defects), cancellationToken);
        results.Add(new LedgerRuleResult(LedgerChainAudit.Rule, batches, defects[found..]));
        return results;
    }

    private static Func<LedgerDefect, bool> Into(List<LedgerDefect> defects) => defect =>
    {
        if (defects.Count < LedgerDefect.ReportedMax) { defects.Add(defect); }
        return defects.Count < LedgerDefect.ReportedMax;
    };

    private static async Task RunAsync(
        DbConnection connection, DbTransaction snapshot, LedgerAuditRule rule, List<LedgerDefect> defects, CancellationToken cancellationToken,
        Action<DbCommand>? parameters = null)
    {
        await using var command = connection.Command(snapshot, rule.Sql);
        command.CommandTimeout = 0;
        parameters?.Invoke(command);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (defects.Count < LedgerDefect.ReportedMax && await reader.ReadAsync(cancellationToken))
        {
            defects.Add(new LedgerDefect(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }
    }

    private async Task<DbTransaction> BeginSnapshotAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (database.Dialect == SqlDialect.Sqlite)
        {
            // Deferred: a reader's snapshot, which keeps no writer waiting.
            return ((Microsoft.Data.Sqlite.SqliteConnection)connection).BeginTransaction(deferred: true);
        }

        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

        // The whole ledger takes as long as it takes; the usual limit of a statement is for gifts.
        await using var patience = connection.Command(transaction, "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
        patience.CommandTimeout = 0;
        await patience.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}
