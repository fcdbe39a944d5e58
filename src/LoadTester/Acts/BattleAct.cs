using LiveCommerce.Contracts.Battles;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>The owner of one room challenges that of another, who accepts; gifts of the run are the score.</summary>
internal sealed class BattleAct(Load load, ActPlan plan, RoomLoad room, RoomLoad other) : Act(load, plan, room)
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(60);

    private string? _battleId;
    private Task _givingUp = Task.CompletedTask;
    private (DateTimeOffset Asked, DateTimeOffset Answered)? _gaveUp;

    public override string Promise => "a battle's score is the sum of both rooms' gifts in its time";

    public override async Task<string?> DoAsync(CancellationToken cancellationToken)
    {
        var offered = await OwnerOf(Room).OfferBattleAsync(Room.RoomId, new OfferBattle(other.RoomId, Plan.Seconds), cancellationToken);
        if (!offered.Ok) { return offered.Refusal.Message; }
        _battleId = offered.Value.BattleId;
        if ((await OwnerOf(other).AcceptBattleAsync(_battleId, cancellationToken)).Refusal is { } refused) { return refused.Message; }
        if (Plan.GiveUpAfter is { } after) { _givingUp = GiveUpAsync(TimeSpan.FromSeconds(after), cancellationToken); }
        return null;
    }

    public override async Task<ActVerdict> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken)
    {
        if (_battleId is null) { return ActVerdict.Of("it never began", ""); }
        await _givingUp;
        var battle = await UntilAsync(
            () => OwnerOf(Room).GetBattleAsync(_battleId, cancellationToken), view => view.Phase == BattlePhase.Over, TimeSpan.FromSeconds(Plan.Seconds) + Settle,
            cancellationToken);
        if (!battle.Ok) { return ActVerdict.Of(battle.Refusal.Message, ""); }
        var view = battle.Value;
        var (after, before) = _gaveUp is { } gaveUp && view.Ending == BattleEnding.Conceded ? (gaveUp.Asked, gaveUp.Answered) : (view.EndsAt, view.EndsAt);
        return ActVerdict.Of(
            ActProofs.OfBattle(view, GivenIn(wallets, Room), GivenIn(wallets, other), after, before), $"{view.Challenger.Coins} to {view.Opponent.Coins} coins, {view.Ending}");
    }

    private async Task GiveUpAsync(TimeSpan after, CancellationToken cancellationToken)
    {
        var time = Load.Clock.Time;
        await Task.Delay(after, time, cancellationToken);
        var asked = time.GetUtcNow();
        var ended = await OwnerOf(Room).EndBattleAsync(_battleId!, cancellationToken);
        if (ended.Ok) { _gaveUp = (asked, time.GetUtcNow()); }
        else { Failed ??= ended.Refusal.Message; }
    }

    private Api OwnerOf(RoomLoad one) => new(Load.Scenario.Server, Load.Dialer.For(one.Index), Load.Clock.Time, one.OwnerCookie);
}
