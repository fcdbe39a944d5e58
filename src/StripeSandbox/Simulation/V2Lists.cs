using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Lists of version 2 of the API: a page names the address of the next.</summary>
internal static class V2Lists
{
    /// <summary>A page, newest first.</summary>
    /// <param name="where">Members that must have these values.</param>
    /// <param name="view">How an item looks from outside.</param>
    public static ApiAnswer Page(
        SandboxTransaction transaction, string kind, string path, JsonObject parameters, Dictionary<string, object> where, Func<JsonObject, JsonObject> view)
    {
        // The token of a page is the last item of the page before.
        var v1 = parameters.DeepClone().AsObject();
        if (v1["page"] is { } token)
        {
            v1.Remove("page");
            v1["starting_after"] = (string?)token;
        }

        var answer = Reading.List(transaction, kind, path, v1, where);
        if (answer.Status != 200) { return answer; }
        var items = answer.Body["data"]!.AsArray();
        var last = items.Count > 0 ? (string?)items[^1]!["id"] : null;
        return ApiAnswer.Ok(new JsonObject
        {
            ["data"] = new JsonArray([.. items.Select(item => (JsonNode)view(item!.AsObject()))]),
            ["next_page_url"] = (bool)answer.Body["has_more"]! ? $"{path}?{Query(parameters)}page={last}" : null,
            ["previous_page_url"] = null,
        });
    }

    /// <summary>The same conditions again, for the next page.</summary>
    private static string Query(JsonObject parameters)
    {
        var parts = new List<string>();
        foreach (var (name, value) in parameters)
        {
            if (name != "page") { Add(name, value); }
        }

        return string.Concat(parts.Select(part => part + "&"));

        void Add(string name, JsonNode? value)
        {
            switch (value)
            {
                case JsonArray items:
                    for (var i = 0; i < items.Count; i++) { Add($"{name}[{i}]", items[i]); }
                    break;
                case JsonObject members:
                    foreach (var (key, member) in members) { Add($"{name}[{key}]", member); }
                    break;
                default:
                    parts.Add($"{name}={Uri.EscapeDataString(value?.ToString() ?? "")}");
                    break;
            }
        }
    }
}
