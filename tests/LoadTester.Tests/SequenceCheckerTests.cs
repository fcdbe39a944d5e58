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
    public void Batch_IsFollowedAsAWhole_AndWhatIsMissingBeforeItIsFound()
    {
        _feed.Snapshot(new RoomPosition(3, 10));
        Assert.True(_feed.Batch(3, 11, 15));
        Assert.Equal((0, new RoomPosition(3, 15)), (_feed.Violations, _feed.Position));

        Assert.False(_feed.Batch(3, 11, 15));
        Assert.Equal("event 3/11 came after 3/15: a repeat or a step back", _feed.FirstViolation);

        Assert.True(_feed.Batch(3, 18, 19));
        Assert.Equal((2, new RoomPosition(3, 19)), (_feed.Violations, _feed.Position));
    }

    [Fact]
    public void SendingInTheFeedTwice_IsCounted_AndOnePlaceSeenByManyIsNot()
    {
        var book = new SendBook(3);
        book.Announce(1, new RoomPosition(1, 5));
        book.Announce(1, new RoomPosition(1, 5));
        Assert.Equal((0, new RoomPosition(1, 5)), (book.Repeats, book.AnnouncedAt(1)));

        book.Announce(1, new RoomPosition(1, 9));
        Assert.Equal(1, book.Repeats);
        Assert.Null(book.AnnouncedAt(2));
    }
}
