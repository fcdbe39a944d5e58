using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Operations;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Accounts;

/// <summary>Nobody becomes two operators by a second account.</summary>
public sealed class OperatorGrantTests
{
    private const string Roles = "/api/operator/people/role";
    private const string Grants = "/api/operator/grants";

    /// <summary>The product makes this one at its start.</summary>
    private const string First = "operator";

    [Fact]
    public async Task OnlyOperator_NamesASecond_WhichIsShownAndApprovesNothingBeforeItsTime()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var member = await server.NewMemberAsync();
        var correction = await boss.PostAsync<Adjustment>("/api/operator/adjustments", Goodwill(member), Guid.CreateVersion7(calendar.GetUtcNow()));

        Assert.Equal(RefusalCode.NotAllowed, (await member.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, Roles, Operator(member))).Code);
        Assert.Equal(RefusalCode.NotAllowed, (await boss.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, Roles, new NewRole(First, PlatformRole.Member))).Code);
        var named = await boss.PostAsync<RoleChange>(Roles, Operator(member));

        Assert.Equal((PlatformRole.Operator, OperatorGrantState.NamedAlone), (named.Role, named.Grant!.State));
        Assert.InRange(named.Grant.ApprovesFrom!.Value - calendar.GetUtcNow(), TimeSpan.FromHours(47.9), TimeSpan.FromHours(48));
        Assert.Null((await member.GetAsync<SessionView>("/api/session")).Me);
        await member.SignInAsync(member.Name);
        Assert.Equal(PlatformRole.Operator, (await member.GetAsync<SessionView>("/api/session")).Me!.Role);
        var shown = Assert.Single((await member.GetAsync<OperatorGrantList>(Grants)).Grants);
        Assert.Equal((named.Grant.GrantId, First, OperatorGrantState.NamedAlone), (shown.GrantId, shown.ProposedBy.Name, shown.State));

        var decision = $"/api/operator/adjustments/{correction.AdjustmentId}/decision";
        var refusal = await member.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, decision, new DecideAdjustment(true));
        Assert.Equal(RefusalCode.OperatorWaits, refusal.Code);
        calendar.Pass(TimeSpan.FromHours(48));
        Assert.Equal(AdjustmentState.Posted, (await member.PostAsync<Adjustment>(decision, new DecideAdjustment(true))).State);
    }

    [Fact]
    public async Task FurtherOperator_NeedsAnotherThanWhoProposed_WhoHasNotToWait()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var puppet = await server.NewMemberAsync();
        using var third = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(puppet));
        await puppet.SignInAsync(puppet.Name);

        var proposed = await boss.PostAsync<RoleChange>(Roles, Operator(third));
        var again = await puppet.PostAsync<RoleChange>(Roles, Operator(third));
        var decision = $"{Grants}/{proposed.Grant!.GrantId}/decision";

        Assert.Equal((PlatformRole.Member, OperatorGrantState.Proposed, null), (proposed.Role, proposed.Grant.State, proposed.Grant.ApprovesFrom));
        Assert.Equal(proposed.Grant, again.Grant);
        Assert.Equal(PlatformRole.Member, (await third.GetAsync<SessionView>("/api/session")).Me!.Role);
        Assert.Equal(RefusalCode.NotAllowed, (await third.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, Grants)).Code);
        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await DecideRefusedAsync(boss)).Code);
        Assert.Equal(RefusalCode.OperatorWaits, (await DecideRefusedAsync(puppet)).Code);

        calendar.Pass(TimeSpan.FromHours(49));
        var approved = await puppet.PostAsync<OperatorGrant>(decision, new DecideOperatorGrant(true));
        Assert.Equal((OperatorGrantState.Approved, puppet.Id), (approved.State, approved.DecidedBy!.Id));
        Assert.True(approved.ApprovesFrom > calendar.GetUtcNow().AddHours(47));
        Assert.Equal(approved, await puppet.PostAsync<OperatorGrant>(decision, new DecideOperatorGrant(true)));
        Assert.Equal(
            RefusalCode.OperatorGrantDecided,
            (await boss.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, decision, new DecideOperatorGrant(false))).Code);
        await third.SignInAsync(third.Name);
        Assert.Equal(PlatformRole.Operator, (await third.GetAsync<SessionView>("/api/session")).Me!.Role);

        Task<Refusal> DecideRefusedAsync(Visitor who) => who.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, decision, new DecideOperatorGrant(true));
    }

    [Fact]
    public async Task ProposalThatIsTakenBack_GivesNoRole_NorDoesOneOfSomebodyWhoIsNoOperatorAnyMore()
    {
        await using var server = await TestServer.StartAsync(("Accounts:OperatorWaitHours", "0"));
        using var boss = await FirstAsync(server);
        using var second = await server.NewMemberAsync();
        using var third = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        await second.SignInAsync(second.Name);

        var takenBack = await second.PostAsync<RoleChange>(Roles, Operator(third));
        Assert.Equal(
            OperatorGrantState.Withdrawn,
            (await second.PostAsync<OperatorGrant>($"{Grants}/{takenBack.Grant!.GrantId}/decision", new DecideOperatorGrant(false))).State);
        var left = await second.PostAsync<RoleChange>(Roles, Operator(third));
        await boss.PostAsync<RoleChange>(Roles, new NewRole(second.Name, PlatformRole.Member));
        var gone = await boss.RefusedAsync(
            HttpStatusCode.Conflict, HttpMethod.Post, $"{Grants}/{left.Grant!.GrantId}/decision", new DecideOperatorGrant(true));

        Assert.Equal(RefusalCode.OperatorGrantDecided, gone.Code);
        Assert.Equal(PlatformRole.Member, (await third.GetAsync<SessionView>("/api/session")).Me!.Role);
        Assert.Equal(
            [OperatorGrantState.Proposed, OperatorGrantState.Withdrawn, OperatorGrantState.NamedAlone],
            (await boss.GetAsync<OperatorGrantList>(Grants)).Grants.Select(grant => grant.State));
    }

    private static NewRole Operator(Visitor visitor) => new(visitor.Name, PlatformRole.Operator);

    private static AdjustmentDraft Goodwill(Visitor visitor) =>
        new(LedgerAccount.Losses(LedgerUnit.Coins), LedgerAccount.Coins(visitor.Id), 70, "Goodwill for a lost stream");

    private static Task<Visitor> FirstAsync(TestServer server) => server.NewVisitor().SignInAsync(First, server.FirstPasswords[First]);
}
