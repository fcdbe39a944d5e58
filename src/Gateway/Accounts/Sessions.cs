using System.Security.Claims;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Which account a cookie or token speaks for, and until when.</summary>
internal sealed record SessionTicket(string AccountId, string Stamp, DateTimeOffset? ExpiresAt);

/// <summary>Who sends this request: a caller, a guest, or somebody whose session is over (<paramref name="Refusal"/>).</summary>
internal sealed record RequestSession(SessionTicket? Ticket, Caller? Caller, Refusal? Refusal)
{
    public static RequestSession Guest { get; } = new(null, null, null);

    /// <summary>The caller, or why there is none.</summary>
    public Result<Caller> Require() =>
        Caller is not null ? Caller
        : Refusal ?? new Refusal(RefusalCode.SignInRequired, "Sign in first; an account takes a minute to make.");
}

/// <summary>Decides whether a ticket still stands: not expired, not ended by a sign-out or ban.</summary>
internal sealed class Sessions(AccountDirectory directory, PlatformBanList bans, TimeProvider time)
{
    private const string StampClaim = "stamp";

    public static Refusal Expired { get; } = new(RefusalCode.SessionExpired, "Your session has ended. Sign in again.");

    public static Refusal Banned { get; } =
        new(RefusalCode.Banned, "This account is banned from the platform. Ask the operator if you think that is wrong.");

    /// <summary>What a cookie or token will say.</summary>
    public static ClaimsPrincipal PrincipalOf(Account account, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, account.Id),
            new Claim(StampClaim, account.SecurityStamp!),
            new Claim(ClaimTypes.Role, account.Role.ToString()),
        ], scheme));

    /// <summary>What an authentication says; null when it is not one of ours.</summary>
    public static SessionTicket? TicketOf(ClaimsPrincipal? principal, DateTimeOffset? expiresAt) =>
        principal?.FindFirstValue(ClaimTypes.NameIdentifier) is { } id && principal.FindFirstValue(StampClaim) is { } stamp
            ? new SessionTicket(id, stamp, expiresAt)
            : null;

    /// <summary>The caller, fresh from the account store, or SessionExpired or Banned.</summary>
    public async ValueTask<RequestSession> CheckAsync(SessionTicket ticket, CancellationToken cancellationToken)
    {
        if (bans.Contains(ticket.AccountId)) { return new RequestSession(ticket, null, Banned); }
        if (ticket.ExpiresAt <= time.GetUtcNow()) { return new RequestSession(ticket, null, Expired); }

        var state = await directory.FindAsync(ticket.AccountId, cancellationToken);
        return state?.Stamp == ticket.Stamp
            ? new RequestSession(ticket, new Caller(state.Person, state.Role, state.ApprovesFrom), null)
            : new RequestSession(ticket, null, Expired);
    }

    /// <summary>Middleware after authentication: turns its result into a <see cref="RequestSession"/>.</summary>
    public async Task AttachAsync(HttpContext context, RequestDelegate next)
    {
        // Asked again (the handler remembers): the framework's middleware keeps no failures, and a failure is a session that is over.
        var result = await context.AuthenticateAsync();
        var session = RequestSession.Guest;
        if (TicketOf(result.Principal, result.Properties?.ExpiresUtc) is { } ticket)
        {
            session = await CheckAsync(ticket, context.RequestAborted);
        }
        else if (result.Failure is not null)
        {
            session = new RequestSession(null, null, Expired);
        }

        context.Features.Set(session);
        await next(context);
    }
}

/// <summary>Reads the caller that <see cref="Sessions.AttachAsync"/> has put beside the request.</summary>
internal sealed class CallerAccessor : ICallerAccessor
{
    public Caller? Of(HttpContext context) => context.Session().Caller;
}

internal static class SessionExtensions
{
    /// <summary>Who sends the request.</summary>
    public static RequestSession Session(this HttpContext context) => context.Features.Get<RequestSession>() ?? RequestSession.Guest;

    /// <summary>The caller of an endpoint that requires one (<c>RequireCaller</c>).</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Session().Caller ?? throw new InvalidOperationException("This endpoint reads the caller without requiring one.");
}
