using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>The caller's own notes on an object.</summary>
internal static class Metadata
{
    /// <summary>Keys that are given replace those before, keys that are given empty go, an empty <c>metadata</c> clears everything.</summary>
    public static void Merge(JsonObject target, JsonObject parameters)
    {
        if (!parameters.ContainsKey("metadata")) { return; }
        if (parameters["metadata"] is not JsonObject given)
        {
            target["metadata"] = new JsonObject();
            return;
        }

        var notes = target["metadata"]!.AsObject();
        foreach (var (key, value) in given)
        {
            if (value is null) { notes.Remove(key); } else { notes[key] = value.DeepClone(); }
        }
    }
}
