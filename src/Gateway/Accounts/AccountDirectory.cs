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

/// <summary>
/// Reads accounts: by name, and by id through a short memory (every request and hub call asks). Those that are asked for again and
/// again are read anew before their look is over, many in one query (<see cref="AccountRefresher"/>): one by one they would cost more
/// than what was asked for.
/// </summary>
internal sealed class AccountDirectory(IDbContextFactory<AccountsContext> contexts, IOptions<AccountOptions> options, TimeProvider time)
{
    /// <summary>Accounts remembered at a time; beyond it the memory starts anew.</summary>
    private const int RememberedMax = 50_000;

    /// <summary>Accounts of one query that reads them anew.</summary>
    private const int RefreshedAtOnce = 256;

    /// <summary>The part of a look's life after which it is read anew: late enough to be seldom, and early enough for two more tries.</summary>
    private const double RefreshedAfter = 0.7;

    /// <summary>How long nobody has to ask for an account until it is no longer kept fresh.</summary>
    private static readonly TimeSpan AskedWithin = TimeSpan.FromSeconds(30);

    /// <summary>Compiled once (for one model, so not static).</summary>
    private readonly Func<AccountsContext, string, CancellationToken, Task<AccountState?>> _byId = EF.CompileAsyncQuery(
        (AccountsContext context, string accountId, CancellationToken cancellationToken) => context.Accounts.AsNoTracking().Where(row => row.Id == accountId)
            .Select(row => new AccountState(new Person(row.Id, row.UserName!), row.Role, row.SecurityStamp!, row.ApprovesFrom)).SingleOrDefault());

    private readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);
    private long _forgotten;

    private TimeSpan Life => TimeSpan.FromSeconds(options.Value.SessionCheckSeconds);

    /// <summary>The account, at most <see cref="AccountOptions.SessionCheckSeconds"/> old; null when there is none.</summary>
    public async ValueTask<AccountState?> FindAsync(string accountId, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        if (_remembered.TryGetValue(accountId, out var known) && known.Look is var look && time.GetElapsedTime(look.At, asked) < Life)
        {
            known.AskedAt = asked;
            return look.State;
        }

        var forgotten = Interlocked.Read(ref _forgotten);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var state = await _byId(context, accountId, cancellationToken);
        if (_remembered.Count >= RememberedMax) { _remembered.Clear(); }

        // What was read before somebody changed it is answered to who asked before that, and to nobody later.
        if (Interlocked.Read(ref _forgotten) == forgotten) { _remembered[accountId] = new Remembered(state, asked); }
        return state;
    }

    /// <summary>Reads anew what was asked for lately and whose look is nearly over, and drops what nobody asks for any more.</summary>
    /// <returns>How many accounts were read.</returns>
    public async Task<int> RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        List<(string AccountId, Remembered Known)> due = [];
        foreach (var (accountId, known) in _remembered)
        {
            if (time.GetElapsedTime(known.Look.At, now) < Life * RefreshedAfter) { continue; }
            if (known.Look.State is not null && time.GetElapsedTime(known.AskedAt, now) < AskedWithin) { due.Add((accountId, known)); }
            else if (time.GetElapsedTime(known.Look.At, now) >= Life) { _remembered.TryRemove(new(accountId, known)); }
        }

        foreach (var some in due.Chunk(RefreshedAtOnce)) { await RefreshAsync(some, cancellationToken); }
        return due.Count;
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
    public void Forget(string accountId)
    {
        Interlocked.Increment(ref _forgotten);
        _remembered.TryRemove(accountId, out _);
    }

    /// <summary>There is no such account.</summary>
    public static Refusal NotFound { get; } = new(RefusalCode.AccountNotFound, "There is no account of that name. Check the spelling.");

    private async Task RefreshAsync((string AccountId, Remembered Known)[] some, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        string[] ids = [.. some.Select(one => one.AccountId)];
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.Accounts.AsNoTracking().Where(row => ids.Contains(row.Id))
            .Select(row => new AccountState(new Person(row.Id, row.UserName!), row.Role, row.SecurityStamp!, row.ApprovesFrom))
            .ToDictionaryAsync(state => state.Person.Id, StringComparer.Ordinal, cancellationToken);

        // One that was forgotten meanwhile is no longer in the memory, so nothing old comes back.
        foreach (var (accountId, known) in some) { known.Look = new Look(found.GetValueOrDefault(accountId), asked); }
    }

    private sealed class Remembered(AccountState? state, long askedAt)
    {
        private Look _look = new(state, askedAt);
        private long _askedAt = askedAt;

        /// <summary>What was read, and when.</summary>
        public Look Look
        {
            get => Volatile.Read(ref _look);
            set => Volatile.Write(ref _look, value);
        }

        /// <summary>When somebody wanted to know last.</summary>
        public long AskedAt
        {
            get => Volatile.Read(ref _askedAt);
            set => Volatile.Write(ref _askedAt, value);
        }
    }

    private sealed record Look(AccountState? State, long At);
}
