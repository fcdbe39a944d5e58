using Dapper;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>One stored entry, or a freeze that follows those before it.</summary>
internal sealed record ReplayStep(Guid Key, DateTimeOffset At, ModelEntry? Entry);

/// <summary>
/// Holds a journal against the model: in the order in which they were stored, each request must be one that the model moves, with the very
/// same entries. Then every balance, and everything that was acknowledged, is held against it.
/// </summary>
internal static class LedgerReplay
{
    /// <summary>The journal of a store in memory.</summary>
    public static IReadOnlyList<ReplayStep> Read(MemoryLedgerStore store)
    {
        var (batches, freezes) = store.Journal;
        var steps = new List<ReplayStep>();
        Freezes(0);
        foreach (var batch in batches)
        {
            steps.AddRange(batch.Entries.Select(entry => new ReplayStep(entry.Request.Key, batch.At, Model(entry.Request, entry.Amount, entry.DebitAfter))));
            Freezes(batch.Seq);
        }

        return steps;

        void Freezes(long after) => steps.AddRange(
            freezes.Where(freeze => freeze.AfterSeq == after).Select(freeze => new ReplayStep(freeze.Freeze.Key, freeze.At, null)));
    }

    /// <summary>The journal of a database.</summary>
    public static async Task<IReadOnlyList<ReplayStep>> ReadAsync(Database database)
    {
        await using var connection = await database.OpenAsync();
        var text = database.Dialect == SqlDialect.Sqlite ? "lower(hex(id))" : "replace(cast(id as text), '-', '')";
        var rows = (await connection.QueryAsync<(string Id, long Batch, long Order, long At, long After, long IsFreeze)>($"""
            select {text} as id, batch, ord, at, debit_after, 0 as freeze from (
                select e.id, e.batch, e.ord, b.at, e.debit_after from ledger_entry e join ledger_batch b on b.shard = e.shard and b.seq = e.batch) x
            union all select {text}, after_seq, 1000000 + seq, at, 0, 1 from ledger_freeze order by 2, 3
            """)).ToList();
        var keys = rows.Where(row => row.IsFreeze == 0).Select(row => Guid.ParseExact(row.Id, "N")).ToList();
        var found = await SqlLedgerStore.For(database).FindAsync(0, [], [], keys);
        return [.. rows.Select(row =>
        {
            var key = Guid.ParseExact(row.Id, "N");
            var stored = row.IsFreeze == 0 ? found.Originals[key] : null;
            return new ReplayStep(key, LedgerTime.FromMicroseconds(row.At), stored is null ? null : Model(stored.Entry, stored.Amount, row.After));
        })];
    }

    /// <summary>Replays and compares.</summary>
    /// <param name="seeds">For the message.</param>
    public static async Task CheckAsync(
        string seeds, IReadOnlyList<ReplayStep> journal, IReadOnlyList<LedgerAsk> asked, IEnumerable<(Guid Key, LedgerAnswer Answer)> acknowledged, ILedgerStore store)
    {
        var asks = new Dictionary<Guid, LedgerAsk>();
        foreach (var ask in asked)
        {
            asks[ask.Key] = ask;
            foreach (var entry in ask.Entries) { asks[entry.Key] = ask; }
            foreach (var hold in ask.Entries.Where(entry => entry.Kind == LedgerEntryKind.Hold)) { AddExpiry(asks, hold); }
        }

        var model = new LedgerModel();
        for (var i = 0; i < journal.Count;)
        {
            var step = journal[i];
            Check(asks.TryGetValue(step.Key, out var ask), $"{step} was never asked for");
            var (answer, written) = model.Decide(ask!, step.At);
            Check(answer.Outcome == LedgerOutcome.Moved, $"{step} is stored, and the model answers {answer}");
            Check(step.Entry is null == (written.Count == 0) && i + written.Count <= journal.Count, $"{ask} is stored in part");
            for (var entry = 0; entry < written.Count; entry++)
            {
                Check(journal[i + entry].Entry == written[entry], $"{journal[i + entry].Entry} is stored, and the model writes {written[entry]}");
            }

            i += Math.Max(1, written.Count);
        }

        foreach (var (key, answer) in acknowledged)
        {
            var moved = model.Moved(key);
            Check(moved is not null && (asks[key].Freeze is not null || moved == answer), $"{asks[key]} was acknowledged {answer} and is stored as {moved}");
        }

        var found = await store.FindAsync(0, [], [.. model.Accounts], []);
        foreach (var account in model.Accounts)
        {
            var record = found.Accounts[account];
            Check((record.Balance, record.Held, record.Flags.HasFlag(AccountFlags.Frozen)) == model[account], $"{record} is stored, the model has {model[account]}");
            Check(LedgerRules.MayBeNegative(account.Kind) || record.Spendable >= 0, $"{record} is below zero");
            Check(account.Kind != LedgerAccountKind.Receivable || record.Balance <= 0, $"{record} is overpaid");
        }

        Check(found.Accounts.Values.GroupBy(record => record.Account.Unit).All(unit => unit.Sum(record => record.Balance) == 0), "the balances do not sum to zero");

        void Check(bool holds, string what) => Assert.True(holds, $"Seed {seeds}: {what}");
    }

    // The ledger ends a hold by itself under a key that follows from the hold's.
    private static void AddExpiry(Dictionary<Guid, LedgerAsk> asks, LedgerEntry hold)
    {
        var key = LedgerKeys.DeriveOwn(hold.Key, "expired");
        asks[key] = new LedgerAsk([new LedgerEntry(key, 0, LedgerEntryKind.HoldExpired, hold.Debit, [], Rate: 0, Original: hold.Key)]);
    }

    private static ModelEntry Model(LedgerEntry entry, long amount, long debitAfter) =>
        new(entry.Kind, entry.Debit, string.Join(";", entry.Credits), amount, debitAfter, entry.Original, entry.Key);
}
