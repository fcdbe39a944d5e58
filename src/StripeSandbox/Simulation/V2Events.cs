using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Events of version 2 of the API. What is sent is thin: it names what happened and to whom, and the receiver asks for the rest.</summary>
internal static class V2Events
{
    public const string Kind = "v2_event";

    private const string ObjectName = "v2.core.event";

    /// <summary>Members that a notification leaves out.</summary>
    private static readonly string[] OnlyWhenAsked = ["changes", "data"];

    /// <summary>An event that happened now.</summary>
    /// <param name="account">The account it is about; null for one that names it in its data only.</param>
    public static JsonObject New(SandboxTransaction transaction, string type, string? account, JsonObject? data, RequestOrigin origin)
    {
        var happened = new JsonObject
        {
            ["id"] = Ids.New("evt"),
            ["object"] = ObjectName,
            ["context"] = null,
            ["created"] = Moments.Text(transaction.Now),
            ["livemode"] = false,
            ["reason"] = origin.RequestId is null
                ? null
                : new JsonObject
                {
                    ["request"] = new JsonObject { ["id"] = origin.RequestId, ["idempotency_key"] = origin.IdempotencyKey },
                    ["type"] = "request",
                },
            ["related_object"] = account is null ? null : new JsonObject { ["id"] = account, ["type"] = "v2.core.account", ["url"] = $"/v2/core/accounts/{account}" },
            ["type"] = type,
        };
        if (data is not null) { happened["data"] = data; }
        return happened;
    }

    /// <summary>What is sent of an event: all of one of version 1, the thin form of one of version 2.</summary>
    public static string Notification(string json)
    {
        var happened = JsonNode.Parse(json)!.AsObject();
        if ((string?)happened["object"] != ObjectName) { return json; }
        foreach (var name in OnlyWhenAsked) { happened.Remove(name); }
        return happened.ToJsonString(Json.Options);
    }

    public static ApiAnswer Retrieve(SandboxTransaction transaction, string id) =>
        transaction.Find(Kind, id) is { } happened ? ApiAnswer.Ok(happened) : ApiAnswer.Invalid($"Event {id} not found.", code: "not_found", status: 404);

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters)
    {
        var where = new Dictionary<string, object>();
        if ((string?)parameters["object_id"] is { } id) { where["related_object.id"] = id; }
        return V2Lists.Page(transaction, Kind, "/v2/core/events", parameters, where, happened => happened.DeepClone().AsObject());
    }
}
