using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What is recorded for guests only, of a broadcast that everybody watches live, where it is made and at edges.</summary>
public sealed class RecordedEdgeTests : IDisposable
{
    private static readonly string Ana = VideoHost.NewId();

    /// <summary>A clock that a test moves by seconds at once must end no broadcast; and what is older than some seconds is on the disk only.</summary>
    private static readonly (string, string)[] Patient =
        [("LeaseSeconds", "60"), ("GraceSeconds", "300"), ("SegmentSeconds", "1"), ("ListedSegments", "5"), ("KeptSegments", "6"), ("AheadSecondsMax", "60")];

    private readonly string _folder = Directory.CreateTempSubdirectory("recorded-").FullName;
    private readonly ManualTimeProvider _clock = new();
    private readonly ReplayRows _rows = new() { Guests = [Ana] };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task BroadcastOfARoomThatWasPrivate_IsWatchedLiveByEverybody_AndGoneBackInByItsGuestsOnly()
    {
        var origins = new Origins { Recordings = _rows };
        await using var origin = await VideoHost.StartAsync(_clock, origins, "origin", [("Recordings:Folder", _folder), ("Recordings:FreeBytesMin", "0"), .. Patient]);
        await using var edge = await VideoHost.StartAsync(_clock, origins, "edge", Patient);
        var stage = await ScriptedBroadcast.StartAsync(origin, 205);
        var (id, room) = (stage.Broadcast.StreamId, stage.Broadcast.RoomId);
        var (guest, stranger) = (await origin.PassAsync(room, Ana), await origin.PassAsync(room, VideoHost.NewId()));
        await RecordedAsync(origin, id);
        Assert.Contains("\n0.m4s", await origin.Http.GetStringAsync($"/live/{id}~{guest}/source/dvr.m3u8"));

        foreach (var host in (VideoHost[])[origin, edge])
        {
            foreach (var file in (string[])["source/dvr.m3u8", "source/0.m4s", "source/3.m4s"])
            {
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}~{guest}/{file}", isPrivate: true));
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}/{file}", isPrivate: true, caller: Ana));
                Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, $"/live/{id}/{file}"));
                Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, $"/live/{id}/{file}", caller: VideoHost.NewId()));
                Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, $"/live/{id}~{stranger}/{file}"));
            }

            foreach (var file in (string[])["main.m3u8", "source/list.m3u8", "source/19.m4s"]) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}/{file}")); }
            foreach (var address in (string[])[$"/replays/{id}", $"/replays/{id}~{stranger}"])
            {
                foreach (var file in (string[])["main.m3u8", "list.m3u8", "init-0.mp4", "0.m4s", "poster.jpg", "sprites.vtt", "sprite-0.jpg", "chat"])
                {
                    await RefusedAsync(host, $"{address}/{file}");
                }
            }
        }

        // Its owner opens it.
        _rows.Guests = null;
        _clock.Advance(TimeSpan.FromSeconds(3));
        foreach (var host in (VideoHost[])[origin, edge])
        {
            foreach (var file in (string[])["source/dvr.m3u8", "source/0.m4s"]) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}/{file}")); }
        }
    }

    [Fact]
    public async Task WhileNobodyCanBeAsked_WhoMightGoBackStillMay_AndWhoMightNotStillMayNot()
    {
        var origins = new Origins { Recordings = _rows };
        await using var origin = await VideoHost.StartAsync(_clock, origins, "origin", [("Recordings:Folder", _folder), ("Recordings:FreeBytesMin", "0"), .. Patient]);
        var stage = await ScriptedBroadcast.StartAsync(origin, 205);
        var id = stage.Broadcast.StreamId;
        await RecordedAsync(origin, id);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(origin, $"/live/{id}/source/0.m4s", caller: Ana));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(origin, $"/live/{id}/source/0.m4s"));

        _rows.IsOutOfReach = true;
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(origin, $"/live/{id}/source/0.m4s", caller: Ana));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(origin, $"/live/{id}/source/0.m4s"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(origin, $"/live/{id}/source/0.m4s", caller: VideoHost.NewId()));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(origin, $"/live/{id}/source/list.m3u8"));
    }

    [Fact]
    public async Task SiloThatHangs_IsWaitedForOnceAViewer_AndThenTheLastAnswerCountsForAWhile()
    {
        // No other timer is due after just this time.
        var bound = TimeSpan.FromSeconds(1.37);
        var origins = new Origins { Recordings = _rows };
        await using var origin = await VideoHost.StartAsync(
            _clock, origins, "origin",
            [("Recordings:Folder", _folder), ("Recordings:FreeBytesMin", "0"), ("Recordings:AnswerSeconds", "1.37"), .. Patient]);
        var stage = await ScriptedBroadcast.StartAsync(origin, 205);
        var (old, ben) = ($"/live/{stage.Broadcast.StreamId}/source/0.m4s", VideoHost.NewId());
        await RecordedAsync(origin, stage.Broadcast.StreamId);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(origin, old, caller: Ana));
        Assert.Equal(2, _rows.Asked);

        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rows.Answers = hanging.Task;
        _clock.Advance(TimeSpan.FromSeconds(10));

        // Whether everybody may, and whether she may.
        var waiting = StatusAsync(origin, old, caller: Ana);
        for (var asked = 3; asked <= 4; asked++) { await GiveUpAsync(asked); }
        Assert.Equal(HttpStatusCode.OK, await waiting);
        waiting = StatusAsync(origin, old, caller: ben);
        await GiveUpAsync(5);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await waiting);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(origin, old, caller: Ana));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(origin, old, caller: ben));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(origin, old));
        }

        Assert.Equal(5, _rows.Asked);
        _clock.Advance(TimeSpan.FromSeconds(6));
        waiting = StatusAsync(origin, old, caller: ben);
        await Eventually.True(() => _rows.Asked == 6);
        hanging.SetResult();
        Assert.Equal(HttpStatusCode.NotFound, await waiting);

        async Task GiveUpAsync(int asked)
        {
            await Eventually.True(() => _rows.Asked == asked);
            await _clock.Armed(bound);
            _clock.Advance(bound);
        }
    }

    [Fact]
    public async Task BroadcastWhoseRecordingIsDeletedWhileItRuns_IsGoneBackInByNobody_AndBeforeItsRecordingHasBegunByEverybody()
    {
        var begins = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_rows.Guests, _rows.Begins, _rows.IsTakenDown) = (null, begins.Task, true);
        var origins = new Origins { Recordings = _rows };
        await using var origin = await VideoHost.StartAsync(_clock, origins, "origin", [("Recordings:Folder", _folder), ("Recordings:FreeBytesMin", "0"), .. Patient]);
        await using var edge = await VideoHost.StartAsync(_clock, origins, "edge", Patient);
        var stage = await ScriptedBroadcast.StartAsync(origin, 205);
        var id = stage.Broadcast.StreamId;
        foreach (var host in (VideoHost[])[origin, edge]) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}/source/dvr.m3u8")); }
        Assert.Equal(0, _rows.Asked);

        _rows.IsTakenDown = false;
        begins.SetResult();
        await RecordedAsync(origin, id);
        foreach (var host in (VideoHost[])[origin, edge]) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}/source/0.m4s")); }

        _rows.IsTakenDown = true;
        _clock.Advance(TimeSpan.FromSeconds(3));
        foreach (var host in (VideoHost[])[origin, edge])
        {
            foreach (var caller in (string?[])[null, Ana])
            {
                foreach (var file in (string[])["dvr.m3u8", "0.m4s", "1.m4s"]) { Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, $"/live/{id}/source/{file}", caller: caller)); }
                foreach (var file in (string[])["list.m3u8", "19.m4s"]) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, $"/live/{id}/source/{file}", caller: caller)); }
            }
        }

        // That it cannot be said is not that there is nothing.
        _rows.IsUndecided = true;
        _clock.Advance(TimeSpan.FromSeconds(3));
        foreach (var host in (VideoHost[])[origin, edge])
        {
            foreach (var caller in (string?[])[null, Ana])
            {
                foreach (var file in (string[])["dvr.m3u8", "0.m4s"]) { Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(host, $"/live/{id}/source/{file}", caller: caller)); }
            }
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(VideoHost host, string path, bool isPrivate = false, string? caller = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (caller is not null) { request.Headers.Add("X-Test-Caller", caller); }
        using var answer = await host.Http.SendAsync(request);
        if (isPrivate) { Assert.True(answer.Headers.CacheControl is { Private: true, Public: false }, $"{path}: {answer.Headers.CacheControl}"); }
        return answer.StatusCode;
    }

    /// <summary>Waits until the newest whole segment is on the disk, and so all before it.</summary>
    private static Task RecordedAsync(VideoHost host, string streamId) =>
        Eventually.True(() => host.Get<RecordingHome>().FindRecorder(streamId)?.Find(19) is not null);

    private static async Task RefusedAsync(VideoHost host, string path)
    {
        using var answer = await host.Http.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{path}: {answer.StatusCode} {text}");
        Assert.Equal(RefusalCode.RoomPrivate, JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!.Code);
        Assert.True(answer.Headers.CacheControl is { NoStore: true });
    }
}
