using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;
using LiveCommerce.Silo.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Rooms that are for guests only, on every database.</summary>
public abstract class PrivateRoomSuite(SqlDialect dialect) : IAsyncLifetime
{
    private const int Day = 86_400;
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync(dialect);

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task PrivateRoom_IsOpenToItsOwnerItsModeratorsThePlatformsAndItsGuests_AndToNobodyElse()
    {
        await _room.Room.AddModerator(As(Owner), Who("mod"));
        await CloseAsync();
        await AdmitAsync("ana", await InviteAsync());

        foreach (var name in (string[])[Owner, "mod", "ana"]) { Assert.True((await _room.Room.GetStanding(IdOf(name))).Ok); }
        Assert.True((await _room.Room.GetStanding(IdOf("op@platform"), moderates: true)).Ok);
        await RefusedAsync(null);
        await RefusedAsync("ben");
        Assert.Equal(RefusalCode.RoomPrivate, (await _room.SayAsync("ben", "hello?")).Refusal!.Code);
        Assert.True((await _room.SayAsync("ana", "hello!")).Ok);

        // Who loses the office loses the room with it.
        await _room.Room.RemoveModerator(As(Owner), IdOf("mod"));
        await RefusedAsync("mod");
    }

    [Fact]
    public async Task GiftsOfStrangers_AreRefused_AndThoseOfGuestsAreTaken()
    {
        await _room.GoLiveAsync();
        await CloseAsync();
        await AdmitAsync("ana", await InviteAsync());
        foreach (var name in (string[])["ana", "ben"]) { await _room.GiveCoinsAsync(name, 1_000); }

        Assert.Equal(RefusalCode.RoomPrivate, (await _room.SendAsync("ben", "coffee")).Refusal!.Code);
        Assert.Equal(1_000, await _room.CoinsOfAsync("ben"));
        Assert.True((await _room.SendAsync("ana", "coffee")).Ok);
    }

    [Fact]
    public async Task PrivateRoom_IsInNoListButItsOwners_AndInItAgainWhenItIsOpened()
    {
        await _room.GoLiveAsync();
        Assert.Single(await _room.Directory.ListLive(null));

        await CloseAsync();
        Assert.Empty(await _room.Directory.ListLive(null));
        Assert.Empty(await _room.Directory.ListLive("food"));
        Assert.Equal(RoomAudience.Private, Assert.Single(await _room.Directory.ListOwned(IdOf(Owner))).Audience);
        await _room.RestartAsync();
        await _room.PassAsync(2);
        Assert.Empty(await _room.Directory.ListLive(null));

        Assert.True((await _room.Room.SetAudience(As(Owner), RoomAudience.Public)).Ok);
        Assert.True((await _room.Room.GetStanding(null)).Ok);
        Assert.Equal(RoomAudience.Public, Assert.Single(await _room.Directory.ListLive(null)).Audience);
    }

    [Fact]
    public async Task Link_LetsInAsManyAsItMay_CountsEachOnce_AndNobodyAfterItsTime()
    {
        await CloseAsync();
        var two = await InviteAsync(usesMax: 2);
        await AdmitAsync("ana", two);
        await AdmitAsync("ana", two);
        await AdmitAsync(Owner, two);
        await AdmitAsync("ben", two);
        var full = (await _room.Room.Admit(As("eve"), two)).Refusal!;
        Assert.Equal((RefusalCode.InvitationOver, true), (full.Code, full.Message.Contains("as many people", StringComparison.Ordinal)));

        var brief = await InviteAsync(seconds: 60);
        await _room.PassAsync(60);
        var late = (await _room.Room.Admit(As("eve"), brief)).Refusal!;
        Assert.Equal((RefusalCode.InvitationOver, true), (late.Code, late.Message.Contains("expired", StringComparison.Ordinal)));
        Assert.Equal(RefusalCode.InvitationOver, (await _room.Room.Admit(As("eve"), Guid.CreateVersion7().ToString("N"))).Refusal!.Code);

        var book = (await _room.Room.ReadGuests(As(Owner))).Value!;
        Assert.Equal([(brief, 0), (two, 2)], book.Invitations.Select(link => (link.InvitationId, link.Uses)));
        Assert.Equal(["ben", "ana"], book.Guests.OrderByDescending(guest => guest.Person.Name).Select(guest => guest.Person.Name));
    }

