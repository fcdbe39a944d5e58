using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>The video of a private room: everything needs a pass of somebody who may be there, at every gateway.</summary>
public sealed class PrivateVideoTests
{
    private const int Begun = 45;
    private static readonly string Ana = VideoHost.NewId();

    /// <summary>A clock that a test moves by seconds at once must end no broadcast.</summary>
    private static readonly (string, string)[] LongPasses = [("LeaseSeconds", "60"), ("GraceSeconds", "300"), ("Passes:LifeSeconds", "300")];
    private static readonly (string, string)[] Patient = [("LeaseSeconds", "60"), ("GraceSeconds", "300"), ("Passes:LifeSeconds", "15")];

    public static TheoryData<string> Everything =>
    [
        "main.m3u8", "source/list.m3u8", "source/list.m3u8?_HLS_skip=YES", "source/list.m3u8?_HLS_msn=2", "source/list.m3u8?_HLS_msn=9", "source/dvr.m3u8",
        "source/init-0.mp4", "source/2.m4s", "source/3.0.m4s", "source/99.m4s", "p480/2.1.m4s", "thumbnail.jpg", "nothing",
    ];

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task NothingOfAPrivateBroadcast_IsGivenWithoutAPass_AndWithOneAllOfItIsAsItWouldBeOfAPublicOne(string file)
    {
        var time = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(time, Patient);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun, "p480");
        var room = stage.Broadcast.RoomId;
        using var open = await host.Http.GetAsync(Path(stage, file));
        var bytes = await open.Content.ReadAsByteArrayAsync();
        host.Rooms.Guests[room] = [Ana];
        time.Advance(TimeSpan.FromSeconds(10));

        await RefusedAsync(host, Path(stage, file));
        await RefusedAsync(host, Path(stage, file, "nonsense"));
        await RefusedAsync(host, Path(stage, file, await host.PassAsync(room, VideoHost.NewId())));
        await RefusedAsync(host, Path(stage, file, await host.PassAsync(VideoHost.NewId(), Ana)));

        using var admitted = await host.Http.GetAsync(Path(stage, file, await host.PassAsync(room, Ana)));
        Assert.Equal(open.StatusCode, admitted.StatusCode);
        Assert.Equal(bytes, await admitted.Content.ReadAsByteArrayAsync());
        Assert.Equal(HttpStatusCode.OK == open.StatusCode, admitted.Headers.CacheControl is { Private: true, Public: false });
        Assert.NotEqual(HttpStatusCode.OK == open.StatusCode, admitted.Headers.CacheControl is { NoStore: true });
        Assert.Equal("no-referrer", admitted.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal(open.StatusCode, await StatusAsync(host, Path(stage, file, await host.PassAsync(room, VideoHost.NewId(), PlatformRole.Moderator))));
    }

