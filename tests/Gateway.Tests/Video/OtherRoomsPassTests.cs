using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Tests.Video.Recordings;
using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A pass is for one room: into another one it leads nowhere, also when its account may be in both.</summary>
public sealed class OtherRoomsPassTests
{
    private static readonly string Ana = VideoHost.NewId();

    private readonly Origins _origins = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task PassForOnePrivateRoom_OpensNothingOfAnothersLiveVideo_AtItsGatewayAndAtAnEdge()
    {
        await using var origin = await VideoHost.StartAsync(_clock, _origins, "origin");
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        var mine = await ScriptedBroadcast.StartAsync(origin, 45);
        var other = await ScriptedBroadcast.StartAsync(origin, 45);
        foreach (var host in (VideoHost[])[origin, edge])
        {
            (host.Rooms.Guests[mine.Broadcast.RoomId], host.Rooms.Guests[other.Broadcast.RoomId]) = ([Ana], [Ana]);
        }

        var pass = await origin.PassAsync(mine.Broadcast.RoomId, Ana);
        var right = await origin.PassAsync(other.Broadcast.RoomId, Ana);
        foreach (var host in (VideoHost[])[origin, edge])
        {
            foreach (var file in (string[])["main.m3u8", "source/list.m3u8", "source/init-0.mp4", "source/2.m4s", "source/3.0.m4s", "thumbnail.jpg"])
            {
                // What is in an edge's memory already is refused as well.
                await RefusedAsync(host, $"/live/{other.Broadcast.StreamId}~{pass}/{file}");
                var open = file == "thumbnail.jpg" ? HttpStatusCode.NotFound : HttpStatusCode.OK;
                Assert.Equal(open, await StatusAsync(host, $"/live/{other.Broadcast.StreamId}~{right}/{file}"));
                await RefusedAsync(host, $"/live/{other.Broadcast.StreamId}~{pass}/{file}");
            }

            Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{mine.Broadcast.StreamId}~{pass}/main.m3u8"));
            await using var watching = await InstantClient.ConnectAsync(host.Address, $"{other.Broadcast.StreamId}~{pass}");
            Assert.Equal(InstantClose.NotAdmitted, await watching.ClosedAsync());
            await using var admitted = await InstantClient.WatchAsync(host.Address, $"{other.Broadcast.StreamId}~{right}");
        }
    }

    [Fact]
    public async Task PassForOnePrivateRoom_OpensNoReplayAndNoClipOfAnother()
    {
        var (mine, other, replay, clip) = (VideoHost.NewId(), VideoHost.NewId(), VideoHost.NewId(), VideoHost.NewId());
        var rows = new RecordedRooms
        {
            Rooms = { [replay] = other, [clip] = other },
            Guests = { [mine] = [Ana], [other] = [Ana] },
        };
        _origins.Recordings = rows;
        var folder = Directory.CreateTempSubdirectory("passes-").FullName;
        try
        {
            await using var host = await VideoHost.StartAsync(_clock, _origins, "here", ("Recordings:Folder", folder), ("Recordings:FreeBytesMin", "0"));
            var store = host.Get<RecordingHome>().Store!;
            rows.PlaceId = store.PlaceId;
            using (var writer = new RecordingWriter(store, replay, new RecordingIndex([])))
            {
                writer.BeginRun(0, Takes.Init, Takes.Noon);
                writer.Append(Takes.Segment(0, 0));
                writer.End(Takes.Noon);
            }

            store.Put(ClipMaker.Folder, ClipMaker.FileName(clip), new byte[100]);
            store.Put(ClipMaker.Folder, ClipMaker.PosterName(clip), new byte[10]);
            var (pass, right) = (await host.PassAsync(mine, Ana), await host.PassAsync(other, Ana));
            string[] all =
            [
                $"/replays/{replay}~*/main.m3u8", $"/replays/{replay}~*/list.m3u8", $"/replays/{replay}~*/init-0.mp4", $"/replays/{replay}~*/0.m4s",
                $"/clips/{clip}~*.mp4", $"/clips/{clip}~*.jpg",
            ];
            foreach (var address in all)
            {
                // Also when the right one has been answered, which is remembered for a moment.
                await RefusedAsync(host, address.Replace("*", pass, StringComparison.Ordinal));
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, address.Replace("*", right, StringComparison.Ordinal)));
                await RefusedAsync(host, address.Replace("*", pass, StringComparison.Ordinal));
            }

            await RefusedAsync(host, $"/replays/{replay}~{pass}/chat");
            await host.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

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
    }
}
