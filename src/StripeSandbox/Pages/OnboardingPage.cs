using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.StripeSandbox.Pages;

/// <summary>The page on which the owner of a connected account finishes, gives up, or is turned down, and chooses what the bank will do.</summary>
internal sealed class OnboardingPage(SandboxStore store, WebhookSender sender, SandboxClockwork clockwork)
{
    /// <summary>Where the page is; the link's id follows.</summary>
    public const string Prefix = "/_sandbox/onboarding/";

    /// <summary>A link and the account it is for.</summary>
    private sealed record Visit(JsonObject Link, JsonObject Account, bool Open);

    public async Task Show(HttpContext context, string id)
    {
        if (store.Transact(transaction => Find(transaction, id)) is not { } visit)
        {
            await NotFound(context);
        }
        else if (visit.Open)
        {
            await Ask(context, visit.Account);
        }
        else
        {
            Redirect(context, AccountLinks.RefreshUrl(visit.Link));
        }
    }

    public async Task Decide(HttpContext context, string id)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        var decision = form["decision"].ToString();
        var payout = form["payout"].ToString() is { Length: > 0 } chosen ? chosen : BankAnswer.Paid;
        if (decision is not ("finish" or "leave" or "reject") || !BankAnswer.IsSetting(payout))
        {
            await Show(context, id);
            return;
        }

        List<long> sendFirst = [];
        var visit = store.Transact(transaction =>
        {
            if (Find(transaction, id) is not { } found || !found.Open) { return Find(transaction, id); }
            var onboarding = decision switch { "finish" => Onboarding.Finished, "reject" => Onboarding.Rejected, _ => null };
            AccountLinks.Finish(transaction, found.Link, found.Account, onboarding, payout);
            sendFirst = transaction.SendBeforeAnswer;
            return found;
        });
        await sender.SendNow(sendFirst, CancellationToken.None);
        if (visit is null)
        {
            await NotFound(context);
        }
        else if (!visit.Open)
        {
            Redirect(context, AccountLinks.RefreshUrl(visit.Link));
        }
        else if (AccountLinks.ReturnUrl(visit.Link) is { } back)
        {
            Redirect(context, back);
        }
        else
        {
            await PageLayout.Write(context, "Done here", "<h1>Done here</h1><p>You can close this page and go back.</p>");
        }

        clockwork.Wake();
    }

    private static Visit? Find(SandboxTransaction transaction, string id) =>
        transaction.Find(AccountLinks.Kind, id) is { } link && transaction.Find(Accounts.Kind, (string)link["account"]!) is { } account
            ? new Visit(link, account, AccountLinks.IsOpen(transaction, link) && !(bool)account["closed"]!)
            : null;

    private static void Redirect(HttpContext context, string url)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = url;
    }

    private static Task Ask(HttpContext context, JsonObject account)
    {
        var name = (string?)account["display_name"] ?? (string?)account["contact_email"] ?? (string)account["id"]!;
        var choices = string.Concat(BankAnswer.Failures.Select(failure => Choice(failure.Code, failure.Message, isChosen: false)));
        return PageLayout.Write(
            context, "Set up your payouts",
            $"""
            <h1>Set up your payouts</h1>
            <p>The provider would now ask <strong>{PageLayout.Encode(name)}</strong> for a name, an address and a bank account. This is the sandbox: give nothing, choose how it ends.</p>
            <form method="post">
            <fieldset>
            <legend>What your pretend bank does with payouts</legend>
            {Choice(BankAnswer.Paid, "It takes them.", isChosen: true)}
            {choices}
            </fieldset>
            <button class="yes" name="decision" value="finish">Finish</button>
            <button name="decision" value="leave">Give up for now</button>
            <button class="no" name="decision" value="reject">Be rejected</button>
            </form>
            """);
    }

    private static string Choice(string value, string text, bool isChosen) =>
        $"""<label><input type="radio" name="payout" value="{value}"{(isChosen ? " checked" : "")}> <span>{PageLayout.Encode(text)}</span></label>""";

    private static Task NotFound(HttpContext context) => PageLayout.Write(
        context, "No such page", "<h1>No such page</h1><p>The address is incomplete or of another sandbox. Ask for a new link where you came from.</p>", 404);
}
