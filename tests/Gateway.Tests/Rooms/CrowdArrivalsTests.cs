using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Video;
using LiveCommerce.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>What comes while a crowd is still being told the batch before.</summary>
public sealed class CrowdArrivalsTests
{
    private const int Crowd = 600;

    private readonly ScriptedRoom _room = new();

    [Fact]
    public async Task CrowdThatTakesLongToTell_GetsAllThatCameMeanwhileAsOneFrame()
    {
        var time = new ManualTimeProvider();
        var cast = new RoomBroadcaster(ScriptedRoom.Id, _room, new GatewayIdentity(), new FanOutOptions(), time, NullLogger.Instance);
        var viewers = new List<TestViewer>();
        for (var number = 0; number < Crowd; number++)
        {
            var viewer = new TestViewer(time);
            viewer.Viewer.Room = cast;
            Assert.Null((await cast.JoinAsync(viewer.Viewer, null)).Refusal);
            viewers.Add(viewer);
        }

        // The first batch takes long, as told by the clock; the second is being told when the next three come.
        var slow = viewers[^1];
        slow.Taking = () => time.Advance(TimeSpan.FromMilliseconds(100));
        _room.Say("one");
        using var begun = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        slow.Taking = () =>
        {
            slow.Taking = null;
            begun.Release();
            goOn.Wait();
            time.Advance(TimeSpan.FromMilliseconds(100));
        };
        _room.Say("two");
        await begun.WaitAsync(TestContext.Current.CancellationToken);
        _room.Say("three", "four");
        _room.Say("five");
        _room.Say("six");
        goOn.Release();
        await Eventually.True(() => viewers.TrueForAll(viewer => viewer.Seen == _room.Position));

        Assert.All(viewers, viewer => Assert.Equal((null, 3), (viewer.Fault, viewer.Frames - viewer.Snapshots)));
        Assert.All(viewers, viewer => Assert.Equal([1, 2, 3, 4, 5, 6], viewer.Sequences));
    }

    [Fact]
    public void BatchesThatFollowOnOneAnother_AreOne_AndAHoleOrANewOwnerBeginsAnother()
    {
        var joined = RoomBroadcaster.Join([Batch(1, 1, 2), Batch(1, 3, 1), Batch(1, 5, 1), Batch(1, 6, 2), Batch(2, 8, 1)]).ToList();

        Assert.Equal([(1, 1, 3), (1, 5, 7), (2, 8, 8)], joined.Select(batch => (batch.Epoch, batch.Events[0].Sequence, batch.Last.Sequence)));
    }

    [Fact]
    public void WhatFollowsAChangeOfTheAudience_NeverBecomesOneWithWhatWasBefore()
    {
        var closed = new RoomBatch(ScriptedRoom.Id, 1, [new AudienceChanged(RoomAudience.Private) { Sequence = 2 }]);

        var joined = RoomBroadcaster.Join([Batch(1, 1, 1), closed, Batch(1, 3, 1), Batch(1, 4, 1)]).ToList();

        Assert.Equal([(1, 2), (3, 4)], joined.Select(batch => (batch.Events[0].Sequence, batch.Last.Sequence)));
    }

    [Fact]
    public void JoinedFrame_HasABound_AndNothingIsLeftOut()
    {
        var batches = Enumerable.Range(0, 9).Select(index => Batch(1, 1 + index * 1_000, 1_000)).ToList();

        var joined = RoomBroadcaster.Join(batches).ToList();

        Assert.All(joined, batch => Assert.True(batch.Events.Count <= 2_048));
        Assert.Equal(Enumerable.Range(1, 9_000).Select(number => (long)number), joined.SelectMany(batch => batch.Events).Select(happened => happened.Sequence));
    }

    private static RoomBatch Batch(long epoch, long first, int count) => new(ScriptedRoom.Id, epoch,
        [.. Enumerable.Range(0, count).Select(index => new ViewersCounted(0, 0) { Sequence = first + index })]);
}
