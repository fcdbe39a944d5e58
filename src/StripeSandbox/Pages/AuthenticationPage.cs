using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.StripeSandbox.Pages;

/// <summary>The page of the "bank" on which the cardholder approves a payment or the saving of a card, fails, or walks away.</summary>
internal sealed class AuthenticationPage(SandboxStore store, WebhookSender sender, SandboxClockwork clockwork)
{
    /// <summary>Where the page is; the id of what is to be approved follows.</summary>
    public const string Prefix = "/_sandbox/authenticate/";

    private static readonly HashSet<string> ZeroDecimal =
        ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"];

    public async Task Show(HttpContext context, string id)
    {
        if (store.Transact(transaction => Find(transaction, context, id)) is not { } intent)
        {
            await NotFound(context);
        }
        else if ((string)intent["status"]! != "requires_action")
        {
            await Decided(context, intent);
        }
        else
        {
            await Ask(context, intent, store.Transact(transaction => PaymentMethods.Find(transaction, (string)intent["payment_method"]!)!.Card.Last4));
        }
    }

    public async Task Decide(HttpContext context, string id)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        var decision = form["decision"].ToString();
        if (decision is not ("approve" or "fail" or "abandon"))
        {
            await Show(context, id);
            return;
        }

        List<long> sendFirst = [];
        string? returnUrl = null;
        var intent = store.Transact(transaction =>
        {
            if (Find(transaction, context, id) is not { } found) { return null; }
            returnUrl = (string?)found["next_action"]?["redirect_to_url"]?["return_url"];

            // A second click, or a payment that was canceled meanwhile: there is nothing to decide any more.
            if ((string)found["status"]! != "requires_action") { return found; }
            if (decision == "approve") { Approve(transaction, found); }
            if (decision == "fail") { Fail(transaction, found); }
            sendFirst = transaction.SendBeforeAnswer;
            return found;
        });
        await sender.SendNow(sendFirst, CancellationToken.None);
        if (intent is null)
        {
            await NotFound(context);
        }
        else if (decision == "abandon")
        {
            await PageLayout.Write(
                context, "Left without a decision",
                "<h1>You left without a decision</h1><p>The shop still waits for one. You can close this page, or go back and decide.</p>");
        }
        else if (returnUrl is not null)
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = WithOutcome(returnUrl, intent);
        }
        else
        {
            await Decided(context, intent);
        }

        clockwork.Wake();
    }

    /// <summary>The caller's page, told which payment this was and how it went.</summary>
    private static string WithOutcome(string returnUrl, JsonObject intent)
    {
        var hash = returnUrl.IndexOf('#', StringComparison.Ordinal);
        var (address, fragment) = hash < 0 ? (returnUrl, "") : (returnUrl[..hash], returnUrl[hash..]);
        var joint = address.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var outcome = (string)intent["status"]! == "succeeded" ? "succeeded" : "failed";
        var kind = (string)intent["object"]!;
        return $"{address}{joint}{kind}={Uri.EscapeDataString((string)intent["id"]!)}" +
            $"&{kind}_client_secret={Uri.EscapeDataString((string)intent["client_secret"]!)}&redirect_status={outcome}{fragment}";
    }

    private static void Approve(SandboxTransaction transaction, JsonObject intent)
    {
        if (IsSetup(intent))
        {
            SetupIntents.Succeed(transaction, intent, PaymentMethods.Find(transaction, (string)intent["payment_method"]!)!);
        }
        else
        {
            Confirmation.Finish(transaction, intent);
        }
    }

    private static void Fail(SandboxTransaction transaction, JsonObject intent)
    {
        if (IsSetup(intent))
        {
            SetupIntents.FailAuthentication(transaction, intent, PaymentMethods.Find(transaction, (string)intent["payment_method"]!)!);
        }
        else
        {
            Confirmation.FailAuthentication(transaction, intent);
        }
    }

    private static bool IsSetup(JsonObject intent) => (string)intent["object"]! == "setup_intent";

    /// <summary>Only whoever was given the address knows the payment's client secret.</summary>
    private static JsonObject? Find(SandboxTransaction transaction, HttpContext context, string id)
    {
        var intent = transaction.Find("payment_intent", id) ?? transaction.Find("setup_intent", id);
        return intent is not null && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes((string)intent["client_secret"]!), Encoding.UTF8.GetBytes(context.Request.Query["key"].ToString()))
            ? intent
            : null;
    }

    private static Task Ask(HttpContext context, JsonObject intent, string last4)
    {
        var description = (string?)intent["description"];
        var setup = IsSetup(intent);
        return PageLayout.Write(
            context, setup ? "Confirm your card" : "Confirm your payment",
            $"""
            <h1>Is this you?</h1>
            <p>Your pretend bank wants to know before {(setup ? "the shop keeps" : "it pays with")} the test card ending in {last4}.</p>
            {(setup ? "" : $"<p class=\"amount\">{PageLayout.Encode(Amount(intent))}</p>")}
            {(description is null ? "" : $"<p>{PageLayout.Encode(description)}</p>")}
            <form method="post">
            <button class="yes" name="decision" value="approve">Approve</button>
            <button class="no" name="decision" value="fail">Fail</button>
            <button name="decision" value="abandon">Abandon</button>
            </form>
            """);
    }

    private static Task Decided(HttpContext context, JsonObject intent)
    {
        var (title, text) = (string)intent["status"]! switch
        {
            "succeeded" => (IsSetup(intent) ? "Card approved" : "Payment approved", "You can close this page and go back to the shop."),
            "requires_action" => ("Still undecided", "Go back and choose approve or fail."),
            "canceled" => (IsSetup(intent) ? "Canceled" : "Payment canceled", "There is nothing to decide any more."),
            _ when IsSetup(intent) => ("Card not approved", "Nothing was kept. Go back to the shop to try again or to use another card."),
            _ => ("Payment not approved", "Nothing was charged. Go back to the shop to try again or to use another card."),
        };
        return PageLayout.Write(context, title, $"<h1>{title}</h1><p>{text}</p><p><code>{(string)intent["id"]!}</code></p>");
    }

    private static Task NotFound(HttpContext context) => PageLayout.Write(
        context, "No such payment", "<h1>No such payment</h1><p>The address is incomplete or of another sandbox. Start the payment again in the shop.</p>", 404);

    private static string Amount(JsonObject intent)
    {
        var currency = (string)intent["currency"]!;
        var minor = (long)intent["amount"]!;
        var amount = ZeroDecimal.Contains(currency)
            ? minor.ToString("N0", CultureInfo.InvariantCulture)
            : (minor / 100m).ToString("N2", CultureInfo.InvariantCulture);
        return $"{amount} {currency.ToUpperInvariant()}";
    }
}
