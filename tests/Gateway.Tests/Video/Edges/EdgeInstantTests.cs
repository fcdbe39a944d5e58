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
