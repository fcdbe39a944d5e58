using LiveCommerce.Gateway.Accounts;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Accounts;

public sealed class AccountDirectoryTests : IAsyncLifetime
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(new AccountOptions().SessionCheckSeconds);

    private readonly SqliteConnection _store = new("Data Source=:memory:");
    private readonly ManualTimeProvider _time = new();
    private ServiceProvider? _services;
    private AccountDirectory? _directory;

    private AccountDirectory Directory => _directory!;

    [Fact]
    public async Task AccountsInUse_AreReadAnewTogetherBeforeTheirLookIsOver()
    {
        await AddAsync("ana", "bob");
        await NameOfAsync("ana");
        await NameOfAsync("bob");
        await ChangeAsync("ana", account => account.UserName = "Ana the Second");

        _time.Advance(Life * 0.8);
        Assert.Equal("ana", await NameOfAsync("ana"));
        Assert.Equal(2, await Directory.RefreshAsync(TestContext.Current.CancellationToken));

        Assert.Equal("Ana the Second", await NameOfAsync("ana"));
        Assert.Equal(0, await Directory.RefreshAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SessionEndedElsewhere_IsNoticedInTimeThoughItsPersonNeverStopsAsking()
    {
        await AddAsync("ana");
        await StampOfAsync("ana");
        await ChangeAsync("ana", account => account.SecurityStamp = "ended");

        // Nobody reads anew here, as while the database does not answer: an old look is believed no longer than it may be.
        for (var passed = TimeSpan.Zero; passed < Life; passed += Life / 4)
        {
            Assert.Equal("stamp", await StampOfAsync("ana"));
            _time.Advance(Life / 4);
        }

        Assert.Equal("ended", await StampOfAsync("ana"));
    }

    [Fact]
    public async Task AccountThatIsGone_IsNoLongerKnownAfterItIsReadAnew()
    {
        await AddAsync("ana");
        await StampOfAsync("ana");
        await using (var context = NewContext())
        {
            await context.Accounts.Where(row => row.Id == "ana").ExecuteDeleteAsync(TestContext.Current.CancellationToken);
        }

        _time.Advance(Life * 0.8);
        await Directory.RefreshAsync(TestContext.Current.CancellationToken);

        Assert.Null(await Directory.FindAsync("ana", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AccountNobodyAsksForAnyMore_IsNotReadForeverAfter()
    {
        await AddAsync("ana");
        await NameOfAsync("ana");

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, await Directory.RefreshAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ForgottenAccount_IsReadAtTheNextAsking()
    {
        await AddAsync("ana");
        await NameOfAsync("ana");
        await ChangeAsync("ana", account => account.UserName = "Ana the Second");

        Directory.Forget("ana");

        Assert.Equal("Ana the Second", await NameOfAsync("ana"));
    }

    public async ValueTask InitializeAsync()
    {
        await _store.OpenAsync(TestContext.Current.CancellationToken);
        _services = new ServiceCollection().AddPooledDbContextFactory<AccountsContext>(context => context.UseSqlite(_store)).BuildServiceProvider();
        _directory = new AccountDirectory(_services.GetRequiredService<IDbContextFactory<AccountsContext>>(), Options.Create(new AccountOptions()), _time);
        await using var context = NewContext();
        await context.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null) { await _services.DisposeAsync(); }
        await _store.DisposeAsync();
    }

    private AccountsContext NewContext() => _services!.GetRequiredService<IDbContextFactory<AccountsContext>>().CreateDbContext();

    private async Task AddAsync(params string[] names)
    {
        await using var context = NewContext();
        context.Accounts.AddRange(names.Select(name => new Account
        {
            Id = name, UserName = name, NormalizedUserName = name, PasswordHash = "none", SecurityStamp = "stamp", ConcurrencyStamp = "one",
        }));
        await context.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private async Task ChangeAsync(string accountId, Action<Account> change)
    {
        await using var context = NewContext();
        change(await context.Accounts.SingleAsync(row => row.Id == accountId, TestContext.Current.CancellationToken));
        await context.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> NameOfAsync(string accountId) =>
        (await Directory.FindAsync(accountId, TestContext.Current.CancellationToken))!.Person.Name;

    private async Task<string> StampOfAsync(string accountId) =>
        (await Directory.FindAsync(accountId, TestContext.Current.CancellationToken))!.Stamp;
}
