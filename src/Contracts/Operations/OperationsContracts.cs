using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Contracts.Operations;

/// <summary>What operators do to the ledger by hand. Key: <see cref="Key"/>.</summary>
public interface IMoneyDeskGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Proposes a correction. Nothing moves before another operator approves it. Idempotent by id.</summary>
    /// <param name="adjustmentId">A UUIDv7 as 32 hex digits.</param>
    ValueTask<Result<Adjustment>> Propose(Caller caller, string adjustmentId, AdjustmentDraft draft);

    /// <summary>Approves (another operator) or declines (any) a proposal. Idempotent.</summary>
    ValueTask<Result<Adjustment>> Decide(Caller caller, string adjustmentId, bool approve);

    /// <summary>Open proposals first, then the newest decided ones.</summary>
    ValueTask<Result<IReadOnlyList<Adjustment>>> List(Caller caller);

    /// <summary>Freezes or thaws everything a person could spend or withdraw, and keeps who did it and why.</summary>
    ValueTask<Result<PersonFunds>> SetFrozen(Caller caller, Guid key, Person person, bool frozen, string reason);

    /// <summary>What a person has.</summary>
    ValueTask<Result<PersonFunds>> GetFunds(Caller caller, Person person);
}

/// <summary>A correction: an amount from one account to another of the same unit.</summary>
/// <param name="Reason">Why, for whoever approves it and for later: 5 to <see cref="ReasonLengthMax"/> characters.</param>
/// <param name="Break">
/// The break of the reconciliation that it levels, by its subject, or by its reference when no other has the same: then one account is what the
/// provider holds, the other losses, the provider's fees or what was paid for coins, and the amount is the break's. Null: it levels none.
/// </param>
public sealed record AdjustmentDraft(LedgerAccount Debit, LedgerAccount Credit, long Amount, string Reason, string? Break = null)
{
    /// <summary>Characters of a reason.</summary>
    public const int ReasonLengthMax = 200;
}

/// <summary>Where a proposal is. Stored by name.</summary>
public enum AdjustmentState
{
    Proposed = 0,

    /// <summary>Approved; the ledger has not answered yet.</summary>
    Approved = 1,
    Posted = 2,
    Declined = 3,

    /// <summary>Approved, and the ledger refused it: the account had too little.</summary>
    Refused = 4,
}

/// <summary>A proposed correction.</summary>
/// <param name="DecidedBy">Who approved or declined it.</param>
public sealed record Adjustment(
    string AdjustmentId, AdjustmentDraft Draft, Person ProposedBy, DateTimeOffset ProposedAt, AdjustmentState State, Person? DecidedBy, DateTimeOffset? DecidedAt);

/// <summary>A person's balances.</summary>
/// <param name="Balances">Coins, pending and available earnings of both units, what is owed.</param>
/// <param name="Frozen">Whether any of them is frozen.</param>
public sealed record PersonFunds(Person Person, IReadOnlyList<LedgerBalance> Balances, bool Frozen);
