using System.Text;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>Faults that are planted are found, and named.</summary>
public sealed class RunChecksTests
{
    private readonly Load _load = Stages.Load();
    private readonly Viewer[] _viewers;

    public RunChecksTests()
    {
        _viewers = [.. Enumerable.Range(0, 3).Select(number => Stages.Viewer(_load, number))];
        Array.ForEach(_viewers, viewer => Stages.Snapshot(viewer, 1, 10));
    }

    [Fact]
    public void SameBytesForEverybody_AreReadOnce_AndCountForEach()
    {
        var gift = Send(0, SendState.Acknowledged);
        Array.ForEach(_viewers, viewer => Stages.Batch(viewer, 1, (11, Guid.NewGuid()), (12, gift)));

        Assert.True(RunChecks.Sequence(_viewers).Kept);
        Assert.True(RunChecks.Seen(_load.Gifts, _viewers, "gift").Kept);
        Assert.Equal((3, 6), (_load.Meter.Gift.Count, _load.Meter.Events));
        Assert.Equal(new RoomPosition(1, 12), _load.Gifts.AnnouncedAt(0));
    }

    [Fact]
    public void HoleInOneFeed_IsFound_AndNamesTheViewer()
    {
        Array.ForEach(_viewers, viewer => Stages.Batch(viewer, 1, (11, Guid.NewGuid())));
        Stages.Batch(_viewers[1], 1, (13, Guid.NewGuid()));

        var check = RunChecks.Sequence(_viewers);

        Assert.False(check.Kept);
        Assert.Contains("1 feeds are broken; viewer 1: event 1/13 came after 1/11: 1 missing", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void BatchThatComesTwice_IsFound_AndItsGiftsCountOnce()
    {
        var gift = Send(0, SendState.Acknowledged);
        Stages.Batch(_viewers[0], 1, (11, gift));
        Stages.Batch(_viewers[0], 1, (11, gift));

        Assert.Contains("a repeat", RunChecks.Sequence(_viewers).Detail, StringComparison.Ordinal);
        Assert.Equal(1, _load.Meter.Gift.Count);
    }

    [Fact]
    public void HoleWithinABatch_IsFound()
    {
        Stages.Batch(_viewers[2], 1, (11, Guid.NewGuid()), (13, Guid.NewGuid()));
        Assert.Contains("within one batch, event 1/13 came after 1/11", RunChecks.Sequence(_viewers).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void BatchOfAnotherRoom_IsFound()
    {
        _viewers[0].OnCall("batch", Encoding.UTF8.GetBytes("""{"roomId":"other","epoch":1,"events":[{"kind":"likes","sequence":11}]}"""));
        Assert.Contains("a batch of room other", RunChecks.Sequence(_viewers).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void SnapshotInPlaceOfAReplay_IsADeclaredJump()
    {
        Stages.Snapshot(_viewers[0], 2, 40);
        Stages.Batch(_viewers[0], 2, (41, Guid.NewGuid()));

        var check = RunChecks.Sequence(_viewers);
        Assert.True(check.Kept);
        Assert.Contains("1 declared jumps", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void GiftThatIsAcknowledgedAndInNoFeed_IsToldAsPassedOver_WhenNobodyCouldSeeIt()
    {
        Send(0, SendState.Acknowledged);

        var check = RunChecks.Seen(_load.Gifts, _viewers, "gift");
        Assert.Contains("1 passed over", check.Detail, StringComparison.Ordinal);
        Assert.False(check.Kept, "what nobody saw proves nothing");

        Stages.Batch(_viewers[0], 1, (11, Send(1, SendState.Acknowledged)));
        Assert.True(RunChecks.Seen(_load.Gifts, _viewers, "gift").Kept);
    }

    [Fact]
    public void GiftInTheFeedAtTwoPlaces_IsTold()
    {
        var gift = Send(0, SendState.Acknowledged);
        Stages.Batch(_viewers[0], 1, (11, gift), (12, gift));

        Assert.Contains("1 announced again", RunChecks.Seen(_load.Gifts, _viewers, "gift").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void WhoIsTornOut_IsNotLateWithWhatWasSaidMeanwhile()
    {
        var gift = Send(0, SendState.Acknowledged);
        _viewers[0].AwayOnPurpose();
        Array.ForEach(_viewers, viewer => Stages.Batch(viewer, 1, (11, gift)));

        Assert.Equal(2, _load.Meter.Gift.Count);
        Assert.True(RunChecks.Sequence(_viewers).Kept);
    }

    [Fact]
    public void SendingWithoutAnAnswer_IsFound()
    {
        Send(0, SendState.Acknowledged);
        Assert.True(RunChecks.Answers(_load).Kept);

        Send(1, SendState.Unknown);
        var check = RunChecks.Answers(_load);
        Assert.False(check.Kept);
        Assert.Contains("1 without an answer", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void ViewerWhoNeverCame_IsFound() => Assert.Contains("0 of 3 joined", RunChecks.EverybodyJoined(_load, _viewers).Detail, StringComparison.Ordinal);

    private Guid Send(int index, SendState outcome)
    {
        _load.Gifts.Send(index, sender: 0, room: 0, _load.Clock.Micros);
        _load.Gifts.Settle(index, outcome);
        return _load.Keys.Make(SendKind.Gift, index);
    }
}
