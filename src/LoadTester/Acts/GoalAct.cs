using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>The owner sets a goal; gifts of the run fill it.</summary>
internal sealed class GoalAct(Load load, ActPlan plan, RoomLoad room) : Act(load, plan, room)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly GoalDetails _goal = new("A load test", plan.Coins);
    private string? _goalId;

    public override string Promise => "a goal's coins are the sum of the gifts since it was set";

    private Api Owner => new(Load.Scenario.Server, Load.Dialer.For(Room.Index), Load.Clock.Time, Room.OwnerCookie);

    public override async Task<string?> DoAsync(CancellationToken cancellationToken)
    {
        var set = await Owner.SetGoalAsync(Room.RoomId, _goal, cancellationToken);
        _goalId = set.Value?.GoalId;
        return set.Refusal?.Message;
    }

    public override async Task<ActVerdict> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken)
    {
        // Said again, a goal is answered as it stands. The room is told of a gift after its sender is, so it may be a moment behind.
        var given = GivenIn(wallets, Room);
        var goal = await UntilAsync(
            () => Owner.SetGoalAsync(Room.RoomId, _goal, cancellationToken), view => ActProofs.OfGoal(view, given) is null, Patience, cancellationToken);
        if (!goal.Ok) { return ActVerdict.Of(goal.Refusal.Message, ""); }
        return ActVerdict.Of(
            goal.Value.GoalId == _goalId ? ActProofs.OfGoal(goal.Value, given) : "it is another goal than the one that was set",
            $"{goal.Value.Coins} of {goal.Value.TargetCoins} coins");
    }
}
