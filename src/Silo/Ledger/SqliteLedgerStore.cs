using System.Data.Common;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>The ledger in SQLite: in-process, so a prepared statement per row is quick; one commit costs one fsync.</summary>
internal sealed class SqliteLedgerStore(Database database) : SqlLedgerStore(database)
{
    public override Task AppendAsync(LedgerBatch batch) => Database.WriteAsync(async (connection, transaction) =>
    {
        await using var fence = connection.Command(transaction, """
            update ledger_shard set last_seq = @seq, last_hash = @hash
            where shard = @shard and epoch = @epoch and last_seq = @seq - 1 and last_hash = @previous
            """);
        fence.With("seq", batch.Seq).With("hash", batch.Hash).With("shard", batch.Shard).With("epoch", batch.Epoch).With("previous", batch.PreviousHash);
        if (await fence.ExecuteNonQueryAsync() != 1) { throw Fenced(batch); }

        await using var head = connection.Command(transaction, """
            insert into ledger_batch(shard, seq, epoch, entries, prev_hash, hash, at) values (@shard, @seq, @epoch, @entries, @previous, @hash, @at)
            """);
        head.With("shard", batch.Shard).With("seq", batch.Seq).With("epoch", batch.Epoch).With("entries", batch.Entries.Count)
            .With("previous", batch.PreviousHash).With("hash", batch.Hash).With("at", LedgerTime.ToMicroseconds(batch.At));
        await head.ExecuteNonQueryAsync();

        await WriteAccountsAsync(connection, transaction, batch);
        await WriteEntriesAsync(connection, transaction, batch);
        if (batch.Holds.Count > 0 || batch.Reversals.Count > 0) { await WriteConsequencesAsync(connection, transaction, batch); }
    });

    public override async Task<LedgerFound> FindAsync(
        int shard, IReadOnlyCollection<Guid> keys, IReadOnlyCollection<LedgerAccount> accounts, IReadOnlyCollection<Guid> originals)
    {
        await using var connection = await Database.OpenAsync();
        var foundKeys = new Dictionary<Guid, RememberedAnswer>();
        await using var byKey = connection.Command(null, $"select {KeyColumns} where e.id = @id");
        byKey.With("id", null);
        foreach (var key in keys)
        {
            byKey.Parameters[0].Value = Bytes(key);
            await ReadKeysAsync(byKey, foundKeys);
        }

        var foundAccounts = new Dictionary<LedgerAccount, AccountRecord>();
        await using var byName = connection.Command(null, $"""
            select {AccountColumns} from ledger_account a
            where a.shard = @shard and a.kind = @kind and a.owner = @owner and a.unit = @unit
            """);
        byName.With("shard", shard).With("kind", null).With("owner", null).With("unit", null);
        foreach (var account in accounts)
        {
            byName.Parameters[1].Value = (int)account.Kind;
            byName.Parameters[2].Value = account.Owner;
            byName.Parameters[3].Value = (int)account.Unit;
            await ReadAccountsAsync(byName, foundAccounts);
        }

        return new LedgerFound(foundKeys, foundAccounts) { Originals = await ReadOriginalsAsync(connection, shard, originals) };
    }

    public override async Task<IReadOnlyList<string>> FindUnsafeSettingsAsync()
    {
        await using var connection = await Database.OpenAsync();
        await using var command = connection.Command(null, "pragma synchronous");
        return Convert.ToInt64(await command.ExecuteScalarAsync()) >= 2
            ? []
            : ["SQLite runs with synchronous below FULL: a power cut can lose acknowledged gifts."];
    }

    protected override object Key(Guid key) => Bytes(key);

    protected override void WithKeyOrNull(DbCommand command, string name, Guid? key) => command.With(name, key is { } id ? Bytes(id) : null);

    protected override Guid ReadKey(DbDataReader reader, int ordinal) => new(reader.GetFieldValue<byte[]>(ordinal), bigEndian: true);

    private static byte[] Bytes(Guid key) => key.ToByteArray(bigEndian: true);

