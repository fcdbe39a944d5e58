using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Pages of the provider on which a customer enters a card that is to be saved.</summary>
/// <param name="setups">What a page saves the card with.</param>
/// <param name="pageOf">The address of the page, by the session's id.</param>
internal sealed class CheckoutSessions(SetupIntents setups, Func<string, Uri> pageOf)
{
    public const string Kind = "checkout.session";

    /// <summary>How long a page can be used.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    public ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        if ((string?)parameters["mode"] != "setup")
        {
            return ApiAnswer.Rejected("The sandbox only simulates Checkout Sessions with mode=setup.", "mode", "sandbox_not_simulated");
        }

        if (parameters["currency"] is null) { return ApiAnswer.Invalid("You must provide currency in setup mode.", "currency", "parameter_missing"); }
        if (parameters["success_url"] is null) { return ApiAnswer.Invalid("Missing required param: success_url.", "success_url", "parameter_missing"); }
        foreach (var name in new[] { "success_url", "cancel_url" })
        {
            if ((string?)parameters[name] is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                return ApiAnswer.Invalid("Not a valid URL", name, "url_invalid");
            }
        }

        var about = parameters["setup_intent_data"] as JsonObject;
        var wanted = new JsonObject { ["metadata"] = about?["metadata"]?.DeepClone() ?? new JsonObject() };
        if ((string?)parameters["customer"] is { } customer) { wanted["customer"] = customer; }
        if ((string?)about?["description"] is { } description) { wanted["description"] = description; }
        var made = setups.Create(transaction, wanted);
        if (made.Status != 200) { return made; }

        // The id is what opens the page: whoever has the address may enter a card.
        var id = Ids.New("cs");
        var session = new JsonObject
        {
            ["id"] = id,
            ["object"] = Kind,
            ["cancel_url"] = (string?)parameters["cancel_url"],
            ["client_reference_id"] = (string?)parameters["client_reference_id"],
            ["created"] = transaction.NowSeconds,
            ["currency"] = (string?)parameters["currency"],
            ["customer"] = (string?)parameters["customer"],
            ["expires_at"] = (transaction.Now + Life).ToUnixTimeSeconds(),
            ["livemode"] = false,
            ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
            ["mode"] = "setup",
            ["payment_intent"] = null,
            ["payment_status"] = "no_payment_required",
            ["setup_intent"] = (string)made.Body["id"]!,
            ["status"] = "open",
            ["success_url"] = (string)parameters["success_url"]!,
            ["ui_mode"] = "hosted_page",
            ["url"] = pageOf(id).ToString(),
        };
        transaction.Insert(Kind, session);
        return ApiAnswer.Ok(session);
    }

    public static ApiAnswer Retrieve(SandboxTransaction transaction, string id) =>
        Find(transaction, id) is { } session ? ApiAnswer.Ok(session) : ApiAnswer.Missing("checkout session", id, "session");

    /// <summary>The session as it is now: done once its card is saved, over after its time.</summary>
    public static JsonObject? Find(SandboxTransaction transaction, string id)
    {
        if (transaction.Find(Kind, id) is not { } session) { return null; }
        if (!IsOpen(session)) { return session; }
        if ((string)SetupOf(transaction, session)["status"]! == "succeeded") { End(transaction, session, "complete", "checkout.session.completed"); }
        else if ((long)session["expires_at"]! <= transaction.NowSeconds) { End(transaction, session, "expired", "checkout.session.expired"); }
        return session;
    }

    public static bool IsOpen(JsonObject session) => (string)session["status"]! == "open";

    public static JsonObject SetupOf(SandboxTransaction transaction, JsonObject session) => transaction.Find("setup_intent", (string)session["setup_intent"]!)!;

    /// <summary>The customer has chosen a card.</summary>
    public ApiAnswer Save(SandboxTransaction transaction, JsonObject session, string card) => setups.Confirm(
        transaction, (string)session["setup_intent"]!,
        new JsonObject { ["payment_method"] = card }, pageOf((string)session["id"]!).ToString());

    /// <summary>Where a customer goes who is done.</summary>
    public static string SuccessUrl(JsonObject session) =>
        ((string)session["success_url"]!).Replace("{CHECKOUT_SESSION_ID}", (string)session["id"]!, StringComparison.Ordinal);

    private static void End(SandboxTransaction transaction, JsonObject session, string status, string happened)
    {
        session["status"] = status;
        session["url"] = null;
        transaction.Update(session);
        transaction.Emit(happened, session);
    }
}
