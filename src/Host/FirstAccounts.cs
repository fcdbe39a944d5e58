using System.Collections.Immutable;
using System.Globalization;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;

namespace LiveCommerce.Host;

/// <summary>An account that was made now.</summary>
/// <param name="Purpose">What a newcomer uses it for.</param>
/// <param name="Password">Shown once, stored as a hash only.</param>
public sealed record FirstAccount(string Purpose, string Name, string Password)
{
    /// <summary>Hides the password from logs.</summary>
    public override string ToString() => $"FirstAccount({Name})";
}

/// <summary>The four accounts with which a new installation can be tried at once.</summary>
internal static class FirstAccounts
{
    private const int NumberMax = 9;

    private static readonly (string Name, PlatformRole Role)[] Wanted =
    [
        ("streamer", PlatformRole.Member),
        ("viewer", PlatformRole.Member),
        ("moderator", PlatformRole.Moderator),
        ("operator", PlatformRole.Operator),
    ];

    public static async Task<ImmutableArray<FirstAccount>> EnsureAsync(IServiceProvider services)
    {
        var seeder = services.GetRequiredService<IAccountSeeder>();
        var made = ImmutableArray.CreateBuilder<FirstAccount>(Wanted.Length);
        foreach (var (name, role) in Wanted)
        {
            var account = await seeder.EnsureAsync(name, role);

            // An installation from before this account existed may have a member of that name, who does not get the office for it.
            for (var number = 2; account.Role != role && number <= NumberMax; number++)
            {
                account = await seeder.EnsureAsync(string.Create(CultureInfo.InvariantCulture, $"{name}{number}"), role);
            }

            if (account.Password is { } password) { made.Add(new FirstAccount(name, account.Person.Name, password)); }
        }

        return made.ToImmutable();
    }
}
