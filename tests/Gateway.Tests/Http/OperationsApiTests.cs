using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Gateway.Operations;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Http;

public sealed class OperationsApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("GET", "/api/operator/adjustments", null)]
    [InlineData("GET", "/api/operator/people?name=Nobody", null)]
    [InlineData("POST", "/api/operator/people/minor", """{"name":"Nobody","minor":true}""")]
    [InlineData("POST", "/api/operator/people/freeze", """{"name":"Nobody","frozen":true,"reason":"Because I can"}""")]
    public async Task Members_AreToldNothingOfOthersMoney(string method, string path, string? body)
    {
        using var member = await _server.NewMemberAsync();

        var refusal = await member.RefusedAsync(
            HttpStatusCode.Forbidden, new HttpMethod(method), path.Replace("Nobody", Uri.EscapeDataString(member.Name), StringComparison.Ordinal),
            body?.Replace("Nobody", member.Name, StringComparison.Ordinal), Guid.CreateVersion7());

        Assert.Equal(RefusalCode.NotAllowed, refusal.Code);
    }

    [Fact]
    public async Task Operators_CorrectTogether_FreezeAndMarkMinors()
    {
        using var viewer = await _server.NewMemberAsync();
        using var first = await OperatorAsync("First operator");
        using var second = await OperatorAsync("Second operator");
        var draft = new AdjustmentDraft(LedgerAccount.Losses(LedgerUnit.Coins), LedgerAccount.Coins(viewer.Id), 70, "Goodwill for a lost stream");
        var key = Guid.CreateVersion7();

        var proposed = await first.PostAsync<Adjustment>("/api/operator/adjustments", draft, key);
        Assert.Equal(proposed, await first.PostAsync<Adjustment>("/api/operator/adjustments", draft, key));
        var path = $"/api/operator/adjustments/{proposed.AdjustmentId}/decision";
        Assert.Equal(
            RefusalCode.SecondOperatorNeeded, (await first.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, path, new DecideAdjustment(true))).Code);
        Assert.Equal(AdjustmentState.Posted, (await second.PostAsync<Adjustment>(path, new DecideAdjustment(true))).State);
        Assert.Equal(70, (await viewer.GetAsync<Contracts.Accounts.Wallet>("/api/wallet")).Coins);

        Assert.True((await first.PostAsync<PersonFunds>("/api/operator/people/freeze", new FreezeFunds(viewer.Name, true, "Stolen card"), Guid.CreateVersion7())).Frozen);
        Assert.True((await first.GetAsync<PersonFunds>($"/api/operator/people?name={Uri.EscapeDataString(viewer.Name)}")).Frozen);
        Assert.True((await first.PostAsync<LimitsView>("/api/operator/people/minor", new MinorFound(viewer.Name, true))).Minor);
    }

    private async Task<Visitor> OperatorAsync(string name)
    {
        var seeded = await _server.Seeder.EnsureAsync(name, PlatformRole.Operator);
        return await _server.NewVisitor().SignInAsync(name, seeded.Password!);
    }
}
