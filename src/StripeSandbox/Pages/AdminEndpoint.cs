using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Faults;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.StripeSandbox.Pages;

/// <summary>Arms faults and shows what the sandbox is doing. For tests, by programs on this machine.</summary>
internal sealed class AdminEndpoint(FaultBoard faults, SandboxStore store, AdminActions actions)
{
    /// <summary>Where a dispute is decided; its id follows.</summary>
    public const string DisputePrefix = "/_sandbox/disputes/";

    private const int DeliveriesShown = 100;

    /// <summary>What a body must name, it must name.</summary>
    private static readonly JsonSerializerOptions StrictJson = new(Json.Options) { RespectRequiredConstructorParameters = true };

    /// <summary>A body that wants a dispute.</summary>
    private sealed record DisputeWish(string Payment, string Reason = "fraudulent", long? Amount = null, bool Inquiry = false);

    /// <summary>A body that decides one.</summary>
    private sealed record DecisionWish(DisputeOutcome Outcome);

    /// <summary>A body that wants a warning.</summary>
    private sealed record WarningWish(string Payment, string FraudType = "made_with_stolen_card");

    /// <summary>
    /// The name that was asked for must be this machine's, and a body must be JSON: a page of a stranger can't send either without being stopped
    /// by the browser.
    /// </summary>
    public static bool Admits(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote) &&
        (context.Request.Host.Host == "localhost" || (IPAddress.TryParse(context.Request.Host.Host.Trim('[', ']'), out var host) && IPAddress.IsLoopback(host)));

    public Task ShowFaults(HttpContext context) => Write(context, 200, JsonSerializer.SerializeToNode(faults.Armed(), Json.Options)!);

    public async Task Arm(HttpContext context)
    {
        if (await ReadBody<StripeSandboxFaults>(context, "list of faults") is not { } wanted) { return; }
        if (Problem(wanted) is { Length: > 0 } problem)
        {
            await Refuse(context, 400, problem);
            return;
        }

        if (!faults.Arm(wanted))
        {
            await Refuse(context, 409, $"At most {FaultBoard.ArmedMax} faults can be armed. DELETE /_sandbox/faults disarms all.");
            return;
        }

        await ShowFaults(context);
    }

    /// <summary>A payment is disputed: <c>{"payment": "pi_…", "reason": …, "amount": …, "inquiry": …}</c>.</summary>
    public async Task OpenDispute(HttpContext context)
    {
        if (await ReadBody<DisputeWish>(context, "dispute") is { } wish)
        {
            await Tell(context, await actions.OpenDispute(wish.Payment, wish.Reason, wish.Amount, wish.Inquiry));
        }
    }

    /// <summary>A dispute is decided: <c>{"outcome": "won"}</c>, lost or escalated.</summary>
    public async Task DecideDispute(HttpContext context, string id)
    {
        if (await ReadBody<DecisionWish>(context, "decision") is { } wish) { await Tell(context, await actions.DecideDispute(id, wish.Outcome)); }
    }

    /// <summary>The bank warns of fraud: <c>{"payment": "pi_…", "fraud_type": …}</c>.</summary>
    public async Task WarnOfFraud(HttpContext context)
    {
        if (await ReadBody<WarningWish>(context, "warning") is { } wish) { await Tell(context, await actions.WarnOfFraud(wish.Payment, wish.FraudType)); }
    }

    public Task Disarm(HttpContext context)
    {
        faults.Clear();
        return ShowFaults(context);
    }

    /// <summary>How many requests and events there were, and how many of each fault.</summary>
    public Task ShowCounts(HttpContext context) => Write(context, 200, JsonSerializer.SerializeToNode(faults.Counts(), Json.Options)!);

    /// <summary>The newest webhooks and how far they are.</summary>
    public Task ShowDeliveries(HttpContext context)
    {
        var rows = store.Transact(transaction =>
        {
            using var command = transaction.Command(
                "SELECT d.event, o.type, d.state, d.attempts, d.due_ms FROM deliveries d JOIN objects o ON o.id = d.event ORDER BY d.id DESC LIMIT $limit",
                ("$limit", (long)DeliveriesShown));
            using var reader = command.ExecuteReader();
            var list = new JsonArray();
            while (reader.Read())
            {
                list.Add(new JsonObject
                {
                    ["event"] = reader.GetString(0),
                    ["type"] = reader.GetString(1),
                    ["state"] = reader.GetString(2),
                    ["attempts"] = reader.GetInt64(3),
                    ["due_ms"] = reader.GetInt64(4),
                });
            }

            return list;
        });
        return Write(context, 200, new JsonObject { ["data"] = rows });
    }

    /// <summary>What a person sees who opens the sandbox's address.</summary>
    public static Task ShowHome(HttpContext context) => PageLayout.Write(
        context, "Payment sandbox",
        "<h1>Payment sandbox</h1><p>It stands in for Stripe while nobody pays with real money. Its cards:</p><dl>" +
        string.Concat(TestCards.All.Select(card => $"<dt><code>{card.Id}</code></dt><dd>{PageLayout.Encode(card.Meaning)}</dd>")) + "</dl>");

    /// <summary>The cards, for programs.</summary>
    public static Task ShowCards(HttpContext context) =>
        Write(context, 200, new JsonObject { ["data"] = JsonSerializer.SerializeToNode(SandboxCard.All, Json.Options) });

    public static Task Refuse(HttpContext context, int status, string message) =>
        Write(context, status, new JsonObject { ["error"] = new JsonObject { ["message"] = message } });

    /// <summary>What is wrong with these faults; empty when nothing is.</summary>
    internal static string Problem(StripeSandboxFaults wanted)
    {
        foreach (var fault in wanted.Api.Cast<object>().Concat(wanted.Webhooks).Concat(wanted.Seeded is null ? [] : [wanted.Seeded]))
        {
            var results = new List<ValidationResult>();
            if (!Validator.TryValidateObject(fault, new ValidationContext(fault), results, validateAllProperties: true)) { return results[0].ErrorMessage!; }
        }

        return "";
    }

    private static Task Tell(HttpContext context, ApiAnswer answer) => Write(context, answer.Status, answer.Body);

    /// <summary>Null when it is none, which was answered then.</summary>
    private static async Task<T?> ReadBody<T>(HttpContext context, string what)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            await Refuse(context, 415, "Send application/json.");
            return null;
        }

        var problem = "it is null.";
        try
        {
            if (await context.Request.ReadFromJsonAsync<T>(StrictJson) is { } value) { return value; }
        }
        catch (Exception unreadable) when (unreadable is JsonException or BadHttpRequestException)
        {
            problem = unreadable.Message;
        }

        await Refuse(context, 400, $"This is no {what}: {problem}");
        return null;
    }

    private static async Task Write(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString(Json.Options));
    }
}