    [Fact]
    public async Task RevokedLink_TakesBackTheAdmissionOfThoseWhoCameInByIt_AndEverybodyIsToldToAskAnew()
    {
        await CloseAsync();
        var (first, second) = (await InviteAsync("first"), await InviteAsync("second"));
        await AdmitAsync("ana", first);
        await AdmitAsync("ben", second);
        var gateway = await _room.JoinAsync();

        Assert.True((await _room.Room.RevokeInvitation(As(Owner), first)).Ok);

        Assert.Equal(RoomAudience.Private, (await gateway.Until<AudienceChanged>()).Audience);
        await RefusedAsync("ana");
        Assert.True((await _room.Room.GetStanding(IdOf("ben"))).Ok);
        Assert.Equal(RefusalCode.InvitationOver, (await _room.Room.Admit(As("ana"), first)).Refusal!.Code);

        Assert.True((await _room.Room.RemoveGuest(As(Owner), IdOf("ben"))).Ok);
        await RefusedAsync("ben");
        await AdmitAsync("ben", second);
    }

    [Fact]
    public async Task LinksAndGuests_AreThereAfterARestart()
    {
        await CloseAsync();
        var link = await InviteAsync(usesMax: 5);
        await AdmitAsync("ana", link);
        var before = (await _room.Room.ReadGuests(As(Owner))).Value!;

        await _room.RestartAsync();

        Assert.True((await _room.Room.GetStanding(IdOf("ana"))).Ok);
        await RefusedAsync(null);
        var after = (await _room.Room.ReadGuests(As(Owner))).Value!;
        Assert.Equal(before.Invitations, after.Invitations);
        Assert.Equal(before.Guests, after.Guests);
        Assert.Equal(RoomAudience.Private, (await _room.SnapshotAsync()).Room.Audience);
        await AdmitAsync("ben", link);
    }

