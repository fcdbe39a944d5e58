using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>What a session is checked against.</summary>
/// <param name="Stamp">Changes when every session of the account must end.</param>
/// <param name="ApprovesFrom">A new operator approves nothing before.</param>
internal sealed record AccountState(Person Person, PlatformRole Role, string Stamp, DateTimeOffset? ApprovesFrom);

/// <summary>Reads accounts: by name, and by id through a short memory (every request and hub call asks).</summary>
internal sealed class AccountDirectory(IDbContextFactory<AccountsContext> contexts, IOptions<AccountOptions> options, TimeProvider time)
{
    /// <summary>Accounts remembered at a time; beyond it the memory starts anew.</summary>
    private const int RememberedMax = 50_000;

    /// <summary>Compiled once (for one model, so not static): in a busy room most calls come from people whose last look is over, so this is asked for nearly every call.</summary>
    private readonly Func<AccountsContext, string, CancellationToken, Task<AccountState?>> _byId = EF.CompileAsyncQuery(
        (AccountsContext context, string accountId, CancellationToken cancellationToken) => context.Accounts.AsNoTracking().Where(row => row.Id == accountId)
            .Select(row => new AccountState(new Person(row.Id, row.UserName!), row.Role, row.SecurityStamp!, row.ApprovesFrom)).SingleOrDefault());

    private readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);

    /// <summary>The account, at most <see cref="AccountOptions.SessionCheckSeconds"/> old; null when there is none.</summary>
    public async ValueTask<AccountState?> FindAsync(string accountId, CancellationToken cancellationToken)
    {
        if (_remembered.TryGetValue(accountId, out var known)
            && time.GetElapsedTime(known.At) < TimeSpan.FromSeconds(options.Value.SessionCheckSeconds))
        {
            return known.State;
        }

        var asked = time.GetTimestamp();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var state = await _byId(context, accountId, cancellationToken);
        if (_remembered.Count >= RememberedMax) { _remembered.Clear(); }
        _remembered[accountId] = new Remembered(state, asked);
        return state;
    }

    /// <summary>The account with this name (or one that looks the same), or AccountNotFound.</summary>
    public async Task<Result<AccountState>> FindByNameAsync(string? name, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > NameRules.LengthMax) { return NotFound; }

        var key = NameRules.KeyOf(name);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var state = await context.Accounts.AsNoTracking().Where(row => row.NormalizedUserName == key)
            .Select(row => new AccountState(new Person(row.Id, row.UserName!), row.Role, row.SecurityStamp!, row.ApprovesFrom))
            .SingleOrDefaultAsync(cancellationToken);
        return state is null ? NotFound : state;
    }

    /// <summary>Forgets what is remembered of an account that has just changed.</summary>
    public void Forget(string accountId) => _remembered.TryRemove(accountId, out _);

    /// <summary>There is no such account.</summary>
    public static Refusal NotFound { get; } = new(RefusalCode.AccountNotFound, "There is no account of that name. Check the spelling.");

    private readonly record struct Remembered(AccountState? State, long At);
}
