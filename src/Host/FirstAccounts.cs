using System.Collections.Immutable;
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

/// <summary>The three accounts with which a new installation can be tried at once.</summary>
internal static class FirstAccounts
{
    private static readonly (string Name, PlatformRole Role)[] Wanted =
    [
        ("streamer", PlatformRole.Member),
        ("viewer", PlatformRole.Member),
        ("moderator", PlatformRole.Moderator),
    ];

    public static async Task<ImmutableArray<FirstAccount>> EnsureAsync(IServiceProvider services)
    {
        var seeder = services.GetRequiredService<IAccountSeeder>();
        var made = ImmutableArray.CreateBuilder<FirstAccount>(Wanted.Length);
        foreach (var (name, role) in Wanted)
        {
            var account = await seeder.EnsureAsync(name, role);
            if (account.Password is { } password) { made.Add(new FirstAccount(name, account.Person.Name, password)); }
        }

        return made.ToImmutable();
    }
}
