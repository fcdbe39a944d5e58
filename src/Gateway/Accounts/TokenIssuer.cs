using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>What an API client gets at sign-in.</summary>
/// <param name="AccessToken">For <c>Authorization: Bearer</c>.</param>
/// <param name="RefreshToken">Buys a new pair before or after the access token has ended.</param>
/// <param name="ExpiresInSeconds">Of the access token.</param>
internal sealed record TokenPair(string AccessToken, string RefreshToken, long ExpiresInSeconds)
{
    /// <summary>Hides the tokens from logs.</summary>
    public override string ToString() => "TokenPair(hidden)";
}

/// <summary>Makes and reads the tokens of the framework's bearer handler.</summary>
internal sealed class TokenIssuer(IOptionsMonitor<BearerTokenOptions> options, TimeProvider time)
{
    private const string Scheme = BearerTokenDefaults.AuthenticationScheme;

    public TokenPair Issue(Account account)
    {
        var bearer = options.Get(Scheme);
        var principal = Sessions.PrincipalOf(account, Scheme);
        var now = time.GetUtcNow();
        return new TokenPair(
            bearer.BearerTokenProtector.Protect(Ticket(now + bearer.BearerTokenExpiration, "AccessToken")),
            bearer.RefreshTokenProtector.Protect(Ticket(now + bearer.RefreshTokenExpiration, "RefreshToken")),
            (long)bearer.BearerTokenExpiration.TotalSeconds);

        AuthenticationTicket Ticket(DateTimeOffset expires, string kind) =>
            new(principal, new AuthenticationProperties { ExpiresUtc = expires }, $"{Scheme}:{kind}");
    }

    /// <summary>Whom a refresh token speaks for, or SessionExpired.</summary>
    public Result<SessionTicket> ReadRefreshToken(string token)
    {
        var properties = options.Get(Scheme).RefreshTokenProtector.Unprotect(token);
        return Sessions.TicketOf(properties?.Principal, properties?.Properties.ExpiresUtc) is { } ticket && ticket.ExpiresAt > time.GetUtcNow()
            ? ticket
            : Sessions.Expired;
    }
}
