using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Operations;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>Comparing the provider with the ledger, and levelling what differs, over HTTP with the real sandbox behind.</summary>
public sealed class ReconciliationApiTests
{
    private static readonly LedgerAccount Held = LedgerAccount.Clearing(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Losses = LedgerAccount.Losses(LedgerUnit.UsdCents);

    [Fact]
    public async Task Break_IsShownToOperatorsAndLevelledByTwoOfThemOnce()
    {
        await using var server = await TestServer.StartAsync(("Reconciliation:GraceSeconds", "0"));
        using var member = await server.NewMemberAsync();
        using var first = await server.NewOperatorAsync();
        using var second = await server.NewOperatorAsync();
        Assert.Equal(0, (await first.GetAsync<ReconciliationView>("/api/operator/reconciliation")).BreakCount);
        var planted = await server.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            Guid.CreateVersion7(), 1, LedgerEntryKind.Charge, Held, [new LedgerLeg(LedgerAccount.CoinFloat(LedgerUnit.UsdCents), 300)], Rate: 0, Reference: "topup:ghost"));
        Assert.Equal(LedgerOutcome.Moved, planted.Outcome);

        var found = Assert.Single((await first.PostAsync<ReconciliationView>("/api/operator/reconciliation/run")).Breaks);
        Assert.Equal((ReconciliationBreakKind.MissingThere, "topup:ghost", null, 300L), (found.Kind, found.Reference, found.ProviderMinor, found.LedgerMinor));
        Assert.Equal([found], (await second.GetAsync<ReconciliationView>("/api/operator/reconciliation")).Breaks);

        var draft = new AdjustmentDraft(Losses, Held, 300, "Looked at by hand", found.Subject);
        var key = Guid.CreateVersion7();
        Assert.Equal(
            RefusalCode.NotAllowed, (await member.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/api/operator/adjustments", draft, key)).Code);
        Assert.Equal(
            RefusalCode.Malformed, (await first.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/api/operator/adjustments", draft)).Code);
        Assert.Equal(RefusalCode.AdjustmentNotAllowed, await CodeAsync(first, HttpStatusCode.UnprocessableEntity, draft with { Amount = 299 }));
        Assert.Equal(RefusalCode.BreakNotFound, await CodeAsync(first, HttpStatusCode.NotFound, draft with { Break = "topup:other" }));
        var proposed = await first.PostAsync<Adjustment>("/api/operator/adjustments", draft, key);
        Assert.Equal(proposed, await first.PostAsync<Adjustment>("/api/operator/adjustments", draft, key));
        var path = $"/api/operator/adjustments/{proposed.AdjustmentId}/decision";
        Assert.Equal(RefusalCode.NotAllowed, (await member.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, path, new DecideAdjustment(true))).Code);
        Assert.Equal(
            RefusalCode.SecondOperatorNeeded, (await first.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, path, new DecideAdjustment(true))).Code);

        Assert.Equal(AdjustmentState.Posted, (await second.PostAsync<Adjustment>(path, new DecideAdjustment(true))).State);

        Assert.Empty((await first.PostAsync<ReconciliationView>("/api/operator/reconciliation/run")).Breaks);
        Assert.Equal(RefusalCode.BreakNotFound, await CodeAsync(first, HttpStatusCode.NotFound, draft));
    }

    [Fact]
    public async Task Reconciliation_IsForOperatorsOnly()
    {
        await using var server = await TestServer.StartAsync();
        using var member = await server.NewMemberAsync();
        using var guest = server.NewVisitor();

        foreach (var (method, path) in new[] { (HttpMethod.Get, "/api/operator/reconciliation"), (HttpMethod.Post, "/api/operator/reconciliation/run") })
        {
            Assert.Equal(RefusalCode.NotAllowed, (await member.RefusedAsync(HttpStatusCode.Forbidden, method, path)).Code);
            Assert.Equal(RefusalCode.SignInRequired, (await guest.RefusedAsync(HttpStatusCode.Unauthorized, method, path)).Code);
        }

        await OpenApiKnowsThemAsync(guest);
    }

    /// <summary>With the keys they need and the refusals they answer.</summary>
    private static async Task OpenApiKnowsThemAsync(Visitor guest)
    {
        var paths = (await guest.GetAsync<JsonElement>("/api/openapi.json")).GetProperty("paths");
        foreach (var (method, path, id, withKey) in new[]
        {
            ("get", "/api/card-gifts/offer", "getCardGiftOffer", false),
            ("post", "/api/rooms/{roomId}/card-gifts", "startCardGift", true),
            ("get", "/api/card-gifts", "listCardGifts", false),
            ("get", "/api/card-gifts/{cardGiftId}", "getCardGift", false),
            ("post", "/api/card-gifts/{cardGiftId}/refund", "refundCardGift", false),
            ("put", "/api/orders/{orderId}/shipment", "shipOrder", false),
            ("put", "/api/orders/{orderId}/delivery", "deliverOrder", false),
            ("post", "/api/orders/{orderId}/refunds", "refundOrder", true),
            ("get", "/api/operator/reconciliation", "getReconciliation", false),
            ("post", "/api/operator/reconciliation/run", "runReconciliation", false),
            ("post", "/api/operator/adjustments", "proposeAdjustment", true),
            ("post", "/api/operator/adjustments/{adjustmentId}/decision", "decideAdjustment", false),
        })
        {
            Assert.True(paths.TryGetProperty(path, out var operations), path);
            var operation = operations.GetProperty(method);
            Assert.Equal(id, operation.GetProperty("operationId").GetString());
            var parameters = operation.TryGetProperty("parameters", out var named) ? named.GetRawText() : "";
            Assert.Equal(withKey, parameters.Contains("Idempotency-Key", StringComparison.Ordinal));
            if (id != "getCardGiftOffer") { Assert.True(operation.GetProperty("responses").TryGetProperty("403", out _), id); }
        }
    }

    private static async Task<RefusalCode> CodeAsync(Visitor who, HttpStatusCode status, AdjustmentDraft draft) =>
        (await who.RefusedAsync(status, HttpMethod.Post, "/api/operator/adjustments", draft, Guid.CreateVersion7())).Code;
}
