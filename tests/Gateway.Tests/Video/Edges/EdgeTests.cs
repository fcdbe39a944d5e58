using System.Net;
using System.Net.Sockets;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Two gateways with sockets between them: a broadcast that arrives at one is watched at the other.</summary>
public sealed class EdgeTests
{
    // As in PlaybackTests: segments 0, 1 and 2, and of 3 the part 0; 3.1 comes with the next fragment.
    private const int Begun = 45;

    private readonly Origins _origins = new();

    /// <summary>For what is held for a moment only, and for waits that have a bound: on it a slow machine loses neither.</summary>
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData("main.m3u8")]
    [InlineData("source/list.m3u8")]
    [InlineData("source/list.m3u8?_HLS_skip=YES")]
    [InlineData("source/list.m3u8?_HLS_msn=2")]
    [InlineData("source/list.m3u8?_HLS_msn=3&_HLS_part=0&_HLS_skip=YES&other=1")]
    [InlineData("source/dvr.m3u8")]
    [InlineData("source/init-0.mp4")]
    [InlineData("source/2.m4s")]
    [InlineData("source/3.0.m4s")]
    [InlineData("p480/2.1.m4s")]
    [InlineData("source/list.m3u8?_HLS_msn=9")]
    [InlineData("source/list.m3u8?_HLS_part=1")]
    [InlineData("source/99.m4s")]
    [InlineData("source/03.m4s")]
    [InlineData("p240/list.m3u8")]
    [InlineData("Nope/list.m3u8")]
    [InlineData("thumbnail.jpg")]
    [InlineData("nothing")]
    public async Task AnotherGatewaysBroadcast_IsAnsweredWithTheSameStatusHeadersAndBytes(string file)
    {
        await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin");
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun, "p480");

        foreach (var (method, coding) in ((HttpMethod, string)[])[(HttpMethod.Get, "identity"), (HttpMethod.Get, "gzip"), (HttpMethod.Head, "gzip")])
        {
            var there = await AskAsync(origin, stage, file, method, coding);
            var here = await AskAsync(edge, stage, file, method, coding);

            // And once more, from memory.
            Assert.Equal(there, here);
            Assert.Equal(there, await AskAsync(edge, stage, file, method, coding));
        }
    }

    [Fact]
    public async Task EveryoneWhoWaitsAtAnEdge_CostsTheOriginOneRequest_AndGetsTheSameBytes()
    {
        await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin");
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        var before = await edge.Http.GetStringAsync(At(stage, "source/list.m3u8"));

        var lists = Enumerable.Range(0, 50).Select(_ => edge.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"))).ToArray();
        var parts = Enumerable.Range(0, 50).Select(_ => edge.Http.GetByteArrayAsync(At(stage, "source/3.1.m4s"))).ToArray();
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 100 && stage.Broadcast.Waiting == 2);
        stage.Give(1);

        var texts = await Task.WhenAll(lists);
        Assert.Single(texts.Distinct());
        Assert.Empty(PlaylistChecker.Check(texts[0]));
        Assert.Empty(PlaylistChecker.CheckUpdate(before, texts[0]));
        Assert.All(await Task.WhenAll(parts), bytes => Assert.Equal(3 * ScriptedBroadcast.FragmentBytes, bytes.Length));
        Assert.Equal(1, origin.Asked[$"/edge/live/{stage.Broadcast.StreamId}/source/list.m3u8?_HLS_msn=3&_HLS_part=1"]);
        Assert.Equal(1, origin.Asked[$"/edge/live/{stage.Broadcast.StreamId}/source/3.1.m4s"]);
        Assert.Equal(1, _origins.Questions);
    }

    [Fact]
    public async Task WholePlaylistAndItsUpdate_AreOneWaitAtTheOrigin()
    {
        await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin");
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);

        var updates = Enumerable.Range(0, 5).Select(_ => edge.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1&_HLS_skip=YES"))).ToArray();
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 5 && stage.Broadcast.Waiting == 1);
        var wholes = Enumerable.Range(0, 5).Select(_ => edge.Http.GetStringAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"))).ToArray();
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 10);
        Assert.Equal(1, stage.Broadcast.Waiting);
        stage.Give(1);

        Assert.All(await Task.WhenAll([.. updates, .. wholes]), text => Assert.Contains("3.1.m4s", text));
        Assert.Equal(1, origin.Asked[$"/edge/live/{stage.Broadcast.StreamId}/source/list.m3u8?_HLS_msn=3&_HLS_part=1"]);
        Assert.Equal(1, origin.Asked[$"/edge/live/{stage.Broadcast.StreamId}/source/list.m3u8?_HLS_msn=3&_HLS_part=1&_HLS_skip=YES"]);
    }

    [Fact]
    public async Task ViewersWhoWatchFromPartToPart_LetEachThingBeFetchedOnce()
    {
        await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin");
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);

        const int Parts = 12;
        var seen = new int[20];
        var watching = Enumerable.Range(0, seen.Length).Select(who => WatchAsync(edge, stage, Parts, count => seen[who] = count)).ToArray();
        var (made, number, part) = (0, 3, 1);
        while (made < Parts)
        {
            stage.Give(1);
            if (stage.Broadcast.Source.View.FindPart(number, part) is not null) { (made, part) = (made + 1, part + 1); }
            else if (stage.Broadcast.Source.View.Find(number) is not null) { (number, part) = (number + 1, 0); }
            await Eventually.True(() => seen.All(count => count >= made));
        }

        var watched = await Task.WhenAll(watching);
        Assert.All(watched, one => Assert.Equal(watched[0], one));
        Assert.All(origin.Asked.Where(asked => asked.Key.Contains("/edge/", StringComparison.Ordinal)), asked => Assert.Equal(1, asked.Value));
    }

    [Fact]
    public async Task LastViewerWhoLeaves_EndsTheRequestToTheOrigin()
    {
        await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin");
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        using var leave = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 5).Select(_ => edge.Http.GetAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"), leave.Token)).ToArray();
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 5 && stage.Broadcast.Waiting == 1);

        await leave.CancelAsync();

        foreach (var one in waiting) { await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one); }
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 0 && stage.Broadcast.Waiting == 0);
    }

    [Fact]
    public async Task OriginThatDies_IsSaidToViewers_AndTheBroadcastThatGoesOnElsewhereIsFollowed()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var origin = await VideoHost.StartAsync(_origins, "origin");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        Assert.Empty(PlaylistChecker.Check(await edge.Http.GetStringAsync(At(stage, "source/list.m3u8"))));
        var waiting = edge.Http.GetAsync(At(stage, "source/list.m3u8?_HLS_msn=3&_HLS_part=1"));
        await Eventually.True(() => stage.Broadcast.Waiting == 1);
        await origin.DisposeAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await waiting).StatusCode);
        using (var dead = await edge.Http.GetAsync(At(stage, "source/2.m4s")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, dead.StatusCode);
            Assert.Equal(1, dead.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            Assert.Contains("\"name\":\"unavailable\"", await dead.Content.ReadAsStringAsync());
        }

        await using var another = await VideoHost.StartAsync(_origins, "another");
        var resumed = ScriptedBroadcast.Resume(another, stage);
        resumed.Begin("source");
        resumed.Give(Begun);
        Assert.Equal("http://another:80", _origins.Told[stage.Broadcast.StreamId]);

        // A plain list is the same for everybody for a quarter of a second.
        var list = await another.Http.GetStringAsync(At(stage, "source/list.m3u8"));
        await Eventually.TrueAsync(async () => await edge.Http.GetStringAsync(At(stage, "source/list.m3u8")) == list);
    }

    [Fact]
    public async Task BroadcastThatMovesWhileItsOldGatewayLives_IsFollowedAtOnce()
    {
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        await using var origin = await VideoHost.StartAsync(_origins, "origin", ("EndedKeepSeconds", "0"));
        await using var another = await VideoHost.StartAsync(_origins, "another");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        await edge.Http.GetStringAsync(At(stage, "source/list.m3u8"));

        stage.End();
        await Eventually.True(() => origin.Broadcasts.Find(stage.Broadcast.StreamId) is null);
        var resumed = ScriptedBroadcast.Resume(another, stage);
        resumed.Begin("source");
        resumed.Give(Begun);

        var number = resumed.Broadcast.Source.View.Newest!.Value.Number;
        Assert.Contains($"\n{number - 1}.m4s\n", await edge.Http.GetStringAsync(At(stage, $"source/list.m3u8?_HLS_msn={number}&_HLS_part=0")));
    }

    [Fact]
    public async Task BroadcastThatIsNowhere_IsNotFound_AndAskedForOnceASecond()
    {
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var id = VideoHost.NewId();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => edge.Http.GetAsync($"/live/{id}/main.m3u8")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
        Assert.Contains("\"name\":\"stream_not_live\"", await answers[0].Content.ReadAsStringAsync());
        Assert.Equal(1, _origins.Questions);
        _clock.Advance(TimeSpan.FromSeconds(1));
        using var later = await edge.Http.GetAsync($"/live/{id}/main.m3u8");
        Assert.Equal((HttpStatusCode.NotFound, 2), (later.StatusCode, _origins.Questions));
    }

    [Fact]
    public async Task GatewayThatIsAskedByAnother_NeverAsksAThird()
    {
        await using var origin = await VideoHost.StartAsync(_origins, "origin");
        await using var middle = await VideoHost.StartAsync(_origins, "middle");
        await using var edge = await VideoHost.StartAsync(_origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        _origins.Told[stage.Broadcast.StreamId] = "http://middle:80";

        using (var answer = await edge.Http.GetAsync(At(stage, "main.m3u8"))) { Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode); }
        Assert.Equal(1, middle.Asked[$"/edge/live/{stage.Broadcast.StreamId}/main.m3u8"]);
        Assert.Empty(origin.Asked);
    }

    [Fact]
    public async Task WhoDoesNotKnowTheSecret_GetsNothingFromTheGatewaysDoor()
    {
        await using var origin = await VideoHost.StartAsync(_origins, "origin");
        await using var alone = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        var address = $"/edge/live/{stage.Broadcast.StreamId}/main.m3u8";
        using var wrong = new HttpRequestMessage(HttpMethod.Get, new Uri(origin.Address, address));
        wrong.Headers.TryAddWithoutValidation("Authorization", "Bearer ");
        using var empty = new HttpRequestMessage(HttpMethod.Get, new Uri(alone.Address, address));
        empty.Headers.TryAddWithoutValidation("Authorization", "Bearer ");

        foreach (var answer in (HttpResponseMessage[])[await origin.Http.GetAsync(address), await origin.Http.SendAsync(wrong), await alone.Http.SendAsync(empty)])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task OriginThatAnswersNothing_IsGivenUpInTime()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var edge = await VideoHost.StartAsync(_origins, "edge", ("Edge:AnswerSeconds", "0.5"), ("Edge:WaitSeconds", "1"));
        var id = VideoHost.NewId();
        _origins.Addresses["http://mute:80"] = new Uri($"http://{mute.LocalEndpoint}/");
        _origins.Told[id] = "http://mute:80";

        foreach (var file in (string[])["main.m3u8", "source/list.m3u8?_HLS_msn=3", "source/3.0.m4s"])
        {
            using var answer = await edge.Http.GetAsync($"/live/{id}/{file}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
    }

    [Fact]
    public async Task GatewayThatStandsAlone_AsksNobody()
    {
        await using var host = await VideoHost.StartAsync();
        using var answer = await host.Http.GetAsync($"/live/{VideoHost.NewId()}/main.m3u8");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.False(host.Get<EdgeDesk>().IsOn);
    }

    /// <summary>Watches as a player of low-latency HLS does, from part to part, and gives the bytes of the parts.</summary>
    private static async Task<string> WatchAsync(VideoHost host, ScriptedBroadcast stage, int parts, Action<int> saw)
    {
        var seen = new List<string>();
        var (number, part) = (3, 1);
        while (seen.Count < parts)
        {
            var list = await host.Http.GetStringAsync(At(stage, $"source/list.m3u8?_HLS_msn={number}&_HLS_part={part}"));
            if (!list.Contains($"URI=\"{number}.{part}.m4s\"", StringComparison.Ordinal))
            {
                (number, part) = (number + 1, 0);
                continue;
            }

            seen.Add(Convert.ToHexString(await host.Http.GetByteArrayAsync(At(stage, $"source/{number}.{part++}.m4s"))));
            saw(seen.Count);
        }

        return string.Join('\n', seen);
    }

    private static async Task<string> AskAsync(VideoHost host, ScriptedBroadcast stage, string file, HttpMethod method, string coding)
    {
        using var request = new HttpRequestMessage(method, new Uri(host.Address, At(stage, file)));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        using var answer = await host.Http.SendAsync(request);
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Server" or "Transfer-Encoding" or "Content-Length"))
            .OrderBy(header => header.Key, StringComparer.Ordinal)
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        return string.Join('\n', [$"{(int)answer.StatusCode}", .. headers, Convert.ToHexString(await answer.Content.ReadAsByteArrayAsync())]);
    }

    private static string At(ScriptedBroadcast stage, string file) => $"/live/{stage.Broadcast.StreamId}/{file}";
}
