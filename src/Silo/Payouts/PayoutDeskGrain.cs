using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payouts;

namespace LiveCommerce.Silo.Payouts;

/// <summary>Lists payouts: the table says which, each payout says how it is.</summary>
internal sealed class PayoutDeskGrain(PayoutLists lists) : Grain, IPayoutDeskGrain
{
    private const int TakeMax = 100;

    public async ValueTask<PayoutList> ListMine(Caller caller, int take) => await ReadAsync(caller, await lists.ReadOfAsync(caller.Id, Math.Clamp(take, 1, TakeMax)));

    public async ValueTask<Result<PayoutList>> ListWaiting(Caller caller, int take) => caller.Operates
        ? await ReadAsync(caller, await lists.ReadWaitingAsync(Math.Clamp(take, 1, TakeMax)))
        : PayoutProblems.OperatorsOnly;

    private async Task<PayoutList> ReadAsync(Caller caller, IReadOnlyList<string> ids)
    {
        var payouts = await Task.WhenAll(ids.Select(async id => await GrainFactory.GetGrain<IPayoutGrain>(id).Get(caller)));
        return new PayoutList([.. payouts.Where(payout => payout.Ok).Select(payout => payout.Value!)]);
    }
}
