using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Registers accounts: Identity over the database, cookies for pages, bearer tokens for programs.</summary>
internal static class AccountServices
{
    /// <summary>Chooses cookie or bearer by what the request carries.</summary>
    private const string SessionScheme = "session";

    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<AccountOptions>, AccountOptionsValidator>();
        services.AddOptions<AccountOptions>()
            .BindConfiguration("Accounts", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        AddStore(services);

        services.AddIdentityCore<Account>();
        services.RemoveAll<IUserValidator<Account>>();
        services.RemoveAll<IPasswordValidator<Account>>();
        services.RemoveAll<ILookupNormalizer>();
        services.AddSingleton<ILookupNormalizer, NameKeyNormalizer>();
        services.AddScoped<IUserStore<Account>, UserOnlyStore<Account, AccountsContext, string>>();
        services.AddOptions<IdentityOptions>().Configure<IOptions<AccountOptions>>((identity, accounts) =>
        {
            identity.Lockout.MaxFailedAccessAttempts = accounts.Value.WrongPasswordsMax;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromSeconds(accounts.Value.LockoutSeconds);
        });
        services.AddOptions<PasswordHasherOptions>().Configure<IOptions<AccountOptions>>(
            (hasher, accounts) => hasher.IterationCount = accounts.Value.PasswordRounds);

        services.AddSingleton<AccountDirectory>();
        services.AddHostedService<AccountRefresher>();
        services.AddSingleton<PlatformBanList>();
        services.AddHostedService<PlatformBanFollower>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ICallerAccessor, CallerAccessor>();
        services.AddSingleton<IAccountSeeder, AccountSeeder>();
        services.AddSingleton<TokenIssuer>();
        services.AddScoped<AccountDesk>();
        services.AddScoped<OperatorDesk>();
        AddSchemes(services);
        return services;
    }

    private static void AddStore(IServiceCollection services)
    {
        services.AddPooledDbContextFactory<AccountsContext>((provider, context) =>
        {
            // The silo validates this section; here it is only read, because a gateway does not know the silo's types.
            var storage = provider.GetRequiredService<IConfiguration>().GetSection("Storage");
            var connectionString = storage["ConnectionString"];
            if (string.Equals(storage["Provider"], "PostgreSql", StringComparison.OrdinalIgnoreCase))
            {
                context.UseNpgsql(connectionString);
            }
            else
            {
                context.UseSqlite(connectionString);
            }
        });
        services.AddDataProtection().SetApplicationName("livecommerce");
        services.AddSingleton<ProtectionKeys>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<ISigner>(provider => provider.GetRequiredService<SigningKeys>());
        services.AddHostedService<SigningKeyLoader>();
        services.AddOptions<KeyManagementOptions>().Configure<ProtectionKeys>((options, keys) => options.XmlRepository = keys);
    }

    private static void AddSchemes(IServiceCollection services)
    {
        services.AddAuthentication(SessionScheme)
            .AddPolicyScheme(SessionScheme, displayName: null, options => options.ForwardDefaultSelector = SchemeOf)
            .AddCookie(CookieAuthenticationDefaults.AuthenticationScheme, options =>
            {
                options.Cookie.Name = "livecommerce";
                options.Cookie.HttpOnly = true;
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                options.SlidingExpiration = true;
            })
            .AddBearerToken(BearerTokenDefaults.AuthenticationScheme, options =>
                options.Events.OnMessageReceived = context =>
                {
                    context.Token = SocketToken(context.Request);
                    return Task.CompletedTask;
                });
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<IOptions<AccountOptions>>((cookie, accounts) => cookie.ExpireTimeSpan = TimeSpan.FromDays(accounts.Value.CookieDays));
        services.AddOptions<BearerTokenOptions>(BearerTokenDefaults.AuthenticationScheme)
            .Configure<IOptions<AccountOptions>>((bearer, accounts) =>
            {
                bearer.BearerTokenExpiration = TimeSpan.FromMinutes(accounts.Value.AccessTokenMinutes);
                bearer.RefreshTokenExpiration = TimeSpan.FromDays(accounts.Value.RefreshTokenDays);
            });
    }

    private static string SchemeOf(HttpContext context) =>
        context.Request.Headers.Authorization.Count > 0 || SocketToken(context.Request) is not null
            ? BearerTokenDefaults.AuthenticationScheme
            : CookieAuthenticationDefaults.AuthenticationScheme;

    // A browser can't set headers on a WebSocket, so only there a token may be in the address.
    private static string? SocketToken(HttpRequest request)
    {
        var path = request.Path;
        var isSocket = path.StartsWithSegments("/hub/room")
            || (path.StartsWithSegments("/api/rooms") && path.Value!.EndsWith("/publish", StringComparison.Ordinal));
        return isSocket && request.Query["access_token"] is [{ Length: > 0 } token] ? token : null;
    }

    private sealed class NameKeyNormalizer : ILookupNormalizer
    {
        public string? NormalizeName(string? name) => name is null ? null : NameRules.KeyOf(name);

        public string? NormalizeEmail(string? email) => email;
    }
}
