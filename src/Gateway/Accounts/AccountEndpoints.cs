using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Register, sign in and out, tokens, and who I am.</summary>
internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/session", GetSession).WithName("getSession");
        api.MapPost("/account/register", Register).WithName("register").RequireRateLimiting(RateLimits.SignIn);
        api.MapPost("/account/sign-in", SignIn).WithName("signIn").RequireRateLimiting(RateLimits.SignIn);
        api.MapPost("/account/sign-out", SignOut).WithName("signOut");
        api.MapPost("/account/token", CreateToken).WithName("createToken").RequireRateLimiting(RateLimits.SignIn);
        api.MapPost("/account/token/refresh", RefreshToken).WithName("refreshToken").RequireRateLimiting(RateLimits.SignIn);
        api.MapGet("/people", FindPerson).WithName("findPerson").RequireCaller();
    }

    private static async Task<Ok<SessionView>> GetSession(HttpContext context, IGrainFactory grains)
    {
        var offer = await grains.GetGrain<ITopUpCatalogGrain>(ITopUpCatalogGrain.Key).Get();
        var me = context.Session().Caller is { } caller ? await MeAsync(grains, caller.Person, caller.Role) : null;
        return TypedResults.Ok(new SessionView(me, offer.Sandbox));
    }

    private static async Task<Results<Ok<Me>, RefusalResult>> Register(
        Registration registration, HttpContext context, AccountDesk desk, IGrainFactory grains, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (registration.BirthDate is { } date && BirthDates.Check(date, today) is { } refusal) { return refusal.ToHttp(); }

        var made = await desk.RegisterAsync(registration.Name, registration.Password, PlatformRole.Member);
        if (!made.Ok) { return made.Refusal.ToHttp(); }
        if (registration.BirthDate is { } born) { await grains.GetGrain<IGivingLimitsGrain>(made.Value.Id).DeclareBirthDate(born); }
        return await SignInAsync(context, grains, made.Value);
    }

    private static async Task<Results<Ok<Me>, RefusalResult>> SignIn(
        Credentials credentials, HttpContext context, AccountDesk desk, IGrainFactory grains)
    {
        var found = await desk.CheckPasswordAsync(credentials.Name, credentials.Password);
        return found.Ok ? await SignInAsync(context, grains, found.Value) : found.Refusal.ToHttp();
    }

    private static async Task<NoContent> SignOut(HttpContext context, AccountDesk desk)
    {
        // Everywhere, not only here: whoever signs out may have left a phone or a browser behind.
        if (context.Session().Caller is { } caller) { await desk.EndSessionsAsync(caller.Id); }
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<TokenPair>, RefusalResult>> CreateToken(Credentials credentials, AccountDesk desk, TokenIssuer tokens)
    {
        var found = await desk.CheckPasswordAsync(credentials.Name, credentials.Password);
        return found.Ok ? TypedResults.Ok(tokens.Issue(found.Value)) : found.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<TokenPair>, RefusalResult>> RefreshToken(RefreshRequest request, AccountDesk desk, TokenIssuer tokens)
    {
        var ticket = tokens.ReadRefreshToken(request.RefreshToken);
        if (!ticket.Ok) { return ticket.Refusal.ToHttp(); }
        var found = await desk.RecallAsync(ticket.Value);
        return found.Ok ? TypedResults.Ok(tokens.Issue(found.Value)) : found.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<Person>, RefusalResult>> FindPerson(
        string? name, AccountDirectory directory, CancellationToken cancellationToken)
    {
        var found = await directory.FindByNameAsync(name, cancellationToken);
        return found.Ok ? TypedResults.Ok(found.Value.Person) : found.Refusal.ToHttp();
    }

    private static async Task<Ok<Me>> SignInAsync(HttpContext context, IGrainFactory grains, Account account)
    {
        await context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            Sessions.PrincipalOf(account, CookieAuthenticationDefaults.AuthenticationScheme),
            new AuthenticationProperties { IsPersistent = true });
        return TypedResults.Ok(await MeAsync(grains, account.ToPerson(), account.Role));
    }

    private static async ValueTask<Me> MeAsync(IGrainFactory grains, Person person, PlatformRole role) =>
        new(person, role, (await grains.GetGrain<IViewerGrain>(person.Id).GetWallet()).Coins);
}

/// <summary>A name and its password.</summary>
internal sealed record Credentials(string Name, string Password)
{
    /// <summary>Hides the password from logs.</summary>
    public override string ToString() => "Credentials(hidden)";
}

/// <summary>What makes an account.</summary>
/// <param name="BirthDate">Shown to nobody; decides whether coins may be bought and given. Can be given later.</param>
internal sealed record Registration(string Name, string Password, DateOnly? BirthDate = null)
{
    /// <summary>Hides all of it from logs.</summary>
    public override string ToString() => "Registration(hidden)";
}

/// <summary>Asks for a new pair of tokens.</summary>
internal sealed record RefreshRequest(string RefreshToken)
{
    /// <summary>Hides the token from logs.</summary>
    public override string ToString() => "RefreshRequest(hidden)";
}

/// <summary>Who I am.</summary>
/// <param name="Coins">My balance.</param>
internal sealed record Me(Person Person, PlatformRole Role, long Coins);

/// <summary>What a page asks first.</summary>
/// <param name="Me">Null for a guest.</param>
/// <param name="Sandbox">True: payments go to the local sandbox and no money moves.</param>
internal sealed record SessionView(Me? Me, bool Sandbox);
