using System.Security.Cryptography;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Makes the first accounts of an installation.</summary>
public interface IAccountSeeder
{
    /// <summary>Makes the account with a random password unless the name exists.</summary>
    /// <param name="name">The display name.</param>
    /// <param name="role">What it may on the platform.</param>
    /// <param name="cancellationToken">Stops before the account is made, not halfway.</param>
    /// <returns>The account with its password, which is nowhere else; a null password when the account was there already.</returns>
    Task<SeededAccount> EnsureAsync(string name, PlatformRole role, CancellationToken cancellationToken = default);
}

/// <summary>A first account.</summary>
/// <param name="Role">What it may: another than was wanted when somebody had taken the name before.</param>
/// <param name="Password">To be shown once; null when the account existed.</param>
public sealed record SeededAccount(Person Person, PlatformRole Role, string? Password)
{
    /// <summary>Hides the password from logs.</summary>
    public override string ToString() => $"SeededAccount({Person.Name})";
}

internal sealed class AccountSeeder(IServiceScopeFactory scopes) : IAccountSeeder
{
    /// <summary>Letters and digits that can't be taken for one another.</summary>
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    public async Task<SeededAccount> EnsureAsync(string name, PlatformRole role, CancellationToken cancellationToken = default)
    {
        await using var scope = scopes.CreateAsyncScope();
        var directory = scope.ServiceProvider.GetRequiredService<AccountDirectory>();
        if ((await directory.FindByNameAsync(name, cancellationToken)).Value is { } existing) { return new SeededAccount(existing.Person, existing.Role, null); }

        var password = string.Join('-', RandomNumberGenerator.GetString(Alphabet, 16).Chunk(4).Select(part => new string(part)));
        var made = await scope.ServiceProvider.GetRequiredService<AccountDesk>().RegisterAsync(name, password, role);
        return made.Ok
            ? new SeededAccount(made.Value.ToPerson(), role, password)
            : made.Refusal.Code == RefusalCode.NameTaken
                ? await EnsureAsync(name, role, cancellationToken)
                : throw new InvalidOperationException($"The first account {name} can't be made: {made.Refusal.Message}");
    }
}
