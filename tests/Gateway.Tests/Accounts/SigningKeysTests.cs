using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Tests.Video;
using LiveCommerce.Tests;
using LiveCommerce.Tests.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

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

    [Fact]
    public async Task Key_IsThereWhenTheServerHasStarted_AndIsNotAskedForAgain()
    {
        await using var server = await TestServer.StartAsync();
        var contexts = server.Get<IDbContextFactory<AccountsContext>>();
        Assert.Equal(1, await ForgetAsync(contexts));
        Assert.NotEmpty(await server.Get<ISigner>().SignAsync("test", Message, default));
        Assert.Equal(0, await ForgetAsync(contexts));
    }

    [Fact]
    public async Task DatabaseThatIsAwayAtTheStart_IsSaidInTheLog_AndAskedAgainByTheFirstWhoSigns()
    {
        await using var server = await TestServer.StartAsync();
        var database = new FickleContexts(server.Get<IDbContextFactory<AccountsContext>>()) { IsAway = true };
        var keys = new SigningKeys(database, TimeProvider.System);
        using var log = new CapturedLog();
        using var loggers = new LoggerFactory([log]);

        await new SigningKeyLoader(keys, TimeProvider.System, loggers.CreateLogger<SigningKeyLoader>()).StartAsync(TestContext.Current.CancellationToken);
        Assert.Contains("signing_key", Assert.Single(log.Lines), StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => keys.SignAsync("test", Message, default).AsTask());

        database.IsAway = false;
        Assert.Equal(await server.Get<SigningKeys>().SignAsync("test", Message, default), await keys.SignAsync("test", Message, default));
    }

    [Fact]
    public async Task DatabaseThatDoesNotAnswer_HoldsTheStartUpForItsBoundOnly()
    {
        await using var server = await TestServer.StartAsync();
        var database = new FickleContexts(server.Get<IDbContextFactory<AccountsContext>>()) { Answers = new TaskCompletionSource().Task };
        var time = new ManualTimeProvider();
        using var log = new CapturedLog();
        using var loggers = new LoggerFactory([log]);

        var starting = new SigningKeyLoader(new SigningKeys(database, time), time, loggers.CreateLogger<SigningKeyLoader>()).StartAsync(TestContext.Current.CancellationToken);
        time.Advance(SigningKeyLoader.LoadWithin - TimeSpan.FromMilliseconds(1));
        Assert.False(starting.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await starting;
        Assert.Single(log.Lines);
    }

    private static async Task<int> ForgetAsync(IDbContextFactory<AccountsContext> contexts)
    {
        await using var context = await contexts.CreateDbContextAsync();
        return await context.SigningKeys.ExecuteDeleteAsync();
    }

    private static async Task SignAlikeAsync(TestServer server)
    {
        // The one that the server's own start has made.
        var contexts = server.Get<IDbContextFactory<AccountsContext>>();
        Assert.Equal(1, await ForgetAsync(contexts));

        var gateways = Enumerable.Range(0, 8).Select(_ => new SigningKeys(contexts, TimeProvider.System)).ToList();
        var signed = await Task.WhenAll(gateways.Select(gateway => Task.Run(async () => await gateway.SignAsync("test", Message, default))));

        Assert.All(signed, signature => Assert.Equal(signed[0], signature));
        Assert.NotEqual(signed[0], await gateways[0].SignAsync("another purpose", Message, default));
        Assert.Equal(signed[0], await new SigningKeys(contexts, TimeProvider.System).SignAsync("test", Message, default));
    }

    /// <summary>The server's database, which is away when a test says so.</summary>
    private sealed class FickleContexts(IDbContextFactory<AccountsContext> contexts) : IDbContextFactory<AccountsContext>
    {
        public bool IsAway { get; set; }

        public Task Answers { get; set; } = Task.CompletedTask;

        public AccountsContext CreateDbContext() => IsAway ? throw new IOException("The database is away.") : contexts.CreateDbContext();

        public async Task<AccountsContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            await Answers;
            return CreateDbContext();
        }
    }
}
