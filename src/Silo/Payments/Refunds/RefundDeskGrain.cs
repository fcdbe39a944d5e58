using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Refunds;

/// <summary>Lists refunds: the table says which, each refund says how it is.</summary>
internal sealed class RefundDeskGrain(DeskLists lists) : Grain, IRefundDeskGrain
{
    private const int TakeMax = 200;

    public async ValueTask<Result<RefundList>> List(Caller caller, int take)
    {
        if (caller.Role != PlatformRole.Operator) { return RefundProblems.OperatorsOnly; }

        var ids = await lists.ReadRefundsAsync(Math.Clamp(take, 1, TakeMax));
        var refunds = await Task.WhenAll(ids.Select(async id => await GrainFactory.GetGrain<IRefundGrain>(id).Get(caller)));
        return new RefundList([.. refunds.Where(refund => refund.Ok).Select(refund => refund.Value!)]);
    }
}
