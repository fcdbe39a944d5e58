using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Gateway.Tests.Accounts;

public sealed class PostgresAccountsTests
{
    [Fact]
    public async Task AccountsLiveInPostgreSqlAsTheyDoInSqlite()
    {
        await using var postgres = await PostgresServer.StartAsync([]);
        (string, string)[] settings =
        [
            ("Storage:Provider", "PostgreSql"),
            ("Storage:ConnectionString", postgres.ConnectionString("postgres")),
            ("Accounts:WrongPasswordsMax", "3"),
        ];
        var server = await TestServer.StartAsync(settings);
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        var cookie = ana.Cookie!;
        using var other = server.NewVisitor();
        var taken = await other.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, "/api/account/register", new { name = "ANA", password = Visitor.Password });
        Assert.Equal(RefusalCode.NameTaken, taken.Code);

        await using var restarted = await server.RestartAsync(settings);
        using var later = restarted.NewVisitor();
        later.Headers.Add("Cookie", cookie);
        Assert.Equal(ana.Id, (await later.GetAsync<SessionView>("/api/session")).Me!.Person.Id);

        using var thief = restarted.NewVisitor();
        for (var guess = 0; guess < 2; guess++)
        {
            await thief.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, "/api/account/sign-in", new { name = "Ana", password = "wrong guess" });
        }

        await thief.RefusedAsync(HttpStatusCode.Locked, HttpMethod.Post, "/api/account/sign-in", new { name = "Ana", password = "wrong guess" });
        await later.DoneAsync(HttpMethod.Post, "/api/account/sign-out");
        Assert.Null((await later.GetAsync<SessionView>("/api/session")).Me);
    }
}
