using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Which battle a room shows, when several are told of.</summary>
public sealed class RoomStageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly RoomStage _stage = new();

    [Fact]
    public void OffersComeBesideEachOther_AndTheEndOfOneLeavesTheOthers()
    {
        Assert.True(Told("one", BattlePhase.Offered));
        Assert.True(Told("two", BattlePhase.Offered));
        Assert.False(Told("two", BattlePhase.Offered));
        Assert.Equal("one", Shown());

        Assert.True(Told("one", BattlePhase.Over));
        Assert.Equal("two", Shown());
        Assert.True(Told("two", BattlePhase.Over));
        Assert.False(Told("two", BattlePhase.Offered)); // late
    }

    [Fact]
    public void BattleThatRuns_IsShownWhateverBecomesOfOffers_AndItsResultForAWhile()
    {
        Assert.True(Told("one", BattlePhase.Offered));
        Assert.True(Told("two", BattlePhase.Offered));
        Assert.True(Told("two", BattlePhase.Running));
        Assert.True(Told("one", BattlePhase.Over));
        Assert.Equal("two", Shown());
        Assert.False(Told("three", BattlePhase.Over)); // never heard of, and another one runs
        Assert.False(Told("two", BattlePhase.Offered));

        Assert.True(Told("two", BattlePhase.Over));
        Assert.Equal("two", Shown());
        Assert.Null(_stage.BattleAt(Noon + RoomStage.ResultShownFor));
        Assert.True(Told("four", BattlePhase.Offered));
        Assert.Equal("four", Shown());
    }

    private string? Shown() => _stage.BattleAt(Noon)?.BattleId;

    private bool Told(string id, BattlePhase phase) => _stage.Take(
        new BattleChanged(new BattleView(
            id, new BattleSide("a", new Person("a", "Ana"), 0), new BattleSide("b", new Person("b", "Ben"), 0), 60, phase,
            id == "two" && phase != BattlePhase.Offered ? Noon : null, Noon.AddSeconds(30), null, null)),
        Noon);
}
