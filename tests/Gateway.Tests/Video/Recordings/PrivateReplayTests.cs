using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Video.Passes;
using Visitor = LiveCommerce.Gateway.Tests.Running.Visitor;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>What was recorded while a room was private, in the product as it is run, when everybody may enter the room again.</summary>
public sealed class PrivateReplayTests : IAsyncLifetime
{
    private const int Seconds = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("private-replays-").FullName;
    private TestServer _server = null!;
    private Visitor _owner = null!;
    private Visitor _guest = null!;
    private Visitor _stranger = null!;
    private Visitor _nobody = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(
            ("Video:Recordings:Folder", _folder), ("Video:Recordings:FreeBytesMin", "0"), ("Video:Recordings:TidySeconds", "0.5"), ("Video:SegmentSeconds", "1"),
            ("Video:ListedSegments", "5"), ("Video:KeptSegments", "6"), ("Video:AheadSecondsMax", "60"), ("Video:BacklogMsMax", "60000"), ("Video:LowerRungsMax", "0"),

            // It sends nothing more while the test looks, however long that takes.
            ("Video:PublisherIdleSeconds", "300"));
        (_owner, _guest, _stranger, _nobody) = (await _server.NewMemberAsync(), await _server.NewMemberAsync(), await _server.NewMemberAsync(), _server.NewVisitor());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var visitor in (Visitor[])[_owner, _guest, _stranger, _nobody]) { visitor.Dispose(); }
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ReplayAndClipsOfAPrivateRoomThatWasOpened_AreForItsGuests_UntilItsOwnerOpensThem()
    {
        var room = await _owner.CreateRoomAsync("For friends only");
        await _owner.PutAsync<RoomView>($"/api/rooms/{room.RoomId}/audience", new { audience = "private" });
        var link = await _owner.PostAsync<InvitationLink>($"/api/rooms/{room.RoomId}/invitations", new { name = "Friends", seconds = 3_600, usesMax = 5 }, Guid.CreateVersion7());
        await _guest.DoneAsync(HttpMethod.Post, $"/api/rooms/{room.RoomId}/admission", new { invitation = link.Code });
        await using var publisher = await Publisher.ConnectAsync(_server.Address, room.RoomId, ("Cookie", _owner.Cookie!));
        await publisher.HelloAsync();
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.Make(
            "-f", "lavfi", "-i", $"testsrc2=s=320x180:r=15:d={Seconds}", "-f", "lavfi", "-i", $"sine=f=440:r=48000:d={Seconds}",
            "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-pix_fmt", "yuv420p", "-b:v", "300k",
            "-c:a", "libopus", "-b:a", "32k", "-cluster_time_limit", "200", "-f", "matroska"));
        var guestsPass = (await _guest.PostAsync<PassView>($"/api/rooms/{room.RoomId}/pass?plain=true")).Pass;
        await TestServer.UntilAsync(async () => (await TextAsync($"/live/{stream}~{guestsPass}/source/list.m3u8")).Contains($"\n{Seconds - 3}.m4s", StringComparison.Ordinal));
        await TestServer.UntilAsync(async () => await StatusAsync(_guest, $"/live/{stream}~{guestsPass}/source/0.m4s") == HttpStatusCode.OK);
        var clip = await _guest.PostAsync<ClipView>($"/api/rooms/{room.RoomId}/clips", new { seconds = 15, title = "Among us" }, Guid.CreateVersion7());

        // The broadcast goes on, for everybody; what is recorded of it does not go with it.
        await _owner.PutAsync<RoomView>($"/api/rooms/{room.RoomId}/audience", new { audience = "public" });
        await TestServer.UntilAsync(async () => await StatusAsync(_nobody, $"/live/{stream}/source/list.m3u8") == HttpStatusCode.OK);
        foreach (var file in (string[])["dvr.m3u8", "0.m4s"])
        {
            foreach (var who in (Visitor[])[_nobody, _stranger]) { Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(who, $"/live/{stream}/source/{file}")); }
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(_guest, $"/live/{stream}/source/{file}"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(_nobody, $"/live/{stream}~{guestsPass}/source/{file}"));
        }

        await RefusedAsync(_stranger, HttpMethod.Post, $"/api/rooms/{room.RoomId}/clips", new { seconds = 15 }, Guid.CreateVersion7());
        await _owner.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Put, $"/api/recordings/{stream}/audience", new { audience = "public" });
        await publisher.ByeAsync();

        // In the lists of those who may watch it, and in no other.
        await TestServer.UntilAsync(async () => (await ListAsync(_guest, room)).Recordings is [{ HasPictures: true }]);
        Assert.Equal(RoomAudience.Private, Assert.Single((await ListAsync(_owner, room)).Recordings).Audience);
        foreach (var who in (Visitor[])[_nobody, _stranger]) { Assert.Empty((await ListAsync(who, room)).Recordings); }

        string[] replay = ["main.m3u8", "list.m3u8", "init-0.mp4", "3.m4s", "poster.jpg", "sprites.vtt", "sprite-0.jpg"];
        string[] clips = ["mp4", "jpg"];
        var strangersPass = (await _stranger.PostAsync<PassView>($"/api/rooms/{room.RoomId}/pass?plain=true")).Pass;
        async Task AreRefusedAsync()
        {
            foreach (var (who, pass) in ((Visitor, string)[])[(_nobody, ""), (_stranger, ""), (_nobody, $"~{strangersPass}"), (_nobody, "~nonsense")])
            {
                foreach (var file in replay) { await RefusedAsync(who, HttpMethod.Get, $"/replays/{stream}{pass}/{file}"); }
                foreach (var kind in clips) { await RefusedAsync(who, HttpMethod.Get, $"/clips/{clip.ClipId}{pass}.{kind}"); }
                foreach (var answer in (string[])[$"/api/recordings/{stream}", $"/api/clips/{clip.ClipId}", $"/replays/{stream}/chat?from=0&to=9000"])
                {
                    await RefusedAsync(who, HttpMethod.Get, answer);
                }
            }

            await RefusedAsync(_stranger, HttpMethod.Post, $"/api/recordings/{stream}/clips", new { seconds = 15, fromMs = 0 }, Guid.CreateVersion7());

            // What gateways give one another is for them alone.
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(_nobody, $"/edge/recordings/{stream}/run-0.mp4"));
        }

        async Task AreGivenAsync(Visitor who, string pass = "")
        {
            foreach (var file in replay) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(who, $"/replays/{stream}{pass}/{file}")); }
            foreach (var kind in clips) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(who, $"/clips/{clip.ClipId}{pass}.{kind}")); }
        }

        await AreRefusedAsync();
        await AreGivenAsync(_owner);
        await AreGivenAsync(_guest);
        await AreGivenAsync(_nobody, $"~{guestsPass}");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_guest, $"/replays/{stream}/chat?from=0&to=9000"));

        // Only its owner decides, as often as she likes.
        var path = $"/api/recordings/{stream}/audience";
        Assert.Equal(RefusalCode.NotRoomOwner, (await _guest.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, path, new { audience = "public" })).Code);
        Assert.Equal(RefusalCode.SignInRequired, (await _nobody.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Put, path, new { audience = "public" })).Code);
        for (var i = 0; i < 2; i++) { Assert.Equal(RoomAudience.Public, (await _owner.PutAsync<RecordingView>(path, new { audience = "public" })).Audience); }
        await AreGivenAsync(_nobody);
        Assert.Single((await ListAsync(_nobody, room)).Recordings);
        Assert.Equal(RoomAudience.Private, (await _owner.PutAsync<RecordingView>(path, new { audience = "private" })).Audience);
        await AreRefusedAsync();

        // A clip can be opened by itself.
        var one = $"/api/clips/{clip.ClipId}/audience";
        Assert.Equal(RefusalCode.NotRoomOwner, (await _guest.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, one, new { audience = "public" })).Code);
        Assert.Equal(RoomAudience.Public, (await _owner.PutAsync<ClipView>(one, new { audience = "public" })).Audience);
        foreach (var kind in clips) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(_nobody, $"/clips/{clip.ClipId}.{kind}")); }
        await RefusedAsync(_nobody, HttpMethod.Get, $"/replays/{stream}/main.m3u8");
        Assert.Equal(RoomAudience.Private, (await _owner.PutAsync<ClipView>(one, new { audience = "private" })).Audience);
        await AreRefusedAsync();
    }

    private static Task<RecordingList> ListAsync(Visitor who, RoomView room) => who.GetAsync<RecordingList>($"/api/rooms/{room.RoomId}/recordings");

    private static async Task RefusedAsync(Visitor who, HttpMethod method, string path, object? body = null, Guid? key = null) =>
        Assert.Equal(RefusalCode.RoomPrivate, (await who.RefusedAsync(HttpStatusCode.Forbidden, method, path, body, key)).Code);

    private static async Task<HttpStatusCode> StatusAsync(Visitor who, string path)
    {
        using var answer = await who.SendAsync(HttpMethod.Get, path);
        return answer.StatusCode;
    }

    private async Task<string> TextAsync(string path)
    {
        using var answer = await _nobody.SendAsync(HttpMethod.Get, path);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : "";
    }
}
