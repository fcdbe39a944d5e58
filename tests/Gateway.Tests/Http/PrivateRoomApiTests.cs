using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Video.Passes;

namespace LiveCommerce.Gateway.Tests.Http;

/// <summary>A private room over HTTP and the hub, in the whole product.</summary>
public sealed class PrivateRoomApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Stranger_LearnsNothingOfAPrivateRoom_AndAGuestAllOfIt()
    {
        using var mia = await Server.NewMemberAsync();
        using var ana = await Server.NewMemberAsync();
        using var eve = await Server.NewMemberAsync();
        using var nobody = Server.NewVisitor();
        using var moderator = await Server.NewOperatorAsync();
        var room = await mia.CreateRoomAsync("For friends only");
        await GoLiveAsync(room.RoomId, mia);
        var closed = await mia.PutAsync<RoomView>(At(room, "audience"), new { audience = "private" });
        Assert.Equal(RoomAudience.Private, closed.Audience);
        var link = await InviteAsync(mia, room);

        foreach (var stranger in (Visitor[])[eve, nobody])
        {
            foreach (var path in (string[])["", "leaderboard", "recordings"]) { await ClosedAsync(stranger, HttpMethod.Get, At(room, path)); }
            Assert.DoesNotContain((await stranger.GetAsync<RoomList>("/api/rooms")).Rooms, listed => listed.RoomId == room.RoomId);
        }

        await ClosedAsync(eve, HttpMethod.Post, At(room, "pass"));
        await ClosedAsync(eve, HttpMethod.Post, At(room, "clips"), new { seconds = 30 }, Guid.CreateVersion7());
        await ClosedAsync(eve, HttpMethod.Post, At(room, "gifts"), new { giftId = "coffee", quantity = 1, unitPrice = 20 }, Guid.CreateVersion7());
        await ClosedAsync(eve, HttpMethod.Post, At(room, "red-packets"), new { coins = 100, shares = 5, kind = "random" }, Guid.CreateVersion7());
        Assert.Equal(RefusalCode.SignInRequired, (await nobody.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, At(room, "admission"), new { invitation = link.Code })).Code);

        await ana.DoneAsync(HttpMethod.Post, At(room, "admission"), new { invitation = link.Code });
        foreach (var inside in (Visitor[])[mia, ana, moderator])
        {
            Assert.Equal("For friends only", (await inside.GetAsync<RoomView>(At(room))).Title);
            Assert.Equal(Pass.Length, (await inside.PostAsync<PassView>(At(room, "pass"))).Pass.Length);
        }

        Assert.Equal(room.RoomId, (await mia.GetAsync<RoomList>("/api/studio/rooms")).Rooms.Single(own => own.RoomId == room.RoomId).RoomId);
        var book = await mia.GetAsync<GuestBookView>(At(room, "guests"));
        Assert.Equal([ana.Name], book.Guests.Select(guest => guest.Person.Name));
        Assert.Equal((link.Code, 1), book.Invitations.Select(one => (one.Code, one.Invitation.Uses)).Single());

        await mia.DoneAsync(HttpMethod.Delete, At(room, $"invitations/{link.Invitation.InvitationId}"));
        await ClosedAsync(ana, HttpMethod.Get, At(room));
        Assert.Equal(RefusalCode.InvitationOver, (await ana.RefusedAsync(HttpStatusCode.Gone, HttpMethod.Post, At(room, "admission"), new { invitation = link.Code })).Code);

        await mia.PutAsync<RoomView>(At(room, "audience"), new { audience = "public" });
        Assert.Equal("For friends only", (await nobody.GetAsync<RoomView>(At(room))).Title);
    }

    [Fact]
    public async Task WhoIsBanned_ReadsNoMoreOfAPrivateRoomThanAStranger_WhetherInvitedOrNot()
    {
        using var mia = await Server.NewMemberAsync();
        using var ana = await Server.NewMemberAsync();
        using var eve = await Server.NewMemberAsync();
        var room = await mia.CreateRoomAsync("For friends only");
        var grain = Server.Grains.GetGrain<IRoomGrain>(room.RoomId);
        var owner = new LiveCommerce.Contracts.Accounts.Caller(new(mia.Id, mia.Name), LiveCommerce.Contracts.Accounts.PlatformRole.Member);
        await mia.PutAsync<RoomView>(At(room, "audience"), new { audience = "private" });
        await ana.DoneAsync(HttpMethod.Post, At(room, "admission"), new { invitation = (await InviteAsync(mia, room)).Code });
        foreach (var banned in (Visitor[])[ana, eve]) { Assert.True((await grain.Moderate(owner, new BanViewer(banned.Id, null, null))).Ok); }

        foreach (var path in (string[])["", "leaderboard"])
        {
            await ClosedAsync(eve, HttpMethod.Get, At(room, path));
            Assert.Equal(RefusalCode.Banned, (await ana.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, At(room, path))).Code);
        }

        // Of a public room both read what everybody reads.
        await mia.PutAsync<RoomView>(At(room, "audience"), new { audience = "public" });
        foreach (var banned in (Visitor[])[ana, eve]) { Assert.Equal("For friends only", (await banned.GetAsync<RoomView>(At(room))).Title); }
    }

    [Fact]
    public async Task AddressWithAPass_IsToldToNoOtherSite()
    {
        using var nobody = Server.NewVisitor();
        foreach (var path in (string[])["live", "replays", "clips", "Replays"])
        {
            using var answer = await nobody.SendAsync(HttpMethod.Get, $"/{path}/{Guid.CreateVersion7():N}~{new string('A', Pass.Length)}/main.m3u8");
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        }
    }

    [Fact]
    public async Task InvitationOfAnotherRoom_OrWithALetterChanged_OpensNothing()
    {
        using var mia = await Server.NewMemberAsync();
        using var eve = await Server.NewMemberAsync();
        var (room, other) = (await mia.CreateRoomAsync(), await mia.CreateRoomAsync());
        var link = await InviteAsync(mia, other);
        foreach (var code in (string[])[link.Code, "", "x", new string('A', InvitationCode.Length)])
        {
            Assert.Equal(RefusalCode.InvitationOver, (await eve.RefusedAsync(HttpStatusCode.Gone, HttpMethod.Post, At(room, "admission"), new { invitation = code })).Code);
        }

        foreach (var path in (string[])["guests", "audience"])
        {
            var method = path == "guests" ? HttpMethod.Get : HttpMethod.Put;
            var body = path == "guests" ? null : new { audience = "private" };
            Assert.Equal(RefusalCode.NotRoomOwner, (await eve.RefusedAsync(HttpStatusCode.Forbidden, method, At(room, path), body)).Code);
        }
    }

    [Fact]
    public async Task LinksAndPasses_StandAfterARestart()
    {
        var first = await TestServer.StartAsync();
        using var mia = await first.NewVisitor().RegisterAsync("Mia");
        using var ana = await first.NewVisitor().RegisterAsync("Ana");
        var room = await mia.CreateRoomAsync();
        await mia.PutAsync<RoomView>(At(room, "audience"), new { audience = "private" });
        var link = await InviteAsync(mia, room);

        await using var second = await first.RestartAsync();
        using var again = await second.NewVisitor().SignInAsync("Ana");
        await again.DoneAsync(HttpMethod.Post, At(room, "admission"), new { invitation = link.Code });
        Assert.NotEmpty((await again.PostAsync<PassView>(At(room, "pass"))).Pass);
    }

    private static string At(RoomView room, string rest = "") => $"/api/rooms/{room.RoomId}{(rest.Length > 0 ? "/" : "")}{rest}";

    private static Task<InvitationLink> InviteAsync(Visitor owner, RoomView room) =>
        owner.PostAsync<InvitationLink>(At(room, "invitations"), new { name = "Friends", seconds = 3_600, usesMax = 5 }, Guid.CreateVersion7());

    private static async Task ClosedAsync(Visitor visitor, HttpMethod method, string path, object? body = null, Guid? key = null) =>
        Assert.Equal(RefusalCode.RoomPrivate, (await visitor.RefusedAsync(HttpStatusCode.Forbidden, method, path, body, key)).Code);

    private async Task GoLiveAsync(string roomId, Visitor owner)
    {
        var grain = Server.Grains.GetGrain<IRoomGrain>(roomId);
        var caller = new LiveCommerce.Contracts.Accounts.Caller(new(owner.Id, owner.Name), LiveCommerce.Contracts.Accounts.PlatformRole.Member);
        var lease = await grain.OpenStream(new PublishRequest(caller, null, "test", false));
        Assert.True(await grain.ReportStream(lease.Value!.StreamId, StreamPhase.Live));
    }
}
