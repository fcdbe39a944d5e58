using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Money goes to connected accounts, and back while they still have it.</summary>
public sealed class TransferTests
{
    [Fact]
    public async Task Transfer_MovesMoneyOnBothSides()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded();
        var (before, _) = await world.Balance("usd");

        var transfer = await world.Post(
            "/v1/transfers", $"amount=1500&currency=usd&destination={account}&transfer_group=payout:p1&metadata[payout_id]=p1&expand[]=balance_transaction");

        Assert.Equal((200, 1500, false), (transfer.Status, (long)transfer.Body["amount"]!, (bool)transfer.Body["reversed"]!));
        Assert.Equal(("transfer", -1500, 0), Money(transfer.Body["balance_transaction"]!));
        Assert.Equal((before - 1500, 0), await world.Balance("usd"));
        Assert.Equal((0, 1500), await world.Balance("usd", account));
        var payment = await world.Get($"/v1/charges/{(string)transfer.Body["destination_payment"]!}?expand[]=balance_transaction", account);
        Assert.Equal(("payment", 1500, 0), Money(payment.Body["balance_transaction"]!));
        Assert.Equal("transfer.created", (await world.EventTypes())[^1]);
        var listed = await world.Get($"/v1/transfers?transfer_group={Uri.EscapeDataString("payout:p1")}&destination={account}");
        Assert.Equal([transfer.Id], listed.Body["data"]!.AsArray().Select(item => (string)item!["id"]!));
        Assert.Empty((await world.Get("/v1/transfers?transfer_group=other")).Body["data"]!.AsArray());

