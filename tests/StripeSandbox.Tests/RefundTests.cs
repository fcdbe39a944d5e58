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

    [Fact]
    public async Task PendingRefund_SucceedsWhenItsTimeIsOver()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_pendingRefund"));

        var refund = await world.Post("/v1/refunds", $"payment_intent={payment.Id}&amount=200&metadata[order]=o1");
        Assert.Equal(("pending", "processing"), (refund.State, (string?)refund.Body["pending_reason"]));
        world.Clock.Advance(TimeSpan.FromSeconds(10));

        var done = await world.Get($"/v1/refunds/{refund.Id}");
        Assert.Equal(("succeeded", "o1"), (done.State, (string?)done.Body["metadata"]!["order"]));
        Assert.Equal(["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"], (await world.EventTypes())[^4..]);
        Assert.Equal(400, (await world.Post($"/v1/refunds/{refund.Id}/cancel")).Status);
    }

    [Theory]
    [InlineData("pm_card_refundFail", "succeeded")]
    [InlineData("pm_card_simRefundPendsThenFails", "pending")]
    public async Task FailedRefund_LeavesTheMoneyWithTheShop_AndCanBeTriedAgain(string card, string first)
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay(card));
        var before = await Balance(world);

        var refund = await world.Post("/v1/refunds", $"payment_intent={payment.Id}");
        Assert.Equal(first, refund.State);
        Assert.Equal(before - 500, await Balance(world));
        Assert.Equal("charge_already_refunded", (await world.Post("/v1/refunds", $"payment_intent={payment.Id}")).Code);
        world.Clock.Advance(TimeSpan.FromSeconds(10));

        var failed = await world.Get($"/v1/refunds/{refund.Id}?expand[]=failure_balance_transaction");
        Assert.Equal(("failed", "expired_or_canceled_card"), (failed.State, (string?)failed.Body["failure_reason"]));
        Assert.Equal(("refund_failure", 500L), (
            (string?)failed.Body["failure_balance_transaction"]!["type"], (long)failed.Body["failure_balance_transaction"]!["amount"]!));
        Assert.Equal(before, await Balance(world));
        var charge = (await world.Get($"/v1/charges/{(string)payment.Body["latest_charge"]!}")).Body;
        Assert.Equal((0L, false), ((long)charge["amount_refunded"]!, (bool)charge["refunded"]!));
        Assert.Equal(["refund.updated", "charge.refund.updated", "refund.failed"], (await world.EventTypes())[^3..]);
        Assert.Equal(200, (await world.Post("/v1/refunds", $"payment_intent={payment.Id}&amount=100")).Status);
    }

    [Fact]
    public async Task PendingRefund_CanBeCanceled()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_pendingRefund"));
        var before = await Balance(world);
        var refund = await world.Post("/v1/refunds", $"payment_intent={payment.Id}");

        Assert.Equal("canceled", (await world.Post($"/v1/refunds/{refund.Id}/cancel")).State);

        world.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("canceled", (await world.Get($"/v1/refunds/{refund.Id}")).State);
        Assert.Equal(before, await Balance(world));
        Assert.Equal(400, (await world.Post($"/v1/refunds/{refund.Id}/cancel")).Status);
        Assert.Equal(404, (await world.Post("/v1/refunds/re_x/cancel")).Status);
    }

    private static string Pay(string card) => $"amount=500&currency=usd&payment_method={card}&confirm=true";

    /// <summary>Available and pending together.</summary>
    private static async Task<long> Balance(SandboxWorld world)
    {
        var balance = (await world.Get("/v1/balance")).Body;
        return (long)balance["available"]![0]!["amount"]! + (long)balance["pending"]![0]!["amount"]!;
    }
}
