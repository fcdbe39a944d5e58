using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Retrieves, lists, and puts objects in the place of their ids.</summary>
internal static class Reading
{
    private const int ExpandMax = 20;
    private const int ExpandDepthMax = 4;

    /// <summary>For members that hold the id of an object of one of several kinds.</summary>
    private const string AnyKind = "*";

    /// <summary>Members that hold the id of another object.</summary>
    private static readonly Dictionary<string, string> Expandable = new(StringComparer.Ordinal)
    {
        ["latest_charge"] = "charge",
        ["charge"] = "charge",
        ["customer"] = "customer",
        ["payment_intent"] = "payment_intent",
        ["payment_method"] = "payment_method",
        ["balance_transaction"] = "balance_transaction",
        ["failure_balance_transaction"] = "balance_transaction",
        ["destination"] = Accounts.Kind,
        ["destination_payment"] = "charge",
        ["destination_payment_refund"] = "refund",
        ["source"] = AnyKind,
        ["source_transaction"] = "charge",
        ["source_transfer"] = "transfer",
        ["transfer"] = "transfer",
    };

    public static ApiAnswer Retrieve(SandboxTransaction transaction, string kind, string id, string param) =>
        FindOwn(transaction, kind, id) is { } found ? ApiAnswer.Ok(found) : ApiAnswer.Missing(kind, id, param);

    /// <summary>Those of the named parameters that were given: members of the same name must have the same value.</summary>
    public static Dictionary<string, object> Equal(JsonObject parameters, ReadOnlySpan<string> names)
    {
        var where = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if ((string?)parameters[name] is { } value) { where[name] = value; }
        }

        return where;
    }

    /// <summary>A page of a list, newest first.</summary>
    /// <param name="where">Members that must have these values, besides what every list understands.</param>
    public static ApiAnswer List(
        SandboxTransaction transaction, string kind, string url, JsonObject parameters, IReadOnlyDictionary<string, object>? where = null)
    {
        var limit = (long?)parameters["limit"] ?? 10;
        if (limit is < 1 or > 100) { return ApiAnswer.Invalid("limit must be between 1 and 100.", "limit", "parameter_invalid_integer"); }
        var types = (parameters["types"] as JsonArray)?.Select(type => (string?)type ?? "").ToList() ?? [];
        if ((string?)parameters["type"] is { } only) { types.Add(only); }
        if (types.Exists(type => !type.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '_' or '*' or '[' or ']')))
        {
            return ApiAnswer.Invalid("An event type has lower-case letters, dots, brackets and underscores; * stands for any.", "type");
        }

        var (from, to) = Created(parameters["created"]);
        var query = new ListQuery(kind)
        {
            Limit = (int)limit,
            StartingAfter = (string?)parameters["starting_after"],
            EndingBefore = (string?)parameters["ending_before"],
            Customer = (string?)parameters["customer"],
            PaymentIntent = (string?)parameters["payment_intent"],
            Charge = (string?)parameters["charge"],
            Account = transaction.Account,
            Payout = (string?)parameters["payout"],
            Types = types,
            Where = where ?? new Dictionary<string, object>(),
            Delivered = (bool?)parameters["delivery_success"],
            CreatedFrom = from,
            CreatedTo = to,
        };
        if (transaction.List(query) is not { } page)
        {
            var param = query.StartingAfter is not null ? "starting_after" : "ending_before";
            return ApiAnswer.Missing(kind, (query.StartingAfter ?? query.EndingBefore)!, param, status: 400);
        }

        return ApiAnswer.Ok(new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Items]),
            ["has_more"] = page.HasMore,
            ["url"] = url,
        });
    }

    /// <summary>Carries out <c>expand[]</c> on an answer.</summary>
    /// <returns>A refusal, or null.</returns>
    public static ApiAnswer? Expand(SandboxTransaction transaction, JsonObject answer, JsonNode? expand)
    {
        if (expand is not JsonArray paths) { return null; }
        if (paths.Count > ExpandMax) { return ApiAnswer.Invalid($"At most {ExpandMax} members can be expanded.", "expand"); }
        foreach (var path in paths)
        {
            var names = ((string?)path ?? "").Split('.');
            if (names[0] == "data" && answer["data"] is JsonArray items)
            {
                foreach (var item in items)
                {
                    if (Expand(transaction, item!.AsObject(), names.AsSpan(1), (string)path!) is { } refusal) { return refusal; }
                }
            }
            else if (Expand(transaction, answer, names, (string?)path ?? "") is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static ApiAnswer? Expand(SandboxTransaction transaction, JsonObject holder, ReadOnlySpan<string> names, string path)
    {
        if (names.Length > ExpandDepthMax)
        {
            return ApiAnswer.Invalid($"You cannot expand more than {ExpandDepthMax} levels of a property: {path}", "expand");
        }

        foreach (var name in names)
        {
            if (!Expandable.TryGetValue(name, out var kind) || !holder.ContainsKey(name))
            {
                return ApiAnswer.Invalid($"This property cannot be expanded ({path}).", "expand");
            }

            if (holder[name] is JsonValue id && Find(transaction, kind, (string)id!) is { } found) { holder[name] = found; }
            if (holder[name] is not JsonObject inner) { return null; }
            holder = inner;
        }

        return null;
    }

    private static JsonObject? Find(SandboxTransaction transaction, string kind, string id) => kind switch
    {
        "payment_method" => PaymentMethods.Find(transaction, id)?.Method,
        Accounts.Kind => transaction.Find(kind, id) is { } account ? AccountViews.Old(account) : null,
        AnyKind => transaction.Scalar("SELECT kind FROM objects WHERE id = $id", ("$id", id)) is string found ? Find(transaction, found, id) : null,
        _ => transaction.Find(kind, id),
    };

    /// <summary>Only what belongs to whom the request speaks for; the cards belong to everybody.</summary>
    private static JsonObject? FindOwn(SandboxTransaction transaction, string kind, string id) =>
        kind == "payment_method" ? Find(transaction, kind, id) : transaction.FindOwn(kind, id);

    private static (long From, long To) Created(JsonNode? created)
    {
        if (created is JsonValue exactly) { return ((long)exactly, (long)exactly); }
        var from = long.MinValue;
        var to = long.MaxValue;
        if (created?["gte"] is { } atLeast) { from = (long)atLeast; }
        if (created?["gt"] is { } after) { from = Math.Max(from, (long)after == long.MaxValue ? long.MaxValue : (long)after + 1); }
        if (created?["lte"] is { } atMost) { to = (long)atMost; }
        if (created?["lt"] is { } before) { to = Math.Min(to, (long)before == long.MinValue ? long.MinValue : (long)before - 1); }
        return (from, to);
    }
}
