using System.Data.Common;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>What every ledger store promises.</summary>
public abstract class LedgerStoreSuite(SqlDialect dialect) : IAsyncLifetime
{
    private const int Shard = 0;
    private TestDatabase _database = null!;
    private ILedgerStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _store = SqlLedgerStore.For(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task NewShard_BeginsAtTheGenesis()
    {
        var head = await _store.TakeOverAsync(Shard, "a");

        Assert.Equal((1L, 0L, 0L, null), (head.Epoch, head.LastSeq, head.LastAccountId, head.NewestKey));
        Assert.Equal(LedgerHash.Genesis, head.LastHash);
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
    }

    [Fact]
    public async Task StoredBatch_IsFoundByKeyAndByAccount()
    {
        var head = await _store.TakeOverAsync(Shard, "a");
        var (topUp, gift) = (TopUp(Ana, 100), Gift(Ana, 11));
        var batch = Batch(head, topUp, gift);
        await _store.AppendAsync(batch);

        var found = await _store.FindAsync(Shard, [topUp.Key, gift.Key, Key()], [Ana, Star, Fee, Clearing, Ben], []);

        Assert.Equal(new RememberedAnswer(7, LedgerOutcome.Moved, 89, 11), found.Keys[gift.Key]);
        Assert.Equal(new RememberedAnswer(1, LedgerOutcome.Moved, -100, 100), found.Keys[topUp.Key]);
        Assert.Equal(2, found.Keys.Count);
        Assert.Equal(batch.Accounts.Select(change => change.After).OrderBy(account => account.Id), found.Accounts.Values.OrderBy(account => account.Id));
        Assert.Equal((89, 5, 6, -100), (found.Accounts[Ana].Balance, found.Accounts[Star].Balance, found.Accounts[Fee].Balance, found.Accounts[Clearing].Balance));
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
    }

    [Fact]
    public async Task NextOwner_ContinuesWhereTheLastEnded()
    {
        var head = await _store.TakeOverAsync(Shard, "a");
        var batch = Batch(head, TopUp(Ana, 100), Gift(Ana, 11, Key(Noon.AddMinutes(1))));
        await _store.AppendAsync(batch);

        var next = await _store.TakeOverAsync(Shard, "b");

        Assert.Equal((2L, 1L, 4L, batch.Entries[1].Request.Key), (next.Epoch, next.LastSeq, next.LastAccountId, next.NewestKey));
        Assert.Equal(batch.Hash, next.LastHash);
        var found = await _store.FindAsync(Shard, [], [Ana, Star, Fee, Clearing], []);
        await _store.AppendAsync(Batch(next, found, Gift(Ana, 9)));
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
    }

    [Fact]
    public async Task LargeBatch_IsStoredRowForRowAsItsHashSays_OrNotAtAll()
    {
        var hold = Hold(Ben, 30);
        var ahead = TopUp(Ben, 50) with { Lot = Key(), Reference = null };
        var gifts = Enumerable.Range(1, 2 * PostgresLedgerStore.CopyEntriesMin)
            .Select(number => Gift(Ana, number) with { Gift = new GiftMemo("room1", new Person("ana", $"Ñandú 🎁 {number}"), "rose", number) })
            .ToArray();
        var head = await _store.TakeOverAsync(Shard, "a");
        var batch = Batch(head, [TopUp(Ana, 10_000_000), ahead, hold, .. gifts]);
        await _store.AppendAsync(batch);

        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
        Assert.Equal(batch.Gifts(), await _store.GetGiftsAfterAsync(Shard, "room1", 0, 0, gifts.Length));
        var found = await _store.FindAsync(Shard, [gifts[^1].Key], [Ana, Ben, Star, Fee, Clearing], []);
        Assert.Equal(batch.Accounts.Select(change => change.After).OrderBy(account => account.Id), found.Accounts.Values.OrderBy(account => account.Id));

        var next = await _store.TakeOverAsync(Shard, "a");
        LedgerEntry[] more = [TopUp(Ben, 5), .. gifts[1..].Select(gift => gift with { Key = Key() }), gifts[^1]];
        await Assert.ThrowsAnyAsync<DbException>(() => _store.AppendAsync(Batch(next, found with { Keys = new Dictionary<Guid, RememberedAnswer>() }, more)));
        Assert.Equal(1, (await _store.TakeOverAsync(Shard, "a")).LastSeq);
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
    }

    [Fact]
    public async Task OvertakenOwner_IsFencedAndStoresNothing()
    {
        var old = await _store.TakeOverAsync(Shard, "a");
        await _store.TakeOverAsync(Shard, "b");

        await Assert.ThrowsAsync<InconsistentStateException>(() => _store.AppendAsync(Batch(old, TopUp(Ana, 100))));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _store.TakeOverAgainAsync(Shard, "a"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _store.CheckAsync(Shard, old.Epoch));
        await _store.CheckAsync(Shard, old.Epoch + 1);
        Assert.Empty((await _store.FindAsync(Shard, [], [Ana], [])).Accounts);
    }

    [Fact]
    public async Task OwnerInDoubt_TakesOverAgainHoweverOften()
    {
        var head = await _store.TakeOverAsync(Shard, "a");
        await _store.TakeOverAgainAsync(Shard, "a");
        var again = await _store.TakeOverAgainAsync(Shard, "a");

        Assert.Equal(head.Epoch + 2, again.Epoch);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _store.AppendAsync(Batch(head, TopUp(Ana, 100))));
        await _store.AppendAsync(Batch(again, TopUp(Ana, 100)));
    }

