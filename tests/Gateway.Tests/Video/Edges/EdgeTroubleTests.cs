using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Video;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using LinkOptions = LiveCommerce.Actors.Links.LinkOptions;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Gateways that refuse, hang or hide, silos that forget, and viewers who do not read.</summary>
public sealed class EdgeTroubleTests
{
    private const string Id = "0190a0b0c0d07000800000000000beef";

    private readonly Origins _origins = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task RefusalOfTheWholeProduct_GoesToOtherGatewaysAsItIs()
    {
        await using var server = await TestServer.StartAsync(("Links:Secret", Origins.Secret));
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {Origins.Secret}");
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "gzip");

        using var answer = await http.GetAsync($"/edge/live/{Id}/main.m3u8");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.True(answer.Headers.Contains(EdgeEndpoints.GoneHeader));
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Contains("\"name\":\"stream_not_live\"", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task RefusalThatComesCompressed_KeepsItsStatus()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", async context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.ContentEncoding = "gzip";
            await using var zipped = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await zipped.WriteAsync("{}"u8.ToArray());
        });
        _origins.Told[Id] = "http://origin:80";

        using var answer = await edge.Http.GetAsync($"/live/{Id}/source/list.m3u8");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "{}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ViewerWhoDoesNotRead_IsGivenOnePieceNotTheWholeSegment(bool range)
    {
        const int Length = 1_000_000;
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        using var body = new Pieces();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = "GET";
        if (range) { context.Request.Headers.Range = "bytes=10-"; }
        context.Response.Body = body;

        await new EdgeAnswer { Status = 200, ContentType = "video/mp4", Body = new byte[Length], TakesRanges = range }.SendAsync(context);

        Assert.Equal(range ? Length - 10 : Length, body.Sizes.Sum());
        Assert.Equal(range ? 206 : 200, context.Response.StatusCode);
        Assert.InRange(body.Sizes.Max(), 1, 128 * 1024);
    }

    [Fact]
    public async Task ForgetfulSilo_LeavesTheLastKnownGatewayInItsPlace()
    {
        var origins = NewOrigins();
        _origins.Addresses["a"] = new Uri("http://a:80");
        _origins.Told[Id] = "a";
        var first = await origins.FindAsync(Id, default);
        Assert.Equal("http://a/", first!.Address!.ToString());

        _origins.Told.Clear();
        _clock.Advance(TimeSpan.FromMinutes(2));
        var guess = await origins.FindAsync(Id, default);
        Assert.Equal(first.Address, guess!.Address);
        _origins.IsSilent = true;
        _clock.Advance(TimeSpan.FromMinutes(2));
        guess = await origins.FindAsync(Id, default);
        Assert.Equal(first.Address, guess!.Address);

        // Until that says that it does not have it.
        _origins.IsSilent = false;
        Assert.True(origins.Forget(Id, guess, isGone: true));
        Assert.Null((await origins.FindAsync(Id, default))!.Address);
    }

    [Fact]
    public async Task GatewayThatIsSilent_LeavesItsBroadcastOutOfReachForAMoment_ThenNowhere()
    {
        var origins = NewOrigins();
        _origins.Addresses["a"] = new Uri("http://a:80");
        _origins.Told[Id] = "a";
        var origin = (await origins.FindAsync(Id, default))!;
        _origins.Told.Clear();

        Assert.True(origins.Forget(Id, origin, isGone: false));
        Assert.Null(await origins.FindAsync(Id, default));
        _clock.Advance(OriginLimits.Life);
        Assert.Null((await origins.FindAsync(Id, default))!.Address);
    }

    [Fact]
    public async Task BroadcastWhoseSiloForgetsWhileItsGatewayIsSilent_IsOutOfReachNotOver()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        await using (var origin = await OtherGateway.StartAsync(_origins, "origin", context => context.Response.WriteAsync("#EXTM3U")))
        {
            _origins.Told[Id] = "http://origin:80";
            Assert.Equal("#EXTM3U", await edge.Http.GetStringAsync($"/live/{Id}/main.m3u8"));
            _origins.Told.Clear();
        }

        foreach (var file in (string[])["source/0.m4s", "source/1.m4s"])
        {
            using var answer = await edge.Http.GetAsync($"/live/{Id}/{file}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
    }

    [Fact]
    public async Task GatewayThatHangs_IsNotWaitedForAgain_ForAMoment()
    {
        using var asked = new SemaphoreSlim(0);
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        await using var hung = await OtherGateway.StartAsync(_origins, "hung", context =>
        {
            asked.Release();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var other = VideoHost.NewId();
        (_origins.Told[Id], _origins.Told[other]) = ("http://hung:80", "http://hung:80");

        var first = edge.Http.GetAsync($"/live/{Id}/main.m3u8");
        await asked.WaitAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await edge.Http.GetAsync($"/live/{other}/main.m3u8")).StatusCode);
        Assert.Equal(0, asked.CurrentCount);

        _clock.Advance(TimeSpan.FromSeconds(2));
        var later = edge.Http.GetAsync($"/live/{other}/main.m3u8");
        await asked.WaitAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await later).StatusCode);
    }

    [Fact]
    public async Task BroadcastThatIsOverAndTakenDown_IsGoneAtOnce_WhereItWasMadeAndAtEdgesThatHoldItStill()
    {
        var rows = new ReplayRows();
        _origins.Recordings = rows;
        var folder = Directory.CreateTempSubdirectory("edge-").FullName;
        try
        {
            await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin", ("Recordings:Folder", folder), ("Recordings:FreeBytesMin", "0"));
            await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
            var stage = await ScriptedBroadcast.StartAsync(origin, 45);
            var id = stage.Broadcast.StreamId;
            Assert.Equal(HttpStatusCode.OK, (await edge.Http.GetAsync($"/live/{id}/source/1.m4s")).StatusCode);
            await Eventually.True(() => rows.Running == 1);
            stage.Broadcast.End(BroadcastEnd.Finished);
            await Eventually.True(() => rows.Running == 0);

            // Nobody has taken it down: its viewers see it to its end.
            foreach (var host in (VideoHost[])[origin, edge])
            {
                Assert.Contains("#EXT-X-ENDLIST", await host.Http.GetStringAsync($"/live/{id}/source/list.m3u8"));
                Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync($"/live/{id}/source/1.m4s")).StatusCode);
            }

            rows.IsTakenDown = true;
            foreach (var host in (VideoHost[])[origin, edge])
            {
                foreach (var file in (string[])["main.m3u8", "source/list.m3u8", "source/1.m4s", "source/2.m4s"])
                {
                    Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync($"/live/{id}/{file}")).StatusCode);
                }
            }

            // Also where it was taken down through its own gateway, which forgets what it knew of the recording.
            await origin.Get<RecordingHome>().FindRecorder(id)!.Done;
            origin.Get<RecordingHome>().Forget(id);
            Assert.Null(origin.Get<RecordingHome>().FindRecorder(id));
            foreach (var host in (VideoHost[])[origin, edge])
            {
                Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync($"/live/{id}/source/2.m4s")).StatusCode);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task FilesOfOtherGateways_ThatAreReadWhole_AreBoundedWithAllElse()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge", ("Edge:FetchBytesMax", "1000000"));
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", async context =>
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = "bytes 0-1199999/1200000";
            await context.Response.Body.WriteAsync(new byte[1_200_000]);
        });
        var client = edge.Get<EdgeClient>();

        Assert.Equal(EdgeRefusals.Busy, (await client.ReadFileAsync(origin.Address, "/edge/recordings/x/y", 0, 1_200_000, default)).Refusal);
        Assert.Equal(700_000, (await client.ReadFileAsync(origin.Address, "/edge/recordings/x/y", 0, 700_000, default)).Value!.Length);

        // One that is passed through has a piece of it in memory, until it is closed.
        var open = new List<EdgeBody>();
        Result<EdgeBody> opened;
        while ((opened = await client.OpenAsync(origin.Address, "/edge/recordings/x/y", 0, null, null, default)).Ok) { open.Add(opened.Value); }
        Assert.Equal(EdgeRefusals.Busy, opened.Refusal);
        Assert.Equal(1_000_000 / EdgeClient.PieceBytes, open.Count);
        foreach (var body in open) { body.Dispose(); }
        Assert.Equal(700_000, (await client.ReadFileAsync(origin.Address, "/edge/recordings/x/y", 0, 700_000, default)).Value!.Length);
    }

    [Fact]
    public void GatewaysWithoutASecret_AreToldAtTheStartThatTheyNeedOneForVideo()
    {
        var rules = new EdgeOptionsRules(Options.Create(new LinkOptions { PeerCertificate = true }));
        var several = new VideoOptions { Edge = { OriginUrl = "https://gateway:5080" } };
        Assert.Contains("Links:Secret", rules.Validate(null, several).FailureMessage);
        Assert.True(rules.Validate(null, new VideoOptions()).Succeeded);
        Assert.True(new EdgeOptionsRules(Options.Create(new LinkOptions { Secret = Origins.Secret })).Validate(null, several).Succeeded);
    }

    [Fact]
    public async Task BytesOnTheirWay_AreBounded()
    {
        var go = new TaskCompletionSource();
        await using var edge = await VideoHost.StartAsync(_origins, "edge", ("Edge:FetchBytesMax", "1000000"), ("Edge:AnswerSeconds", "60"));
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", async context =>
        {
            var bytes = new byte[600_000];
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes.AsMemory(1));
            await context.Response.Body.FlushAsync();
            await go.Task.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, 1));
        });
        _origins.Told[Id] = "http://origin:80";

        // One of two fits; which one, they decide between them.
        List<Task<HttpResponseMessage>> both = [edge.Http.GetAsync($"/live/{Id}/source/0.m4s"), edge.Http.GetAsync($"/live/{Id}/source/1.m4s")];
        var refused = await Task.WhenAny(both);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await refused).StatusCode);
        Assert.Contains("\"name\":\"busy\"", await (await refused).Content.ReadAsStringAsync());
        go.SetResult();
        both.Remove(refused);
        Assert.Equal(600_000, (await (await both[0]).Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal(HttpStatusCode.OK, (await edge.Http.GetAsync($"/live/{Id}/source/2.m4s")).StatusCode);
    }

    [Theory]
    [InlineData("private, max-age=60", 2)]
    [InlineData("no-store", 2)]
    [InlineData("public, max-age=60", 1)]
    public async Task WhatNoCacheMayKeep_IsNotKeptAtEdges(string cache, int fetches)
    {
        var asked = new ConcurrentQueue<string>();
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", context =>
        {
            asked.Enqueue(context.Request.Path);
            context.Response.Headers.CacheControl = cache;
            return context.Response.WriteAsync("media");
        });
        _origins.Told[Id] = "http://origin:80";

        for (var i = 0; i < 2; i++) { Assert.Equal("media", await edge.Http.GetStringAsync($"/live/{Id}/source/0.m4s")); }
        Assert.Equal(fetches, asked.Count);
    }

    [Fact]
    public async Task BroadcastThatGoesOnUnderItsId_IsStillAnnouncedWhenTheOneBeforeEnds()
    {
        await using var host = await VideoHost.StartAsync(_clock, _origins, "host");
        await using var elsewhere = await VideoHost.StartAsync();
        var before = await ScriptedBroadcast.OpenAsync(host);
        var next = ScriptedBroadcast.Resume(elsewhere, before);
        host.Get<OriginAnnouncer>().Began(next.Broadcast);

        before.End();
        _origins.Told.Clear();
        await _clock.AdvanceUntil(() => _origins.Told.ContainsKey(before.Broadcast.StreamId), OriginLimits.Every);

        next.End();
        Assert.True(next.Broadcast.Ended.IsCancellationRequested);
    }

    private EdgeOrigins NewOrigins()
    {
        var options = new VideoOptions { Edge = { OriginUrl = "http://here:80" } };
        return new EdgeOrigins(_origins, new EdgeReach(_clock), Options.Create(options), _clock, NullLogger<EdgeOrigins>.Instance);
    }

    /// <summary>How large the pieces are that are written at once.</summary>
    private sealed class Pieces : MemoryStream
    {
        public List<int> Sizes { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sizes.Add(buffer.Length);
            return default;
        }
    }
}
