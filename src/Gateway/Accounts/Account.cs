using LiveCommerce.Contracts.Accounts;
using Microsoft.AspNetCore.Identity;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>
/// One account as it is stored. <see cref="IdentityUser{TKey}.UserName"/> is the display name,
/// <see cref="IdentityUser{TKey}.NormalizedUserName"/> its look-alike-safe key (<see cref="NameRules.KeyOf"/>), which is unique.
/// </summary>
internal sealed class Account : IdentityUser<string>
{
    /// <summary>What it may do on the whole platform.</summary>
    public PlatformRole Role { get; set; }

    /// <summary>From when on it approves what others propose, when it became an operator with a time to wait.</summary>
    public DateTimeOffset? ApprovesFrom { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>As others see it.</summary>
    public Person ToPerson() => new(Id, UserName!);
}

/// <summary>A key of data protection: it signs cookies and tokens, so every gateway and every restart must have the same ones.</summary>
internal sealed class ProtectionKey
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public required string Xml { get; set; }
}
