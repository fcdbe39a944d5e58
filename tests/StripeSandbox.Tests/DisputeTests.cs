using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Cardholders take money back, shops answer, banks decide; and banks warn before.</summary>
public sealed class DisputeTests
{
    private const int Fee = 1500;

    [Fact]
    public async Task CardThatDisputes_PaysAndThenTakesTheMoneyBackWithAFee()
    {
        await using var world = await SandboxWorld.Start();

        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_createDispute") + "&metadata[topup_id]=t1");

        Assert.Equal("succeeded", payment.State);
        Assert.Equal(
            ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.dispute.created", "charge.dispute.funds_withdrawn"],
            await world.EventTypes());
        var dispute = await Only(world, $"/v1/disputes?payment_intent={payment.Id}");
        var moved = dispute["balance_transactions"]!.AsArray().Single()!;
        Assert.Equal(("needs_response", "fraudulent", 5000L), ((string?)dispute["status"], (string?)dispute["reason"], (long)dispute["amount"]!));
        Assert.Equal(("adjustment", -5000L, Fee, -5000L - Fee), ((string?)moved["type"], (long)moved["amount"]!, (int)moved["fee"]!, (long)moved["net"]!));
        Assert.Equal((string?)dispute["id"], (string?)(await world.Get($"/v1/balance_transactions/{(string)moved["id"]!}")).Body["source"]);
        Assert.True((bool)(await world.Get($"/v1/charges/{(string)dispute["charge"]!}")).Body["disputed"]!);
        Assert.Equal((400, "charge_disputed"), Refused(await world.Post("/v1/refunds", $"payment_intent={payment.Id}")));
    }

    [Theory]
    [InlineData("winning_evidence", "won", new[] { "charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed" }, -Fee)]
    [InlineData("losing_evidence", "lost", new[] { "charge.dispute.updated", "charge.dispute.closed" }, -Fee - 5000)]
    public async Task DecidingEvidence_DecidesAtOnce(string text, string status, string[] events, long disputeCosts)
    {
        await using var world = await SandboxWorld.Start();
        var id = await Dispute(world);

        var answered = await world.Post($"/v1/disputes/{id}", $"evidence[uncategorized_text]={text}&evidence[customer_name]=Ana&metadata[case]=c1");

        Assert.Equal((200, status), (answered.Status, answered.State));
        Assert.Equal(events, (await world.EventTypes())[^events.Length..]);
        Assert.Equal(("Ana", "c1"), ((string?)answered.Body["evidence"]!["customer_name"], (string?)answered.Body["metadata"]!["case"]));
        Assert.Equal((1L, true), ((long)answered.Body["evidence_details"]!["submission_count"]!, (bool)answered.Body["evidence_details"]!["has_evidence"]!));
        Assert.Equal(disputeCosts, answered.Body["balance_transactions"]!.AsArray().Sum(moved => (long)moved!["net"]!));
        Assert.Equal(400, (await world.Post($"/v1/disputes/{id}", "evidence[uncategorized_text]=more")).Status);
        Assert.Equal(400, (await world.Post($"/v1/disputes/{id}/close")).Status);
        Assert.Equal(status == "won" ? 200 : 400, (await world.Post("/v1/refunds", $"charge={(string)answered.Body["charge"]!}")).Status);
    }

