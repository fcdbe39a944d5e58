using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Battles;

namespace LiveCommerce.Silo.Battles;

/// <summary>What is stored: the battle that the room was taken for.</summary>
internal sealed class RoomBattlesState
{
    public string? BattleId { get; set; }

    public DateTimeOffset TakenAt { get; set; }
}

/// <summary>Keeps a room to one battle at a time.</summary>
internal sealed class RoomBattlesGrain([PersistentState("battle")] IPersistentState<RoomBattlesState> state) : Grain, IRoomBattlesGrain
{
    /// <summary>How long the room waits for a battle that was never stored: its challenger was cut off.</summary>
    public static readonly TimeSpan StoredWithin = TimeSpan.FromMinutes(1);

    public async ValueTask<Result<Done>> Take(string battleId)
    {
        if (state.State.BattleId == battleId) { return Done.Value; }
        if (state.State.BattleId is { } other)
        {
            var battle = await GrainFactory.GetGrain<IBattleGrain>(other).Get();
            var isOver = battle.Ok ? battle.Value.Phase == BattlePhase.Over : Time.GetUtcNow() - state.State.TakenAt >= StoredWithin;
            if (!isOver) { return new Refusal(RefusalCode.BattleRunning, "One of the two rooms is in a battle, or has an offer to answer. Try again when it is over."); }
        }

        state.State = new RoomBattlesState { BattleId = battleId, TakenAt = Time.GetUtcNow() };
        await state.WriteStateAsync();
        return Done.Value;
    }

    public async ValueTask Leave(string battleId)
    {
        if (state.State.BattleId != battleId) { return; }
        state.State = new RoomBattlesState();
        await state.WriteStateAsync();
    }

    public async ValueTask<BattleView?> GetCurrent() => state.State.BattleId is { } battleId
        && (await GrainFactory.GetGrain<IBattleGrain>(battleId).Get()).Value is { Phase: not BattlePhase.Over } battle
        ? battle
        : null;
}
