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

    /// <summary>Unix seconds, both ends included.</summary>
    public long CreatedFrom { get; init; } = long.MinValue;

    /// <summary>Unix seconds, both ends included.</summary>
    public long CreatedTo { get; init; } = long.MaxValue;
}

/// <summary>One unit of work on the store.</summary>
internal sealed class SandboxTransaction(
    SqliteConnection connection, SqliteTransaction transaction, WebhookOutbox outbox, DateTimeOffset now, RequestOrigin origin)
{
    /// <summary>The same moment for everything in this transaction.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Unix seconds.</summary>
    public long NowSeconds => now.ToUnixTimeSeconds();

    /// <summary>Webhooks that a fault wants sent before the caller gets its answer.</summary>
    public List<long> SendBeforeAnswer { get; } = [];

    public JsonObject? Find(string kind, string id) =>
        Scalar("SELECT json FROM objects WHERE id = $id AND kind = $kind", ("$id", id), ("$kind", kind)) is string json ? Parse(json) : null;

    public void Insert(string kind, JsonObject value) => Run(
        """
        INSERT INTO objects (id, kind, created, customer, payment_intent, charge, type, json)
        VALUES ($id, $kind, $created, $customer, $intent, $charge, $type, $json)
        """,
        ("$id", Text(value, "id")), ("$kind", kind), ("$created", (long)value["created"]!), ("$customer", Text(value, "customer")),
        ("$intent", Text(value, "payment_intent")), ("$charge", Text(value, "charge")), ("$type", Text(value, "type")), ("$json", Write(value)));

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
            edge = Scalar("SELECT seq FROM objects WHERE id = $id AND kind = $kind", ("$id", cursor), ("$kind", query.Kind)) as long?;
            if (edge is null) { return null; }
        }

        var backwards = query.StartingAfter is null && query.EndingBefore is not null;
        using var command = Command(
            $"""
            SELECT json FROM objects o
            WHERE kind = $kind AND created BETWEEN $from AND $to
              AND ($customer IS NULL OR customer = $customer)
              AND ($intent IS NULL OR payment_intent = $intent)
              AND ($charge IS NULL OR charge = $charge)
              AND ($types IS NULL OR EXISTS (SELECT 1 FROM json_each($types) wanted WHERE o.type GLOB wanted.value))
              AND ($delivered IS NULL OR $delivered = NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = o.id AND d.state <> 'delivered'))
              AND ($edge IS NULL OR seq {(backwards ? ">" : "<")} $edge)
            ORDER BY seq {(backwards ? "ASC" : "DESC")} LIMIT $limit
            """,
            ("$kind", query.Kind), ("$from", query.CreatedFrom), ("$to", query.CreatedTo), ("$customer", query.Customer),
            ("$intent", query.PaymentIntent), ("$charge", query.Charge),
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
    public void Emit(string type, JsonObject subject)
    {
        var id = Ids.New("evt");
        Insert("event", new JsonObject
        {
            ["id"] = id,
            ["object"] = "event",
            ["api_version"] = ApiDescription.Current.Version,
            ["created"] = NowSeconds,
            ["data"] = new JsonObject { ["object"] = subject.DeepClone() },
            ["livemode"] = false,
            ["pending_webhooks"] = outbox.HasTarget ? 1 : 0,
            ["request"] = new JsonObject { ["id"] = origin.RequestId, ["idempotency_key"] = origin.IdempotencyKey },
            ["type"] = type,
        });
        outbox.Enqueue(this, id, type);
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

    private static string? Text(JsonObject value, string name) => (string?)value[name];

    private static string Write(JsonObject value) => value.ToJsonString(Json.Options);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
