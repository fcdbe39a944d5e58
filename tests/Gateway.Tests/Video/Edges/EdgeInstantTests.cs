using LiveCommerce.Gateway.Video.Instant;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Instant viewers of one gateway watch what arrives at another.</summary>
public sealed class EdgeInstantTests
{
    private readonly Origins _origins = new();

    [Fact]
    public async Task ViewersAtAnEdge_GetTheSameFramesAsThoseAtTheOrigin_OverOneSocket()
    {
        await using var origin = await VideoHost.StartAsync(_origins, "origin");
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, 45, "p480");
        await using var there = await InstantClient.WatchAsync(origin.Address, stage.Broadcast.StreamId, "p480");
        await using var one = await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId, "p480");
        await using var other = await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId, "p480");
        Assert.All((InstantClient[])[one, other], viewer =>
        {
            foreach (var name in (string[])["rung", "rungs", "run", "codecs", "programDateTime"])
            {
                Assert.Equal(there.Said.GetProperty(name).GetRawText(), viewer.Said.GetProperty(name).GetRawText());
            }
        });

        stage.Give(6, "source", "p480");
        stage.Begin("source", "p480");
        stage.Give(3, "source", "p480");

        // A header, what is open of its segment and what follows, a pause, another header and what follows.
        var seen = await UntilAsync(there, run: 1, TimeSpan.FromMilliseconds(200));
        await using var late = await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId, "p480");
        foreach (var viewer in (InstantClient[])[one, other, late])
        {
            var heard = await UntilAsync(viewer, run: 1, TimeSpan.FromMilliseconds(200));
            Assert.Equal(seen.TakeLast(heard.Count).Select(frame => frame.Whole), heard.Select(frame => frame.Whole));
            Assert.Equal(viewer == late ? 4 : seen.Count, heard.Count);
        }

        Assert.Equal(1, origin.Asked[$"/edge/live/{stage.Broadcast.StreamId}/instant?rung=p480"]);
        stage.End();
        Assert.Equal(InstantClose.Over, await late.ClosedAsync());
    }

    [Fact]
    public async Task EdgeWhoseOriginDies_TellsViewersToComeBack_AndFollowsTheBroadcast()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var origin = await VideoHost.StartAsync(_origins, "origin");
        var stage = await ScriptedBroadcast.StartAsync(origin, 45);
        await using var viewer = await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId);
        await viewer.NextAsync(InstantHeard.Fragment);
        await origin.DisposeAsync();
        Assert.Equal(InstantClose.ComeBack, await viewer.ClosedAsync());

        await using var another = await VideoHost.StartAsync(_origins, "another");
        var resumed = ScriptedBroadcast.Resume(another, stage);
        resumed.Begin("source");
        resumed.Give(45);
        await using var back = await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId);
        Assert.Equal(InstantHeard.Init, (await back.NextAsync()).Kind);
        Assert.True((await back.NextAsync()).Keyframe);
    }

    [Fact]
    public async Task BroadcastThatNobodyHas_IsRefusedInTheSocket()
    {
        await using var origin = await VideoHost.StartAsync(_origins, "origin");
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var (nowhere, forgotten) = (VideoHost.NewId(), VideoHost.NewId());
        _origins.Told[forgotten] = "http://origin:80";

        foreach (var id in (string[])[nowhere, forgotten])
        {
            await using var viewer = await InstantClient.ConnectAsync(edge.Address, id);
            Assert.Equal(InstantClose.NotFound, await viewer.ClosedAsync());
            Assert.Equal("stream_not_live", viewer.Said.GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task BroadcastThatNobodyCanSayOf_OrWhoseGatewayIsNotReached_IsToBeAskedForAgain()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge", ("Edge:AnswerSeconds", "1"));
        await using var mute = await OtherGateway.StartAsync(_origins, "mute", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.ReceiveAsync(new byte[100], context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var (nowhere, saysNothing, unreachable) = (VideoHost.NewId(), VideoHost.NewId(), VideoHost.NewId());
        _origins.Addresses["http://dead:80"] = new Uri("http://127.0.0.1:1/");
        (_origins.Told[saysNothing], _origins.Told[unreachable]) = ("http://mute:80", "http://dead:80");

        foreach (var id in (string[])[saysNothing, unreachable, nowhere])
        {
            _origins.IsSilent = id == nowhere;
            await using var viewer = await InstantClient.ConnectAsync(edge.Address, id);
            Assert.Equal(InstantClose.ComeBack, await viewer.ClosedAsync());
            Assert.Equal("unavailable", viewer.Said.GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task ViewerWhoLeavesBeforeTheOriginAnswers_EndsTheQuestion()
    {
        var asked = new TaskCompletionSource();
        await using var edge = await VideoHost.StartAsync(_origins, "edge", ("Edge:AnswerSeconds", "60"));
        await using var mute = await OtherGateway.StartAsync(_origins, "mute", context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var id = VideoHost.NewId();
        _origins.Told[id] = "http://mute:80";
        await using (await InstantClient.ConnectAsync(edge.Address, id))
        {
            await asked.Task;
            Assert.Equal(1, edge.Get<InstantFeeds>().FeedCount);
        }

        await Eventually.True(() => edge.Get<InstantFeeds>().FeedCount == 0);
    }

    [Fact]
    public async Task RungThatAppearsLater_IsHeardOfAtEdges_AndGivenToWhoComesThen()
    {
        await using var origin = await VideoHost.StartAsync(_origins, "origin");
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, 45);
        var first = await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId, "p480");
        Assert.Equal("source", first.Said.GetProperty("rung").GetString());

        stage.Begin("source", "p480");
        for (var attempt = 0; ; attempt++)
        {
            var watching = InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId, "p480");
            await Eventually.True(() =>
            {
                stage.Give(1, "source", "p480");
                return watching.IsCompleted;
            });
            await using var next = await watching;
            if (next.Said.GetProperty("rung").GetString() == "p480") { break; }
            Assert.True(attempt < 100, "The edge never heard of the rung.");
        }

        // The first goes on with what it has, and its feed ends with it.
        stage.Give(3, "source", "p480");
        await first.NextAsync(InstantHeard.Fragment);
        await first.DisposeAsync();
        await Eventually.True(() => edge.Get<InstantFeeds>().FeedCount == 0 && origin.Get<InstantFeeds>().FeedCount == 0);
    }

    [Fact]
    public async Task LastViewerWhoLeaves_ClosesTheSocketToTheOrigin()
    {
        await using var origin = await VideoHost.StartAsync(_origins, "origin");
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, 45);
        await using (await InstantClient.WatchAsync(edge.Address, stage.Broadcast.StreamId))
        {
            Assert.Equal(1, edge.Get<InstantFeeds>().FeedCount);
            Assert.Equal(1, origin.Get<InstantFeeds>().FeedCount);
        }

        await Eventually.True(() => edge.Get<InstantFeeds>().FeedCount == 0 && origin.Get<InstantFeeds>().FeedCount == 0);
    }

    private static async Task<List<InstantHeard>> UntilAsync(InstantClient viewer, uint run, TimeSpan time)
    {
        var heard = new List<InstantHeard>();
        do { heard.Add(await viewer.NextAsync()); }
        while (heard[^1].Kind != InstantHeard.Fragment || heard[^1].Run != run || heard[^1].Time < time);
        return heard;
    }
}
