using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.StripeSandbox.Pages;

/// <summary>The provider's page on which a card is entered that is to be saved: here, one of the test cards is chosen.</summary>
internal sealed class CheckoutPage(CheckoutSessions sessions, SandboxStore store, WebhookSender sender, SandboxClockwork clockwork)
{
    /// <summary>Where the page is; the session's id follows.</summary>
    public const string Prefix = "/_sandbox/checkout/";

    public async Task Show(HttpContext context, string id)
    {
        List<long> sendFirst = [];
        var (session, problem) = store.Transact(transaction =>
        {
            var found = CheckoutSessions.Find(transaction, id);
            sendFirst = transaction.SendBeforeAnswer;
            return (found, found is null ? null : (string?)CheckoutSessions.SetupOf(transaction, found)["last_setup_error"]?["message"]);
        });
        await sender.SendNow(sendFirst, CancellationToken.None);
        await Answer(context, session, problem);
        clockwork.Wake();
    }

    public async Task Decide(HttpContext context, string id)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        var (decision, card) = (form["decision"].ToString(), form["card"].ToString());
        List<long> sendFirst = [];
        string? problem = null;
        string? ask = null;
        var session = store.Transact(transaction =>
        {
            if (CheckoutSessions.Find(transaction, id) is not { } found) { return null; }
            if (CheckoutSessions.IsOpen(found) && decision == "save")
            {
                var answer = TestCards.Find(card) is null ? null : sessions.Save(transaction, found, card);
                problem = answer is null ? "Choose a card." : (string?)answer.Body["error"]?["message"];
                ask = answer?.Status == 200 ? (string?)answer.Body["next_action"]?["redirect_to_url"]?["url"] : null;
                found = CheckoutSessions.Find(transaction, id)!;
            }

            sendFirst = transaction.SendBeforeAnswer;
            return found;
        });
        await sender.SendNow(sendFirst, CancellationToken.None);
        if (ask is not null) { Redirect(context, ask); }
        else if (session is not null && CheckoutSessions.IsOpen(session) && decision == "leave" && (string?)session["cancel_url"] is { } back) { Redirect(context, back); }
        else { await Answer(context, session, problem); }
        clockwork.Wake();
    }

    private static Task Answer(HttpContext context, JsonObject? session, string? problem)
    {
        switch ((string?)session?["status"])
        {
            case "complete":
                Redirect(context, CheckoutSessions.SuccessUrl(session!));
                return Task.CompletedTask;
            case "open":
                return Ask(context, problem);
            case "expired":
                return PageLayout.Write(context, "Too late", "<h1>Too late</h1><p>This page was open for too long. Go back to the shop and start again.</p>", 410);
            default:
                return PageLayout.Write(
                    context, "No such page", "<h1>No such page</h1><p>The address is incomplete or of another sandbox. Start again in the shop.</p>", 404);
        }
    }

    private static Task Ask(HttpContext context, string? problem)
    {
        var cards = string.Concat(TestCards.All.Select((card, index) =>
            $"""<label><input type="radio" name="card" value="{card.Id}"{(index == 0 ? " checked" : "")}> <span>{PageLayout.Encode($"{card.Last4}: {card.Meaning}")}</span></label>"""));
        return PageLayout.Write(
            context, "Save a card",
            $"""
            <h1>Save a card</h1>
            {(problem is null ? "" : $"<p role=\"alert\">{PageLayout.Encode(problem)}</p>")}
            <p>The provider would now ask for a card's number. This is the sandbox: enter nothing, choose one of its cards.</p>
            <form method="post">
            <fieldset>
            <legend>Test card</legend>
            {cards}
            </fieldset>
            <button class="yes" name="decision" value="save">Save the card</button>
            <button name="decision" value="leave">Go back</button>
            </form>
            """);
    }

    private static void Redirect(HttpContext context, string url)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = url;
    }
}
