using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Accounts and their sessions. Section <c>Accounts</c>.</summary>
public sealed class AccountOptions
{
    /// <summary>Days a page stays signed in without being used.</summary>
    [Range(1, 90)]
    public int CookieDays { get; set; } = 14;

    /// <summary>Minutes an access token of an API client is good for.</summary>
    [Range(1, 1440)]
    public int AccessTokenMinutes { get; set; } = 60;

    /// <summary>Days a refresh token is good for.</summary>
    [Range(1, 90)]
    public int RefreshTokenDays { get; set; } = 14;

    /// <summary>Wrong passwords in a row that lock an account.</summary>
    [Range(3, 100)]
    public int WrongPasswordsMax { get; set; } = 8;

    /// <summary>Seconds an account is then locked.</summary>
    [Range(10, 86_400)]
    public int LockoutSeconds { get; set; } = 300;

    /// <summary>Seconds until a sign-out elsewhere, a new role or a new name is noticed on this gateway.</summary>
    [Range(1, 300)]
    public int SessionCheckSeconds { get; set; } = 5;

    /// <summary>Hours until a new operator may approve what others propose: a second account of one person must not be their second operator at once.</summary>
    [Range(0, 720)]
    public int OperatorWaitHours { get; set; } = 48;

    /// <summary>Hours in which one of two operators may object to being removed; afterwards who proposed it carries it out alone.</summary>
    [Range(1, 720)]
    public int OperatorRemovalWaitHours { get; set; } = 72;

    /// <summary>Rounds of the password hash (PBKDF2 with HMAC-SHA512).</summary>
    [Range(10_000, 10_000_000)]
    public int PasswordRounds { get; set; } = 100_000;
}

[OptionsValidator]
internal sealed partial class AccountOptionsValidator : IValidateOptions<AccountOptions>;
