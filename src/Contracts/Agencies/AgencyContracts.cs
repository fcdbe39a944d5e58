using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Agencies;

/// <summary>How gifts are shared, by version. Key: <see cref="Key"/>.</summary>
public interface IRateBookGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>How a gift to this streamer is shared now.</summary>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<ShareRate> GetRate(string streamerId);

    /// <summary>As <see cref="GetRate"/>, for somebody who asks often: the answer may be used until its time is over.</summary>
    [AlwaysInterleave]
    [Priority(CallPriority.High)]
    ValueTask<RateQuote> GetQuote(string streamerId);

    /// <summary>The platform's rates, oldest first; the last may lie ahead.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<PlatformRate>> List();

    /// <summary>Publishes a rate that begins later. Operators only.</summary>
    ValueTask<Result<PlatformRate>> Publish(Caller caller, PublishRate rate);

    /// <summary>A contract was agreed or ended: what is remembered of this streamer is read anew.</summary>
    ValueTask Forget(string streamerId);
}

/// <summary>How one gift is shared. The platform takes the remainder, roundings included.</summary>
/// <param name="Rate">Version, stored with every gift.</param>
/// <param name="StreamerPart">Of the whole, in 1/10,000.</param>
/// <param name="AgencyPart">Of the whole, in 1/10,000; 0 without an agency.</param>
/// <param name="AgencyId">Who gets that part.</param>
public sealed record ShareRate(int Rate, int StreamerPart, int AgencyPart, string? AgencyId);

/// <summary>How gifts to a streamer are shared for the moment.</summary>
/// <param name="Until">
/// When it must be asked again: within a minute, and before anything can change. Contracts begin and end with a day, rates are published
/// <see cref="PublishRate.NoticeDays"/> days ahead, so nothing decided meanwhile can begin earlier.
/// </param>
public sealed record RateQuote(string StreamerId, ShareRate Rate, DateTimeOffset Until);

/// <summary>A published rate.</summary>
/// <param name="StreamerPart">What streamers (with their agencies) get of a gift, in 1/10,000.</param>
/// <param name="Since">From when on.</param>
public sealed record PlatformRate(int Version, int StreamerPart, DateTimeOffset Since);

/// <summary>Asks to publish a rate.</summary>
/// <param name="Since">At least <see cref="NoticeDays"/> days ahead: people plan with what was published.</param>
public sealed record PublishRate(int StreamerPart, DateTimeOffset Since)
{
    /// <summary>Days between publishing a rate and its beginning.</summary>
    public const int NoticeDays = 7;
}

/// <summary>Agencies (MCNs) and their contracts with streamers. Key: <see cref="Key"/>.</summary>
public interface IAgencyDeskGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Founds the caller's agency. Again with the same name: the same answer.</summary>
    ValueTask<Result<AgencyView>> Found(Caller caller, string name);

    /// <summary>The caller's agency with its contracts, newest first.</summary>
    ValueTask<Result<AgencyView>> GetMine(Caller caller);

    /// <summary>The caller's contracts as a streamer, offers included, newest first.</summary>
    ValueTask<IReadOnlyList<AgencyContract>> GetContracts(Caller streamer);

    /// <summary>Offers a contract to a streamer. Idempotent by <paramref name="contractId"/>.</summary>
    ValueTask<Result<AgencyContract>> Offer(Caller caller, string contractId, Person streamer, ContractTerms terms);

    /// <summary>Accepts or declines (the streamer), withdraws (the agency), or ends (either). Idempotent.</summary>
    ValueTask<Result<AgencyContract>> Decide(Caller caller, string contractId, ContractDecision decision);
}

/// <summary>What a contract says.</summary>
/// <param name="Share">The agency's part of the streamer's part, in 1/10,000: 1 to <see cref="ShareMax"/>.</param>
/// <param name="From">First day (UTC).</param>
/// <param name="Until">Last day (UTC); null: until somebody ends it.</param>
public sealed record ContractTerms(int Share, DateOnly From, DateOnly? Until)
{
    /// <summary>Half of what the streamer would get.</summary>
    public const int ShareMax = 5_000;

    /// <summary>Days a contract without a last day goes on after it was ended.</summary>
    public const int NoticeDays = 30;
}

/// <summary>What can be decided about a contract.</summary>
public enum ContractDecision
{
    Accept = 0,
    Decline = 1,
    Withdraw = 2,
    End = 3,
}

/// <summary>Where a contract is. Numbers are stored.</summary>
public enum ContractState
{
    Offered = 0,
    Agreed = 1,
    Declined = 2,
    Withdrawn = 3,
}

/// <summary>A contract, or the offer of one.</summary>
/// <param name="Until">Last day; null: open.</param>
public sealed record AgencyContract(
    string ContractId, string AgencyId, string AgencyName, Person Streamer, int Share, DateOnly From, DateOnly? Until, ContractState State, DateTimeOffset OfferedAt);

/// <summary>An agency as its leader sees it.</summary>
public sealed record AgencyView(string AgencyId, string Name, DateTimeOffset FoundedAt, IReadOnlyList<AgencyContract> Contracts);
