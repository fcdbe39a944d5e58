using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Every movement of money is a balance transaction, and money that was charged has to wait.</summary>
public sealed class BalanceTests
{
    [Fact]
    public async Task Charge_IsPendingWithItsFee_UntilTheClockMakesItAvailable()
    {
        await using var world = await SandboxWorld.Start(options => options.PendingSeconds = 60);
        var payment = await world.Post("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&expand[]=latest_charge.balance_transaction");
        var moved = payment.Body["latest_charge"]!["balance_transaction"]!.AsObject();

        Assert.Equal((1000, 59, 941), ((long)moved["amount"]!, (long)moved["fee"]!, (long)moved["net"]!));
        Assert.Equal(("charge", "pending", (string)payment.Body["latest_charge"]!["id"]!), ((string)moved["type"]!, (string)moved["status"]!, (string)moved["source"]!));
        Assert.Equal(world.Clock.GetUtcNow().AddSeconds(60).ToUnixTimeSeconds(), (long)moved["available_on"]!);
        Assert.Equal((0, 941), await world.Balance("usd"));

        world.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal((941, 0), await world.Balance("usd"));
        Assert.Equal("available", (await world.Get($"/v1/balance_transactions/{(string)moved["id"]!}")).State);
    }

    [Fact]
    public async Task Refund_TakesTheAmountBackAndNotTheFee_FromWhereTheChargeIs()
    {
        await using var world = await SandboxWorld.Start(options => options.PendingSeconds = 60);
        var first = await world.Post("/v1/payment_intents", SandboxWorld.Pay);

        var early = await world.Post("/v1/refunds", $"payment_intent={first.Id}&amount=100&expand[]=balance_transaction");
        Assert.Equal((-100, 0, -100, "pending"), Money(early.Body["balance_transaction"]!));
        Assert.Equal((0, 500 - 45 - 100), await world.Balance("usd"));

        world.Clock.Advance(TimeSpan.FromSeconds(60));
        var late = await world.Post("/v1/refunds", $"payment_intent={first.Id}&expand[]=balance_transaction");
        Assert.Equal((-400, 0, -400, "available"), Money(late.Body["balance_transaction"]!));

        // The provider keeps the fee.
        Assert.Equal((-45, 0), await world.Balance("usd"));

        static (long, long, long, string) Money(JsonNode moved) => ((long)moved["amount"]!, (long)moved["fee"]!, (long)moved["net"]!, (string)moved["status"]!);
    }

    [Fact]
    public async Task PaymentThatFails_MovesNothing()
    {
        await using var world = await SandboxWorld.Start();

        await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true");

        Assert.Empty((await world.Get("/v1/balance_transactions")).Body["data"]!.AsArray());
        Assert.Equal((0, 0), await world.Balance("usd"));
    }

    [Fact]
    public async Task Fee_IsAnOption_AndIsRoundedHalfUp()
    {
        await using var world = await SandboxWorld.Start(options => (options.FeeBasisPoints, options.FeeFixedMinor) = (250, 0));

        // 2.5 % of 500 is 12.5.
        await world.Post("/v1/payment_intents", SandboxWorld.Pay);

        Assert.Equal((0, 487), await world.Balance("usd"));
    }

    [Fact]
    public async Task BalanceTransactions_AreFilteredAndPaged()
    {
        await using var world = await SandboxWorld.Start();
        var dollars = await world.Post("/v1/payment_intents", SandboxWorld.Pay);
        world.Clock.Advance(TimeSpan.FromSeconds(5));
        await world.Post("/v1/payment_intents", "amount=700&currency=eur&payment_method=pm_card_visa&confirm=true");
        var refund = await world.Post("/v1/refunds", $"payment_intent={dollars.Id}");
        var since = world.Clock.GetUtcNow().ToUnixTimeSeconds();

        Assert.Equal(["refund", "charge", "charge"], await Types(""));
        Assert.Equal(["charge", "charge"], await Types("type=charge"));
        Assert.Equal(["refund", "charge"], await Types("currency=usd"));
        Assert.Equal(["refund"], await Types($"source={refund.Id}"));
        Assert.Equal(["refund", "charge"], await Types($"created[gte]={since}"));
        Assert.Equal(["charge"], await Types($"created[lt]={since}"));
        Assert.Empty(await Types("payout=po_x"));

        var page = await world.Get("/v1/balance_transactions?limit=2");
        Assert.True((bool)page.Body["has_more"]!);
        var edge = (string)page.Body["data"]![1]!["id"]!;
        Assert.Equal(["charge"], await Types($"limit=2&starting_after={edge}"));
        Assert.Equal(["refund"], await Types($"limit=2&ending_before={edge}"));
        Assert.Equal(400, (await world.Get("/v1/balance_transactions?starting_after=txn_x")).Status);
        Assert.Equal("parameter_unknown", (await world.Get("/v1/balance_transactions?sauce=x")).Code);

        async Task<IEnumerable<string>> Types(string query) =>
            (await world.Get("/v1/balance_transactions?" + query)).Body["data"]!.AsArray().Select(item => (string)item!["type"]!);
    }

    [Fact]
    public async Task AccountThatIsNotThere_IsRefused()
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Get("/v1/balance", account: "acct_x");

        Assert.Equal((403, "account_invalid"), (refused.Status, refused.Code));
    }
}
