using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester.Tests;

public sealed class SequenceCheckerTests
{
    private readonly SequenceChecker _feed = new();

    [Fact]
    public void SnapshotAndEveryNextEvent_IsAWholeFeed()
    {
        _feed.Snapshot(new RoomPosition(3, 10));
        Assert.All(new long[] { 11, 12, 13 }, sequence => Assert.True(_feed.Event(3, sequence)));

        Assert.Equal((0, 0), (_feed.Violations, _feed.Jumps));
        Assert.Equal(new RoomPosition(3, 13), _feed.Position);
    }

    [Fact]
    public void Hole_IsFound_AndSaysHowManyAreMissing()
    {
        _feed.Snapshot(new RoomPosition(1, 4));
        _feed.Event(1, 8);

        Assert.Equal("event 1/8 came after 1/4: 3 missing", _feed.FirstViolation);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(1, 2)]
    [InlineData(0, 9)]
    public void RepeatOrStepBack_IsFound_AndNotShownAgain(long epoch, long sequence)
    {
        _feed.Snapshot(new RoomPosition(1, 4));

        Assert.False(_feed.Event(epoch, sequence));
        Assert.Equal(1, _feed.Violations);
        Assert.True(_feed.Event(1, 5));
        Assert.Equal(1, _feed.Violations);
    }

    [Fact]
    public void NewEpoch_NeedsASnapshot()
    {
        _feed.Snapshot(new RoomPosition(1, 4));
        _feed.Event(2, 1);
        Assert.Equal("epoch 2 began after 1/4 without a snapshot", _feed.FirstViolation);

        _feed.Snapshot(new RoomPosition(3, 0));
        _feed.Event(3, 1);
        Assert.Equal((1, 1), (_feed.Violations, _feed.Jumps));
    }

    [Fact]
    public void EventBeforeAnySnapshot_IsFound()
    {
        _feed.Event(1, 1);
        Assert.Equal(1, _feed.Violations);
    }

    [Fact]
    public void Keys_NameTheSendingOfTheirRun_AndNobodyElses()
    {
        var keys = new SendKeys(TimeProvider.System);
        var key = keys.Make(SendKind.Gift, 123_456);

        Assert.Equal(7, key.Version);
        Assert.True(keys.TryRead(key, out var kind, out var index));
        Assert.Equal((SendKind.Gift, 123_456), (kind, index));
        Assert.False(keys.TryRead(Guid.CreateVersion7(), out _, out _));
        Assert.False(new SendKeys(TimeProvider.System).TryRead(key, out _, out _));
    }

    [Fact]
    public void GiftSeenTwice_CountsOnce_AndASnapshotIsNoRepeat()
    {
        var seen = new SeenSet(200);

        Assert.True(seen.Add(150, announced: true));
        Assert.False(seen.Add(150, announced: false));
        Assert.Equal(0, seen.Repeats);
        Assert.False(seen.Add(150, announced: true));
        Assert.Equal(1, seen.Repeats);
        Assert.False(seen.Contains(149));
    }
}
