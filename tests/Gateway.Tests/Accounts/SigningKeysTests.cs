using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Tests.Shared;
using Microsoft.EntityFrameworkCore;

namespace LiveCommerce.Gateway.Tests.Accounts;

/// <summary>What one gateway signs, all of them recognise.</summary>
public sealed class SigningKeysTests
{
    private static readonly byte[] Message = [1, 2, 3];

    [Fact]
    public async Task GatewaysThatMakeTheKeyAtOnce_SignAlike_InSqlite()
    {
        await using var server = await TestServer.StartAsync();
        await SignAlikeAsync(server);
    }

    [Fact]
    public async Task GatewaysThatMakeTheKeyAtOnce_SignAlike_InPostgreSql()
    {
        await using var postgres = await PostgresServer.StartAsync([]);
        await using var server = await TestServer.StartAsync(("Storage:Provider", "PostgreSql"), ("Storage:ConnectionString", postgres.ConnectionString("postgres")));
        await SignAlikeAsync(server);
    }

    private static async Task SignAlikeAsync(TestServer server)
    {
        var contexts = server.Get<IDbContextFactory<AccountsContext>>();
        await using (var context = await contexts.CreateDbContextAsync())
        {
            Assert.Empty(await context.SigningKeys.ToListAsync());
        }

        var gateways = Enumerable.Range(0, 8).Select(_ => new SigningKeys(contexts, TimeProvider.System)).ToList();
        var signed = await Task.WhenAll(gateways.Select(gateway => Task.Run(async () => await gateway.SignAsync("test", Message, default))));

        Assert.All(signed, signature => Assert.Equal(signed[0], signature));
        Assert.NotEqual(signed[0], await gateways[0].SignAsync("another purpose", Message, default));
        Assert.Equal(signed[0], await new SigningKeys(contexts, TimeProvider.System).SignAsync("test", Message, default));
    }
}