    [Fact]
    public async Task RestOfAPrivateBroadcastThatIsOver_IsForItsGuests_AndForNobodyOnceTheRoomIsOpened()
    {
        var (time, origins) = (new ManualTimeProvider(), new Origins());
        await using var origin = await VideoHost.StartAsync(time, origins, "origin", Patient);
        await using var edge = await VideoHost.StartAsync(time, origins, "edge", Patient);
        VideoHost[] hosts = [origin, edge];
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        var room = stage.Broadcast.RoomId;
        foreach (var host in hosts) { host.Rooms.Guests[room] = [Ana]; }
        stage.Broadcast.End(BroadcastEnd.Finished);

        foreach (var host in hosts)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "source/2.m4s", await host.PassAsync(room, Ana))));
            await RefusedAsync(host, Path(stage, "source/2.m4s"));
        }

        foreach (var host in hosts)
        {
            host.Rooms.OpenedAt[room] = time.GetUtcNow();
            host.Rooms.Guests.TryRemove(room, out _);
        }

        time.Advance(TimeSpan.FromSeconds(10));
        foreach (var host in hosts)
        {
            foreach (var file in (string[])["source/list.m3u8", "source/1.m4s", "source/init-0.mp4"])
            {
                Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, Path(stage, file)));
            }
        }
    }

    [Fact]
    public async Task RestOfABroadcastWhoseRoomWasOpenedWhileItRan_IsForEverybody()
    {
        var time = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(time, Patient);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        host.Rooms.OpenedAt[stage.Broadcast.RoomId] = time.GetUtcNow() - TimeSpan.FromSeconds(30);
        stage.Broadcast.End(BroadcastEnd.Finished);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "source/2.m4s")));
    }

    [Fact]
    public async Task AddressesInPlaylists_LeadToTheMediaWithThePassThatThePlaylistWasAskedWith()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun, "p480");
        host.Rooms.Guests[stage.Broadcast.RoomId] = [Ana];
        var list = new Uri(host.Address, Path(stage, "source/list.m3u8", await host.PassAsync(stage.Broadcast.RoomId, Ana)));
        var text = await host.Http.GetStringAsync(list);

        Assert.Empty(PlaylistChecker.Check(text));
        Assert.DoesNotContain("~", text, StringComparison.Ordinal);
        foreach (var address in (string[])["init-0.mp4", "2.m4s", "3.0.m4s", "../p480/list.m3u8"])
        {
            Assert.Contains(address, text, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, new Uri(list, address).ToString()));
        }
    }

    [Fact]
    public async Task AtAnEdge_APrivateBroadcastNeedsAPassToo_AndIsFetchedOnceForAllWhoHaveOne()
    {
        var origins = new Origins();
        await using var origin = await VideoHost.StartAsync(origins, "origin");
        await using var edge = await VideoHost.StartAsync(origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        var (room, ben) = (stage.Broadcast.RoomId, VideoHost.NewId());
        (origin.Rooms.Guests[room], edge.Rooms.Guests[room]) = ([Ana, ben], [Ana, ben]);

        using var first = await edge.Http.GetAsync(Path(stage, "source/2.m4s", await edge.PassAsync(room, Ana)));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.True(first.Headers.CacheControl is { Private: true, Public: false });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, Path(stage, "source/2.m4s", await origin.PassAsync(room, ben))));

        // What lies in the edge's memory by now is as private as before.
        await RefusedAsync(edge, Path(stage, "source/2.m4s"));
        await RefusedAsync(edge, Path(stage, "source/2.m4s", await edge.PassAsync(room, VideoHost.NewId())));
        Assert.Equal(1, origin.Asked[$"/edge/live/{stage.Broadcast.StreamId}/source/2.m4s"]);

        await using var watching = await InstantClient.WatchAsync(edge.Address, $"{stage.Broadcast.StreamId}~{await edge.PassAsync(room, Ana)}");
        await using var stranger = await InstantClient.ConnectAsync(edge.Address, stage.Broadcast.StreamId);
        Assert.Equal(InstantClose.NotAdmitted, await stranger.ClosedAsync());
    }

    [Fact]
    public async Task AtAnEdge_BroadcastOfWhichNobodySaysWhoseItIs_IsShownToNobody_AndAsItsRoomAllowsOnceThatIsKnown()
    {
        var origins = new Origins { HidesRooms = true };
        await using var origin = await VideoHost.StartAsync(origins, "origin");
        await using var edge = await VideoHost.StartAsync(origins, "edge");
        var stage = await ScriptedBroadcast.StartAsync(origin, Begun);
        var room = stage.Broadcast.RoomId;
        edge.Rooms.Guests[room] = [Ana];

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(edge, Path(stage, "main.m3u8")));
        await using var early = await InstantClient.ConnectAsync(edge.Address, stage.Broadcast.StreamId);
        Assert.Equal(InstantClose.ComeBack, await early.ClosedAsync());

        origins.HidesRooms = false;
        await Eventually.TrueAsync(async () => await StatusAsync(edge, Path(stage, "main.m3u8")) != HttpStatusCode.ServiceUnavailable);
        await RefusedAsync(edge, Path(stage, "main.m3u8"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, Path(stage, "main.m3u8", await edge.PassAsync(room, Ana))));

        // Whose it is never changes: who does not say so any more opens nothing.
        origins.HidesRooms = true;
        await RefusedAsync(edge, Path(stage, "source/list.m3u8"));
    }

    [Fact]
    public async Task RoomThatDidNotAnswerLongAgo_IsAskedAgain_BeforeAnythingOldIsShown()
    {
        var time = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(time, Patient);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "main.m3u8")));
        host.Rooms.OutOfReach = true;
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "main.m3u8")));

        host.Rooms.OutOfReach = false;
        host.Rooms.Guests[stage.Broadcast.RoomId] = [Ana];
        time.Advance(TimeSpan.FromSeconds(30));
        await RefusedAsync(host, Path(stage, "main.m3u8"));
    }

    [Fact]
    public async Task PassIsOver_WhenItsTimeIs_AndNoPlaylistIsGivenForItAnyMore()
    {
        var time = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(time, Patient);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        host.Rooms.Guests[stage.Broadcast.RoomId] = [Ana];
        var pass = await host.PassAsync(stage.Broadcast.RoomId, Ana);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "main.m3u8", pass)));

        // Rooms that cannot be asked open nothing to a pass whose time is over.
        host.Rooms.OutOfReach = true;
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "main.m3u8", pass)));
        time.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(host, Path(stage, "main.m3u8", pass));
    }

    [Fact]
    public async Task WhoLosesAdmission_LosesTheVideoSoon_OnEveryPath()
    {
        // On the real clock: one that jumps is over before what a socket has just sent has left it, and the server cuts the line.
        await using var host = await VideoHost.StartAsync(TimeProvider.System, LongPasses);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        var room = stage.Broadcast.RoomId;
        host.Rooms.Guests[room] = [Ana];
        var pass = await host.PassAsync(room, Ana);
        await using var instant = await InstantClient.WatchAsync(host.Address, $"{stage.Broadcast.StreamId}~{pass}");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "source/list.m3u8", pass)));

        host.Rooms.Guests[room] = [];

        Assert.Equal(InstantClose.NotAdmitted, await instant.ClosedAsync());
        Assert.Equal((int)RefusalCode.RoomPrivate, instant.Said.GetProperty("code").GetInt32());
        await RefusedAsync(host, Path(stage, "source/list.m3u8", pass));
    }

    [Fact]
    public async Task RoomThatIsClosedWhileItIsLive_ClosesTheInstantSocketsOfAllButTheGuests_AndANewerPassKeepsOneOpen()
    {
        await using var host = await VideoHost.StartAsync(TimeProvider.System, Patient);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        var room = stage.Broadcast.RoomId;
        await using var stranger = await InstantClient.WatchAsync(host.Address, stage.Broadcast.StreamId);
        await using var guest = await InstantClient.WatchAsync(host.Address, stage.Broadcast.StreamId);
        var began = TimeProvider.System.GetTimestamp();
        await guest.SayAsync(new { type = "pass", pass = await host.PassAsync(room, Ana) });
        await guest.PongAsync();

        host.Rooms.Guests[room] = [Ana];

        Assert.Equal(InstantClose.NotAdmitted, await stranger.ClosedAsync());
        await guest.PongAsync();

        // Longer than its first pass lasts.
        await guest.SayAsync(new { type = "pass", pass = await host.PassAsync(room, Ana) });
        await guest.PongAsync();
        var asked = host.Rooms.Questions;
        await Eventually.True(() => TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(15.5) && host.Rooms.Questions >= asked + 2);
        await guest.PongAsync();
    }

    [Fact]
    public async Task PublicBroadcast_GoesOnWhileItsRoomCannotBeAsked_AndAPassInItsAddressHarmsNothing()
    {
        var time = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(time, Patient);
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "main.m3u8")));

        host.Rooms.OutOfReach = true;
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            using var answer = await host.Http.GetAsync(Path(stage, "main.m3u8", "nonsense"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.True(answer.Headers.CacheControl is { Public: true });
        }
    }

    [Fact]
    public async Task RoomThatNobodyCouldEverAsk_IsNotShownToAnybody()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        host.Rooms.OutOfReach = true;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(host, Path(stage, "main.m3u8")));
    }

    [Fact]
    public async Task PassesAreInNoLogLine()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.StartAsync(host, Begun);
        host.Rooms.Guests[stage.Broadcast.RoomId] = [Ana];
        var pass = await host.PassAsync(stage.Broadcast.RoomId, Ana);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Path(stage, "main.m3u8", pass)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/Live/{stage.Broadcast.StreamId}~{pass}/main.m3u8"));
        await RefusedAsync(host, Path(stage, "main.m3u8"));

        // The framework's own line about a request that begins is written before anything of ours runs; the product silences it.
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(pass, StringComparison.Ordinal) && !line.Contains("Request starting", StringComparison.Ordinal));
    }

    private static string Path(ScriptedBroadcast stage, string file, string? pass = null) =>
        $"/live/{stage.Broadcast.StreamId}{(pass is null ? "" : "~" + pass)}/{file}";

    private static async Task<HttpStatusCode> StatusAsync(VideoHost host, string path)
    {
        using var answer = await host.Http.GetAsync(path);
        return answer.StatusCode;
    }

    private static async Task RefusedAsync(VideoHost host, string path)
    {
        using var answer = await host.Http.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{path}: {answer.StatusCode} {text}");
        Assert.Equal(RefusalCode.RoomPrivate, JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!.Code);
        Assert.True(answer.Headers.CacheControl is { NoStore: true });
    }
}
