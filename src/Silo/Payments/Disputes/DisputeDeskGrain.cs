using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Disputes;

/// <summary>Lists disputes: the table says which, each dispute says how it is.</summary>
internal sealed class DisputeDeskGrain(DeskLists lists) : Grain, IDisputeDeskGrain
{
    private const int TakeMax = 200;

    public async ValueTask<Result<DisputeList>> List(Caller caller, bool onlyOpen, int take)
    {
        if (caller.Role != PlatformRole.Operator) { return DisputeProblems.OperatorsOnly; }

        var ids = await lists.ReadDisputesAsync(onlyOpen, Math.Clamp(take, 1, TakeMax));
        var disputes = await Task.WhenAll(ids.Select(async id => await GrainFactory.GetGrain<IDisputeGrain>(id).Get(caller)));
        return new DisputeList([.. disputes.Where(dispute => dispute.Ok).Select(dispute => dispute.Value!)]);
    }
}
