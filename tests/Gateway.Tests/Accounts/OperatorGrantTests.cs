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
        var removal = await boss.PostAsync<RoleChange>(Roles, new NewRole(second.Name, PlatformRole.Member));
        Assert.Equal(
            OperatorGrantState.Approved,
            (await second.PostAsync<OperatorGrant>($"{Grants}/{removal.Grant!.GrantId}/decision", new DecideOperatorGrant(true))).State);
        var gone = await boss.RefusedAsync(
            HttpStatusCode.Conflict, HttpMethod.Post, $"{Grants}/{left.Grant!.GrantId}/decision", new DecideOperatorGrant(true));

        Assert.Equal(RefusalCode.OperatorGrantDecided, gone.Code);
        Assert.Equal(PlatformRole.Member, (await third.GetAsync<SessionView>("/api/session")).Me!.Role);
        Assert.Equal(
            [OperatorGrantState.Proposed, OperatorGrantState.Approved, OperatorGrantState.Withdrawn, OperatorGrantState.NamedAlone],
            (await boss.GetAsync<OperatorGrantList>(Grants)).Grants.Select(grant => grant.State));
    }

    [Fact]
    public async Task OneOfTwoOperators_IsNotRemovedByTheOther_UnlessTheyAgreeOrTheTimeToObjectIsOver()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var second = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        calendar.Pass(TimeSpan.FromHours(49));
        await second.SignInAsync(second.Name);

        var proposed = await boss.PostAsync<RoleChange>(Roles, Moderator(second));
        Assert.Equal((PlatformRole.Operator, OperatorGrantState.Proposed), (proposed.Role, proposed.Grant!.State));
        Assert.Equal((PlatformRole.Moderator, proposed.Grant.ProposedAt.AddHours(72)), (proposed.Grant.Role, proposed.Grant.AloneFrom));
        Assert.Equal(PlatformRole.Operator, (await second.GetAsync<SessionView>("/api/session")).Me!.Role);
        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await RefusedAsync(boss, proposed.Grant, approve: true)).Code);

        // Objected in time: nothing happens, and the time begins anew with another proposal.
        Assert.Equal(OperatorGrantState.Withdrawn, (await DecideAsync(second, proposed.Grant, approve: false)).State);
        calendar.Pass(TimeSpan.FromHours(73));
        Assert.Equal(RefusalCode.OperatorGrantDecided, (await RefusedAsync(boss, proposed.Grant, approve: true, HttpStatusCode.Conflict)).Code);

        var again = await boss.PostAsync<RoleChange>(Roles, Moderator(second));
        calendar.Pass(TimeSpan.FromHours(71));
        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await RefusedAsync(boss, again.Grant!, approve: true)).Code);
        calendar.Pass(TimeSpan.FromHours(2));
        Assert.Equal((OperatorGrantState.Approved, boss.Id), (await DecideAsync(boss, again.Grant!, approve: true)) is var done ? (done.State, done.DecidedBy!.Id) : default);
        await second.SignInAsync(second.Name);
        Assert.Equal(PlatformRole.Moderator, (await second.GetAsync<SessionView>("/api/session")).Me!.Role);
        Assert.Equal(
            RefusalCode.NotAllowed, (await boss.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, Roles, new NewRole(First, PlatformRole.Member))).Code);
    }

    [Fact]
    public async Task OneOfThreeOperators_IsRemovedByTwo_AndNeitherByOneNorByTimeNorByOwnObjection()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var second = await server.NewMemberAsync();
        using var third = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        calendar.Pass(TimeSpan.FromHours(49));
        await second.SignInAsync(second.Name);
        await DecideAsync(second, (await boss.PostAsync<RoleChange>(Roles, Operator(third))).Grant!, approve: true);
        await third.SignInAsync(third.Name);
        calendar.Pass(TimeSpan.FromHours(49));

        var proposed = (await boss.PostAsync<RoleChange>(Roles, Moderator(third))).Grant!;
        Assert.Equal(proposed, (await second.PostAsync<RoleChange>(Roles, Moderator(third))).Grant);
        Assert.Equal(
            RefusalCode.OperatorGrantDecided,
            (await second.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, Roles, new NewRole(third.Name, PlatformRole.Member))).Code);
        calendar.Pass(TimeSpan.FromHours(73));
        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await RefusedAsync(boss, proposed, approve: true)).Code);
        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await RefusedAsync(third, proposed, approve: false)).Code);

        Assert.Equal(OperatorGrantState.Approved, (await DecideAsync(second, proposed, approve: true)).State);
        await third.SignInAsync(third.Name);
        Assert.Equal(PlatformRole.Moderator, (await third.GetAsync<SessionView>("/api/session")).Me!.Role);
    }

    [Fact]
    public async Task ThirdOperatorWhoGoes_LeavesTheOneToBeRemovedAllTheTimeToObject()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var second = await server.NewMemberAsync();
        using var third = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        calendar.Pass(TimeSpan.FromHours(49));
        await second.SignInAsync(second.Name);
        await DecideAsync(second, (await boss.PostAsync<RoleChange>(Roles, Operator(third))).Grant!, approve: true);
        await third.SignInAsync(third.Name);
        calendar.Pass(TimeSpan.FromHours(49));
        var proposed = (await boss.PostAsync<RoleChange>(Roles, Moderator(third))).Grant!;
        calendar.Pass(TimeSpan.FromHours(73));

        // Until now only the second could decide it; they go, and agree to that.
        await DecideAsync(second, (await boss.PostAsync<RoleChange>(Roles, Moderator(second))).Grant!, approve: true);

        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await RefusedAsync(boss, proposed, approve: true)).Code);
        Assert.Equal(OperatorGrantState.Withdrawn, (await DecideAsync(third, proposed, approve: false)).State);
        Assert.Equal(PlatformRole.Operator, (await third.GetAsync<SessionView>("/api/session")).Me!.Role);
    }

    [Fact]
    public async Task ThirdOperatorWhoApprovesNothingYet_TakesNobodysObjectionAway()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var second = await server.NewMemberAsync();
        using var third = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        calendar.Pass(TimeSpan.FromHours(49));
        await second.SignInAsync(second.Name);
        await DecideAsync(second, (await boss.PostAsync<RoleChange>(Roles, Operator(third))).Grant!, approve: true);

        var proposed = (await boss.PostAsync<RoleChange>(Roles, Moderator(second))).Grant!;

        Assert.Equal(OperatorGrantState.Withdrawn, (await DecideAsync(second, proposed, approve: false)).State);
    }

    [Fact]
    public async Task TwoOperatorsWhoRemoveEachOther_NeverLeaveNone_AndOneWhoStillWaitsIsRemovedAtOnce()
    {
        var calendar = new Calendar();
        await using var server = await TestServer.StartAsync(calendar);
        using var boss = await FirstAsync(server);
        using var second = await server.NewMemberAsync();
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        Assert.Equal((PlatformRole.Moderator, null), (await boss.PostAsync<RoleChange>(Roles, Moderator(second))) is var undone ? (undone.Role, undone.Grant) : default);
        await boss.PostAsync<RoleChange>(Roles, Operator(second));
        calendar.Pass(TimeSpan.FromHours(49));
        await second.SignInAsync(second.Name);

        var first = (await boss.PostAsync<RoleChange>(Roles, Moderator(second))).Grant!;
        var other = (await second.PostAsync<RoleChange>(Roles, new NewRole(First, PlatformRole.Member))).Grant!;
        await DecideAsync(boss, other, approve: true);

        Assert.Equal(RefusalCode.OperatorGrantDecided, (await RefusedAsync(second, first, approve: true, HttpStatusCode.Conflict)).Code);
        Assert.Equal(PlatformRole.Operator, (await second.GetAsync<SessionView>("/api/session")).Me!.Role);
    }

    private static Task<OperatorGrant> DecideAsync(Visitor who, OperatorGrant grant, bool approve) =>
        who.PostAsync<OperatorGrant>($"{Grants}/{grant.GrantId}/decision", new DecideOperatorGrant(approve));

    private static Task<Refusal> RefusedAsync(Visitor who, OperatorGrant grant, bool approve, HttpStatusCode status = HttpStatusCode.Forbidden) =>
        who.RefusedAsync(status, HttpMethod.Post, $"{Grants}/{grant.GrantId}/decision", new DecideOperatorGrant(approve));

    private static NewRole Moderator(Visitor visitor) => new(visitor.Name, PlatformRole.Moderator);

    private static NewRole Operator(Visitor visitor) => new(visitor.Name, PlatformRole.Operator);

    private static AdjustmentDraft Goodwill(Visitor visitor) =>
        new(LedgerAccount.Losses(LedgerUnit.Coins), LedgerAccount.Coins(visitor.Id), 70, "Goodwill for a lost stream");

    private static Task<Visitor> FirstAsync(TestServer server) => server.NewVisitor().SignInAsync(First, server.FirstPasswords[First]);
}
