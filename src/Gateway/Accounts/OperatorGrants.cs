using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Where the grant, or the removal, of an operator's role is. Stored as a number.</summary>
internal enum OperatorGrantState
{
    /// <summary>Another operator must approve it.</summary>
    Proposed = 0,
    Approved = 1,

    /// <summary>Taken back, or not approved.</summary>
    Withdrawn = 2,

    /// <summary>There was one operator only, who named the second.</summary>
    NamedAlone = 3,
}

/// <summary>That somebody is made an operator, or is one no more.</summary>
/// <param name="DecidedBy">Who approved it or took it back.</param>
/// <param name="ApprovesFrom">Until then the new operator approves nothing; null while it has no role.</param>
/// <param name="Role">What the person becomes: an operator, or what an operator is made instead.</param>
/// <param name="AloneFrom">Of a removal: from then on its proposer carries it out alone, if there is no third operator by then.</param>
internal sealed record OperatorGrant(
    string GrantId, Person Person, Person ProposedBy, DateTimeOffset ProposedAt, OperatorGrantState State,
    Person? DecidedBy, DateTimeOffset? DecidedAt, DateTimeOffset? ApprovesFrom, PlatformRole Role, DateTimeOffset? AloneFrom);

/// <summary>Grants: open ones first, then the newest decided ones.</summary>
internal sealed record OperatorGrantList(IReadOnlyList<OperatorGrant> Grants);

/// <summary>What a change of a role came to.</summary>
/// <param name="Role">What the account has now.</param>
/// <param name="Grant">When it is, or is to become, an operator.</param>
internal sealed record RoleChange(Person Person, PlatformRole Role, OperatorGrant? Grant = null);

/// <summary>A grant as it is stored.</summary>
internal sealed class StoredOperatorGrant
{
    public required string Id { get; set; }

    public required string AccountId { get; set; }

    public required string AccountName { get; set; }

    public required string ProposedBy { get; set; }

    public required string ProposedByName { get; set; }

    public DateTimeOffset ProposedAt { get; set; }

    public OperatorGrantState State { get; set; }

    public string? DecidedBy { get; set; }

    public string? DecidedByName { get; set; }

    public DateTimeOffset? DecidedAt { get; set; }

    public DateTimeOffset? ApprovesFrom { get; set; }

    public PlatformRole Role { get; set; } = PlatformRole.Operator;

    public DateTimeOffset? AloneFrom { get; set; }

    /// <summary>Whether it takes the role of an operator away.</summary>
    public bool IsRemoval => Role != PlatformRole.Operator;

    /// <summary>Whether it waits for another operator.</summary>
    public bool IsOpen => State == OperatorGrantState.Proposed;

    public OperatorGrant ToView() => new(
        Id, new Person(AccountId, AccountName), new Person(ProposedBy, ProposedByName), ProposedAt, State,
        DecidedBy is null ? null : new Person(DecidedBy, DecidedByName ?? ""), DecidedAt, ApprovesFrom, Role, AloneFrom);
}
