using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Payouts;

/// <summary>
/// Where somebody's money is sent to: an account at the payment provider. Key: the account id (an agency's is its leader's).
/// </summary>
public interface IPayoutAccountGrain : IGrainWithStringKey
{
    /// <summary>Makes the account at the provider, once, and answers with a page of the provider where its owner gives what is wanted.</summary>
    ValueTask<Result<PayoutOnboarding>> Start(Caller caller, StartOnboarding request);

    /// <summary>Today's state; asks the provider when the last answer is some seconds old.</summary>
    ValueTask<Result<PayoutAccountView>> Get(Caller caller);

    /// <summary>The provider says that something changed about its account: asks what. Idempotent.</summary>
    /// <param name="providerId">The provider's id of the account.</param>
    [Priority(CallPriority.High)]
    ValueTask AccountMoved(string providerId);

    /// <summary>The provider says that money went to the owner's bank or came back: payouts under way ask what. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask BankMoved();

    /// <summary>Takes the place of the one payout that may be under way. Idempotent by payout id.</summary>
    ValueTask<Result<PayoutDestination>> Begin(string payoutId);

    /// <summary>The payout is transferred, or will not be: another may begin. Idempotent.</summary>
    ValueTask End(string payoutId);

    /// <summary>The due time has come: an account that was to be made at the provider is made. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>What somebody says to be paid out.</summary>
/// <param name="Email">The provider writes to it. Needed the first time.</param>
/// <param name="Country">Two letters; one of <see cref="PayoutTerms.Countries"/>. Needed the first time.</param>
/// <param name="ReturnUrl">The page to come back to.</param>
public sealed record StartOnboarding(string? Email, string? Country, string ReturnUrl)
{
    /// <summary>Hides the address from logs.</summary>
    public override string ToString() => "StartOnboarding(hidden)";
}

/// <summary>Where to go.</summary>
/// <param name="Url">A page of the provider. It opens once and ends soon; ask for another then.</param>
public sealed record PayoutOnboarding(string Url, DateTimeOffset ExpiresAt, PayoutAccountView Account);

/// <summary>Whether money can be sent. Numbers are stored.</summary>
public enum PayoutAccountState
{
    /// <summary>Nothing was set up.</summary>
    None = 0,

    /// <summary>The provider looks at it.</summary>
    Pending = 1,

    /// <summary>The provider wants to know something, or has said no.</summary>
    Restricted = 2,

    /// <summary>Money can be sent.</summary>
    Active = 3,
}

/// <summary>Somebody's payout account.</summary>
/// <param name="Missing">What the provider wants to know, in plain words.</param>
/// <param name="Problem">Why money cannot be sent, when nothing the owner could give is missing.</param>
public sealed record PayoutAccountView(PayoutAccountState State, IReadOnlyList<string> Missing, string? Problem, PayoutTerms Terms);

/// <summary>The published rules.</summary>
/// <param name="MinimumMinor">The least that one payout pays.</param>
/// <param name="MinorPerHundredCoins">What 100 coins of earnings are worth.</param>
/// <param name="SecondApproverAboveMinor">Above it an operator looks at the payout first.</param>
/// <param name="Countries">Where owners may live: two letters each.</param>
/// <param name="Sandbox">True: no money moves; players say so.</param>
public sealed record PayoutTerms(
    long MinimumMinor, long MinorPerHundredCoins, long SecondApproverAboveMinor, string Currency, IReadOnlyList<string> Countries, bool Sandbox);

/// <summary>Where a payout goes.</summary>
/// <param name="ProviderId">The provider's id of the account.</param>
public sealed record PayoutDestination(string ProviderId);
