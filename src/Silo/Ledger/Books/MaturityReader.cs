using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Which pending accounts have something, and how much of it is past its holding time.</summary>
internal sealed class MaturityReader(Database database, Journal journal)
{
    /// <summary>Pending accounts of gifts with something in them, after one of them, in a fixed order.</summary>
    public async Task<IReadOnlyList<BookAccount>> PendingAsync(int shard, LedgerAccount? after, int take)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select id, kind, owner, debits, credits, held from ledger_account
            where shard = @shard and kind in (2, 4) and unit = 1 and (kind, owner) > (@kind, @owner) and credits - debits - held > 0
            order by kind, owner limit @take
            """);
        command.With("shard", shard).With("kind", after is { } last ? (int)last.Kind : 0).With("owner", after?.Owner ?? "").With("take", take);
        await using var reader = await command.ExecuteReaderAsync();
        var accounts = new List<BookAccount>();
        while (await reader.ReadAsync())
        {
            accounts.Add(new BookAccount(
                reader.GetInt64(0), new LedgerAccount((LedgerAccountKind)reader.GetInt32(1), reader.GetString(2), LedgerUnit.Coins),
                reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5)));
        }

        return accounts;
    }

    /// <summary>What may move: what had come in by a commit, minus all that has gone out since, as if it had been the oldest; never what is held.</summary>
    public async Task<long> RipeAsync(BookAccount account, long cutoff)
    {
        var atCutoff = await journal.BalanceAtAsync(account, cutoff);
        if (atCutoff == 0) { return 0; }
        var since = await journal.TurnoverAsync(account, cutoff, long.MaxValue);
        return Math.Max(0, Math.Min(atCutoff - since.Debits, since.Closing - account.Held));
    }
}
