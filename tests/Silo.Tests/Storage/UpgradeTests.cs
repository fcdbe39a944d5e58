using System.Data.Common;
using Dapper;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Storage;

/// <summary>A database of an earlier version is brought to today's: what is in it stays, and can be used.</summary>
public sealed class UpgradeTests
{
    private const int HoldsSince = 8;

    private const int BeforeRecordingAudience = 43;

    /// <summary>Each dialect, from each version that ever was.</summary>
    public static TheoryData<SqlDialect, int> Versions
    {
        get
        {
            var data = new TheoryData<SqlDialect, int>();
            foreach (var dialect in (SqlDialect[])[SqlDialect.Sqlite, SqlDialect.PostgreSql])
            {
                foreach (var step in Migrator.Known(dialect).SkipLast(1)) { data.Add(dialect, step.Version); }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task EarlierDatabaseWithRows_IsBroughtToTodaysSchema_AndKeepsEveryRow(SqlDialect dialect, int version)
    {
        await using var today = await Databases.CreateAsync(dialect);
        await FillAsync(today, version);
        await using var old = await Databases.CreateAsync(dialect, upTo: version);
        var tables = await CopyAsync(today, old);
        Assert.Contains("grain_state", tables.Keys);
        Assert.All(tables, table => Assert.True(table.Value > 0, $"{table.Key} is empty: put a row of it into {nameof(FillAsync)}."));

        var applied = await new Migrator(old.Database, NullLogger<Migrator>.Instance).ApplyAsync();

        Assert.Equal(Migrator.Known(dialect).Where(step => step.Version > version).Select(step => step.Version), applied.Select(step => step.Version));
        Assert.Equal(tables, await CountAsync(old, tables.Keys));
        await UseAsync(old, hasLedger: tables.ContainsKey("ledger_entry"));
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task RecordingsAndClipsOfRoomsThatArePrivate_AreForGuestsFromTheUpgradeOn_AndOthersForEverybody(SqlDialect dialect)
    {
        await using var old = await Databases.CreateAsync(dialect, upTo: BeforeRecordingAudience);
        await old.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            """
            insert into room_listing(room_id, owner_id, owner_name, title, category, phase, created_at, updated_at, audience)
                values ('open', 'a1', 'Ana', 'Cups', 'home', 0, 1, 1, 0), ('closed', 'a1', 'Ana', 'Cups', 'home', 0, 1, 1, 1)
            """,
            transaction: transaction));
        foreach (var room in (string[])["open", "closed", "unlisted"])
        {
            await old.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
                """
                insert into recording(recording_id, room_id, owner_id, owner_name, title, place_id, state, started_at, duration_ms, bytes, has_pictures, products)
                    values (@room, @room, 'a1', 'Ana', 'Cups', 'p1', 1, 1, 1, 1, 0, '[]');
                insert into clip(clip_id, recording_id, room_id, place_id, owner_id, owner_name, by_id, by_name, title, fingerprint, made_at, state, duration_ms, bytes)
                    values (@room, @room, @room, 'p1', 'a1', 'Ana', 'b1', 'Ben', 'Cups', 1, 1, 1, 1, 1);
                """,
                new { room }, transaction));
        }

        await new Migrator(old.Database, NullLogger<Migrator>.Instance).ApplyAsync();

        // What a program of the release before adds meanwhile cannot say whom it is for: guests, until its owner opens it.
        await old.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            """
            insert into recording(recording_id, room_id, owner_id, owner_name, title, place_id, state, started_at, duration_ms, bytes, has_pictures, products)
                values ('newer', 'open', 'a1', 'Ana', 'Cups', 'p1', 1, 1, 1, 1, 0, '[]')
            """,
            transaction: transaction));
        await using var read = await old.Database.OpenAsync();
        Assert.Equal(
            [("closed", 1L), ("newer", 1L), ("open", 0L), ("unlisted", 0L)],
            await read.QueryAsync<(string, long)>("select recording_id, cast(audience as bigint) from recording order by recording_id"));
        Assert.Equal(
            [("closed", 1L), ("open", 0L), ("unlisted", 0L)], await read.QueryAsync<(string, long)>("select clip_id, cast(audience as bigint) from clip order by clip_id"));
    }

    /// <summary>At least one row of every table that the version has.</summary>
    private static async Task FillAsync(TestDatabase test, int version)
    {
        var store = new SqlGrainStateStore(test.Database);
        var claimed = await store.ClaimAsync(new GrainId("Room", "r1"), "state", default);
        await store.WriteAsync(new GrainId("Room", "r1"), "state", claimed.Epoch, claimed.Etag, "kept"u8.ToArray());
        await using (var ledger = await OpenLedgerAsync(test))
        {
            await ledger.PostAsync(TopUp(Ana, 100));
            await ledger.PostAsync(Gift(Ana, 10));
            if (version >= HoldsSince) { await HoldAsync(ledger); }
        }

        var no = test.Database.Dialect == SqlDialect.Sqlite ? "0" : "false";
        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            $"""
            insert into account(id, name, name_key, password_hash, security_stamp, role, failed_sign_ins, lockout_enabled, created_at)
                values ('a1', 'Ana', 'ana', 'hash', 'stamp', 0, 0, {no}, 1);
            insert into operator_grant(id, account_id, account_name, proposed_by, proposed_by_name, proposed_at, state) values ('g1', 'a1', 'Ana', 'b1', 'Ben', 1, 0);
            insert into protection_key(name, xml) values ('key', '<key/>');
            insert into room_message(message_id, room_id, epoch, sequence, key, sender_id, sender_name, badge, body, said_at)
                values ('m1', 'r1', 1, 1, 'k1', 'a1', 'Ana', 0, 'hello', 1);
            insert into room_listing(room_id, owner_id, owner_name, title, category, phase, created_at, updated_at)
                values ('r1', 'a1', 'Ana', 'Cups', 'home', 0, 1, 1);
            insert into audit_log(done_at, by_id, by_name, act, target) values (1, 'a1', 'Ana', 'mute', 'b1');
            insert into platform_ban(account_id, account_name, by_id, by_name, banned_at) values ('b1', 'Ben', 'a1', 'Ana', 1);
            insert into due_time(grain_type, grain_key, due_at) values ('Order', 'o1', 1);
            insert into payment_event(event_id, type, body, received_at) values ('evt_1', 'payment_intent.succeeded', '', 1);
            insert into refund(refund_id, requested_at) values ('f1', 1);
            insert into dispute(dispute_id, created_at, is_open) values ('du_1', 1, 1);
            insert into payment_cursor(name, newest_id, read_at) values ('events', 'evt_1', 1);
            insert into saved_card(payment_method, account_id, saved_at) values ('pm_1', 'a1', 1);
            insert into card_account(fingerprint, account_id, first_at) values ('fp_1', 'a1', 1);
            insert into agency(id, name, leader, founded_at) values ('a1', 'Bright', 'Ana', 1);
            insert into agency_contract(id, agency, streamer, streamer_name, share, since, state, offered_at) values ('c1', 'a1', 'b1', 'Ben', 100, 1, 1, 1);
            insert into payout(payout_id, account_id, requested_at, phase) values ('po1', 'a1', 1, 0);
            insert into payout_account(provider_id, account_id) values ('acct_1', 'a1');
            insert into reconciliation_item(side, id, reference, amount_minor, currency, at, is_matched) values (0, 'txn_1', 'topup:t1', 129, 'usd', 1, 0);
            insert into reconciliation_break(kind, subject, reference, currency, since, found_at) values (0, 'txn_1', 'topup:t1', 'usd', 1, 1);
            insert into reconciliation_state(name, value) values ('ledger', '1');
            insert into ledger_audited(what, at, defects) values ('whole', 1, 0);
            insert into recording(recording_id, room_id, owner_id, owner_name, title, place_id, state, started_at, duration_ms, bytes, has_pictures, products)
                values ('s1', 'r1', 'a1', 'Ana', 'Cups', 'p1', 1, 1, 1, 1, 0, '[]');
            insert into recording_setting(room_id, is_recorded, has_clips) values ('r1', 1, 1);
            insert into replay_event(recording_id, event_key, at, kind, body) values ('s1', 'pin:1', 1, 0, '');
            insert into clip(clip_id, recording_id, room_id, place_id, owner_id, owner_name, by_id, by_name, title, fingerprint, made_at, state, duration_ms, bytes)
                values ('k1', 's1', 'r1', 'p1', 'a1', 'Ana', 'b1', 'Ben', 'Cups', 1, 1, 1, 1, 1);
            insert into room_invitation(invitation_id, room_id, name, made_at, expires_at, uses, uses_max) values ('i1', 'r1', 'Friends', 1, 2, 1, 5);
            insert into room_guest(room_id, account_id, account_name, invitation_id, admitted_at) values ('r1', 'b1', 'Ben', 'i1', 1);
            insert into signing_key(name, secret, made_at) values ('key', @Bytes, 1);
            insert into picture(id, owner, content_type, bytes) values ('p1', 'a1', 'image/jpeg', @Bytes);
            """,
            new { Bytes = new byte[] { 1 } }, transaction));

        // Silos that agree with one another exist on PostgreSQL only.
        if (test.Database.Dialect == SqlDialect.PostgreSql)
        {
            await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
                """
                insert into cluster_identity(one, name) values (1, 'shop');
                insert into silo(name, link_url, version, session, status, heartbeat) values ('s1', 'http://s1', '1', 's', 1, 1);
                """,
                transaction: transaction));
        }
    }

    private static async Task HoldAsync(LedgerOwner ledger)
    {
        var hold = Hold(Clearing, 10);
        var post = Posted(hold, 4);
        Assert.Equal(LedgerOutcome.Moved, (await ledger.PostAsync(hold)).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await ledger.PostAsync(post)).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await ledger.SetFrozenAsync(new LedgerFreeze(Key(), Ben, Frozen: true, "op", "asked"))).Outcome);
        var back = new LedgerReversal(Key(), 1, post.Key, 3, "refund:1", []);
        Assert.Equal(LedgerOutcome.Moved, (await ledger.ReverseAsync(back)).Outcome);
    }

    /// <summary>What came over can be read, is whole, and goes on.</summary>
    private static async Task UseAsync(TestDatabase test, bool hasLedger)
    {
        var store = new SqlGrainStateStore(test.Database);
        var claimed = await store.ClaimAsync(new GrainId("Room", "r1"), "state", default);
        Assert.Equal("kept"u8.ToArray(), claimed.Payload.ToArray());
        await store.WriteAsync(new GrainId("Room", "r1"), "state", claimed.Epoch, claimed.Etag, "changed"u8.ToArray());

        await using var ledger = await OpenLedgerAsync(test);
        Assert.Equal(hasLedger ? 90 : 0, await ledger.GetBalanceAsync(Ana));
        Assert.Equal(LedgerOutcome.Moved, (await ledger.PostAsync(TopUp(Ana, 50))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await ledger.PostAsync(Gift(Ana, 20))).Outcome);
        var lines = await SqlLedgerStore.For(test.Database).GetLinesAsync(0, Ana, 10);
        Assert.Equal(hasLedger ? [-20, 50, -10, 100] : [-20, 50], lines.Select(line => line.Change));
        Assert.Empty(await new LedgerAudit(test.Database).VerifyAsync(default));
    }

    private static Task<LedgerOwner> OpenLedgerAsync(TestDatabase test) => LedgerOwner.StartAsync(
        0, SqlLedgerStore.For(test.Database), _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);

    /// <summary>Copies what the older schema can hold: these rows are what its program would have written. Rows that a migration puts there stay.</summary>
    /// <returns>The rows of each table.</returns>
    private static async Task<SortedDictionary<string, long>> CopyAsync(TestDatabase from, TestDatabase to)
    {
        await using var source = await from.Database.OpenAsync();
        await using var target = await to.Database.OpenAsync();
        var tables = await TablesAsync(target, to.Database.Dialect);
        foreach (var table in tables)
        {
            var columns = await ColumnsAsync(target, table);
            var rows = (await source.QueryAsync($"select {string.Join(", ", columns)} from {table}")).Cast<IDictionary<string, object?>>().ToList();
            var overriding = to.Database.Dialect == SqlDialect.PostgreSql ? "overriding system value " : "";
            await to.Database.WriteAsync(async (connection, transaction) =>
            {
                foreach (var row in rows)
                {
                    await connection.ExecuteAsync(
                        $"insert into {table}({string.Join(", ", columns)}) {overriding}values ({string.Join(", ", columns.Select(column => $"@{column}"))}) on conflict do nothing",
                        row, transaction);
                }

                return true;
            });
        }

        var last = await source.ExecuteScalarAsync<long>("select last from epoch_sequence");
        await to.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync("update epoch_sequence set last = @last", new { last }, transaction));
        return await CountAsync(to, tables);
    }

    private static async Task<SortedDictionary<string, long>> CountAsync(TestDatabase test, IEnumerable<string> tables)
    {
        await using var connection = await test.Database.OpenAsync();
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables) { counts[table] = await connection.ExecuteScalarAsync<long>($"select count(*) from {table}"); }
        return counts;
    }

    /// <summary>In the order in which they were made, so that what is referred to comes first.</summary>
    private static async Task<IReadOnlyList<string>> TablesAsync(DbConnection connection, SqlDialect dialect) => [.. await connection.QueryAsync<string>(
        dialect == SqlDialect.Sqlite
            ? "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not in ('schema_version', 'epoch_sequence') order by rowid"
            : "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not in ('schema_version', 'epoch_sequence') order by oid")];

    private static async Task<IReadOnlyList<string>> ColumnsAsync(DbConnection connection, string table)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"select * from {table} where 1 = 0";
        await using var reader = await command.ExecuteReaderAsync();
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
    }
}
