using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Makes accounts, checks passwords, ends sessions.</summary>
internal sealed partial class AccountDesk(
    UserManager<Account> users, AccountDirectory directory, IGrainFactory grains, TimeProvider time, ILogger<AccountDesk> logger)
{
    private static readonly Refusal WrongPassword =
        new(RefusalCode.WrongPassword, "Name or password is wrong. Check both; a name may be written in any case.");

    /// <summary>A new account.</summary>
    public async Task<Result<Account>> RegisterAsync(string name, string password, PlatformRole role)
    {
        name = name.Trim();
        if (NameRules.Check(name) is { } badName) { return badName; }
        if (PasswordRules.Check(name, password) is { } badPassword) { return badPassword; }
        if (await users.FindByNameAsync(name) is not null) { return NameTaken(name); }

        var account = new Account
        {
            Id = Guid.CreateVersion7().ToString("N"),
            UserName = name,
            Role = role,
            CreatedAt = time.GetUtcNow(),
            LockoutEnabled = true,
        };
        try
        {
            var made = await users.CreateAsync(account, password);
            if (!made.Succeeded) { throw new InvalidOperationException($"Identity refused an account: {made}."); }
        }
        catch (DbUpdateException)
        {
            // The unique key decides between two who ask for one name at the same moment.
            if ((await directory.FindByNameAsync(name, CancellationToken.None)).Ok) { return NameTaken(name); }
            throw;
        }

        Log.Registered(logger, account.Id);
        return account;
    }

    /// <summary>The account of this name and password.</summary>
    public async Task<Result<Account>> CheckPasswordAsync(string name, string password)
    {
        if (password.Length > PasswordRules.LengthMax || name.Length > NameRules.LengthMax) { return WrongPassword; }

        if (await users.FindByNameAsync(name.Trim()) is not { } account)
        {
            // Hashes all the same: the time of the answer must not tell whether the name exists.
            users.PasswordHasher.HashPassword(new Account(), password);
            return WrongPassword;
        }

        if (await users.IsLockedOutAsync(account)) { return LockedOut(account); }

        if (!await users.CheckPasswordAsync(account, password))
        {
            await users.AccessFailedAsync(account);
            if (!await users.IsLockedOutAsync(account)) { return WrongPassword; }
            Log.LockedOut(logger, account.Id);
            return LockedOut(account);
        }

        if (account.AccessFailedCount > 0) { await users.ResetAccessFailedCountAsync(account); }

        // The grain, not this gateway's list: a ban must hold from the moment it is given.
        if (await grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(account.Id)) { return Sessions.Banned; }
        return account;
    }

    /// <summary>The account of a ticket whose stamp still stands.</summary>
    public async Task<Result<Account>> RecallAsync(SessionTicket ticket)
    {
        var account = await users.FindByIdAsync(ticket.AccountId);
        if (account is null || account.SecurityStamp != ticket.Stamp) { return Sessions.Expired; }
        return await grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(account.Id) ? Sessions.Banned : account;
    }

    /// <summary>Ends every session of the account, on every device.</summary>
    public async Task EndSessionsAsync(string accountId)
    {
        if (await users.FindByIdAsync(accountId) is { } account) { await users.UpdateSecurityStampAsync(account); }
        directory.Forget(accountId);
    }

    private static Refusal NameTaken(string name) =>
        new(RefusalCode.NameTaken, $"The name {name}, or one that looks like it, is taken. Choose another.");

    private Refusal LockedOut(Account account)
    {
        var wait = (account.LockoutEnd ?? time.GetUtcNow()) - time.GetUtcNow();
        var seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
        return new Refusal(RefusalCode.LockedOut, $"Too many wrong passwords. Try again in {(seconds + 59) / 60} min.") { RetryAfterMs = seconds * 1_000 };
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2501, Level = LogLevel.Information, Message = "Account {AccountId} registered")]
        public static partial void Registered(ILogger logger, string accountId);

        [LoggerMessage(EventId = 2502, Level = LogLevel.Warning, Message = "Account {AccountId} locked after too many wrong passwords")]
        public static partial void LockedOut(ILogger logger, string accountId);
    }
}

/// <summary>Which passwords are strong enough: long rather than complicated.</summary>
internal static class PasswordRules
{
    public const int LengthMin = 8;
    public const int LengthMax = 128;

    /// <summary>Different characters a password must have at least.</summary>
    private const int DistinctMin = 4;

    /// <summary>Why the password can't be used; null when it can.</summary>
    public static Refusal? Check(string name, string password)
    {
        if (password.Length is < LengthMin or > LengthMax) { return TooWeak($"A password has {LengthMin} to {LengthMax} characters."); }
        if (password.Distinct().Count() < DistinctMin) { return TooWeak("This password repeats itself."); }
        return password.Contains(name, StringComparison.OrdinalIgnoreCase) ? TooWeak("A password must not contain the name.") : null;
    }

    private static Refusal TooWeak(string why) => new(RefusalCode.PasswordTooWeak, $"{why} Four unrelated words make a good one.");
}
