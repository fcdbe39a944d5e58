using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Agencies;

/// <summary>Decides about agencies and contracts one after the other, so that no streamer has two at a time.</summary>
internal sealed class AgencyDeskGrain(AgencyStore store) : Grain, IAgencyDeskGrain
{
    /// <summary>Contracts and offers of one agency.</summary>
    public const int ContractsMax = 1_000;

    /// <summary>Offers that wait for one streamer.</summary>
    public const int OffersMax = 20;

    private const int NameLengthMax = 60;

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    public async ValueTask<Result<AgencyView>> Found(Caller caller, string name)
    {
        name = name.Trim();
        if (name.Length is < 2 or > NameLengthMax || name.Any(char.IsControl))
        {
            return new Refusal(RefusalCode.AgencyNameNotAllowed, $"An agency's name has 2 to {NameLengthMax} characters. Choose another.");
        }

        if (await store.FindAgencyAsync(caller.Id) is { } known && known.Name != name)
        {
            return new Refusal(RefusalCode.AgencyExists, $"You lead the agency {known.Name} already. An account leads one.");
        }

        await store.AddAgencyAsync(caller.Person, name, Time.GetUtcNow());
        return await GetMine(caller);
    }

    public async ValueTask<Result<AgencyView>> GetMine(Caller caller) => await store.FindAgencyAsync(caller.Id) is { } agency
        ? new AgencyView(caller.Id, agency.Name, agency.FoundedAt, await store.ListAsync(caller.Id, null, ContractsMax))
        : NoAgency();

    public ValueTask<IReadOnlyList<AgencyContract>> GetContracts(Caller streamer) => new(store.ListAsync(null, streamer.Id, ContractsMax));

    public async ValueTask<Result<AgencyContract>> Offer(Caller caller, string contractId, Person streamer, ContractTerms terms)
    {
        if (await store.FindContractAsync(contractId) is { } known)
        {
            return known.AgencyId == caller.Id && known.Streamer.Id == streamer.Id && known.Share == terms.Share && known.From == terms.From
                ? known
                : new Refusal(RefusalCode.KeyReused, "This key was used for another offer. Make yours with a new one.");
        }

        if (await store.FindAgencyAsync(caller.Id) is not { } agency) { return NoAgency(); }
        if (terms.Share is < 1 or > ContractTerms.ShareMax || terms.From <= Today || terms.Until < terms.From || terms.From > Today.AddYears(1))
        {
            return new Refusal(
                RefusalCode.ContractTermsNotAllowed,
                "An agency's share is up to 50 % of the streamer's, and a contract begins tomorrow or later and ends after it begins. Change the terms.");
        }

        if (streamer.Id == caller.Id) { return new Refusal(RefusalCode.ContractTermsNotAllowed, "An agency makes no contract with its own leader. Choose another streamer."); }
        if ((await store.ListAsync(caller.Id, null, ContractsMax)).Count >= ContractsMax
            || (await store.ListAsync(null, streamer.Id, ContractsMax)).Count(one => one.State == ContractState.Offered) >= OffersMax)
        {
            return new Refusal(RefusalCode.TooManyContracts, "There are too many open offers. Withdraw some, or wait until they are answered.");
        }

        var contract = new AgencyContract(
            contractId, caller.Id, agency.Name, streamer, terms.Share, terms.From, terms.Until, ContractState.Offered, Stored(Time.GetUtcNow()));
        await store.AddContractAsync(contract);
        return contract;
    }

    public async ValueTask<Result<AgencyContract>> Decide(Caller caller, string contractId, ContractDecision decision)
    {
        var contract = await store.FindContractAsync(contractId);
        if (contract is null || (contract.AgencyId != caller.Id && contract.Streamer.Id != caller.Id))
        {
            return new Refusal(RefusalCode.ContractNotFound, "There is no such contract of yours. Reload the list.");
        }

        var isStreamer = contract.Streamer.Id == caller.Id;
        return (decision, isStreamer, contract.State) switch
        {
            (ContractDecision.Accept, true, ContractState.Offered) => await AcceptAsync(contract),
            (ContractDecision.Accept, true, ContractState.Agreed) => contract,
            (ContractDecision.Decline, true, ContractState.Offered) => await StoreAsync(contract with { State = ContractState.Declined }),
            (ContractDecision.Decline, true, ContractState.Declined) => contract,
            (ContractDecision.Withdraw, false, ContractState.Offered) => await StoreAsync(contract with { State = ContractState.Withdrawn }),
            (ContractDecision.Withdraw, false, ContractState.Withdrawn) => contract,
            (ContractDecision.End, _, ContractState.Agreed) => await EndAsync(contract),
            _ => new Refusal(RefusalCode.ContractDecided, "This contract has been decided, or it is not yours to decide. Reload the list."),
        };
    }

    private async Task<Result<AgencyContract>> AcceptAsync(AgencyContract contract)
    {
        var others = await store.ListAsync(null, contract.Streamer.Id, ContractsMax);
        if (others.Any(one => one.State == ContractState.Agreed && Overlap(one, contract)))
        {
            return new Refusal(RefusalCode.ContractOverlaps, "You have a contract with an agency in this time. End it first; this one must begin after its last day.");
        }

        // An offer that was answered late begins late: nothing that was given is shared again.
        var from = contract.From > Today ? contract.From : Today.AddDays(1);
        if (contract.Until < from) { return new Refusal(RefusalCode.ContractDecided, "The time of this offer is over. Ask the agency for a new one."); }
        return await StoreAsync(contract with { State = ContractState.Agreed, From = from });
    }

    private async Task<AgencyContract> EndAsync(AgencyContract contract)
    {
        var last = Today.AddDays(ContractTerms.NoticeDays);
        return contract.Until is { } until && until <= last ? contract : await StoreAsync(contract with { Until = last < contract.From ? contract.From : last });
    }

    private async Task<AgencyContract> StoreAsync(AgencyContract contract)
    {
        await store.DecideAsync(contract, Time.GetUtcNow());
        await GrainFactory.GetGrain<IRateBookGrain>(IRateBookGrain.Key).Forget(contract.Streamer.Id);
        return contract;
    }

    // As the row will tell it: a repeat gets the very same answer.
    private static DateTimeOffset Stored(DateTimeOffset time) => Microseconds.ToTime(Microseconds.Of(time));

    private static bool Overlap(AgencyContract one, AgencyContract other) =>
        (one.Until is null || one.Until >= other.From) && (other.Until is null || other.Until >= one.From);

    private static Refusal NoAgency() => new(RefusalCode.AgencyNotFound, "You lead no agency. Found one first.");
}