    private static async Task WriteAccountsAsync(DbConnection connection, DbTransaction transaction, LedgerBatch batch)
    {
        await using var open = connection.Command(transaction, """
            insert into ledger_account(id, shard, kind, owner, unit, flags) values (@id, @shard, @kind, @owner, @unit, @flags)
            """);
        open.With("id", null).With("shard", batch.Shard).With("kind", null).With("owner", null).With("unit", null).With("flags", null);

        // The turnover that the owner knew is part of the condition: what it decided on is what is stored.
        await using var turn = connection.Command(transaction, """
            update ledger_account set debits = debits + @debit, credits = credits + @credit, postings = postings + @posted, held = held + @hold
            where id = @id and debits = @debits and credits = @credits and postings = @postings and held = @held
            """);
        turn.With("id", null).With("debit", null).With("credit", null).With("posted", null).With("hold", null)
            .With("debits", null).With("credits", null).With("postings", null).With("held", null);

        await using var post = connection.Command(transaction, """
            insert into ledger_posting(account, batch, shard, debit, credit, entries, seq, balance_after, first_ord, last_ord)
            values (@id, @batch, @shard, @debit, @credit, @entries, @seq, @after, @first, @last)
            """);
        post.With("id", null).With("batch", batch.Seq).With("shard", batch.Shard).With("debit", null).With("credit", null)
            .With("entries", null).With("seq", null).With("after", null).With("first", null).With("last", null);

        foreach (var change in batch.Accounts)
        {
            var (before, after) = (change.Before, change.After);
            if (change.IsNew)
            {
                Fill(open, before.Id, batch.Shard, (int)before.Account.Kind, before.Account.Owner, (int)before.Account.Unit, (int)before.Flags);
                await open.ExecuteNonQueryAsync();
            }

            if (!change.Moves && change.Held == 0) { continue; }
            Fill(turn, before.Id, change.Debit, change.Credit, change.Moves ? 1 : 0, change.Held, before.Debits, before.Credits, before.Postings, before.Held);
            if (await turn.ExecuteNonQueryAsync() != 1) { throw Differs(batch); }

            if (!change.Moves) { continue; }
            Fill(post, before.Id, batch.Seq, batch.Shard, change.Debit, change.Credit, change.Entries, after.Postings, after.Balance,
                change.FirstOrder, change.LastOrder);
            await post.ExecuteNonQueryAsync();
        }
    }

    private static async Task WriteEntriesAsync(DbConnection connection, DbTransaction transaction, LedgerBatch batch)
    {
        await using var insert = connection.Command(transaction, """
            insert into ledger_entry(id, shard, batch, ord, kind, unit, debit, amount, credit1, amount1, credit2, amount2, credit3, amount3,
                debit_after, rate, fingerprint, reference, room, sender, sender_name, gift, quantity, original, expires_at, lot)
            values (@id, @shard, @batch, @ord, @kind, @unit, @debit, @amount, @credit1, @amount1, @credit2, @amount2, @credit3, @amount3,
                @debit_after, @rate, @fingerprint, @reference, @room, @sender, @sender_name, @gift, @quantity,
                @original, @expires_at, @lot)
            """);
        foreach (var name in (string[])["id", "shard", "batch", "ord", "kind", "unit", "debit", "amount", "credit1", "amount1", "credit2", "amount2",
            "credit3", "amount3", "debit_after", "rate", "fingerprint", "reference", "room", "sender", "sender_name", "gift", "quantity",
            "original", "expires_at", "lot"])
        {
            insert.With(name, null);
        }

        var ids = batch.Accounts.ToDictionary(change => change.Before.Account, change => change.Before.Id);
        for (var order = 0; order < batch.Entries.Count; order++)
        {
            var (entry, amount, debitAfter) = batch.Entries[order];
            var legs = entry.Credits;
            Fill(insert, Bytes(entry.Key), batch.Shard, batch.Seq, order, (int)entry.Kind, (int)entry.Debit.Unit, ids[entry.Debit], amount,
                ids[legs[0].Account], legs[0].Amount,
                legs.Count > 1 ? ids[legs[1].Account] : null, legs.Count > 1 ? legs[1].Amount : 0L,
                legs.Count > 2 ? ids[legs[2].Account] : null, legs.Count > 2 ? legs[2].Amount : 0L,
                debitAfter, entry.Rate, entry.Fingerprint, entry.Reference,
                entry.Gift?.RoomId, entry.Gift?.Sender.Id, entry.Gift?.Sender.Name, entry.Gift?.GiftId, entry.Gift?.Quantity ?? 0,
                entry.Original is { } original ? Bytes(original) : null,
                entry.ExpiresAt is { } end ? LedgerTime.ToMicroseconds(end) : null,
                entry.Lot is { } lot ? Bytes(lot) : null);
            await insert.ExecuteNonQueryAsync();
        }
    }

    private static void Fill(DbCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++) { command.Parameters[i].Value = values[i] ?? DBNull.Value; }
    }
}
