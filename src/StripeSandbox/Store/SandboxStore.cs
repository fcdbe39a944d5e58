using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.StripeSandbox.Store;

/// <summary>Who caused a change: the request that events name.</summary>
/// <param name="RequestId">Null for what the sandbox does by its clock.</param>
/// <param name="Account">The connected account that the request speaks for (<c>Stripe-Account</c>); null for the platform.</param>
internal sealed record RequestOrigin(string? RequestId, string? IdempotencyKey, string? Account = null)
{
    public static RequestOrigin None { get; } = new(null, null);
}

/// <summary>
/// Everything the sandbox knows, in one SQLite file. One writer at a time: a change, its events, their webhooks and the answer kept under
/// the idempotency key are one commit.
/// </summary>
internal sealed class SandboxStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly StripeSandboxOptions _options;
    private readonly WebhookOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    /// <summary>Opens it, and creates or migrates the file.</summary>
    public SandboxStore(StripeSandboxOptions options, WebhookOutbox outbox, TimeProvider time)
    {
        var path = options.DatabasePath;
        _options = options;
        _outbox = outbox;
        _time = time;
        if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) { Directory.CreateDirectory(folder); }

        // No pool: disposing must let go of the file, so that the next server can open it.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path ?? ":memory:", Pooling = false }.ToString());
        try
        {
            _connection.Open();
            if (Migrate() is > 0 and < SandboxSchema.BalancesSince) { Transact(OldPayments.Book); }
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
            var result = work(new SandboxTransaction(
                _connection, transaction, _outbox, _options, _time.GetUtcNow(), origin ?? RequestOrigin.None));
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

    /// <summary>Brings the file to the newest version.</summary>
    /// <returns>The version that it had; 0 for a new file.</returns>
    private long Migrate()
    {
        Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
        using var version = _connection.CreateCommand();
        version.CommandText = "PRAGMA user_version";
        var found = (long)version.ExecuteScalar()!;
        if (found > SandboxSchema.Steps.Count)
        {
            throw new InvalidOperationException(
                $"The payment sandbox's file {_connection.DataSource} was written by a newer version ({found}, this one knows {SandboxSchema.Steps.Count}). Use another file.");
        }

        for (var step = (int)found; step < SandboxSchema.Steps.Count; step++)
        {
            Run($"BEGIN; {SandboxSchema.Steps[step]} PRAGMA user_version = {step + 1}; COMMIT;");
        }

        return found;
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of the sandbox come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
