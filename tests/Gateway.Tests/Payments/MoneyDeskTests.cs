using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Wallet;
using WalletView = LiveCommerce.Contracts.Accounts.Wallet;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>Saved cards, refunds and disputes over HTTP, with the real sandbox behind.</summary>
public sealed class MoneyDeskTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task CardThatIsSaved_PaysForCoins_AndIsGoneWhenItIsRemoved()
    {
        using var ana = await _server.NewMemberAsync();

        var setup = await SaveCardAsync(ana, "pm_card_visa");
        var card = Assert.Single((await ana.GetAsync<SavedCards>("/api/cards")).Cards);
        var topUp = await TopUpAsync(ana, card.CardId);
        var left = await ReadAsync<SavedCards>(ana, HttpMethod.Delete, $"/api/cards/{card.CardId}");

        Assert.Equal((CardSetupState.Saved, card), (setup.State, setup.Card));
        Assert.Equal(("visa", "4242", true), (card.Brand, card.Last4, card.IsDefault));
        Assert.Equal(TopUpState.Credited, topUp.State);
        Assert.Empty(left.Cards);
    }

    [Fact]
    public async Task SomebodyElsesSavedCard_IsRefusedForCoinsAndForSaving()
    {
        using var ana = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        var card = (await SaveCardAsync(ana, "pm_card_visa")).Card!.CardId;

        var paying = await ben.RefusedAsync(
            HttpStatusCode.Forbidden, HttpMethod.Post, "/api/wallet/top-ups", new { packId = "coins-100", paymentMethod = card, returnUrl = "/wallet" },
            Guid.CreateVersion7());
        var saving = await ben.RefusedAsync(
            HttpStatusCode.Forbidden, HttpMethod.Post, "/api/cards", new { paymentMethod = card, returnUrl = "/wallet" }, Guid.CreateVersion7());
        var removing = await ben.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Delete, $"/api/cards/{card}");

        Assert.Equal(
            (RefusalCode.CardNotYours, RefusalCode.CardNotYours, RefusalCode.CardNotFound), (paying.Code, saving.Code, removing.Code));
    }

    [Fact]
    public async Task ViewerSendsAnUntouchedTopUpBack_OnceForOneKey()
    {
        using var ana = await _server.NewMemberAsync();
        var topUp = await TopUpAsync(ana, "pm_card_visa");
        var key = Guid.CreateVersion7();
        Assert.Equal($"topup:{topUp.TopUpId}", Assert.Single((await ana.GetAsync<CoinLots>("/api/wallet/lots")).Lots).Reference);

        var before = await ana.GetAsync<TopUpReturns>($"/api/top-ups/{topUp.TopUpId}/refund");
        var first = await ana.PostAsync<RefundView>($"/api/top-ups/{topUp.TopUpId}/refund", new { }, key);
        var again = await ana.PostAsync<RefundView>($"/api/top-ups/{topUp.TopUpId}/refund", new { }, key);
        var wallet = await ana.GetAsync<WalletView>("/api/wallet");
        var more = await ana.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, $"/api/top-ups/{topUp.TopUpId}/refund", new { }, Guid.CreateVersion7());

        Assert.Equal((RefundState.Succeeded, 100L, 129L), (first.State, first.Coins, first.AmountMinor));
        Assert.Equal(first, again);
        Assert.Equal(0, wallet.Coins);
        Assert.Equal(RefusalCode.NotRefundable, more.Code);
        Assert.Equal(first, await ana.GetAsync<RefundView>($"/api/refunds/{first.RefundId}"));
        Assert.Equal((100L, 129L), (before.Coins, before.AmountMinor));
        Assert.Equal(
            [(WalletLineKind.Refund, -100L, $"refund:{first.RefundId}"), (WalletLineKind.TopUp, 100L, $"topup:{topUp.TopUpId}")],
            (await ana.GetAsync<WalletLines>("/api/wallet/lines")).Lines.Select(line => (line.Kind, line.Coins, line.Reference)));
    }

    [Fact]
    public async Task TheDesk_IsForOperatorsOnly()
    {
        using var ana = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        var topUp = await TopUpAsync(ana, "pm_card_visa");

        var refusals = new[]
        {
            await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/api/operator/disputes"),
            await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/api/operator/disputes/du_1"),
            await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/api/operator/disputes/du_1/accept"),
            await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/api/operator/disputes/du_1/release"),
            await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/api/operator/refunds"),
            await ben.RefusedAsync(
                HttpStatusCode.Forbidden, HttpMethod.Post, "/api/operator/refunds", new { topUpId = topUp.TopUpId, reason = "please" }, Guid.CreateVersion7()),
        };
        var others = await ben.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, $"/api/top-ups/{topUp.TopUpId}/refund", new { }, Guid.CreateVersion7());

        Assert.All(refusals, refusal => Assert.Equal(RefusalCode.NotAllowed, refusal.Code));
        Assert.Equal(RefusalCode.PaymentNotFound, others.Code);
        Assert.Equal(100, (await ana.GetAsync<WalletView>("/api/wallet")).Coins);
    }

    [Fact]
    public async Task OperatorRefundsAPartAndSeesItInTheList()
    {
        using var ana = await _server.NewMemberAsync();
        using var desk = await OperatorAsync();
        var topUp = await TopUpAsync(ana, "pm_card_visa");

        var refund = await desk.PostAsync<RefundView>(
            "/api/operator/refunds", new { topUpId = topUp.TopUpId, coins = 40, reason = "asked by mail" }, Guid.CreateVersion7());
        var listed = (await desk.GetAsync<RefundList>("/api/operator/refunds")).Refunds;
        var tooMany = await desk.RefusedAsync(
            HttpStatusCode.Conflict, HttpMethod.Post, "/api/operator/refunds", new { topUpId = topUp.TopUpId, coins = 61, reason = "" }, Guid.CreateVersion7());

        Assert.Equal((RefundState.Succeeded, 40L, 51L), (refund.State, refund.Coins, refund.AmountMinor));
        Assert.Contains(refund, listed);
        Assert.Equal((RefusalCode.CoinsSpent, 60L), (tooMany.Code, tooMany.Amounts!["left"]));
        Assert.Equal(60, (await ana.GetAsync<WalletView>("/api/wallet")).Coins);
        Assert.Equal(TopUpState.PartlyRefunded, (await ana.GetAsync<TopUpView>($"/api/wallet/top-ups/{topUp.TopUpId}")).State);
    }

    [Fact]
    public async Task DisputeIsShown_AnsweredWithEvidence_AndWon()
    {
        using var ana = await _server.NewMemberAsync();
        using var desk = await OperatorAsync();
        var topUp = await TopUpAsync(ana, "pm_card_createDispute");
        DisputeView? dispute = null;
        await Eventually(async () => (dispute = (await desk.GetAsync<DisputeList>("/api/operator/disputes?open=true")).Disputes
            .FirstOrDefault(one => one.ThingId == topUp.TopUpId)) is { State: DisputeState.NeedsResponse });
        await Eventually(async () => (await ana.GetAsync<WalletView>("/api/wallet")).Coins == 0);

        var kept = await desk.PostAsync<DisputeView>(
            $"/api/operator/disputes/{dispute!.DisputeId}/evidence", new { text = new { productDescription = "Coins" }, submit = false });
        var sent = await desk.PostAsync<DisputeView>(
            $"/api/operator/disputes/{dispute.DisputeId}/evidence",
            new { text = new { productDescription = "Coins", uncategorizedText = "winning_evidence" }, submit = true });
        var late = await desk.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, $"/api/operator/disputes/{dispute.DisputeId}/accept");

        Assert.Equal(("top-up", 129L, "fraudulent"), (dispute.Kind, dispute.AmountMinor, dispute.Reason));
        Assert.Equal(("Coins", false), (kept.Evidence!.ProductDescription, kept.EvidenceSent));
        Assert.Equal((DisputeState.Won, true), (sent.State, sent.EvidenceSent));
        Assert.Equal(RefusalCode.DisputeClosed, late.Code);
        await Eventually(async () => (await ana.GetAsync<WalletView>("/api/wallet")).Coins == 100);
    }

    private async Task<Visitor> OperatorAsync()
    {
        var name = $"Desk {Guid.CreateVersion7():N}"[..24];
        var seeded = await _server.Seeder.EnsureAsync(name, PlatformRole.Operator);
        return await _server.NewVisitor().SignInAsync(name, seeded.Password!);
    }

    private static Task<CardSetup> SaveCardAsync(Visitor who, string paymentMethod) =>
        who.PostAsync<CardSetup>("/api/cards", new { paymentMethod, returnUrl = "/wallet" }, Guid.CreateVersion7());

    private static Task<TopUpView> TopUpAsync(Visitor who, string paymentMethod) =>
        who.PostAsync<TopUpView>("/api/wallet/top-ups", new { packId = "coins-100", paymentMethod, returnUrl = "/wallet" }, Guid.CreateVersion7());

    private static async Task<T> ReadAsync<T>(Visitor who, HttpMethod method, string path)
    {
        using var answer = await who.SendAsync(method, path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return System.Text.Json.JsonSerializer.Deserialize<T>(text, WireJson.Options)!;
    }

    /// <summary>Webhooks come when they come.</summary>
    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(120)) { throw new TimeoutException("It never became true."); }
            await look.WaitForNextTickAsync();
        }
    }
}