    [Fact]
    public async Task BannedGuest_StaysOut_WithEveryLink()
    {
        await CloseAsync();
        var link = await InviteAsync();
        await AdmitAsync("ana", link);
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, null));

        Assert.Equal(RefusalCode.Banned, (await _room.Room.GetStanding(IdOf("ana"))).Refusal!.Code);
        Assert.Equal(RefusalCode.Banned, (await _room.Room.Admit(As("ana"), link)).Refusal!.Code);
    }

    [Fact]
    public async Task LinksAreBounded_AndThoseThatLetNobodyInAnyMoreGiveWay()
    {
        var old = await InviteAsync("old", seconds: 60);
        await AdmitAsync("ana", old);
        for (var i = 1; i < RoomLimits.InvitationsMax; i++) { await InviteAsync($"link {i}"); }
        Assert.Equal(RefusalCode.LimitReached, (await MakeAsync("one more")).Refusal!.Code);

        await _room.PassAsync(61);
        await CloseAsync();
        var newest = await InviteAsync("in its place");

        var links = (await _room.Room.ReadGuests(As(Owner))).Value!.Invitations;
        Assert.Equal(RoomLimits.InvitationsMax, links.Count);
        Assert.Equal(newest, links[0].InvitationId);
        Assert.DoesNotContain(links, link => link.InvitationId == old);

        // Who came in by it is a guest still, until it is taken back.
        Assert.True((await _room.Room.GetStanding(IdOf("ana"))).Ok);
        Assert.True((await _room.Room.RevokeInvitation(As(Owner), old)).Ok);
        await RefusedAsync("ana");
    }

    [Fact]
    public async Task WhoModeratedThePlatformOnce_HasNoPrivateRoomByThat()
    {
        Assert.True((await _room.SayAsync("op@platform", "hello")).Ok);
        var former = new Caller(Who("op@platform"), PlatformRole.Member);
        await CloseAsync();

        await RefusedAsync("op@platform");
        Assert.True((await _room.Room.GetStanding(IdOf("op@platform"), moderates: true)).Ok);
        Assert.Equal(RefusalCode.RoomPrivate, (await _room.Room.Say(former, _room.NewKey(), "still here?")).Refusal!.Code);
        Assert.Equal(RefusalCode.InvitationOver, (await _room.Room.Admit(former, Guid.CreateVersion7().ToString("N"))).Refusal!.Code);
        Assert.True((await _room.Room.Admit(former, await InviteAsync())).Ok);
        Assert.True((await _room.Room.GetStanding(IdOf("op@platform"))).Ok);
    }

    [Fact]
    public async Task LastUseOfALink_IsOnePersonsOnly_AndComingInAgainIsNotCounted()
    {
        await CloseAsync();
        var link = await InviteAsync(usesMax: 1);
        var answers = await Task.WhenAll(((string[])["ana", "ben", "eve"]).Select(name => _room.Room.Admit(As(name), link).AsTask()));
        Assert.Single(answers, answer => answer.Ok);
        Assert.All(answers.Where(answer => !answer.Ok), answer => Assert.Equal(RefusalCode.InvitationOver, answer.Refusal!.Code));

        // So it is in the tables too, where another process could come in between.
        var two = await InviteAsync(usesMax: 2);
        var store = new GuestStore(_room.Database);
        GuestEntry Guest(string name) => new(Who(name), two, Microseconds.ToTime(Microseconds.Of(_room.Time.GetUtcNow())));
        Assert.Equal(Admission.Added, await store.AdmitAsync(_room.RoomId, Guest("joe")));
        Assert.Equal(Admission.Known, await store.AdmitAsync(_room.RoomId, Guest("joe")));
        var last = await Task.WhenAll(((string[])["kim", "lea", "max"]).Select(name => store.AdmitAsync(_room.RoomId, Guest(name))));
        Assert.Equal([Admission.Added, Admission.Refused, Admission.Refused], last.Order());

        // The room, which was told nothing of it, finds who came in; and that nobody more does.
        await AdmitAsync("joe", two);
        Assert.True((await _room.Room.GetStanding(IdOf("joe"))).Ok);
        Assert.Equal(RefusalCode.InvitationOver, (await _room.Room.Admit(As("zoe"), two)).Refusal!.Code);
        var book = (await _room.Room.ReadGuests(As(Owner))).Value!;
        Assert.Equal((3, 2), (book.Guests.Count, book.Invitations.Single(one => one.InvitationId == two).Uses));
    }

    [Fact]
    public async Task WhatGuestsSaid_IsNotShownWhenTheRoomIsOpened_NorAfterARestart()
    {
        await CloseAsync();
        Assert.True((await _room.SayAsync(Owner, "for guests only")).Ok);
        Assert.Single((await _room.SnapshotAsync()).Messages);
        await _room.PassAsync(1);

        Assert.True((await _room.Room.SetAudience(As(Owner), RoomAudience.Public)).Ok);
        Assert.Empty((await _room.SnapshotAsync()).Messages);
        await _room.PassAsync(1);
        Assert.True((await _room.SayAsync(Owner, "for everybody")).Ok);
        await _room.RestartAsync();
        Assert.Equal(["for everybody"], (await _room.SnapshotAsync()).Messages.Select(said => said.Text));
    }

    [Fact]
    public async Task BannedStranger_LearnsOfAPrivateRoomWhatStrangersDo()
    {
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("ben"), null, null));
        await CloseAsync();
        await RefusedAsync("ben");
        Assert.Equal(RefusalCode.Banned, (await _room.Room.Admit(As("ben"), await InviteAsync())).Refusal!.Code);
    }

    [Fact]
    public async Task RepeatedRequest_MakesOneLink_AndAnotherContentUnderItsKeyNone()
    {
        var id = Guid.CreateVersion7().ToString("N");
        var details = new InvitationDetails("Friends", Day, 5);
        var made = (await _room.Room.MakeInvitation(As(Owner), id, details)).Value!;

        Assert.Equal(made, (await _room.Room.MakeInvitation(As(Owner), id, details)).Value);
        Assert.Equal(RefusalCode.KeyReused, (await _room.Room.MakeInvitation(As(Owner), id, details with { UsesMax = 6 })).Refusal!.Code);
        Assert.Single((await _room.Room.ReadGuests(As(Owner))).Value!.Invitations);
    }

    [Theory]
    [InlineData("", Day, 5, RefusalCode.TitleNotAllowed)]
    [InlineData("Friends", 59, 5, RefusalCode.DurationNotAllowed)]
    [InlineData("Friends", RoomLimits.InvitationSecondsMax + 1, 5, RefusalCode.DurationNotAllowed)]
    [InlineData("Friends", Day, 0, RefusalCode.AmountNotAllowed)]
    [InlineData("Friends", Day, RoomLimits.GuestsMax + 1, RefusalCode.AmountNotAllowed)]
    public async Task LinkThatBreaksARule_IsNotMade(string name, int seconds, int usesMax, RefusalCode code)
    {
        var answer = await _room.Room.MakeInvitation(As(Owner), Guid.CreateVersion7().ToString("N"), new InvitationDetails(name, seconds, usesMax));
        Assert.Equal(code, answer.Refusal!.Code);
    }

    [Fact]
    public async Task OnlyTheOwner_DecidesWhoMayCome()
    {
        await _room.Room.AddModerator(As(Owner), Who("mod"));
        var link = await InviteAsync();
        foreach (var name in (string[])["mod", "ana", "op@platform"])
        {
            Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.SetAudience(As(name), RoomAudience.Private)).Refusal!.Code);
            Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.ReadGuests(As(name))).Refusal!.Code);
            Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.RevokeInvitation(As(name), link)).Refusal!.Code);
            Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.RemoveGuest(As(name), IdOf("ana"))).Refusal!.Code);
        }
    }

    [Fact]
    public async Task BattleNeedsPublicRooms_AndARoomInABattleStaysPublic()
    {
        var other = await _room.CreateRoomAsync("ben", "Pots");
        await _room.GoLiveAsync();
        await _room.GoLiveAsync("g2", other, "ben");
        await CloseAsync();
        Assert.Equal(RefusalCode.BattleNotAllowed, (await OfferAsync(other)).Refusal!.Code);

        await _room.Room.SetAudience(As(Owner), RoomAudience.Public);
        var battle = await OfferAsync(other);
        Assert.True(battle.Ok, battle.Refusal?.Message);
        Assert.True((await _room.Grains.GetGrain<IBattleGrain>(battle.Value.BattleId).Answer(As("ben"), true)).Ok);
        Assert.Equal(RefusalCode.BattleRunning, (await _room.Room.SetAudience(As(Owner), RoomAudience.Private)).Refusal!.Code);
    }

    private async Task<Result<BattleView>> OfferAsync(string other) =>
        await _room.Grains.GetGrain<IBattleGrain>(_room.NewKey().ToString("N")).Offer(As(Owner), _room.RoomId, new OfferBattle(other, BattleLimits.SecondsMin));

    private async Task CloseAsync() => Assert.True((await _room.Room.SetAudience(As(Owner), RoomAudience.Private)).Ok);

    private async Task<string> InviteAsync(string name = "Friends", int seconds = Day, int usesMax = 10)
    {
        var made = await MakeAsync(name, seconds, usesMax);
        Assert.True(made.Ok, made.Refusal?.Message);
        return made.Value.InvitationId;
    }

    private async Task<Result<Invitation>> MakeAsync(string name, int seconds = Day, int usesMax = 10)
    {
        _room.Time.Advance(TimeSpan.FromMilliseconds(1));
        return await _room.Room.MakeInvitation(As(Owner), Guid.CreateVersion7().ToString("N"), new InvitationDetails(name, seconds, usesMax));
    }

    private async Task AdmitAsync(string name, string invitationId)
    {
        var answer = await _room.Room.Admit(As(name), invitationId);
        Assert.True(answer.Ok, answer.Refusal?.Message);
    }

    private async Task RefusedAsync(string? name) =>
        Assert.Equal(RefusalCode.RoomPrivate, (await _room.Room.GetStanding(name is null ? null : IdOf(name))).Refusal?.Code);
}

public sealed class SqlitePrivateRoomTests() : PrivateRoomSuite(SqlDialect.Sqlite);

public sealed class PostgresPrivateRoomTests() : PrivateRoomSuite(SqlDialect.PostgreSql);
