using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Video;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>A crowd that is told by turns: nobody waits longer than a round, and nobody misses anything or gets it twice.</summary>
public sealed class CrowdTurnsTests
{
    private const int PerTurn = 3;
    private const int Crowd = PerTurn * RoomLimits.CrowdTurns;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds((double)RoomLimits.CrowdRoundMs / RoomLimits.CrowdTurns);

    private readonly ScriptedRoom _room = new() { HoldMs = RoomLimits.CrowdRoundMs };
    private readonly ManualTimeProvider _time = new();
    private readonly RoomBroadcaster _cast;

    public CrowdTurnsTests() =>
        _cast = new RoomBroadcaster(ScriptedRoom.Id, _room, new GatewayIdentity(), new FanOutOptions(), _time, NullLogger.Instance);

    [Fact]
    public async Task EachTurn_IsTheNextTenths()
    {
        var viewers = await JoinAsync(Crowd);

        await SayAsync("one");
        for (var turn = 1; turn <= RoomLimits.CrowdTurns; turn++)
        {
            Assert.Equal(turn * PerTurn, viewers.Count(viewer => viewer.Seen == _room.Position));
            _time.Advance(Turn);
        }

        Assert.All(viewers, viewer => Assert.Equal((null, 1), (viewer.Fault, viewer.Frames - viewer.Snapshots)));
    }

    [Fact]
    public async Task WhatComesMeanwhile_IsOneFrameForThoseWhoseTurnIsLater()
    {
        var viewers = await JoinAsync(Crowd);

        await SayAsync("one");
        _time.Advance(Turn * 4); // half of them know
        _room.Say("two", "three");
        _room.Say("four");
        _time.Advance(Turn * RoomLimits.CrowdTurns);

        Assert.All(viewers, viewer => Assert.Equal((null, _room.Position), (viewer.Fault, viewer.Seen)));
        Assert.All(viewers, viewer => Assert.Equal([1, 2, 3, 4], viewer.Sequences));
        Assert.Equal((Crowd / 2, Crowd / 2), (Told(1), Told(2)));

        int Told(int frames) => viewers.Count(viewer => viewer.Frames - viewer.Snapshots == frames);
    }

    [Fact]
    public void HeldBatch_ReadsForViewersAsAnyOther_InBothProtocols()
    {
        var batch = new RoomBatch(ScriptedRoom.Id, 1, [new ViewersCounted(1, 2) { Sequence = 1 }]);
        foreach (var protocol in (IHubProtocol[])[new MessagePackHubProtocol(32_768), new JsonHubProtocol()])
        {
            var (plain, held) = (Frame.Encode(batch), new Frame(batch with { HoldMs = RoomLimits.CrowdRoundMs }, 0).Message);
            Assert.Equal(plain.Framed(protocol).ToArray(), held.Framed(protocol).ToArray());
        }
    }

    [Fact]
    public async Task RoomThatFellSilent_WakesNobodyUntilSomethingComes_AndGoesOnAfterIt()
    {
        var viewers = await JoinAsync(Crowd);

        await SayAsync("one");
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _time.ArmedTimers);
        await SayAsync("two");
        _time.Advance(Turn * RoomLimits.CrowdTurns);

