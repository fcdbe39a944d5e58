using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>What a connected account has available goes to its bank by itself.</summary>
public sealed class PayoutTests
{
    [Fact]
    public async Task TransferredMoney_IsPaidOutToTheBank()
    {
        await using var world = await ConnectedAccount.WithMoney(options => (options.TransferPendingSeconds, options.PayoutSeconds) = (10, 30));
        var account = await world.Onboarded();
        await world.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}");
        await world.Post("/v1/transfers", $"amount=300&currency=usd&destination={account}");
        Assert.Empty(await Payouts(world, account));

        world.Clock.Advance(TimeSpan.FromSeconds(10));
        var sent = Assert.Single(await Payouts(world, account));
        Assert.Equal((1000, "in_transit", true), ((long)sent["amount"]!, (string)sent["status"]!, (bool)sent["automatic"]!));
        Assert.Equal(world.Clock.GetUtcNow().AddSeconds(30).ToUnixTimeSeconds(), (long)sent["arrival_date"]!);
        Assert.Equal((0, 0), await world.Balance("usd", account));
        var paidOut = await world.Get($"/v1/balance_transactions?payout={(string)sent["id"]!}", account);
        Assert.Equal(["payout", "payment", "payment"], paidOut.Body["data"]!.AsArray().Select(item => (string)item!["type"]!));

        world.Clock.Advance(TimeSpan.FromSeconds(30));
        var paid = await world.Get($"/v1/payouts/{(string)sent["id"]!}?expand[]=balance_transaction", account);
        Assert.Equal(("paid", -1000), (paid.State, (long)paid.Body["balance_transaction"]!["net"]!));
        Assert.Equal(["payout.created", "payout.paid"], (await world.EventTypes(account))[^2..]);

        // It is the account's, not the platform's.
        Assert.Equal(404, (await world.Get($"/v1/payouts/{paid.Id}")).Status);
        Assert.Empty((await world.Get("/v1/payouts")).Body["data"]!.AsArray());
    }

    [Theory]
    [InlineData("account_closed", false)]
    [InlineData("no_account", true)]
    public async Task BankThatSendsItBack_FailsThePayoutAndTheAccountHasItsMoneyAgain(string code, bool byMetadata)
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded(byMetadata ? "paid" : code);
        if (byMetadata) { await world.PostJson($"/v2/core/accounts/{account}", new JsonObject { ["metadata"] = new JsonObject { ["sim_payout"] = code } }); }
        await world.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}");
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("in_transit", (string)Assert.Single(await Payouts(world, account))["status"]!);

        world.Clock.Advance(TimeSpan.FromSeconds(5));

        var failed = Assert.Single(await Payouts(world, account));
        Assert.Equal(("failed", code), ((string)failed["status"]!, (string)failed["failure_code"]!));
        Assert.NotNull(failed["failure_message"]);
        Assert.Equal((700, 0), await world.Balance("usd", account));
        var back = await world.Get($"/v1/balance_transactions/{(string)failed["failure_balance_transaction"]!}", account);
        Assert.Equal(("payout_failure", 700), ((string)back.Body["type"]!, (long)back.Body["net"]!));
        Assert.Equal("payout.failed", (await world.EventTypes(account))[^1]);
        Assert.Equal([(string)failed["id"]!], (await world.Get("/v1/payouts?status=failed", account)).Body["data"]!.AsArray().Select(item => (string)item!["id"]!));
        Assert.Empty((await world.Get("/v1/payouts?status=paid", account)).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task MoneyThatCameBackFromTheBank_GoesOutWithTheNext()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded("account_closed");
        await world.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}");
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        await world.Get("/v1/events");
        world.Clock.Advance(TimeSpan.FromSeconds(5));
        await world.PostJson($"/v2/core/accounts/{account}", new JsonObject { ["metadata"] = new JsonObject { ["sim_payout"] = "paid" } });

        await world.Post("/v1/transfers", $"amount=300&currency=usd&destination={account}");
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        await world.Get("/v1/events");
        world.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([(1000, "paid"), (700, "failed")], (await Payouts(world, account)).Select(payout => ((long)payout["amount"]!, (string)payout["status"]!)));
    }

    [Fact]
    public async Task PlatformMoney_StaysUnlessThePlatformIsPaidOut()
    {
        await using var quiet = await SandboxWorld.Start();
        await quiet.Post("/v1/payment_intents", SandboxWorld.Pay);
        quiet.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal((455, 0), await quiet.Balance("usd"));

        await using var paying = await SandboxWorld.Start(options => options.PlatformPayouts = true);
        await paying.Post("/v1/payment_intents", SandboxWorld.Pay);
        paying.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0), await paying.Balance("usd"));
        Assert.Equal(455, (long)(await paying.Get("/v1/payouts")).Body["data"]![0]!["amount"]!);
    }

    private static async Task<List<JsonObject>> Payouts(SandboxWorld world, string account) =>
        [.. (await world.Get("/v1/payouts", account)).Body["data"]!.AsArray().Select(item => item!.AsObject())];
}
