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

    // Open offers of others, oldest first. A process that dies forgets them, and they pass: they only bound how many there are.
    private readonly List<string> _offers = [];

    private string RoomId => GetPrimaryKeyString();

    public ValueTask<Result<Done>> Take(string battleId) => TakeAsync(battleId, overOwnOffer: false);

    public ValueTask<Result<Done>> Accept(string battleId) => TakeAsync(battleId, overOwnOffer: true);

    public async ValueTask<Result<Done>> Receive(string battleId)
    {
        if (_offers.Contains(battleId, StringComparer.Ordinal)) { return Done.Value; }
        if (state.State.BattleId is { } other && other != battleId && (await BattleAsync(other)) is { Phase: BattlePhase.Running }) { return InBattle(); }

        foreach (var offer in _offers.ToList())
        {
            if (await BattleAsync(offer) is not { Phase: BattlePhase.Offered }) { _offers.Remove(offer); }
        }

        if (_offers.Count >= BattleLimits.OffersMax)
        {
            return new Refusal(RefusalCode.BattleRunning, "This room has many offers to answer already. Try again in a moment.");
        }

        _offers.Add(battleId);
        return Done.Value;
    }

    public async ValueTask Leave(string battleId)
    {
        if (state.State.BattleId != battleId) { return; }
        state.State = new RoomBattlesState();
        await state.WriteStateAsync();
    }

    public async ValueTask<BattleView?> GetCurrent()
    {
        if (state.State.BattleId is { } battleId && await BattleAsync(battleId) is { Phase: not BattlePhase.Over } battle) { return battle; }
        foreach (var offer in _offers.AsEnumerable().Reverse().ToList())
        {
            if (await BattleAsync(offer) is { Phase: BattlePhase.Offered } open) { return open; }
        }

        return null;
    }

    private async ValueTask<Result<Done>> TakeAsync(string battleId, bool overOwnOffer)
    {
        if (state.State.BattleId == battleId) { return Done.Value; }
        if (state.State.BattleId is { } other)
        {
            var isFree = await BattleAsync(other) is { } battle
                ? battle.Phase == BattlePhase.Over || (overOwnOffer && battle.Phase == BattlePhase.Offered && battle.Challenger.RoomId == RoomId)
                : Time.GetUtcNow() - state.State.TakenAt >= StoredWithin;
            if (!isFree) { return InBattle(); }
        }

        state.State = new RoomBattlesState { BattleId = battleId, TakenAt = Time.GetUtcNow() };
        await state.WriteStateAsync();
        return Done.Value;
    }

    private async ValueTask<BattleView?> BattleAsync(string battleId) => (await GrainFactory.GetGrain<IBattleGrain>(battleId).Get()).Value;

    private static Refusal InBattle() =>
        new(RefusalCode.BattleRunning, "One of the two rooms is in a battle, or has offered one. Try again when it is over, or take the offer back.");
}