    [Fact]
    public async Task BatchOutOfSequence_IsRefused()
    {
        var head = await _store.TakeOverAsync(Shard, "a");

        await Assert.ThrowsAsync<InconsistentStateException>(() => _store.AppendAsync(Batch(head with { LastSeq = 1 }, TopUp(Ana, 100))));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _store.AppendAsync(Batch(head with { LastHash = new byte[31] }, TopUp(Ana, 100))));
    }

    [Fact]
    public async Task DuplicateKey_FailsTheWholeBatch()
    {
        var head = await _store.TakeOverAsync(Shard, "a");
        var topUp = TopUp(Ana, 100);
        await _store.AppendAsync(Batch(head, topUp));
        var next = await _store.TakeOverAsync(Shard, "a");
        var found = await _store.FindAsync(Shard, [], [Ana, Clearing], []);

        await Assert.ThrowsAnyAsync<DbException>(() => _store.AppendAsync(Batch(next, found, TopUp(Ben, 5), topUp)));

        Assert.Empty((await _store.FindAsync(Shard, [], [Ben], [])).Accounts);
        Assert.Equal(1, (await _store.TakeOverAsync(Shard, "a")).LastSeq);
    }

    [Fact]
    public async Task BalanceBelowZero_IsRefusedByTheSchemaToo()
    {
        var head = await _store.TakeOverAsync(Shard, "a");

        await Assert.ThrowsAnyAsync<DbException>(() => _store.AppendAsync(Forge(head, Gift(Ana, 10))));
        Assert.Empty((await _store.FindAsync(Shard, [], [Star], [])).Accounts);
    }

    [Fact]
    public async Task AccountUnlikeItsOwnersMemory_FailsTheBatch()
    {
        var head = await _store.TakeOverAsync(Shard, "a");
        await _store.AppendAsync(Batch(head, TopUp(Ana, 100)));
        var next = await _store.TakeOverAsync(Shard, "a");
        var found = await _store.FindAsync(Shard, [], [Ana, Clearing], []);
        var wrong = found with
        {
            Accounts = found.Accounts.ToDictionary(pair => pair.Key, pair => pair.Key == Ana ? pair.Value with { Credits = 200 } : pair.Value),
        };

        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.AppendAsync(Batch(next, wrong, Gift(Ana, 150))));
        Assert.Equal(100, (await _store.FindAsync(Shard, [], [Ana], [])).Accounts[Ana].Balance);
    }

    [Fact]
    public async Task Lines_AreNewestFirstWithTheSignOfTheAccount()
    {
        var (topUp, first, second) = (TopUp(Ana, 100), Gift(Ana, 11), Gift(Ana, 20, room: "room2"));
        await AppendAllAsync([topUp], [first], [second]);

        var lines = await _store.GetLinesAsync(Shard, Ana, 10);

        Assert.Equal([(second.Key, -20L), (first.Key, -11L), (topUp.Key, 100L)], lines.Select(line => (line.EntryId, line.Change)));
        Assert.Equal(("room2", "rose", 2, null), (lines[0].RoomId, lines[0].GiftId, lines[0].Quantity, lines[0].Reference));
        Assert.Equal((null, null, 0, "pi_1"), (lines[2].RoomId, lines[2].GiftId, lines[2].Quantity, lines[2].Reference));
        Assert.Equal(LedgerEntryKind.TopUp, lines[2].Kind);
        Assert.Equal(Noon, lines[0].At);
        Assert.Equal([(second.Key, 10L), (first.Key, 5L)], (await _store.GetLinesAsync(Shard, Star, 10)).Select(line => (line.EntryId, line.Change)));
        Assert.Equal([(second.Key, 10L), (first.Key, 6L)], (await _store.GetLinesAsync(Shard, Fee, 10)).Select(line => (line.EntryId, line.Change)));
        Assert.Equal([second.Key], (await _store.GetLinesAsync(Shard, Ana, 1)).Select(line => line.EntryId));
        Assert.Empty(await _store.GetLinesAsync(Shard, Ben, 10));
    }

    [Fact]
    public async Task LinesOfABusyAccount_AreTheNewestAcrossBatches()
    {
        var gifts = Enumerable.Range(0, 30).Select(_ => Gift(Ana, 2)).ToArray();
        await AppendAllAsync([TopUp(Ana, 1_000)], gifts[..10], gifts[10..11], gifts[11..]);

        Assert.Equal(
            gifts[9..].Reverse().Select(gift => gift.Key), (await _store.GetLinesAsync(Shard, Star, 21)).Select(line => line.EntryId));
    }

    [Fact]
    public async Task Gifts_AreReadByRoomAndPlace()
    {
        var (one, two, three, other) = (Gift(Ana, 10), Gift(Ana, 11), Gift(Ana, 12), Gift(Ana, 13, room: "room2"));
        await AppendAllAsync([TopUp(Ana, 100)], [one, other, two], [three]);

        var all = await _store.GetGiftsAfterAsync(Shard, "room1", 0, 0, 10);

        Assert.Equal([(one.Key, 2L, 0), (two.Key, 2L, 2), (three.Key, 3L, 0)], all.Select(gift => (gift.Key, gift.Batch, gift.Order)));
        Assert.Equal((one.Gift!.Sender, "room1", "rose", 2, 10L, Noon), (all[0].Sender, all[0].RoomId, all[0].GiftId, all[0].Quantity, all[0].Coins, all[0].At));
        Assert.Equal([two.Key], (await _store.GetGiftsAfterAsync(Shard, "room1", 2, 0, 1)).Select(gift => gift.Key));
        Assert.Equal([three.Key], (await _store.GetGiftsAfterAsync(Shard, "room1", 2, 2, 10)).Select(gift => gift.Key));
        Assert.Empty(await _store.GetGiftsAfterAsync(Shard, "room1", 3, 0, 10));
        Assert.Equal([two.Key, three.Key], (await _store.GetLatestGiftsAsync(Shard, "room1", 2)).Select(gift => gift.Key));
    }

    [Fact]
    public async Task WhatTheRoomIsTold_IsWhatItWouldRead()
    {
        var head = await _store.TakeOverAsync(Shard, "a");
        var batch = Batch(head, TopUp(Ana, 100), Gift(Ana, 10), Gift(Ana, 20));
        await _store.AppendAsync(batch);

        Assert.Equal(batch.Gifts(), await _store.GetGiftsAfterAsync(Shard, "room1", 0, 0, 10));
    }

    [Fact]
    public async Task SafeDatabase_HasNoUnsafeSettings() => Assert.Empty(await _store.FindUnsafeSettingsAsync());

    private async Task AppendAllAsync(params LedgerEntry[][] batches)
    {
        foreach (var entries in batches)
        {
            var head = await _store.TakeOverAsync(Shard, "a");
            var accounts = entries.SelectMany(entry => entry.Credits.Select(leg => leg.Account).Append(entry.Debit)).ToHashSet();
            await _store.AppendAsync(Batch(head, await _store.FindAsync(Shard, [], accounts, []), entries));
        }
    }

    private static LedgerBatch Batch(LedgerHead head, params LedgerEntry[] entries) =>
        Batch(head, new LedgerFound(new Dictionary<Guid, RememberedAnswer>(), new Dictionary<LedgerAccount, AccountRecord>()), entries);

    private static LedgerBatch Batch(LedgerHead head, LedgerFound found, params LedgerEntry[] entries)
    {
        var draft = new LedgerDraft(found.Accounts, found.Keys, head.LastAccountId, Noon);
        foreach (var entry in entries) { draft.Decide(entry); }
        var hash = LedgerHash.Of(head.LastHash, Shard, head.Epoch, head.LastSeq + 1, Noon, draft.Entries);
        return new LedgerBatch(Shard, head.Epoch, head.LastSeq + 1, Noon, head.LastHash, hash, draft.Entries, draft.Changes())
        {
            Holds = draft.HoldChanges(),
        };
    }

    // As an owner would make it that believes in coins that are not there.
    private static LedgerBatch Forge(LedgerHead head, LedgerEntry gift)
    {
        var changes = new List<AccountChange>
        {
            new(new AccountRecord(1, gift.Debit, AccountFlags.None, 0, 0, 0), IsNew: true, 10, 0, 1, 0, 0),
            new(new AccountRecord(2, Star, AccountFlags.None, 0, 0, 0), IsNew: true, 0, 5, 1, 0, 0),
            new(new AccountRecord(3, Fee, AccountFlags.None, 0, 0, 0), IsNew: true, 0, 5, 1, 0, 0),
        };
        List<DecidedEntry> entries = [new(gift, 10, -10)];
        return new LedgerBatch(Shard, head.Epoch, 1, Noon, head.LastHash, LedgerHash.Of(head.LastHash, Shard, head.Epoch, 1, Noon, entries), entries, changes);
    }
}

public sealed class SqliteLedgerStoreTests() : LedgerStoreSuite(SqlDialect.Sqlite);

public sealed class PostgresLedgerStoreTests() : LedgerStoreSuite(SqlDialect.PostgreSql);
