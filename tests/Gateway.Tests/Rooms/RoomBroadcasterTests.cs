using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class RoomBroadcasterTests
{
    private readonly ScriptedRoom _room = new();

    [Fact]
    public async Task NewViewer_GetsASnapshotAndThenTheLiveTail()
    {
        var cast = NewCast();
        _room.Say("before");
        var viewer = await JoinAsync(cast);

        _room.Say("hello");
        _room.Say("how", "are", "you");

        Assert.Equal(1, viewer.Snapshots);
        Assert.Equal([2, 3, 4, 5], viewer.Sequences);
        Assert.Null(viewer.Fault);
    }

    [Fact]
    public async Task ViewerThatReconnects_GetsWhatItMissedAndNoSnapshot()
    {
        var cast = NewCast();
        var viewer = await JoinAsync(cast);
        _room.Say("seen");
        cast.Leave(viewer.Viewer);
        _room.Say("missed 1", "missed 2");
        _room.Say("missed 3");

        var again = viewer.Reconnected();
        await cast.JoinAsync(again.Viewer, again.Seen);
        _room.Say("live");

        Assert.Equal(0, again.Snapshots);
        Assert.Equal([2, 3, 4, 5], again.Sequences);
        Assert.Null(again.Fault);
    }

    [Fact]
    public async Task ViewerThatMissedMoreThanIsKept_GetsASnapshot()
    {
        var cast = NewCast(new FanOutOptions { RingFramesMax = 4 });
        var viewer = await JoinAsync(cast);
        cast.Leave(viewer.Viewer);
        for (var i = 0; i < 10; i++) { _room.Say("missed"); }

        var again = viewer.Reconnected();
        await cast.JoinAsync(again.Viewer, again.Seen);

        Assert.Equal(1, again.Snapshots);
        Assert.Equal(new RoomPosition(1, 10), again.Seen);
    }

    [Fact]
    public async Task SnapshotTakenInTheMiddleOfABatch_IsFollowedByTheRestOfIt()
    {
        var cast = NewCast(new FanOutOptions { SnapshotReuseMs = 0 });
        await JoinAsync(cast);
        _room.Say("one", "two", "three");
        var viewer = new TestViewer();

        // As an owner would that answers between two events of a tick.
        await cast.JoinAsync(viewer.Viewer, new RoomPosition(1, 2));
        _room.Say("four");

        Assert.Equal([3, 4], viewer.Sequences);
    }

    [Fact]
    public async Task FeedThatMovesOnWhileTheSnapshotIsFetched_LeavesNoHole()
    {
        var cast = NewCast();
        await JoinAsync(cast);
        _room.AfterSnapshot = () =>
        {
            _room.Say("meanwhile");
            return Task.CompletedTask;
        };
        for (var i = 0; i < 200; i++) { _room.Say("so much that the first snapshot is of no use"); }

        var viewer = await JoinAsync(cast);
        _room.Say("live");

        Assert.Null(viewer.Fault);
        Assert.Equal(_room.Position, viewer.Seen);
    }

    [Fact]
    public async Task ViewersThatComeAndGoWhileTheRoomSpeaks_GetEveryEventOnceAndInOrder()
    {
        var options = new FanOutOptions { RingFramesMax = 32, ReplayFramesMax = 16, QueueFramesMax = 24, SnapshotReuseMs = 1 };
        var cast = NewCast(options);
        await JoinAsync(cast);
        using var stop = new CancellationTokenSource();
        var speaker = Task.Run(() =>
        {
            for (var i = 0; i < 4_000; i++)
            {
                _room.Say(i % 3 == 0 ? ["a", "b"] : ["c"]);
                if (i % 7 == 0) { Thread.Yield(); }
            }

            stop.Cancel();
        });

        // Each walks: joins, is slow for a while, goes, comes back with what it has seen or with nothing.
        var walkers = Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            var viewer = new TestViewer(options: options);
            List<TestViewer> all = [viewer];
            var since = viewer.Seen;
            while (!stop.IsCancellationRequested)
            {
                viewer.Viewer.Room = cast;
                Assert.Null((await cast.JoinAsync(viewer.Viewer, since)).Refusal);
                if (random.Next(3) == 0) { viewer.Pause(); }
                for (var i = random.Next(50); i > 0; i--) { await Task.Yield(); }
                viewer.Resume();
                for (var i = random.Next(50); i > 0; i--) { await Task.Yield(); }
                cast.Leave(viewer.Viewer);
                viewer = random.Next(3) == 0 ? new TestViewer(options: options) : viewer.Reconnected(options);
                since = viewer.Seen;
                all.Add(viewer);
            }

            return all;
        })).ToList();

        await speaker;
        foreach (var walker in walkers)
        {
            foreach (var viewer in await walker) { Assert.Null(viewer.Fault); }
        }
    }

    [Fact]
    public async Task LostBatch_IsFetchedAndEverybodyHasIt()
    {
        var cast = NewCast();
        var viewer = await JoinAsync(cast);
        _room.Tell([new ViewersCounted(1, 1)], told: false);

        _room.Say("after the hole");

        await Until(() => viewer.Seen == _room.Position);
        Assert.Equal([1, 2], viewer.Sequences);
        Assert.Null(viewer.Fault);
    }

    [Fact]
    public async Task NewOwner_BeginsWithASnapshotForEverybody()
    {
        var cast = NewCast();
        var first = await JoinAsync(cast);
        var second = await JoinAsync(cast);
        _room.Say("old epoch");

        _room.Restart();
        await cast.TickAsync();
        _room.Say("new epoch");

        foreach (var viewer in (TestViewer[])[first, second])
        {
            Assert.Equal(2, viewer.Snapshots);
            Assert.Equal(new RoomPosition(2, 1), viewer.Seen);
            Assert.Null(viewer.Fault);
        }
    }

    [Fact]
    public async Task SlowViewer_SkipsToASnapshotAndDelaysNobody()
    {
        var options = new FanOutOptions { QueueFramesMax = 16, ReplayFramesMax = 8, SnapshotReuseMs = 0 };
        var cast = NewCast(options);
        var quick = await JoinAsync(cast);
        var slow = new TestViewer(options: options);
        slow.Viewer.Room = cast;
        await cast.JoinAsync(slow.Viewer, null);
        slow.Pause();

        for (var i = 0; i < 100; i++) { _room.Say("flood"); }

        Assert.Equal(100, quick.Sequences.Count);
        Assert.Single(slow.Sequences);
        slow.Resume();
        await Until(() => slow.Seen == _room.Position);
        Assert.Equal(2, slow.Snapshots);
        _room.Say("live again");
        Assert.Equal(_room.Position, slow.Seen);
        Assert.Null(slow.Fault);
    }

    [Fact]
    public async Task ViewerThatTakesNothing_IsCutOffAfterItsTime()
    {
        var time = new ManualTimeProvider();
        var options = new FanOutOptions { StuckSeconds = 15 };
        var cast = NewCast(options, time);
        var stuck = new TestViewer(time, options: options);
        await cast.JoinAsync(stuck.Viewer, null);
        stuck.Pause();
        _room.Say("never read");

        time.Advance(TimeSpan.FromSeconds(14));
        Assert.False(stuck.Viewer.Sweep(options));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(stuck.Viewer.Sweep(options));
        Assert.True(stuck.IsAborted);
    }

    [Fact]
    public async Task BannedViewer_IsToldAndClosedAtOnceAndNobodyElseIs()
    {
        var cast = NewCast();
        var troll = await JoinAsync(cast, "troll");
        var ana = await JoinAsync(cast, "ana");

        _room.Ban("troll");

        Assert.Equal(RefusalCode.Banned, troll.ClosedBy!.Code);
        Assert.True(troll.IsClosed);
        Assert.False(ana.IsClosed);
        Assert.Equal(RefusalCode.Banned, (await cast.JoinAsync(new TestViewer(accountId: "troll").Viewer, null)).Refusal!.Code);
    }

    [Fact]
    public async Task BanThatWasMissedInAHole_ClosesTheViewerAllTheSame()
    {
        var cast = NewCast();
        var troll = await JoinAsync(cast, "troll");
        _room.Ban("troll", told: false);
        _room.Restart();

        await cast.TickAsync();

        await Until(() => troll.IsClosed);
        Assert.Equal(RefusalCode.Banned, troll.ClosedBy!.Code);
    }

    [Fact]
    public async Task BannedViewerThatReadsNothing_IsCutOffAfterTheGrace()
    {
        var time = new ManualTimeProvider();
        var options = new FanOutOptions { CloseGraceMs = 500 };
        var cast = NewCast(options, time);
        var troll = new TestViewer(time, "troll", options);
        await cast.JoinAsync(troll.Viewer, null);
        troll.Pause();
        _room.Say("unread");
        _room.Ban("troll");

        time.Advance(TimeSpan.FromMilliseconds(501));

        Assert.True(troll.Viewer.Sweep(options));
        Assert.True(troll.IsAborted);
    }

    [Fact]
    public async Task Batch_IsEncodedOnceForAThousandViewers()
    {
        var protocol = new CountingProtocol();
        var cast = NewCast(time: new ManualTimeProvider());
        var viewers = Enumerable.Range(0, 1_000).Select(_ => new TestViewer(protocol: protocol)).ToList();
        foreach (var viewer in viewers) { await cast.JoinAsync(viewer.Viewer, null); }
        var before = protocol.Encoded;

        _room.Say("to everybody");

        Assert.All(viewers, viewer => Assert.Equal([1], viewer.Sequences));
        Assert.Equal(1, protocol.Encoded - before);
        Assert.Equal(1, before);
    }

    [Fact]
    public async Task Broadcast_AllocatesByTheBatchAndNotByTheViewer()
    {
        var protocol = new CountingProtocol();
        var few = await BytesOfABroadcastAsync(10, protocol);
        var many = await BytesOfABroadcastAsync(1_010, protocol);

        // A thousand viewers more may not cost even one object each (24 bytes).
        Assert.InRange(many - few, long.MinValue, 1_000 * 24 - 1);
    }

    [Fact]
    public async Task Report_CountsAPersonWithThreeTabsOnceAndGuestsEach()
    {
        var time = new ManualTimeProvider();
        var cast = NewCast(time: time);
        List<TestViewer> viewers = [];
        foreach (var accountId in new[] { "ana", "ana", "ana", null, null })
        {
            var viewer = new TestViewer(time, accountId);
            await cast.JoinAsync(viewer.Viewer, null);
            viewers.Add(viewer);
        }

        foreach (var positionMs in new[] { 0, 5_000 })
        {
            foreach (var viewer in viewers.SkipLast(1)) { viewer.Viewer.Watch.Report("stream", positionMs, cast.LiveStreamId); }
            time.Advance(TimeSpan.FromSeconds(5));
        }

        await cast.TickAsync();
        Assert.Equal((2, 5), _room.Reports.Last());
    }

    [Fact]
    public async Task Likes_ArePassedOnAsOneSumATick()
    {
        var cast = NewCast();
        var (ana, ben) = (await JoinAsync(cast), await JoinAsync(cast));
        ana.Viewer.Room = ben.Viewer.Room = cast;
        ana.Viewer.Like(3);
        ana.Viewer.Like(1);
        ben.Viewer.Like(1_000);
        Assert.Empty(_room.Likes);

        await cast.TickAsync();
        await cast.TickAsync();

        Assert.Equal([4 + RoomLimits.LikesPerCallMax], _room.Likes);
    }

    [Fact]
    public async Task RoomWithoutViewers_IsGivenUpAfterItsTimeAndLaterJoinsAskForANewOne()
    {
        var time = new ManualTimeProvider();
        var cast = NewCast(new FanOutOptions { LingerSeconds = 5 }, time);
        var viewer = new TestViewer(time);
        await cast.JoinAsync(viewer.Viewer, null);
        cast.Leave(viewer.Viewer);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(await cast.TickAsync());
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.False(await cast.TickAsync());
        Assert.Same(RoomBroadcaster.Closed, (await cast.JoinAsync(viewer.Viewer, null)).Refusal);
    }

    private RoomBroadcaster NewCast(FanOutOptions? options = null, TimeProvider? time = null) =>
        new(ScriptedRoom.Id, _room, new GatewayIdentity(), options ?? new FanOutOptions(), time ?? TimeProvider.System, NullLogger.Instance);

    private static async Task<TestViewer> JoinAsync(RoomBroadcaster cast, string? accountId = null)
    {
        var viewer = new TestViewer(accountId: accountId);
        viewer.Viewer.Room = cast;
        Assert.Null((await cast.JoinAsync(viewer.Viewer, null)).Refusal);
        return viewer;
    }

    private static async Task<long> BytesOfABroadcastAsync(int viewers, IHubProtocol protocol)
    {
        var room = new ScriptedRoom();
        var cast = new RoomBroadcaster(ScriptedRoom.Id, room, new GatewayIdentity(), new FanOutOptions(), new ManualTimeProvider(), NullLogger.Instance);
        for (var i = 0; i < viewers; i++)
        {
            var viewer = new Viewer($"{i}", null, new Nowhere(protocol), new FanOutOptions(), new TokenBucket(1, 1, TimeProvider.System), TimeProvider.System);
            await cast.JoinAsync(viewer, null);
        }

        // The first broadcasts make what is kept: the copy of the list, queues, compiled code.
        for (var i = 0; i < 10; i++) { room.Say("warm"); }
        var before = GC.GetAllocatedBytesForCurrentThread();
        room.Say("measured");
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static async Task Until(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromMinutes(2)) { throw new TimeoutException("The condition never came true."); }
            await Task.Yield();
        }
    }

    private sealed class Nowhere(IHubProtocol protocol) : IFrameSink
    {
        public ValueTask WriteAsync(WireMessage frame)
        {
            frame.GetSerializedMessage(protocol);
            return ValueTask.CompletedTask;
        }

        public void Close()
        {
        }

        public bool Tend(TimeSpan stuck) => true;

        public void ComeBack()
        {
        }

        public bool Abort() => true;
    }

    /// <summary>JSON that counts how often it encodes.</summary>
    private sealed class CountingProtocol : IHubProtocol
    {
        private readonly JsonHubProtocol _json = new(Options.Create(Settings()));

        public int Encoded { get; private set; }

        public string Name => _json.Name;

        public int Version => _json.Version;

        public TransferFormat TransferFormat => _json.TransferFormat;

        public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
        {
            Encoded++;
            return _json.GetMessageBytes(message);
        }

        public bool IsVersionSupported(int version) => true;

        public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
            _json.TryParseMessage(ref input, binder, out message);

        public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _json.WriteMessage(message, output);

        private static JsonHubProtocolOptions Settings()
        {
            var options = new JsonHubProtocolOptions();
            WireJson.Apply(options.PayloadSerializerOptions);
            return options;
        }
    }
}