        Assert.All(viewers, viewer => Assert.Equal([1, 2], viewer.Sequences));
    }

    [Fact]
    public async Task BatchThatIsNotHeld_IsToldToAllAtOnce_TogetherWithWhatWas()
    {
        var viewers = await JoinAsync(Crowd);

        await SayAsync("held");
        _room.HoldMs = null;
        _room.Say("now");
        _time.Advance(Turn);

        Assert.All(viewers, viewer => Assert.Equal((null, _room.Position), (viewer.Fault, viewer.Seen)));
        Assert.Equal(Crowd - PerTurn, viewers.Count(viewer => viewer.Frames - viewer.Snapshots == 1));
    }

    [Fact]
    public async Task WhoComesInTheMiddleOfARound_HasItAllAtOnce_AndItsTurnsAfter()
    {
        await JoinAsync(Crowd);
        await SayAsync("one");
        _time.Advance(Turn * 2);

        var late = (await JoinAsync(1))[0];
        Assert.Equal(_room.Position, late.Seen);
        _room.Say("two");
        _time.Advance(Turn * RoomLimits.CrowdTurns);

        Assert.Equal((null, _room.Position), (late.Fault, late.Seen));
    }

    [Fact]
    public async Task ClosingAndOpening_IsToldToAllAtOnce_AndGuestsMissNothing_AndOthersGetNothing()
    {
        var guests = await JoinAsync(Crowd, index => $"guest{index}");
        var strangers = await JoinAsync(Crowd);
        await SayAsync("for all");
        _room.Close([.. guests.Select(guest => guest.Viewer.AccountId!)]);
        _time.Advance(Turn);
        await Eventually.True(() => strangers.TrueForAll(stranger => stranger.ClosedBy is not null));
        foreach (var guest in guests) { await Eventually.True(() => guest.Viewer.Position is not null); }
        var closedAt = _room.Position;

        await SayAsync("for guests");
        _time.Advance(Turn);
        _room.Close(null);
        _time.Advance(Turn * 2);
        await SayAsync("for all again");
        _time.Advance(Turn * RoomLimits.CrowdTurns);

        Assert.All(guests, guest => Assert.Equal((null, _room.Position, 1), (guest.Fault, guest.Seen, guest.Snapshots)));
        Assert.All(strangers, stranger => Assert.Equal(closedAt, stranger.Seen));
    }

    [Fact]
    public async Task MuchForOneFrame_ComesInSeveral_AndMoreThanIsKeptAsASnapshot()
    {
        var viewers = await JoinAsync(Crowd);

        await SayAsync("first");
        var (round, much) = (TimeSpan.FromMilliseconds(RoomLimits.CrowdRoundMs), FrameRing.JoinedEventsMax / 3);
        for (var times = 0; times < 5; times++) { _room.Say([.. Enumerable.Repeat("much", much)]); }
        _time.Advance(round);
        Assert.All(viewers, viewer => Assert.Equal((null, _room.Position, 1), (viewer.Fault, viewer.Seen, viewer.Snapshots)));

        var little = new RoomBroadcaster(ScriptedRoom.Id, _room, new GatewayIdentity(), new FanOutOptions { RingFramesMax = 1 }, _time, NullLogger.Instance);
        var forgotten = await JoinAsync(Crowd, to: little);
        await SayAsync("kept");
        for (var times = 0; times < 5; times++) { _room.Say([.. Enumerable.Repeat("much", much)]); }
        _time.Advance(round);
        await Eventually.True(() => forgotten.TrueForAll(viewer => viewer.Seen == _room.Position));
        Assert.All(forgotten, viewer => Assert.Null(viewer.Fault));
        Assert.Contains(forgotten, viewer => viewer.Snapshots > 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task WhateverHappens_EverybodyGetsEveryEventOnceAndInOrder(int seed)
    {
        var random = new Random(seed);
        var options = new FanOutOptions { RingFramesMax = 32, ReplayFramesMax = 16, QueueFramesMax = 24, SnapshotReuseMs = 1 };
        var here = await JoinAsync(Crowd);
        var gone = new List<TestViewer>();
        for (var step = 0; step < 1_500; step++)
        {
            var one = here[random.Next(here.Count)];
            switch (random.Next(12))
            {
                case 0:
                    _room.HoldMs = _room.HoldMs is null ? RoomLimits.CrowdRoundMs : null;
                    break;
                case 1:
                    here.AddRange(await JoinAsync(1));
                    break;
                case 2 when here.Count > Crowd / 2:
                    _cast.Leave(one.Viewer);
                    here.Remove(one);
                    gone.Add(one);
                    break;
                case 3:
                    _cast.Leave(one.Viewer);
                    here.Remove(one);
                    gone.Add(one);
                    one.Resume();
                    var again = one.Reconnected(options);
                    again.Viewer.Room = _cast;
                    Assert.Null((await _cast.JoinAsync(again.Viewer, one.Seen)).Refusal);
                    here.Add(again);
                    break;
                case 4:
                    one.Pause();
                    break;
                case 5:
                    one.Resume();
                    break;
                case 6 when random.Next(20) == 0:
                    _room.Restart();
                    await _cast.TickAsync();
                    break;
                case < 9:
                    _room.Say([.. Enumerable.Repeat("something", random.Next(1, 4))]);
                    break;
                default:
                    _time.Advance(TimeSpan.FromMilliseconds(random.Next(1, 40)));
                    break;
            }
        }

        foreach (var viewer in here) { viewer.Resume(); }
        await Eventually.True(() =>
        {
            _time.Advance(Turn);
            return here.TrueForAll(viewer => viewer.Seen == _room.Position);
        });
        Assert.All(here.Concat(gone), viewer => Assert.Null(viewer.Fault));
    }

    /// <summary>Says something to a crowd that has everything; the first turn is over when this returns.</summary>
    private async Task SayAsync(string text)
    {
        _room.Say(text);
        await _time.Armed(Turn);
    }

    private async Task<List<TestViewer>> JoinAsync(int count, Func<int, string>? accountId = null, RoomBroadcaster? to = null)
    {
        var viewers = new List<TestViewer>();
        for (var index = 0; index < count; index++)
        {
            var viewer = new TestViewer(_time, accountId?.Invoke(index));
            viewer.Viewer.Room = to ?? _cast;
            Assert.Null((await (to ?? _cast).JoinAsync(viewer.Viewer, null)).Refusal);
            viewers.Add(viewer);
        }

        return viewers;
    }
}
