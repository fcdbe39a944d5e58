using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>Withdrawing earnings over HTTP, with the real sandbox behind. The platform has no money, so nothing is sent.</summary>
public sealed class PayoutApiTests
{
    [Fact]
    public async Task Earnings_AreWithdrawnOverHttpAndAnOperatorLetsThemGo()
    {
        await using var server = await TestServer.StartAsync(("Payouts:SecondApproverAboveMinor", "1500"));
        using var star = await server.NewMemberAsync();
        using var other = await server.NewMemberAsync();
        var password = (await server.Seeder.EnsureAsync("Olga", PlatformRole.Operator)).Password!;
        using var olga = await server.NewVisitor().SignInAsync("Olga", password);
        await OnboardAsync(star);
        await EarnAsync(server, star.Id, 5_000);

        var key = Guid.CreateVersion7();
        var asked = await star.PostAsync<PayoutView>("/api/payouts", new RequestPayout(2_000, 0), key);
        var again = await star.PostAsync<PayoutView>("/api/payouts", new RequestPayout(2_000, 0), key);

        Assert.Equal((PayoutState.WaitingForApproval, key.ToString("N")), (asked.State, asked.PayoutId));
        Assert.Equal(asked, again);
        Assert.Equal(asked, await star.GetAsync<PayoutView>($"/api/payouts/{asked.PayoutId}"));
        Assert.Equal([asked], (await star.GetAsync<PayoutList>("/api/payouts")).Payouts);
        Assert.Equal([asked], (await olga.GetAsync<PayoutList>("/api/operator/payouts")).Payouts);
        Assert.Equal(
            RefusalCode.PayoutNotFound, (await other.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, $"/api/payouts/{asked.PayoutId}")).Code);
        Assert.Equal(RefusalCode.NotAllowed, (await other.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/api/operator/payouts")).Code);
        Assert.Equal(
            RefusalCode.NotAllowed,
            (await star.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, $"/api/operator/payouts/{asked.PayoutId}/approve")).Code);

        var declined = await olga.PostAsync<PayoutView>($"/api/operator/payouts/{asked.PayoutId}/decline", new DeclinePayout("Ask for less."));
        Assert.Equal((PayoutState.Declined, "Ask for less."), (declined.State, declined.Problem));
        var second = await star.PostAsync<PayoutView>("/api/payouts", new RequestPayout(1_501, 0), Guid.CreateVersion7());
        var approved = await olga.PostAsync<PayoutView>($"/api/operator/payouts/{second.PayoutId}/approve");

        Assert.Equal((PayoutState.Reserved, "Olga"), (approved.State, approved.DecidedBy!.Name));
        Assert.StartsWith("The platform's balance does not cover it yet.", approved.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestsThatCannotBe_AreRefused()
    {
        await using var server = await TestServer.StartAsync();
        using var star = await server.NewMemberAsync();
        using var guest = server.NewVisitor();

        Assert.Equal(RefusalCode.SignInRequired, (await guest.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/api/payouts/account")).Code);
        Assert.Equal(
            RefusalCode.Malformed, (await star.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/api/payouts", new RequestPayout(1_000, 0))).Code);
        Assert.Equal(RefusalCode.PayoutAccountNeeded, await CodeAsync(star, HttpStatusCode.Conflict, new RequestPayout(1_000, 0)));
        Assert.Equal(
            RefusalCode.Malformed,
            (await star.RefusedAsync(
                HttpStatusCode.BadRequest, HttpMethod.Post, "/api/payouts/account", new StartOnboarding("star@example.org", "US", "https://elsewhere.example/"))).Code);
        Assert.Equal(
            RefusalCode.PayoutEmailInvalid,
            (await star.RefusedAsync(
                HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/api/payouts/account", new StartOnboarding("nobody", "US", "/studio/earnings"))).Code);

        await OnboardAsync(star);
        await EarnAsync(server, star.Id, 2_000);
        Assert.Equal(RefusalCode.PayoutTooSmall, await CodeAsync(star, HttpStatusCode.UnprocessableEntity, new RequestPayout(999, 0)));
        Assert.Equal(RefusalCode.PayoutAboveAvailable, await CodeAsync(star, HttpStatusCode.UnprocessableEntity, new RequestPayout(2_001, 0)));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(star, HttpStatusCode.BadRequest, """{"coins":99999999999999999999,"salesMinor":0}"""));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(star, HttpStatusCode.BadRequest, """{"coins":-5,"salesMinor":5000}"""));
        Assert.Empty((await star.GetAsync<PayoutList>("/api/payouts")).Payouts);
    }

    private static async Task<RefusalCode> CodeAsync(Visitor star, HttpStatusCode status, object body) =>
        (await star.RefusedAsync(status, HttpMethod.Post, "/api/payouts", body, Guid.CreateVersion7())).Code;

    private static async Task OnboardAsync(Visitor star)
    {
        var page = await star.PostAsync<PayoutOnboarding>("/api/payouts/account", new StartOnboarding("star@example.org", "US", "/studio/earnings"));
        Assert.Equal(PayoutAccountState.Restricted, page.Account.State);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var form = new FormUrlEncodedContent([new("decision", "finish"), new("payout", "paid")]);
        using var back = await browser.PostAsync(new Uri(star.Address, page.Url), form);
        Assert.Equal(new Uri(star.Address, "/studio/earnings"), back.Headers.Location);

        // The provider's event says that it is ready.
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var started = TimeProvider.System.GetTimestamp();
        while ((await star.GetAsync<PayoutAccountView>("/api/payouts/account")).State != PayoutAccountState.Active)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(120), "The account never became active.");
            await look.WaitForNextTickAsync();
        }
    }

    private static async Task EarnAsync(TestServer server, string owner, long coins)
    {
        var answer = await server.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            Guid.CreateVersion7(), 1, LedgerEntryKind.Adjustment, LedgerAccount.Clearing(LedgerUnit.Coins),
            [new LedgerLeg(LedgerAccount.Available(owner, LedgerUnit.Coins), coins)], Rate: 0));
        Assert.Equal(LedgerOutcome.Moved, answer.Outcome);
    }
}
