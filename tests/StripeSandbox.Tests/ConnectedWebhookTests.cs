using System.Security.Cryptography;
using System.Text;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>The platform and connected accounts each have their receiver and their secret.</summary>
public sealed class ConnectedWebhookTests
{
    private const string ConnectedSecret = "whsec_connectedTests0123456789abc";

    [Fact]
    public async Task EventsOfConnectedAccounts_GoToTheirOwnReceiverWithTheirOwnSecret()
    {
        await using var platform = await WebhookReceiver.Start();
        await using var connected = await WebhookReceiver.Start();
        await using var world = await Start(platform, connected);

        var account = await world.Onboarded();

        var expected = new[]
        {
            "v2.core.account.created", "v2.core.account[requirements].updated",
            "v2.core.account[configuration.recipient].capability_status_updated",
            "v2.core.account[configuration.recipient].capability_status_updated",
            "account.updated", "v2.core.account_link.returned",
        };
        var received = await connected.Next(expected.Length);
        Assert.Equal(expected, received.Select(webhook => webhook.Type));
        Assert.All(received, webhook => Assert.Equal(Sign(webhook), webhook.Signature));
        var old = received[4].Event;
        Assert.Equal((account, account, true), ((string)old["account"]!, (string)old["data"]!["object"]!["id"]!, (bool)old["data"]!["object"]!["payouts_enabled"]!));

        await world.Post("/v1/payment_intents", ConnectedAccount.Fill);
        Assert.Equal("payment_intent.created", (await platform.Next()).Type);
        Assert.False(connected.TryTake(out _));
    }

    [Fact]
    public async Task NotificationOfV2_IsThin_AndTheEventTellsTheRest()
    {
        await using var platform = await WebhookReceiver.Start();
        await using var connected = await WebhookReceiver.Start();
        await using var world = await Start(platform, connected);
        var account = await world.Onboarded();
        var thin = (await connected.Next(3))[2].Event;

        Assert.Equal("v2.core.event", (string)thin["object"]!);
        Assert.False(thin.ContainsKey("data"));
        Assert.Equal((account, $"/v2/core/accounts/{account}"), ((string)thin["related_object"]!["id"]!, (string)thin["related_object"]!["url"]!));
        var full = await world.Get($"/v2/core/events/{(string)thin["id"]!}");
        Assert.Equal("stripe_balance.stripe_transfers", (string)full.Body["data"]!["updated_capability"]!);
        Assert.Equal(404, (await world.Get("/v2/core/events/evt_x")).Status);
        var listed = await world.Get(
            $"/v2/core/events?object_id={account}&types[0]={Uri.EscapeDataString("v2.core.account[configuration.recipient].capability_status_updated")}");
        Assert.Equal(2, listed.Body["data"]!.AsArray().Count);
        Assert.Empty((await world.Get("/v2/core/events?object_id=acct_x")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task PayoutEvents_CarryTheAccount()
    {
        await using var platform = await WebhookReceiver.Start();
        await using var connected = await WebhookReceiver.Start();
        await using var world = await Start(platform, connected, options => options.PendingSeconds = 0);
        await world.Post("/v1/payment_intents", ConnectedAccount.Fill);
        var account = await world.Onboarded();
        await connected.Next(6);

        await world.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}");
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        var created = (await connected.Next()).Event;
        world.Clock.Advance(TimeSpan.FromSeconds(5));
        var paid = (await connected.Next()).Event;

        Assert.Equal(("payout.created", account), ((string)created["type"]!, (string)created["account"]!));
        Assert.Equal(("payout.paid", account), ((string)paid["type"]!, (string)paid["account"]!));
        Assert.Equal((string)created["data"]!["object"]!["id"]!, (string)paid["data"]!["object"]!["id"]!);
    }

    [Fact]
    public async Task WithoutAReceiver_EventsOfConnectedAccountsCanOnlyBeRead()
    {
        await using var platform = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(platform);

        var account = await world.Onboarded();
        await world.Post("/v1/customers", "name=Ana");

        Assert.Equal("customer.created", (await platform.Next()).Type);
        Assert.Equal(["account.updated"], await world.EventTypes(account));
        Assert.DoesNotContain("account.updated", await world.EventTypes());
    }

    private static Task<SandboxWorld> Start(WebhookReceiver platform, WebhookReceiver connected, Action<StripeSandboxOptions>? change = null) =>
        SandboxWorld.Start(platform, options =>
        {
            options.ConnectedWebhookUrl = connected.Url.ToString();
            options.ConnectedWebhookSecret = ConnectedSecret;
            change?.Invoke(options);
        });

    private static string Sign(ReceivedWebhook webhook)
    {
        var time = webhook.Signature[2..webhook.Signature.IndexOf(',', StringComparison.Ordinal)];
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(ConnectedSecret), Encoding.UTF8.GetBytes($"{time}.{webhook.Text}"));
        return $"t={time},v1={Convert.ToHexStringLower(signature)}";
    }
}
