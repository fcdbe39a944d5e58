using System.Globalization;

namespace LiveCommerce.Contracts.Accounts;

/// <summary>How old an account is. Its id says when it was made (UUIDv7, RFC 9562).</summary>
public static class AccountAge
{
    private const int TimeDigits = 12;

    /// <summary>The age at a moment; for ever when the id does not tell.</summary>
    public static TimeSpan Of(string accountId, DateTimeOffset now) =>
        Guid.TryParseExact(accountId, "N", out var id) && id.Version == 7
            ? now - DateTimeOffset.FromUnixTimeMilliseconds(
                long.Parse(accountId.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            : TimeSpan.MaxValue;
}
