using System.IO.Compression;
using System.Net;
using System.Text;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Low-latency HLS over HTTP: who waits, for what, and what everybody gets.</summary>
public sealed class PlaybackTests
{
    // Segments: 0 and 1 of a second, then of two. 45 fragments: 0 [0,1) 1 [1,2) 2 [2,4) and parts 3.0 of 3 [4,…); 3.1 comes at 46.
    private const int Begun = 45;

    [Fact]
    public async Task EveryoneWhoWaitsForAPart_GetsTheSameBytesWhenItComes()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        var before = await host.Http.GetStringAsync(At(stage, "source/list.m3u8"));
        Assert.Contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"3.1.m4s\"", before);

        var waiting = Enumerable.Range(0, 50).Select(_ => host.Http.GetAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"))).ToArray();
        await Eventually.True(() => stage.Broadcast.Waiting == 50);
        Assert.DoesNotContain(waiting, request => request.IsCompleted);
        stage.Give(1);
        var answers = await Task.WhenAll(waiting);

        var texts = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync()));
        Assert.Single(texts.Distinct());
        Assert.Contains("URI=\"3.1.m4s\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"3.2.m4s\"", texts[0]);
        Assert.Empty(PlaylistChecker.Check(texts[0]));
        Assert.Empty(PlaylistChecker.CheckUpdate(before, texts[0]));
        Assert.All(answers, answer => Assert.Equal("public, max-age=12", answer.Headers.CacheControl!.ToString()));
        await Eventually.True(() => stage.Broadcast.Waiting == 0);
    }

    [Fact]
    public async Task BroadcastThatHasJustBegun_IsLiveWithItsFirstPart_AndWhoAsksForAPlaylistWaitsForTheFirstSegment()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.OpenAsync(host);
        stage.Begin("source");
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(At(stage, "main.m3u8"))).StatusCode);
        stage.Give(5);
        await host.Desk.Told(stage.Broadcast.RoomId, "Live");

        var main = host.Http.GetStringAsync(At(stage, "main.m3u8"));
        var list = host.Http.GetStringAsync(At(stage, "source/list.m3u8"));
        var blocking = host.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_msn=0&_HLS_part=0"));
        await Eventually.True(() => stage.Broadcast.Waiting == 3);
        stage.Give(7);

        Assert.Contains("source/list.m3u8", await main);
        Assert.Contains("\n0.m4s\n", await list);
        Assert.Contains("\n0.m4s\n", await blocking);
        Assert.Empty(PlaylistChecker.Check(await list));
    }

    [Fact]
    public async Task BroadcastThatEndsBeforeItsFirstSegment_LetsNobodyWait()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.OpenAsync(host);
        stage.Begin("source");
        stage.Give(5);
        var main = host.Http.GetAsync(At(stage, "main.m3u8"));
        await Eventually.True(() => stage.Broadcast.Waiting == 1);
        stage.End();

        // What had come is a segment now.
        Assert.Equal(HttpStatusCode.OK, (await main).StatusCode);
        Assert.EndsWith("#EXT-X-ENDLIST\n", await host.Http.GetStringAsync(At(stage, "source/list.m3u8")));
    }

    [Fact]
    public async Task BroadcastThatIsCarriedAnew_NumbersItsHeadersAboveAllThatCachesCanHold()
    {
        await using var host = await VideoHost.StartAsync();
        var room = VideoHost.NewId();
        var lease = (await host.Desk.OpenAsync(room, new PublishRequest(null, "right-key", "test", false))).Value!;
        var broadcast = host.Broadcasts.Take(room, lease with { Resumed = true })!;
        var seat = broadcast.Sit()!;
        var picture = new MediaTrack(1, TrackKind.Video, 1000, "avc1.42c01f", 640, 360);
        foreach (var rung in (string[])["source", "p240", "source"])
        {
            Assert.Null(broadcast.Take(seat, rung, new InitSegment(new byte[] { 1, 2, 3 }, [picture]), DateTimeOffset.UnixEpoch));
        }

        Assert.Equal(broadcast.ContinuesAt + 1, broadcast.Source.View.NextInit);
        Assert.Equal(broadcast.ContinuesAt, broadcast.FindRung("p240")!.View.NextInit);
        broadcast.End(BroadcastEnd.Finished);
    }

    [Fact]
    public async Task RequestForAWholeSegment_WaitsForItsEnd()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);

        var waiting = host.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_msn=3"));
        await Eventually.True(() => stage.Broadcast.Waiting == 1);
        stage.Give(12);
        Assert.False(waiting.IsCompleted);
        stage.Give(10);

        Assert.Contains("\n3.m4s\n", await waiting);
    }

    [Theory]
    [InlineData("_HLS_part=0", "_HLS_part goes with _HLS_msn")]
    [InlineData("_HLS_msn=x", "number of a segment")]
    [InlineData("_HLS_msn=-1", "number of a segment")]
    [InlineData("_HLS_msn=99999999999999999999", "number of a segment")]
    [InlineData("_HLS_msn=9223372036854775807", "number of a segment")]
    [InlineData("_HLS_msn=3&_HLS_part=1.5", "number of a part")]
    [InlineData("_HLS_msn=5", "too far ahead")]
    [InlineData("_HLS_msn=9223372036854775806&_HLS_part=2147483647", "too far ahead")]
    [InlineData("_HLS_msn=3&_HLS_part=10", "too far ahead")]
    public async Task DirectivesThatMakeNoSense_AreRefusedAtOnce(string query, string message)
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);

        using var answer = await host.Http.GetAsync(At(stage, $"source/list.m3u8?{query}"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(message, await answer.Content.ReadAsStringAsync());
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData("_HLS_msn=0")]
    [InlineData("_HLS_msn=0&_HLS_part=77")]
    [InlineData("_HLS_msn=2&_HLS_part=99")]
    [InlineData("_HLS_msn=3&_HLS_part=0")]
    [InlineData("_HLS_what=1&session=x")]
    public async Task DirectivesForWhatIsThere_AreAnsweredAtOnceWithTheNewest(string query)
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);

        Assert.Equal(await host.Http.GetStringAsync(At(stage, "source/list.m3u8")), await host.Http.GetStringAsync(At(stage, $"source/list.m3u8?{query}")));
    }

    [Fact]
    public async Task WaitingEnds_WhenNothingComesForThreeTargetDurations()
    {
        var clock = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(clock);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        var playlist = host.Http.GetAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"));
        var part = host.Http.GetAsync(At(stage, "source/3.1.m4s"));
        await Eventually.True(() => stage.Broadcast.Waiting == 2);

        await AdvanceUntil(clock, () => playlist.IsCompleted && part.IsCompleted, secondsAtLeast: 6, secondsAtMost: 9);

        foreach (var answer in (HttpResponseMessage[])[await playlist, await part])
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(1, answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            Assert.Contains("\"name\":\"unavailable\"", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task PlayerThatLeaves_FreesItsPlace_AndOneTooManyIsToldToComeBack()
    {
        await using var host = await VideoHost.StartAsync(("WaitingRequestsMax", "10"));
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        using var leave = new CancellationTokenSource();
        var leaving = Enumerable.Range(0, 10).Select(_ => host.Http.GetAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"), leave.Token)).ToArray();
        await Eventually.True(() => stage.Broadcast.Waiting == 10);

        using (var refused = await host.Http.GetAsync(At(stage, "source/3.1.m4s")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("\"name\":\"busy\"", await refused.Content.ReadAsStringAsync());
        }

        await leave.CancelAsync();
        foreach (var request in leaving) { await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request); }
        await Eventually.True(() => stage.Broadcast.Waiting == 0);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync(At(stage, "source/list.m3u8"))).StatusCode);
    }

    [Fact]
    public async Task HintedPart_IsSentWhenItIsWhole_AndOneThatNeverComesIsNotFound()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(At(stage, "source/3.2.m4s"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(At(stage, "source/4.0.m4s"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(At(stage, "source/3.m4s"))).StatusCode);

        var hinted = host.Http.GetByteArrayAsync(At(stage, "source/3.1.m4s"));
        await Eventually.True(() => stage.Broadcast.Waiting == 1);
        stage.Give(1);

        var bytes = await hinted;
        Assert.Equal([43, 44, 45], Enumerable.Range(0, 3).Select(i => bytes[i * ScriptedBroadcast.FragmentBytes]));
        Assert.Equal(3 * ScriptedBroadcast.FragmentBytes, bytes.Length);

        var never = host.Http.GetAsync(At(stage, "source/3.2.m4s"));
        await Eventually.True(() => stage.Broadcast.Waiting == 1);
        stage.End();
        var last = await never;
        Assert.True(last.StatusCode == HttpStatusCode.NotFound || (await last.Content.ReadAsByteArrayAsync()).Length > 0);
    }

    [Fact]
    public async Task PartsOfASegment_AreItsBytes()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);

        var whole = await host.Http.GetByteArrayAsync(At(stage, "source/2.m4s"));
        var parts = new List<byte>();
        for (var part = 0; part < 7; part++) { parts.AddRange(await host.Http.GetByteArrayAsync(At(stage, $"source/2.{part}.m4s"))); }

        Assert.Equal(whole, parts);
        foreach (var alias in (string[])["02.m4s", "2.00.m4s", "2.7.m4s", "2..m4s", "2.0.0.m4s", "+2.m4s", "2.-0.m4s", "init-00.mp4"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(At(stage, $"source/{alias}"))).StatusCode);
        }
    }

    [Fact]
    public async Task Playlists_AreCompressedForThoseWhoTakeIt_AndReadableByPagesOfAnyOrigin()
    {
        await using var host = await VideoHost.StartAsync(("AheadSecondsMax", "60"));
        var stage = await ScriptedBroadcast.StartAsync(host, 290);
        foreach (var file in (string[])["main.m3u8", "source/list.m3u8", "source/list.m3u8?_HLS_skip=YES", "source/list.m3u8?_HLS_msn=3&_HLS_skip=v2"])
        {
            var plain = await host.Http.GetStringAsync(At(stage, file));
            using var request = new HttpRequestMessage(HttpMethod.Get, At(stage, file)) { Headers = { { "Accept-Encoding", "br, gzip" }, { "Origin", "https://shop.example" } } };
            using var answer = await host.Http.SendAsync(request);

            Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
            Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
            Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
            using var unzipped = new StreamReader(new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress), Encoding.UTF8);
            Assert.Equal(plain, await unzipped.ReadToEndAsync());

            using var head = await host.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, At(stage, file)));
            Assert.Equal(Encoding.UTF8.GetByteCount(plain), head.Content.Headers.ContentLength);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }

        using var preflight = await host.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, At(stage, "source/2.m4s")));
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        using var notGzip = new HttpRequestMessage(HttpMethod.Get, At(stage, "source/list.m3u8")) { Headers = { { "Accept-Encoding", "gzip;q=0" } } };
        Assert.Empty((await host.Http.SendAsync(notGzip)).Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task DeltaUpdates_LeaveOutWhatThePlayerHas_UntilTheEnd()
    {
        await using var host = await VideoHost.StartAsync(("AheadSecondsMax", "60"));
        var stage = await ScriptedBroadcast.StartAsync(host, 290);

        var whole = await host.Http.GetStringAsync(At(stage, "source/list.m3u8"));
        var delta = await host.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_skip=YES"));

        Assert.Contains("#EXT-X-SKIP:SKIPPED-SEGMENTS=", delta);
        Assert.Empty(PlaylistChecker.CheckDelta(whole, delta));

        stage.End();
        Assert.Equal(
            await host.Http.GetStringAsync(At(stage, "source/list.m3u8")),
            await host.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_skip=YES&_HLS_msn=999&_HLS_part=3")));
    }

    [Fact]
    public async Task LowerRung_IsListedWithItsReports_AndWhenDroppedItsPlayersAreTold()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun, "p480");
        var source = await host.Http.GetStringAsync(At(stage, "source/list.m3u8"));
        var lower = await host.Http.GetStringAsync(At(stage, "p480/list.m3u8"));
        var main = await host.Http.GetStringAsync(At(stage, "main.m3u8"));
        Assert.Empty(PlaylistChecker.CheckMain(main));
        Assert.Empty(PlaylistChecker.CheckVariants(source, lower));
        Assert.Contains("p480/list.m3u8", main);
        Assert.Contains("#EXT-X-RENDITION-REPORT:URI=\"../p480/list.m3u8\",LAST-MSN=3,LAST-PART=0\n", source);
        Assert.Contains("#EXT-X-RENDITION-REPORT:URI=\"../source/list.m3u8\",LAST-MSN=3,LAST-PART=0\n", lower);

        var waiting = host.Http.GetStringAsync(At(stage, "p480/list.m3u8?_HLS_msn=3&_HLS_part=1"));
        await Eventually.True(() => stage.Broadcast.Waiting == 1);
        Assert.True(stage.Broadcast.DropRung("p480"));
        Assert.False(stage.Broadcast.DropRung("p480"));
        Assert.False(stage.Broadcast.DropRung("source"));

        Assert.EndsWith("#EXT-X-ENDLIST\n", await waiting);
        Assert.DoesNotContain("p480", await host.Http.GetStringAsync(At(stage, "main.m3u8")));
        stage.Give(3);
        Assert.DoesNotContain("p480", await host.Http.GetStringAsync(At(stage, "source/list.m3u8")));
        Assert.EndsWith("#EXT-X-ENDLIST\n", await host.Http.GetStringAsync(At(stage, "p480/list.m3u8")));

        // It may come back with the next encoder: its headers then have other numbers.
        stage.Begin("source", "p480");
        stage.Give(30, "source", "p480");
        Assert.Equal([1], stage.Broadcast.FindRung("p480")!.View.Inits.Keys);
        Assert.Empty(PlaylistChecker.CheckVariants(
            await host.Http.GetStringAsync(At(stage, "source/list.m3u8")), await host.Http.GetStringAsync(At(stage, "p480/list.m3u8"))));
    }

    [Fact]
    public async Task ListenerThatComesInTheMiddle_MissesNothingAndHearsNothingTwice()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        var heard = new Ear();

        using (stage.Broadcast.Source.Listen(heard, out var now))
        {
            heard.Fragments.AddRange(now.View.Segments.SelectMany(segment => segment.Body.Fragments));
            heard.Fragments.AddRange(now.Open);
            stage.Give(40);
            stage.Begin("source");
            stage.Give(15);
        }

        stage.Give(5);
        Assert.Equal(Begun + 40 + 15, heard.Fragments.Count);
        Assert.Equal(heard.Fragments.Count, heard.Fragments.Distinct().Count());
        Assert.Equal(["made 3", "made 4", "made 5", "ended", "began 1", "made 6"], heard.Said);
    }

    [Fact]
    public async Task TenThousandWhoWait_CostLittle()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        const int players = 10_000;
        using var gone = new CancellationTokenSource();
        var waiting = new Task<RungWait>[players];

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < players; i++) { waiting[i] = stage.Broadcast.Source.WaitForAsync(3, 1, gone.Token).AsTask(); }
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / players;
        stage.Give(1);

        Assert.All(await Task.WhenAll(waiting), wait => Assert.Equal(RungWait.There, wait));
        Assert.InRange(each, 1, 1024);
    }

    private static Uri At(ScriptedBroadcast stage, string file) => new(stage.Address, file);

    private static async Task AdvanceUntil(ManualTimeProvider clock, Func<bool> done, int secondsAtLeast, int secondsAtMost)
    {
        for (var second = 0; second < secondsAtMost; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            if (second + 1 < secondsAtLeast) { Assert.False(done()); }
        }

        await Eventually.True(done);
    }

    private sealed class Ear : IRungListener
    {
        public List<Fragment> Fragments { get; } = [];

        public List<string> Said { get; } = [];

        public void RunBegan(int initNumber, InitSegment init, DateTimeOffset recordedAt) => Said.Add($"began {initNumber}");

        public void FragmentCame(Fragment fragment) => Fragments.Add(fragment);

        public void SegmentMade(Segment segment) => Said.Add($"made {segment.Number}");

        public void RunEnded() => Said.Add("ended");

        public void Over() => Said.Add("over");
    }
}