        static (string, long, long) Money(JsonNode moved) => ((string)moved["type"]!, (long)moved["amount"]!, (long)moved["fee"]!);
    }

    [Fact]
    public async Task MoreThanIsAvailable_IsRefusedAndMovesNothing()
    {
        await using var world = await SandboxWorld.Start(options => options.PendingSeconds = 60);
        var account = await world.Onboarded();
        await world.Post("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true");

        var early = await world.Post("/v1/transfers", $"amount=500&currency=usd&destination={account}");
        Assert.Equal((400, "balance_insufficient"), (early.Status, early.Code));
        Assert.Equal((0, 0), await world.Balance("usd", account));

        world.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("balance_insufficient", (await world.Post("/v1/transfers", $"amount=942&currency=usd&destination={account}")).Code);
        Assert.Equal(200, (await world.Post("/v1/transfers", $"amount=941&currency=usd&destination={account}")).Status);
        Assert.Equal("balance_insufficient", (await world.Post("/v1/transfers", $"amount=1&currency=usd&destination={account}")).Code);
        Assert.Equal("balance_insufficient", (await world.Post("/v1/transfers", $"amount=1&currency=eur&destination={account}")).Code);
    }

    [Fact]
    public async Task DestinationThatCannotReceive_IsRefused()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient());

        var unknown = await world.Post("/v1/transfers", "amount=100&currency=usd&destination=acct_x");
        var notYet = await world.Post("/v1/transfers", $"amount=100&currency=usd&destination={account.Id}");

        Assert.Equal((400, "resource_missing"), (unknown.Status, unknown.Code));
        Assert.Equal((400, "insufficient_capabilities_for_transfer"), (notYet.Status, notYet.Code));
    }

    [Theory]
    [InlineData("amount=0", "parameter_invalid_integer")]
    [InlineData("amount=-5", "parameter_invalid_integer")]
    [InlineData("description=none", "parameter_missing")]
    [InlineData("amount=5&source_transaction=ch_x", "resource_missing")]
    [InlineData("amount=5&sauce=ch_x", "parameter_unknown")]
    public async Task WrongTransfer_IsRefused(string form, string code)
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded();

        var refused = await world.Post("/v1/transfers", $"currency=usd&destination={account}&{form}");

        Assert.Equal((400, code), (refused.Status, refused.Code));
        Assert.Equal(400, (await world.Post("/v1/transfers", $"amount=5&currency=xyz&destination={account}")).Status);
    }

    [Fact]
    public async Task TransferOfACharge_NeedsNoAvailableBalance_ButNeverExceedsTheCharge()
    {
        await using var world = await SandboxWorld.Start(options => (options.PendingSeconds, options.TransferPendingSeconds) = (60, 5));
        var account = await world.Onboarded();
        var payment = await world.Post("/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&transfer_group=order1");
        var charge = (string)payment.Body["latest_charge"]!;

        var first = await world.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}&source_transaction={charge}&expand[]=balance_transaction");
        Assert.Equal(("pending", "order1"), ((string)first.Body["balance_transaction"]!["status"]!, (string)first.Body["transfer_group"]!));
        Assert.Equal(400, (await world.Post("/v1/transfers", $"amount=301&currency=usd&destination={account}&source_transaction={charge}")).Status);
        Assert.Equal(400, (await world.Post("/v1/transfers", $"amount=1&currency=eur&destination={account}&source_transaction={charge}")).Status);
        Assert.Equal(200, (await world.Post("/v1/transfers", $"amount=300&currency=usd&destination={account}&source_transaction={charge}")).Status);
        Assert.Equal((0, 1000), await world.Balance("usd", account));

        // The money gets there when the charge's has come.
        world.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((0, 1000), await world.Balance("usd", account));
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1000, (long)(await world.Get("/v1/payouts", account)).Body["data"]![0]!["amount"]!);
        Assert.Equal((-59, 0), await world.Balance("usd"));
    }

    [Fact]
    public async Task ReversalInParts_NeverExceedsTheTransfer_AndMovesMoneyOnBothSides()
    {
        await using var world = await ConnectedAccount.WithMoney(options => options.TransferPendingSeconds = 60);
        var account = await world.Onboarded();
        var (before, _) = await world.Balance("usd");
        var transfer = await world.Post("/v1/transfers", $"amount=1000&currency=usd&destination={account}");

        var part = await world.Post($"/v1/transfers/{transfer.Id}/reversals", "amount=400&metadata[why]=refund&expand[]=balance_transaction");
        Assert.Equal(("transfer_refund", 400), ((string)part.Body["balance_transaction"]!["type"]!, (long)part.Body["balance_transaction"]!["net"]!));
        Assert.Equal((before - 600, 0), await world.Balance("usd"));
        Assert.Equal((0, 600), await world.Balance("usd", account));
        Assert.Equal(400, (await world.Post($"/v1/transfers/{transfer.Id}/reversals", "amount=601")).Status);

        var rest = await world.Post($"/v1/transfers/{transfer.Id}/reversals");
        Assert.Equal(600, (long)rest.Body["amount"]!);
        Assert.Equal(400, (await world.Post($"/v1/transfers/{transfer.Id}/reversals")).Status);
        Assert.Equal((before, 0), await world.Balance("usd"));
        Assert.Equal((0, 0), await world.Balance("usd", account));

        var read = await world.Get($"/v1/transfers/{transfer.Id}");
        Assert.Equal((true, 1000, 2), ((bool)read.Body["reversed"]!, (long)read.Body["amount_reversed"]!, read.Body["reversals"]!["data"]!.AsArray().Count));
        var listed = await world.Get($"/v1/transfers/{transfer.Id}/reversals?limit=1");
        Assert.Equal((rest.Id, true), ((string)listed.Body["data"]![0]!["id"]!, (bool)listed.Body["has_more"]!));
        Assert.Equal(["transfer.created", "transfer.reversed", "transfer.reversed"], (await world.EventTypes())[^3..]);
        Assert.Equal(404, (await world.Post("/v1/transfers/tr_x/reversals")).Status);
    }

    [Fact]
    public async Task ReversalAfterThePayout_IsRefused()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded();
        var transfer = await world.Post("/v1/transfers", $"amount=1000&currency=usd&destination={account}");
        world.Clock.Advance(TimeSpan.FromSeconds(2));

        var refused = await world.Post($"/v1/transfers/{transfer.Id}/reversals", "amount=1");

        Assert.Equal((400, "balance_insufficient"), (refused.Status, refused.Code));
        Assert.Equal((0, 0), await world.Balance("usd", account));
    }

    [Fact]
    public async Task UpdatedTransfer_KeepsItsMoney_AndTellsSo()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded();
        var transfer = await world.Post("/v1/transfers", $"amount=1000&currency=usd&destination={account}&metadata[a]=1&metadata[b]=2");

        var updated = await world.Post($"/v1/transfers/{transfer.Id}", "metadata[a]=&metadata[c]=3&description=later");

        Assert.Equal("""{"b":"2","c":"3"}""", updated.Body["metadata"]!.ToJsonString());
        Assert.Equal(("later", 1000), ((string)updated.Body["description"]!, (long)updated.Body["amount"]!));
        Assert.Equal("transfer.updated", (await world.EventTypes())[^1]);
    }
}
