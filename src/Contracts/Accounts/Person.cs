using System.Globalization;
using System.Text.Json.Serialization;

namespace LiveCommerce.Contracts.Accounts;

/// <summary>An account as others see it.</summary>
/// <param name="Id">The account's id: a UUIDv7 as 32 lower-case hex digits.</param>
/// <param name="Name">The display name, 2 to 24 characters, unique without regard to case.</param>
public sealed record Person(string Id, string Name);

/// <summary>What an account may do on the whole platform. A streamer is anyone with a room.</summary>
public enum PlatformRole
{
    /// <summary>Everyone.</summary>
    Member = 0,

    /// <summary>Moderates every room and may ban from the platform.</summary>
    Moderator = 1,

    /// <summary>Keeps the money: disputes, refunds, payouts, freezes, reconciliation. May also do what a moderator may.</summary>
    Operator = 2,
}

/// <summary>Who is asking: taken from the connection's authentication by the gateway, never from the request.</summary>
/// <param name="Person">The account.</param>
/// <param name="Role">Its role on the platform.</param>
/// <param name="ApprovesFrom">A new operator approves nothing of others before; null: no time to wait.</param>
public sealed record Caller(Person Person, PlatformRole Role, DateTimeOffset? ApprovesFrom = null)
{
    /// <summary>The account's id.</summary>
    public string Id => Person.Id;

    /// <summary>Whether it moderates the whole platform.</summary>
    [JsonIgnore]
    public bool Moderates => Role is PlatformRole.Moderator or PlatformRole.Operator;

    /// <summary>Whether it keeps the platform's money.</summary>
    [JsonIgnore]
    public bool Operates => Role == PlatformRole.Operator;

    /// <summary>Why a new operator approves nothing yet: whoever named a second account of their own must not approve with it at once. Null: it may.</summary>
    public Refusal? RefuseApproval(DateTimeOffset now) => ApprovesFrom is { } from && from > now
        ? new Refusal(
            RefusalCode.OperatorWaits,
            string.Create(CultureInfo.InvariantCulture, $"You are a new operator and approve from {from.UtcDateTime:yyyy-MM-dd HH:mm} UTC on. Ask another operator until then."))
        : null;
}
