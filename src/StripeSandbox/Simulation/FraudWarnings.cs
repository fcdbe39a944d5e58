using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Early fraud warnings: the card's bank believes a charge to be fraud, and a dispute may follow.</summary>
internal static class FraudWarnings
{
    private const string Kind = "early_fraud_warning";

    /// <summary>The bank warns about a charge; once a charge.</summary>
    public static ApiAnswer Warn(SandboxTransaction transaction, JsonObject charge, string fraudType)
    {
        var id = (string)charge["id"]!;
        if ((string)charge["status"]! != "succeeded") { return ApiAnswer.Invalid($"Charge {id} took no money, so nobody warns of it.", "charge"); }
        if (Of(transaction, id) is not null) { return ApiAnswer.Invalid($"Charge {id} has its warning already.", "charge"); }
        var warning = new JsonObject
        {
            ["id"] = Ids.New("issfr"),
            ["object"] = "radar.early_fraud_warning",
            ["actionable"] = !(bool)charge["refunded"]! && !(bool)charge["disputed"]!,
            ["charge"] = id,
            ["created"] = transaction.NowSeconds,
            ["fraud_type"] = fraudType,
            ["livemode"] = false,
            ["payment_intent"] = (string?)charge["payment_intent"],
        };
        transaction.Insert(Kind, warning);
        transaction.Emit("radar.early_fraud_warning.created", warning);
        return ApiAnswer.Ok(warning);
    }

    /// <summary>The charge is refunded or disputed: whoever was warned cannot do anything any more.</summary>
    public static void NothingLeftToDo(SandboxTransaction transaction, string charge)
    {
        if (Of(transaction, charge) is not { } warning || !(bool)warning["actionable"]!) { return; }
        warning["actionable"] = false;
        transaction.Update(warning);
        transaction.Emit("radar.early_fraud_warning.updated", warning);
    }

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) =>
        Reading.List(transaction, Kind, "/v1/radar/early_fraud_warnings", parameters);

    private static JsonObject? Of(SandboxTransaction transaction, string charge) =>
        transaction.List(new ListQuery(Kind) { Charge = charge, Limit = 1 })!.Value.Items.FirstOrDefault();
}
