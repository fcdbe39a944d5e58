using System.Data.Common;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Holds, reversals and freezes: rare beside gifts, so both dialects write them row by row.</summary>
internal abstract partial class SqlLedgerStore
{
    public async Task<StoredFreeze?> FindFreezeAsync(Guid key)
    {
        await using var connection = await Database.OpenAsync();
        await using var command = connection.Command(null, """
            select a.kind, a.owner, a.unit, f.frozen, f.decided_by, f.reason, a.credits - a.debits - a.held
            from ledger_freeze f join ledger_account a on a.id = f.account where f.id = @id
            """);
        command.With("id", Key(key));
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new StoredFreeze(
                new LedgerFreeze(key, ReadAccount(reader, 0), reader.GetInt32(3) != 0, reader.GetString(4), reader.GetString(5)), reader.GetInt64(6))
            : null;
    }

    public async Task<IReadOnlyList<DueHold>> GetDueHoldsAsync(int shard, DateTimeOffset now, int take)
    {
        await using var connection = await Database.OpenAsync();
        await using var command = connection.Command(null, """
            select h.id, a.kind, a.owner, a.unit from ledger_hold h join ledger_account a on a.id = h.account
            where h.shard = @shard and h.state = 0 and h.expires_at <= @now order by h.expires_at limit @take
            """);
        command.With("shard", shard).With("now", LedgerTime.ToMicroseconds(now)).With("take", take);
        await using var reader = await command.ExecuteReaderAsync();
        var due = new List<DueHold>();
        while (await reader.ReadAsync()) { due.Add(new DueHold(ReadKey(reader, 0), ReadAccount(reader, 1))); }
        return due;
    }

    /// <summary>Entries that others are about, with what became of them.</summary>
    protected async Task<IReadOnlyDictionary<Guid, StoredEntry>> ReadOriginalsAsync(DbConnection connection, int shard, IReadOnlyCollection<Guid> keys)
    {
        var found = new Dictionary<Guid, StoredEntry>();
        if (keys.Count == 0) { return found; }
        await using var command = connection.Command(null, """
            select e.kind, e.fingerprint, e.rate, e.reference, e.original, e.expires_at, e.lot, e.amount, d.kind, d.owner, d.unit,
                c1.kind, c1.owner, c1.unit, e.amount1, c2.kind, c2.owner, c2.unit, e.amount2, c3.kind, c3.owner, c3.unit, e.amount3,
                h.state, h.posted, h.resolved_by,
                (select coalesce(max(r.seq), 0) from ledger_reversal r where r.original = e.id),
                (select cast(coalesce(sum(r.amount1), 0) as bigint) from ledger_reversal r where r.original = e.id),
                (select cast(coalesce(sum(r.amount2), 0) as bigint) from ledger_reversal r where r.original = e.id),
                (select cast(coalesce(sum(r.amount3), 0) as bigint) from ledger_reversal r where r.original = e.id)
            from ledger_entry e join ledger_account d on d.id = e.debit join ledger_account c1 on c1.id = e.credit1
            left join ledger_account c2 on c2.id = e.credit2 left join ledger_account c3 on c3.id = e.credit3
            left join ledger_hold h on h.id = e.id
            where e.id = @id and e.shard = @shard
            """);
        command.With("id", null).With("shard", shard);
        foreach (var key in keys)
        {
            command.Parameters[0].Value = Key(key);
            await using var reader = await command.ExecuteReaderAsync();
            if (await reader.ReadAsync()) { found.Add(key, ReadOriginal(reader, key)); }
        }

        return found;
    }

    /// <summary>What the entries of a batch did to holds, and what they gave back. After the entries.</summary>
    protected async Task WriteConsequencesAsync(DbConnection connection, DbTransaction transaction, LedgerBatch batch)
    {
        var ids = batch.Accounts.ToDictionary(change => change.Before.Account, change => change.Before.Id);
        foreach (var hold in batch.Holds)
        {
            await using var write = connection.Command(transaction, hold.IsNew
                ? """
                    insert into ledger_hold(id, shard, account, amount, expires_at, state, posted, resolved_by)
                    values (@id, @shard, @account, @amount, @expires_at, @state, @posted, @by)
                    """
                : """
                    update ledger_hold set state = @state, posted = @posted, resolved_by = @by
                    where id = @id and shard = @shard and account = @account and amount = @amount and expires_at = @expires_at and state = 0
                    """);
            write.With("id", Key(hold.Key)).With("shard", batch.Shard).With("account", ids[hold.Account]).With("amount", hold.Amount)
                .With("expires_at", LedgerTime.ToMicroseconds(hold.ExpiresAt)).With("state", (int)hold.State).With("posted", hold.Posted);
            WithKeyOrNull(write, "by", hold.ResolvedBy);
            if (await write.ExecuteNonQueryAsync() != 1) { throw Differs(batch); }
        }

        foreach (var reversal in batch.Reversals)
        {
            await using var insert = connection.Command(transaction, """
                insert into ledger_reversal(id, shard, batch, original, seq, amount, amount1, amount2, amount3, total, original_amount)
                values (@id, @shard, @batch, @original, @seq, @amount, @amount1, @amount2, @amount3, @total, @original_amount)
                """);
            insert.With("id", Key(reversal.Key)).With("shard", batch.Shard).With("batch", batch.Seq).With("original", Key(reversal.Original))
                .With("seq", reversal.Seq).With("amount", reversal.Amount).With("amount1", reversal.Legs[0])
                .With("amount2", reversal.Legs.ElementAtOrDefault(1)).With("amount3", reversal.Legs.ElementAtOrDefault(2))
                .With("total", reversal.Total).With("original_amount", reversal.OriginalAmount);
            await insert.ExecuteNonQueryAsync();
        }
    }

