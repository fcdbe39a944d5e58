namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Money goes back once.</summary>
public sealed class RefundTests
{
    [Fact]
    public async Task RefundInParts_NeverExceedsTheCharge()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay);
        var charge = (string)payment.Body["latest_charge"]!;

        var part = await world.Post("/v1/refunds", $"payment_intent={payment.Id}&amount=200&reason=requested_by_customer&metadata[order]=o1");
        Assert.StartsWith("re_sim_", part.Id, StringComparison.Ordinal);
        Assert.Equal((200, "succeeded", 200L), (part.Status, part.State, (long)part.Body["amount"]!));
        Assert.False((bool)(await world.Get($"/v1/charges/{charge}")).Body["refunded"]!);

        Assert.Equal(400, (await world.Post("/v1/refunds", $"charge={charge}&amount=301")).Status);
        var rest = await world.Post("/v1/refunds", $"charge={charge}");
        Assert.Equal(300, (long)rest.Body["amount"]!);
        Assert.True((bool)(await world.Get($"/v1/charges/{charge}")).Body["refunded"]!);
        var more = await world.Post("/v1/refunds", $"charge={charge}");
        Assert.Equal((400, "charge_already_refunded"), (more.Status, more.Code));

        Assert.Equal("o1", (string?)(await world.Get($"/v1/refunds/{part.Id}")).Body["metadata"]!["order"]);
        var list = (await world.Get($"/v1/refunds?payment_intent={payment.Id}")).Body["data"]!.AsArray();
        Assert.Equal([rest.Id, part.Id], list.Select(item => (string)item!["id"]!));
        Assert.Equal(["refund.created", "charge.refunded", "refund.created", "charge.refunded"], (await world.EventTypes())[^4..]);
    }

    [Fact]
    public async Task PaymentThatTookNothing_CannotBeRefunded()
    {
        await using var world = await SandboxWorld.Start();
        var waiting = await world.Post("/v1/payment_intents", "amount=500&currency=usd");
        var declined = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true");
        var declinedId = (string)declined.Error["payment_intent"]!["id"]!;

        Assert.Equal(400, (await world.Post("/v1/refunds", $"payment_intent={waiting.Id}")).Status);
        Assert.Equal(400, (await world.Post("/v1/refunds", $"payment_intent={declinedId}")).Status);
        Assert.Equal("parameter_missing", (await world.Post("/v1/refunds", "amount=5")).Code);
        Assert.Equal(404, (await world.Post("/v1/refunds", "payment_intent=pi_x")).Status);
        Assert.Empty((await world.Get("/v1/refunds")).Body["data"]!.AsArray());
    }
}
