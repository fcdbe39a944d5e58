using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>All acts of a run: their people, their times, their proofs.</summary>
internal sealed class Playbill : IAsyncDisposable
{
    /// <summary>Numbers of the people begin here, beyond those of viewers.</summary>
    private const int FirstNumber = 1_000_000;

    private readonly Load _load;
    private readonly List<Act> _acts;
    private int _numbers = FirstNumber;

    /// <summary>Acts that have not begun.</summary>
    /// <param name="card">With which card gifts are paid.</param>
    public Playbill(Load load, string card)
    {
        _load = load;
        RoomLoad Named(string name) => load.Rooms.First(room => room.Plan.Name == name);
        _acts = [.. load.Scenario.Acts.Select(plan => (Act)(plan.Kind switch
        {
            ActKind.RedPacket => new RedPacketAct(load, plan, Named(plan.Room)),
            ActKind.Battle => new BattleAct(load, plan, Named(plan.Room), Named(plan.Against!)),
            ActKind.Goal => new GoalAct(load, plan, Named(plan.Room)),
            ActKind.CardGift => new CardGiftAct(load, plan, Named(plan.Room), card),
            _ => new BanAct(load, plan, Named(plan.Room)),
        }))];
    }

    /// <summary>Makes their accounts and lets them in. Before the clock starts.</summary>
    public async Task PrepareAsync(Stage stage, CancellationToken cancellationToken)
    {
        foreach (var act in _acts)
        {
            var room = _load.Rooms.First(one => one.Plan.Name == act.Plan.Room);
            var actors = new List<Actor>();
            foreach (var coins in act.Purses)
            {
                var guest = await stage.InviteActorAsync(room, coins, cancellationToken);
                actors.Add(new Actor(_load, room, _numbers++, guest.Account));
            }

            act.Actors = actors;
            await act.ArriveAsync(cancellationToken);
        }
    }

    /// <summary>Does each at its time.</summary>
    /// <param name="began">When the clock of the scenario started.</param>
    public Task PlayAsync(long began, CancellationToken cancellationToken) => Task.WhenAll(_acts.Select(async act =>
    {
        await _load.Clock.UntilAsync(began + (long)(act.Plan.At * 1e6), cancellationToken);
        try
        {
            act.Failed ??= await act.DoAsync(cancellationToken);
        }
        catch (Exception failed) when (failed is IOException or TimeoutException or HttpRequestException)
        {
            act.Failed ??= failed.Message;
        }
    }));

    /// <summary>Proves them, after the wallets were read to the end.</summary>
    public async Task<IReadOnlyList<Check>> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken)
    {
        var checks = new List<Check>();
        foreach (var act in _acts)
        {
            string? problem;
            var detail = "";
            try
            {
                (problem, detail) = act.Failed is { } failed ? new ActVerdict(failed, "") : await act.ProveAsync(wallets, cancellationToken);
                problem ??= act.Failed;
            }
            catch (Exception unreachable) when (unreachable is IOException or TimeoutException or HttpRequestException)
            {
                problem = unreachable.Message;
            }

            checks.Add(new Check($"{act.Promise} ({act.Plan.Room}, second {act.Plan.At:0.#})", problem is null, problem ?? detail));
        }

        return checks;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in _acts.SelectMany(act => act.Actors)) { await actor.DisposeAsync(); }
    }
}
