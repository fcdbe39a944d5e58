using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Accounts;

public sealed class SessionTests
{
    [Fact]
    public async Task Guest_LearnsThatItIsOneAndIsNotRefused()
    {
        await using var server = await TestServer.StartAsync();
        using var guest = server.NewVisitor();

        var session = await guest.GetAsync<SessionView>("/api/session");

        Assert.Null(session.Me);
        Assert.True(session.Sandbox);
    }

    [Fact]
    public async Task RegisteredAccount_IsSignedInByItsCookie()
    {
        await using var server = await TestServer.StartAsync();
        using var ana = await server.NewVisitor().RegisterAsync("Ana");

        var session = await ana.GetAsync<SessionView>("/api/session");

        Assert.Equal(new Person(ana.Id, "Ana"), session.Me!.Person);
        Assert.Equal(PlatformRole.Member, session.Me.Role);
        Assert.Equal(0, session.Me.Coins);
        Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{19}$", ana.Id);
    }

    [Fact]
    public async Task SignInSurvivesARestart()
    {
        var server = await TestServer.StartAsync();
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        var cookie = ana.Cookie!;

        await using var restarted = await server.RestartAsync();
        using var later = restarted.NewVisitor();
        later.Headers.Add("Cookie", cookie);

        Assert.Equal(ana.Id, (await later.GetAsync<SessionView>("/api/session")).Me!.Person.Id);
    }

    [Fact]
    public async Task NameThatLooksLikeAnother_IsTaken()
    {
        await using var server = await TestServer.StartAsync();
        using var ana = await server.NewVisitor().RegisterAsync("Ana Cook");
        using var other = server.NewVisitor();

        var refusal = await other.RefusedAsync(
            HttpStatusCode.Conflict, HttpMethod.Post, "/api/account/register", new { name = "ana.c0ok", password = Visitor.Password });

        Assert.Equal(RefusalCode.NameTaken, refusal.Code);
    }

