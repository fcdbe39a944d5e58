using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.StripeSandbox.Store;

/// <summary>Who caused a change: the request that events name.</summary>
/// <param name="RequestId">Null for what the sandbox does by its clock.</param>
internal sealed record RequestOrigin(string? RequestId, string? IdempotencyKey)
{
    public static RequestOrigin None { get; } = new(null, null);
}

/// <summary>
/// Everything the sandbox knows, in one SQLite file. One writer at a time: a change, its events, their webhooks and the answer kept under
/// the idempotency key are one commit.
/// </summary>
internal sealed class SandboxStore : IDisposable
{
    private const int SchemaVersion = 1;

    private readonly SqliteConnection _connection;
    private readonly WebhookOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    /// <summary>Opens it, and creates or migrates the file.</summary>
    /// <param name="path">The file; null keeps everything in memory.</param>
    public SandboxStore(string? path, WebhookOutbox outbox, TimeProvider time)
    {
        _outbox = outbox;
        _time = time;
        if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) { Directory.CreateDirectory(folder); }

        // No pool: disposing must let go of the file, so that the next server can open it.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path ?? ":memory:", Pooling = false }.ToString());
        try
        {
            _connection.Open();
            Migrate();
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Does one piece of work and commits it; an exception commits nothing.</summary>
    public T Transact<T>(Func<SandboxTransaction, T> work, RequestOrigin? origin = null)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            var result = work(new SandboxTransaction(_connection, transaction, _outbox, _time.GetUtcNow(), origin ?? RequestOrigin.None));
            transaction.Commit();
            return result;
        }
    }

    /// <summary>The same, without a result.</summary>
    public void Transact(Action<SandboxTransaction> work, RequestOrigin? origin = null) =>
        Transact<JsonObject?>(
            transaction =>
            {
                work(transaction);
                return null;
            },
            origin);

    public void Dispose()
    {
        lock (_gate) { _connection.Dispose(); }
    }

    private void Migrate()
    {
        Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
        using var version = _connection.CreateCommand();
        version.CommandText = "PRAGMA user_version";
        var found = (long)version.ExecuteScalar()!;
        if (found > SchemaVersion)
        {
            throw new InvalidOperationException(
                $"The payment sandbox's file {_connection.DataSource} was written by a newer version ({found}, this one knows {SchemaVersion}). Use another file.");
        }

        if (found == SchemaVersion) { return; }
        Run($"""
            BEGIN;
            CREATE TABLE objects (
                seq            INTEGER PRIMARY KEY AUTOINCREMENT,
                id             TEXT NOT NULL UNIQUE,
                kind           TEXT NOT NULL,
                created        INTEGER NOT NULL,
                customer       TEXT,
                payment_intent TEXT,
                charge         TEXT,
                type           TEXT,
                json           TEXT NOT NULL
            );
            CREATE INDEX objects_by_kind ON objects (kind, seq);
            CREATE INDEX objects_by_customer ON objects (customer, kind, seq) WHERE customer IS NOT NULL;
            CREATE INDEX objects_by_intent ON objects (payment_intent, kind, seq) WHERE payment_intent IS NOT NULL;
            CREATE TABLE idempotency (
                key         TEXT PRIMARY KEY,
                operation   TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                status      INTEGER NOT NULL,
                body        TEXT NOT NULL,
                request_id  TEXT NOT NULL,
                created_ms  INTEGER NOT NULL
            );
            CREATE INDEX idempotency_by_age ON idempotency (created_ms);
            CREATE TABLE deliveries (
                id       INTEGER PRIMARY KEY AUTOINCREMENT,
                event    TEXT NOT NULL,
                ordinal  INTEGER NOT NULL,
                due_ms   INTEGER NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                held     INTEGER NOT NULL DEFAULT 0,
                state    TEXT NOT NULL
            );
            CREATE INDEX deliveries_due ON deliveries (due_ms, ordinal, id) WHERE state = 'waiting';
            CREATE INDEX deliveries_by_event ON deliveries (event);
            CREATE TABLE processing (
                payment_intent TEXT PRIMARY KEY,
                due_ms         INTEGER NOT NULL
            );
            PRAGMA user_version = {SchemaVersion};
            COMMIT;
            """);
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this class come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
