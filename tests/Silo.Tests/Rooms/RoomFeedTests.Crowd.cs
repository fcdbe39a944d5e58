using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <content>A gateway with thousands of viewers, who take turns.</content>
public sealed partial class RoomFeedTests
{
    [Fact]
    public void CrowdInABusyRoom_IsToldByTurns_UntilTheRoomIsQuietOrTheCrowdIsGone()
    {
        var gateway = Subscribed("one");
        Subscribed("two");
        _feed.Report("one", 3_000, 3_000, _now);
        _feed.Report("two", 3_000, 3_000, _now);
        HeatUp(600);
        Assert.Null(Told().HoldMs); // two halves of a crowd are none

        _feed.Report("one", 5_000, 5_000, _now);
        Assert.Equal(RoomLimits.CrowdRoundMs, Told().HoldMs);
        Append(new AudienceChanged(RoomAudience.Private));
        _feed.Publish(_now);
        Assert.Null(gateway.Batches[^1].HoldMs); // for all at once

        _feed.Report("one", 3_000, 3_000, _now);
        Assert.Null(Told().HoldMs);
        _feed.Report("one", 5_000, 5_000, _now);
        Assert.Equal(RoomLimits.CrowdRoundMs, Told().HoldMs);
        HeatUp(20);
        Assert.Null(Told().HoldMs);

        RoomBatch Told()
        {
            Append();
            _feed.Publish(_now);
            return gateway.Batches[^1];
        }
    }

    [Fact]
    public void BatchesOfARound_AreKeptAsOne_AndAChangeOfTheAudienceEndsIt()
    {
        var gateway = Subscribed("one");
        _feed.Report("one", 5_000, 5_000, _now);
        HeatUp(600);
        _feed.Publish(_now);
        var since = _feed.Position;
        for (var turn = 0; turn < 3 * RoomLimits.CrowdTurns; turn++)
        {
            Append();
            if (turn == 5) { Append(new AudienceChanged(RoomAudience.Private)); }
            _feed.Publish(_now);
            _now += RoomFeed.TurnTick;
        }

        Assert.True(_feed.Subscribe("two", new Gateway(), since, _now, out var replay));
        Assert.Equal([5, 2, 10, 10, 4], replay.Select(batch => batch.Events.Count)); // the second with the change
        Assert.All(replay, batch => Assert.Null(batch.HoldMs));
        Assert.Equal(gateway.Batches.SelectMany(batch => batch.Events).Where(happened => happened.Sequence > since.Sequence), replay.SelectMany(batch => batch.Events));
    }
}