    [Fact]
    public async Task TwoWhoAskForOneNameAtOnce_OneGetsItAndOneIsRefused()
    {
        await using var server = await TestServer.StartAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var visitor = server.NewVisitor();
            using var response = await visitor.SendAsync(HttpMethod.Post, "/api/account/register", new { name = "Ana", password = Visitor.Password });
            return response.StatusCode;
        }));

        Assert.Single(statuses, HttpStatusCode.OK);
        Assert.Equal(3, statuses.Count(status => status == HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("short", "Ana")]
    [InlineData("aaaaaaaaaaaa", "Ana")]
    [InlineData("I am Ana-Lena", "Ana-Lena")]
    public async Task WeakPassword_IsRefused(string password, string name)
    {
        await using var server = await TestServer.StartAsync();
        using var visitor = server.NewVisitor();

        var refusal = await visitor.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/api/account/register", new { name, password });

        Assert.Equal(RefusalCode.PasswordTooWeak, refusal.Code);
    }

    [Fact]
    public async Task WrongPasswordsInARow_LockTheAccountEvenForTheRightOne()
    {
        await using var server = await TestServer.StartAsync(("Accounts:WrongPasswordsMax", "3"));
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        using var thief = server.NewVisitor();
        for (var guess = 1; guess < 3; guess++)
        {
            var wrong = await thief.RefusedAsync(
                HttpStatusCode.Unauthorized, HttpMethod.Post, "/api/account/sign-in", new { name = "Ana", password = $"wrong guess {guess}" });
            Assert.Equal(RefusalCode.WrongPassword, wrong.Code);
        }

        await thief.RefusedAsync(HttpStatusCode.Locked, HttpMethod.Post, "/api/account/sign-in", new { name = "Ana", password = "wrong guess 3" });
        var locked = await thief.RefusedAsync(HttpStatusCode.Locked, HttpMethod.Post, "/api/account/sign-in", new { name = "Ana", password = Visitor.Password });

        Assert.Equal(RefusalCode.LockedOut, locked.Code);
        Assert.InRange(locked.RetryAfterMs!.Value, 1, 300_000);
    }

    [Fact]
    public async Task SignOutEndsTheOtherSessionsToo()
    {
        await using var server = await TestServer.StartAsync();
        using var laptop = await server.NewVisitor().RegisterAsync("Ana");
        using var phone = await server.NewVisitor().SignInAsync("ana");

        await laptop.DoneAsync(HttpMethod.Post, "/api/account/sign-out");

        Assert.Equal(RefusalCode.SessionExpired, (await phone.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/api/wallet")).Code);
        Assert.Equal(RefusalCode.SignInRequired, (await laptop.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/api/wallet")).Code);
        Assert.Null((await phone.GetAsync<SessionView>("/api/session")).Me);
    }

    [Fact]
    public async Task TokenOpensTheApiAndItsRefreshBuysANewPair()
    {
        await using var server = await TestServer.StartAsync();
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        using var program = server.NewVisitor();

        var pair = await program.PostAsync<TokenPair>("/api/account/token", new { name = "Ana", password = Visitor.Password });
        var next = await program.PostAsync<TokenPair>("/api/account/token/refresh", new { refreshToken = pair.RefreshToken });
        program.Headers.Authorization = new("Bearer", next.AccessToken);

        Assert.Equal(ana.Id, (await program.GetAsync<SessionView>("/api/session")).Me!.Person.Id);
        Assert.Equal(3600, next.ExpiresInSeconds);
    }

    [Fact]
    public async Task RefreshTokenOrNonsense_IsNoAccessToken()
    {
        await using var server = await TestServer.StartAsync();
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        var pair = await ana.PostAsync<TokenPair>("/api/account/token", new { name = "Ana", password = Visitor.Password });
        foreach (var token in new[] { pair.RefreshToken, "nonsense" })
        {
            using var program = server.NewVisitor();
            program.Headers.Authorization = new("Bearer", token);
            Assert.Equal(RefusalCode.SessionExpired, (await program.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/api/wallet")).Code);
        }
    }

    [Fact]
    public async Task SeededAccount_HasAPasswordOnceAndKeepsItsRole()
    {
        await using var server = await TestServer.StartAsync();

        var first = await server.Seeder.EnsureAsync("Referee", PlatformRole.Moderator);
        var second = await server.Seeder.EnsureAsync("Referee", PlatformRole.Moderator);
        using var moderator = await server.NewVisitor().SignInAsync("Referee", first.Password!);

        Assert.Null(second.Password);
        Assert.Equal(first.Person, second.Person);
        Assert.Equal(PlatformRole.Moderator, (await moderator.GetAsync<SessionView>("/api/session")).Me!.Role);
    }

    [Fact]
    public async Task Operator_IsKnownToItsSessionAndMayBan()
    {
        await using var server = await TestServer.StartAsync();
        var seeded = await server.Seeder.EnsureAsync("Treasurer", PlatformRole.Operator);
        using var keeper = await server.NewVisitor().SignInAsync("Treasurer", seeded.Password!);
        using var troll = await server.NewVisitor().RegisterAsync("Troll");

        Assert.Equal(PlatformRole.Operator, (await keeper.GetAsync<SessionView>("/api/session")).Me!.Role);
        await keeper.DoneAsync(HttpMethod.Put, $"/api/platform/bans/{troll.Id}", new { reason = "fraud" });
    }

    [Fact]
    public async Task AccountBannedFromThePlatform_LosesItsSessionAndCanNotSignIn()
    {
        await using var server = await TestServer.StartAsync();
        var seeded = await server.Seeder.EnsureAsync("Referee", PlatformRole.Moderator);
        using var moderator = await server.NewVisitor().SignInAsync("Referee", seeded.Password!);
        using var troll = await server.NewVisitor().RegisterAsync("Troll");

        await moderator.DoneAsync(HttpMethod.Put, $"/api/platform/bans/{troll.Id}", new { reason = "spam" });

        using var again = server.NewVisitor();
        var refusal = await again.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/api/account/sign-in", new { name = "Troll", password = Visitor.Password });
        Assert.Equal(RefusalCode.Banned, refusal.Code);
        using var response = await troll.SendAsync(HttpMethod.Get, "/api/wallet");
        Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized]);

        await moderator.DoneAsync(HttpMethod.Delete, $"/api/platform/bans/{troll.Id}");
        await again.SignInAsync("Troll");
    }
}
