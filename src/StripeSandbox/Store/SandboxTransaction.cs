using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.StripeSandbox.Store;

/// <summary>Which objects a list wants; null is no condition.</summary>
internal sealed record ListQuery(string Kind)
{
    public int Limit { get; init; } = 10;
    public string? StartingAfter { get; init; }
    public string? EndingBefore { get; init; }
    public string? Customer { get; init; }
    public string? PaymentIntent { get; init; }
    public string? Charge { get; init; }
    public IReadOnlyList<string> Types { get; init; } = [];
    public bool? Delivered { get; init; }

    /// <summary>The connected account whose objects are meant; null for the platform's.</summary>
    public string? Account { get; init; }

    /// <summary>Balance transactions that this payout paid out.</summary>
    public string? Payout { get; init; }

    /// <summary>Members that must have these values.</summary>
    public IReadOnlyDictionary<string, object> Where { get; init; } = new Dictionary<string, object>();

    /// <summary>Unix seconds, both ends included.</summary>
    public long CreatedFrom { get; init; } = long.MinValue;

    /// <summary>Unix seconds, both ends included.</summary>
    public long CreatedTo { get; init; } = long.MaxValue;
}

/// <summary>One unit of work on the store.</summary>
internal sealed class SandboxTransaction(
    SqliteConnection connection, SqliteTransaction transaction, WebhookOutbox outbox, StripeSandboxOptions options, DateTimeOffset now, RequestOrigin origin)
{
    /// <summary>How the sandbox runs.</summary>
    public StripeSandboxOptions Options => options;

    /// <summary>The connected account that the request speaks for; null for the platform.</summary>
    public string? Account => origin.Account;

    /// <summary>The same moment for everything in this transaction.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Unix seconds.</summary>
    public long NowSeconds => now.ToUnixTimeSeconds();

    /// <summary>Webhooks that a fault wants sent before the caller gets its answer.</summary>
    public List<long> SendBeforeAnswer { get; } = [];

    public JsonObject? Find(string kind, string id) =>
        Scalar("SELECT json FROM objects WHERE id = $id AND kind = $kind", ("$id", id), ("$kind", kind)) is string json ? Parse(json) : null;

    /// <summary>The same, if it belongs to whom the request speaks for.</summary>
    public JsonObject? FindOwn(string kind, string id) =>
        Scalar("SELECT json FROM objects WHERE id = $id AND kind = $kind AND account IS $account", ("$id", id), ("$kind", kind), ("$account", Account)) is string json
            ? Parse(json)
            : null;

    /// <summary>Keeps a new object.</summary>
    /// <param name="account">The connected account that it belongs to; null for the platform.</param>
    /// <param name="charge">The charge by which it is looked up, if that is not its member of this name.</param>
    public void Insert(string kind, JsonObject value, string? account = null, string? charge = null) => Run(
        """
        INSERT INTO objects (id, kind, created, customer, payment_intent, charge, type, account, json)
        VALUES ($id, $kind, $created, $customer, $intent, $charge, $type, $account, $json)
        """,
        ("$id", Text(value, "id")), ("$kind", kind), ("$created", CreatedSeconds(value)), ("$customer", Text(value, "customer")),
        ("$intent", Text(value, "payment_intent")), ("$charge", charge ?? Text(value, "charge")), ("$type", Text(value, "type")), ("$account", account),
        ("$json", Write(value)));

    public void Update(JsonObject value) => Run(
        "UPDATE objects SET json = $json, customer = $customer WHERE id = $id",
        ("$id", Text(value, "id")), ("$customer", Text(value, "customer")), ("$json", Write(value)));

    /// <summary>Newest first. Null when the cursor names nothing.</summary>
    public (List<JsonObject> Items, bool HasMore)? List(ListQuery query)
    {
        var cursor = query.StartingAfter ?? query.EndingBefore;
        long? edge = null;
        if (cursor is not null)
        {
            edge = Scalar(
                "SELECT seq FROM objects WHERE id = $id AND kind = $kind AND account IS $account",
                ("$id", cursor), ("$kind", query.Kind), ("$account", query.Account)) as long?;
            if (edge is null) { return null; }
        }

        var backwards = query.StartingAfter is null && query.EndingBefore is not null;
        using var command = Command(
            $"""
            SELECT json FROM objects o
            WHERE kind = $kind AND account IS $account AND created BETWEEN $from AND $to
              AND ($customer IS NULL OR customer = $customer)
              AND ($intent IS NULL OR payment_intent = $intent)
              AND ($charge IS NULL OR charge = $charge)
              AND ($types IS NULL OR EXISTS (SELECT 1 FROM json_each($types) wanted WHERE o.type GLOB replace(wanted.value, '[', '[[]')))
              AND ($delivered IS NULL OR $delivered = NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = o.id AND d.state <> 'delivered'))
              AND ($payout IS NULL OR EXISTS (SELECT 1 FROM movements m WHERE m.id = o.id AND m.payout = $payout))
              AND ($where IS NULL OR NOT EXISTS (SELECT 1 FROM json_each($where) wanted WHERE json_extract(o.json, '$.' || wanted.key) IS NOT wanted.value))
              AND ($edge IS NULL OR seq {(backwards ? ">" : "<")} $edge)
            ORDER BY seq {(backwards ? "ASC" : "DESC")} LIMIT $limit
            """,
            ("$kind", query.Kind), ("$from", query.CreatedFrom), ("$to", query.CreatedTo), ("$customer", query.Customer),
            ("$intent", query.PaymentIntent), ("$charge", query.Charge), ("$account", query.Account), ("$payout", query.Payout),
            ("$where", query.Where.Count == 0 ? null : JsonSerializer.Serialize(query.Where)),
            ("$types", query.Types.Count == 0 ? null : JsonSerializer.Serialize(query.Types)),
            ("$delivered", query.Delivered is { } delivered ? (delivered ? 1L : 0L) : null), ("$edge", edge), ("$limit", query.Limit + 1L));
        var items = new List<JsonObject>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) { items.Add(Parse(reader.GetString(0))); }
        }

        var more = items.Count > query.Limit;
        if (more) { items.RemoveAt(items.Count - 1); }
        if (backwards) { items.Reverse(); }
        return (items, more);
    }

    /// <summary>Records that something happened to an object, as it is now, and queues the webhook.</summary>
    /// <param name="account">The connected account it happened to; null for the platform.</param>
    public void Emit(string type, JsonObject subject, string? account = null)
    {
        var id = Ids.New("evt");
        var happened = new JsonObject
        {
            ["id"] = id,
            ["object"] = "event",
            ["api_version"] = ApiDescription.Current.Version,
            ["created"] = NowSeconds,
            ["data"] = new JsonObject { ["object"] = subject.DeepClone() },
            ["livemode"] = false,
            ["pending_webhooks"] = outbox.HasTarget(account is not null) ? 1 : 0,
            ["request"] = new JsonObject { ["id"] = origin.RequestId, ["idempotency_key"] = origin.IdempotencyKey },
            ["type"] = type,
        };
        if (account is not null) { happened["account"] = account; }
        Insert("event", happened, account);
        outbox.Enqueue(this, id, type, connected: account is not null);
    }

    /// <summary>Records that something happened to a connected account, for version 2 of the API, and queues the notification.</summary>
    /// <param name="account">Null for an event that names the account in its data only.</param>
    /// <param name="data">What only this type of event tells.</param>
    public void Announce(string type, JsonObject? account, JsonObject? data = null)
    {
        var happened = V2Events.New(this, type, (string?)account?["id"], data, origin);
        Insert(V2Events.Kind, happened);
        outbox.Enqueue(this, (string)happened["id"]!, type, connected: true);
    }

    public int Run(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    /// <summary>The caller disposes it.</summary>
    public SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Statements are constants of the sandbox; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values) { command.Parameters.AddWithValue(name, value ?? DBNull.Value); }
        return command;
    }

    /// <summary>Objects of v1 have seconds, those of v2 a text.</summary>
    private static long CreatedSeconds(JsonObject value) => value["created"]!.GetValueKind() == JsonValueKind.Number
        ? (long)value["created"]!
        : DateTimeOffset.Parse((string)value["created"]!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();

    private static string? Text(JsonObject value, string name) => (string?)value[name];

    private static string Write(JsonObject value) => value.ToJsonString(Json.Options);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