    /// <summary>A parameter that may have no key.</summary>
    protected abstract void WithKeyOrNull(DbCommand command, string name, Guid? key);

    /// <summary>Columns: kind, owner, unit.</summary>
    private static LedgerAccount ReadAccount(DbDataReader reader, int ordinal) =>
        new((LedgerAccountKind)reader.GetInt32(ordinal), reader.GetString(ordinal + 1), (LedgerUnit)reader.GetInt32(ordinal + 2));

    private async Task WriteFreezeAsync(DbConnection connection, DbTransaction transaction, FreezeRecord record)
    {
        var (freeze, before) = (record.Freeze, record.Before);

        // The fence without a new number: a freeze moves nothing, but only the owner may decide it.
        await using var fence = connection.Command(transaction, """
            update ledger_shard set last_seq = last_seq where shard = @shard and epoch = @epoch and last_seq = @seq
            """);
        fence.With("shard", record.Shard).With("epoch", record.Epoch).With("seq", record.AfterSeq);
        if (await fence.ExecuteNonQueryAsync() != 1)
        {
            throw new Actors.InconsistentStateException($"Ledger shard {record.Shard} was taken over: epoch {record.Epoch} freezes nothing any more.");
        }

        await using var account = connection.Command(transaction, record.IsNew
            ? "insert into ledger_account(id, shard, kind, owner, unit, flags) values (@id, @shard, @kind, @owner, @unit, @flags)"
            : "update ledger_account set flags = @flags where id = @id and shard = @shard and kind = @kind and owner = @owner and unit = @unit");
        account.With("id", before.Id).With("shard", record.Shard).With("kind", (int)before.Account.Kind).With("owner", before.Account.Owner)
            .With("unit", (int)before.Account.Unit).With("flags", (int)record.Flags);
        if (await account.ExecuteNonQueryAsync() != 1) { throw new InvalidOperationException($"Account {before.Id} is not as its owner knew it."); }

        await using var insert = connection.Command(transaction, """
            insert into ledger_freeze(id, shard, account, seq, frozen, decided_by, reason, after_seq, at)
            select @id, @shard, @account, coalesce(max(seq), 0) + 1, @frozen, @by, @reason, @after, @at from ledger_freeze where account = @account
            """);
        insert.With("id", Key(freeze.Key)).With("shard", record.Shard).With("account", before.Id).With("frozen", freeze.Frozen ? 1 : 0)
            .With("by", freeze.By).With("reason", freeze.Reason).With("after", record.AfterSeq).With("at", LedgerTime.ToMicroseconds(record.At));
        await insert.ExecuteNonQueryAsync();
    }

    private StoredEntry ReadOriginal(DbDataReader reader, Guid key)
    {
        var credits = new List<LedgerLeg>(LedgerRules.LegsMax);
        for (var leg = 11; leg <= 19; leg += 4)
        {
            if (!reader.IsDBNull(leg)) { credits.Add(new LedgerLeg(ReadAccount(reader, leg), reader.GetInt64(leg + 3))); }
        }

        var ends = reader.IsDBNull(5) ? (DateTimeOffset?)null : LedgerTime.FromMicroseconds(reader.GetInt64(5));
        var entry = new LedgerEntry(
            key, reader.GetInt64(1), (LedgerEntryKind)reader.GetInt32(0), ReadAccount(reader, 8), credits, reader.GetInt32(2),
            Reference: reader.TextOrNull(3), Original: reader.IsDBNull(4) ? null : ReadKey(reader, 4), ExpiresAt: ends,
            Lot: reader.IsDBNull(6) ? null : ReadKey(reader, 6));
        var amount = reader.GetInt64(7);
        var hold = reader.IsDBNull(23)
            ? null
            : new HoldChange(
                key, entry.Debit, amount, ends!.Value, IsNew: false, (LedgerHoldState)reader.GetInt32(23), reader.GetInt64(24),
                reader.IsDBNull(25) ? null : ReadKey(reader, 25));
        return new StoredEntry(entry, amount, hold, [reader.GetInt64(27), reader.GetInt64(28), reader.GetInt64(29)], reader.GetInt32(26));
    }
}