    [Fact]
    public async Task OtherEvidence_IsReviewedAndWonWhenTheBankHasThoughtAboutIt()
    {
        await using var world = await SandboxWorld.Start(options => options.DisputeReviewSeconds = 90);
        var id = await Dispute(world);

        var staged = await world.Post($"/v1/disputes/{id}", "evidence[product_description]=Coins&submit=false");
        Assert.Equal(("needs_response", 0L), (staged.State, (long)staged.Body["evidence_details"]!["submission_count"]!));
        Assert.Equal("needs_response", (await world.Post($"/v1/disputes/{id}", "metadata[seen]=1")).State);
        var sent = await world.Post($"/v1/disputes/{id}", "submit=true");
        Assert.Equal("under_review", sent.State);
        world.Clock.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal("under_review", (await world.Get($"/v1/disputes/{id}")).State);
        world.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("won", (await world.Get($"/v1/disputes/{id}")).State);
        Assert.Equal(
            ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated", "charge.dispute.updated", "charge.dispute.updated",
                "charge.dispute.funds_reinstated", "charge.dispute.closed"],
            (await world.EventTypes())[3..]);
    }

    [Fact]
    public async Task DisputeWithoutAnAnswer_IsLostWhenItsTimeIsOver()
    {
        await using var world = await SandboxWorld.Start();
        var id = await Dispute(world);
        var due = (long)(await world.Get($"/v1/disputes/{id}")).Body["evidence_details"]!["due_by"]!;

        world.Clock.Advance(DateTimeOffset.FromUnixTimeSeconds(due) - world.Clock.GetUtcNow());

        var lost = await world.Get($"/v1/disputes/{id}");
        Assert.Equal(("lost", true), (lost.State, (bool)lost.Body["evidence_details"]!["past_due"]!));
        Assert.Equal("charge.dispute.closed", (await world.EventTypes())[^1]);
    }

    [Fact]
    public async Task ClosedByTheShop_IsLost()
    {
        await using var world = await SandboxWorld.Start();
        var id = await Dispute(world);

        Assert.Equal("lost", (await world.Post($"/v1/disputes/{id}/close")).State);

        Assert.Equal("charge.dispute.closed", (await world.EventTypes())[^1]);
        Assert.Equal(404, (await world.Post("/v1/disputes/du_x/close")).Status);
    }

    [Fact]
    public async Task Inquiry_MovesNoMoneyAndEndsWithARefund()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_createDisputeInquiry"));
        var inquiry = await Only(world, $"/v1/disputes?charge={(string)payment.Body["latest_charge"]!}");
        Assert.Equal("warning_needs_response", (string?)inquiry["status"]);
        Assert.Empty(inquiry["balance_transactions"]!.AsArray());
        Assert.True((bool)inquiry["is_charge_refundable"]!);

        Assert.Equal("warning_under_review", (await world.Post($"/v1/disputes/{(string)inquiry["id"]!}", "evidence[receipt]=file_1")).State);
        Assert.Equal(200, (await world.Post("/v1/refunds", $"payment_intent={payment.Id}")).Status);

        Assert.Equal("warning_closed", (await world.Get($"/v1/disputes/{(string)inquiry["id"]!}")).State);
        Assert.DoesNotContain("charge.dispute.funds_withdrawn", await world.EventTypes());
    }

    [Fact]
    public async Task InquiryThatIsEscalated_TakesTheMoney()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_createDisputeInquiry"));
        var id = (string)(await Only(world, $"/v1/disputes?payment_intent={payment.Id}"))["id"]!;

        await world.Server.DecideDisputeAsync(id, DisputeOutcome.Escalated);

        var dispute = await world.Get($"/v1/disputes/{id}");
        Assert.Equal(("needs_response", "chargeback"), (dispute.State, (string?)dispute.Body["payment_method_details"]!["card"]!["case_type"]));
        Assert.Single(dispute.Body["balance_transactions"]!.AsArray());
        Assert.Equal(["charge.dispute.updated", "charge.dispute.funds_withdrawn"], (await world.EventTypes())[^2..]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Server.DecideDisputeAsync(id, DisputeOutcome.Escalated));
    }

    [Fact]
    public async Task AnyPayment_CanBeDisputedAndDecidedByTheSandboxsOwnCalls()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_visa"));
        await world.Post("/v1/refunds", $"payment_intent={payment.Id}&amount=2000");

        var opened = await Admin(world, "/_sandbox/disputes", $$"""{"payment":"{{payment.Id}}","reason":"product_not_received"}""");
        Assert.Equal((3000L, "product_not_received"), ((long)opened["amount"]!, (string?)opened["reason"]));
        var won = await Admin(world, $"/_sandbox/disputes/{(string)opened["id"]!}", """{"outcome":"won"}""");

        Assert.Equal("won", (string?)won["status"]);
        var second = await world.Post("/v1/payment_intents", Pay("pm_card_visa"));
        var other = await world.Server.OpenDisputeAsync((string)second.Body["latest_charge"]!, amount: 100);
        await world.Server.DecideDisputeAsync(other, DisputeOutcome.Lost);
        Assert.Equal("lost", (await world.Get($"/v1/disputes/{other}")).State);
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Server.OpenDisputeAsync(second.Id));
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Server.OpenDisputeAsync("pi_x"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Server.DecideDisputeAsync(other, DisputeOutcome.Won));
    }

    [Theory]
    [InlineData("/_sandbox/disputes", """{"reason":"fraudulent"}""")]
    [InlineData("/_sandbox/disputes", """{"payment":"pi_x","reasons":"x"}""")]
    [InlineData("/_sandbox/disputes/du_x", """{"outcome":"draw"}""")]
    [InlineData("/_sandbox/disputes/du_x", "null")]
    [InlineData("/_sandbox/fraud_warnings", "no json")]
    public async Task OwnCallsThatMakeNoSense_AreRefused(string path, string body)
    {
        await using var world = await SandboxWorld.Start();

        using var answer = await world.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task FraudWarning_ComesAfterThePayment_AndIsOverOnceTheMoneyIsBack()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_createIssuerFraudRecord"));
        Assert.Equal(["payment_intent.succeeded", "radar.early_fraud_warning.created"], (await world.EventTypes())[^2..]);
        var warning = await Only(world, $"/v1/radar/early_fraud_warnings?payment_intent={payment.Id}");
        Assert.Equal((true, (string?)payment.Body["latest_charge"]), ((bool)warning["actionable"]!, (string?)warning["charge"]));

        await world.Post("/v1/refunds", $"payment_intent={payment.Id}&amount=1");
        Assert.True((bool)(await Only(world, "/v1/radar/early_fraud_warnings"))["actionable"]!);
        await world.Post("/v1/refunds", $"payment_intent={payment.Id}");

        Assert.False((bool)(await Only(world, "/v1/radar/early_fraud_warnings"))["actionable"]!);
        Assert.Equal("radar.early_fraud_warning.updated", (await world.EventTypes())[^1]);
    }

    [Fact]
    public async Task FraudWarning_CanBeGivenOfAnyPayment_Once()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_visa"));

        var warning = await Admin(world, "/_sandbox/fraud_warnings", $$"""{"payment":"{{payment.Id}}","fraud_type":"card_never_received"}""");

        Assert.Equal("card_never_received", (string?)warning["fraud_type"]);
        Assert.StartsWith("issfr_sim_", (string?)warning["id"], StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Server.WarnOfFraudAsync(payment.Id));
        await world.Server.OpenDisputeAsync(payment.Id);
        Assert.False((bool)(await Only(world, "/v1/radar/early_fraud_warnings"))["actionable"]!);
    }

    private static string Pay(string card) => $"amount=5000&currency=usd&payment_method={card}&confirm=true";

    private static (int Status, string? Code) Refused(Answer answer) => (answer.Status, answer.Code);

    private static async Task<string> Dispute(SandboxWorld world)
    {
        var payment = await world.Post("/v1/payment_intents", Pay("pm_card_createDispute"));
        return (string)(await Only(world, $"/v1/disputes?payment_intent={payment.Id}"))["id"]!;
    }

    private static async Task<JsonObject> Only(SandboxWorld world, string list) =>
        (await world.Get(list)).Body["data"]!.AsArray().Single()!.DeepClone().AsObject();

    private static async Task<JsonObject> Admin(SandboxWorld world, string path, string body)
    {
        using var answer = await world.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
    }
}
