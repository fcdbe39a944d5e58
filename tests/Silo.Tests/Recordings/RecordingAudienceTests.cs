using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Recordings;

/// <summary>When something is recorded while the room is private.</summary>
public enum PrivateTime
{
    /// <summary>Before the broadcast, and not in it.</summary>
    Before,

    /// <summary>Until the broadcast was on and not recorded yet.</summary>
    UntilItBegan,

    /// <summary>From before it until its middle.</summary>
    UntilItsMiddle,

    /// <summary>For a moment in its middle.</summary>
    InItsMiddle,

    /// <summary>From its middle on.</summary>
    FromItsMiddle,

    /// <summary>In a pause: it was over, and came back.</summary>
    InItsPause,

    /// <summary>When it was over, and its end not told yet.</summary>
    BeforeItsEndWasTold,

    /// <summary>When all was over.</summary>
    After,
}

/// <summary>Whom recordings, their clips and their chat are for, on every database.</summary>
public abstract class RecordingAudienceSuite(SqlDialect dialect) : IAsyncLifetime
{
    private const string Place = "a place";
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync(dialect);

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task WhatWasRecordedInAPrivateRoom_IsForItsGuests_AlsoWhenTheRoomIsOpenToEverybody()
    {
        await _room.Room.AddModerator(As(Owner), Who("mod"));
        await SetRoomAsync(RoomAudience.Private);
        var (link, other) = (await InviteAsync(), await InviteAsync());
        Assert.True((await _room.Room.Admit(As("ana"), link)).Ok);
        Assert.True((await _room.Room.Admit(As("joe"), other)).Ok);
        var id = await BeginAsync();
        await _room.SayAsync("ana", "among us");
        await _room.PassAsync(2);
        var clip = await ClipAsync("ana", id);
        await EndAsync(id);
        await SetRoomAsync(RoomAudience.Public);

        foreach (var stranger in (Caller?[])[null, As("ben")])
        {
            await RefusedAsync(stranger, id, clip);
            Assert.Empty((await OfRoom.List(stranger)).Value!.Recordings);
        }

        Assert.Equal(RefusalCode.RoomPrivate, (await MakeClipAsync("ben", id)).Refusal!.Code);
        foreach (var name in (string[])[Owner, "mod", "ana", "joe", "max@platform"])
        {
            Assert.Equal(RoomAudience.Private, (await Recording(id).Get(As(name))).Value!.Audience);
            Assert.Equal(RoomAudience.Private, (await Clip(clip).Get(As(name))).Value!.Audience);
            Assert.Equal(["among us"], await ChatAsync(As(name), id));
            Assert.Equal([id], (await OfRoom.List(As(name))).Value!.Recordings.Select(listed => listed.RecordingId));
        }

        // Who is no guest any more has it no more, and a banned one least of all.
        Assert.True((await _room.Room.RevokeInvitation(As(Owner), link)).Ok);
        await RefusedAsync(As("ana"), id, clip);
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("joe"), null, null));
        Assert.Equal(RefusalCode.Banned, (await Recording(id).Get(As("joe"))).Refusal!.Code);
        await _room.RestartAsync();
        await RefusedAsync(As("ana"), id, clip);
        Assert.True((await Recording(id).Get(As("mod"))).Ok);

        // A private room closes everything as before.
        Assert.True((await Recording(id).SetAudience(As(Owner), RoomAudience.Public)).Ok);
        Assert.True((await Recording(id).Get(null)).Ok);
        await SetRoomAsync(RoomAudience.Private);
        await RefusedAsync(null, id, clip);
    }

    [Theory]
    [InlineData(PrivateTime.Before, RoomAudience.Public)]
    [InlineData(PrivateTime.UntilItBegan, RoomAudience.Private)]
    [InlineData(PrivateTime.UntilItsMiddle, RoomAudience.Private)]
    [InlineData(PrivateTime.InItsMiddle, RoomAudience.Private)]
    [InlineData(PrivateTime.FromItsMiddle, RoomAudience.Private)]
    [InlineData(PrivateTime.InItsPause, RoomAudience.Private)]
    [InlineData(PrivateTime.BeforeItsEndWasTold, RoomAudience.Private)]
    [InlineData(PrivateTime.After, RoomAudience.Public)]
    public async Task RecordingIsForGuests_IfTheRoomWasPrivateAtAnyMomentOfItsBroadcast(PrivateTime time, RoomAudience expected)
    {
        if (time is PrivateTime.Before or PrivateTime.UntilItBegan or PrivateTime.UntilItsMiddle) { await SetRoomAsync(RoomAudience.Private); }
        if (time == PrivateTime.Before) { await SetRoomAsync(RoomAudience.Public); }
        var id = await _room.GoLiveAsync();
        if (time == PrivateTime.UntilItBegan) { await SetRoomAsync(RoomAudience.Public); }
        await RecordAsync(id);
        var clip = await ClipAsync(Owner, id);
        if (time is PrivateTime.InItsMiddle or PrivateTime.FromItsMiddle) { await SetRoomAsync(RoomAudience.Private); }
        if (time is PrivateTime.InItsMiddle or PrivateTime.UntilItsMiddle)
        {
            await SetRoomAsync(RoomAudience.Public);

            // At once, while it runs: a stranger learns no more than of any other, and a guest that it is still on.
            await RefusedAsync(As("ben"), id, clip);
            Assert.Equal(RefusalCode.RoomPrivate, (await MakeClipAsync("ben", id)).Refusal!.Code);
            Assert.Equal(RefusalCode.RecordingNotReady, (await Recording(id).SetAudience(As(Owner), RoomAudience.Public)).Refusal!.Code);
        }

        await _room.PassAsync(1);
        if (time == PrivateTime.InItsPause)
        {
            await EndAsync(id, close: false);
            await SetRoomAsync(RoomAudience.Private);
            await SetRoomAsync(RoomAudience.Public);
            await RecordAsync(id);
        }

        await _room.Room.CloseStream(id);
        if (time == PrivateTime.BeforeItsEndWasTold) { await SetRoomAsync(RoomAudience.Private); }
        if (time is PrivateTime.FromItsMiddle or PrivateTime.BeforeItsEndWasTold) { await SetRoomAsync(RoomAudience.Public); }
        await EndAsync(id);
        if (time == PrivateTime.After)
        {
            await SetRoomAsync(RoomAudience.Private);
            await RefusedAsync(As("ben"), id, clip);
            await SetRoomAsync(RoomAudience.Public);
        }

        Assert.Equal(expected, (await Recording(id).Get(As(Owner))).Value!.Audience);
        Assert.Equal(expected, (await Clip(clip).Get(As(Owner))).Value!.Audience);
        Assert.Equal(expected, Assert.Single((await OfRoom.ListAll(As(Owner))).Value!.Recordings).Audience);
        Assert.Equal(expected == RoomAudience.Public, (await Recording(id).Get(null)).Ok);
        Assert.Equal(expected == RoomAudience.Public, (await Clip(clip).Get(null)).Ok);
    }

    [Fact]
    public async Task OwnerOpensAndClosesARecording_WithItsClipsAndItsChat_AsOftenAsSheLikesAndNobodyElse()
    {
        await SetRoomAsync(RoomAudience.Private);
        await _room.SayAsync(Owner, "before");
        await _room.PassAsync(2);
        var id = await BeginAsync();
        await _room.SayAsync(Owner, "within");
        await _room.PassAsync(2);
        var clip = await ClipAsync(Owner, id);
        await EndAsync(id);
        await _room.PassAsync(1);
        await _room.SayAsync(Owner, "after");
        await SetRoomAsync(RoomAudience.Public);
        foreach (var name in (string[])["ana", "max@platform"])
        {
            Assert.Equal(RefusalCode.NotRoomOwner, (await Recording(id).SetAudience(As(name), RoomAudience.Public)).Refusal!.Code);
        }

        Assert.Equal(RefusalCode.Malformed, (await Recording(id).SetAudience(As(Owner), (RoomAudience)7)).Refusal!.Code);
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording("none").SetAudience(As(Owner), RoomAudience.Public)).Refusal!.Code);

        for (var i = 0; i < 2; i++) { Assert.Equal(RoomAudience.Public, (await Recording(id).SetAudience(As(Owner), RoomAudience.Public)).Value!.Audience); }
        Assert.True((await Recording(id).Get(null)).Ok);
        Assert.True((await Clip(clip).Get(null)).Ok);
        Assert.Equal(["within"], await ChatAsync(null, id));
        Assert.Equal([id], (await OfRoom.List(null)).Value!.Recordings.Select(listed => listed.RecordingId));

        Assert.Equal(RoomAudience.Private, (await Recording(id).SetAudience(As(Owner), RoomAudience.Private)).Value!.Audience);
        await RefusedAsync(null, id, clip);
        Assert.Equal(["before", "within", "after"], await ChatAsync(As(Owner), id));
        var lines = (await _room.Room.ReadAudit(As(Owner), 10)).Value!.Lines.Where(line => line.Act == "setRecordingAudience");
        Assert.Equal([(id, "private"), (id, "public")], lines.Select(line => (line.Target, line.Detail)));

        // A clip outlives its recording, and is for the same people.
        Assert.True((await Recording(id).Delete(As(Owner), withClips: false)).Ok);
        Assert.Equal(RefusalCode.RoomPrivate, (await Clip(clip).Get(As("ben"))).Refusal!.Code);
        Assert.True((await Clip(clip).Get(As(Owner))).Ok);
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording(id).SetAudience(As(Owner), RoomAudience.Public)).Refusal!.Code);
    }

    [Fact]
    public async Task WhatWasSaidInPrivateAroundAPublicBroadcast_IsNotInItsReplay()
    {
        await SetRoomAsync(RoomAudience.Private);
        await _room.SayAsync(Owner, "among us before");
        await SetRoomAsync(RoomAudience.Public);
        await _room.SayAsync("ben", "welcome");
        await _room.PassAsync(1);
        var id = await BeginAsync();
        await _room.SayAsync("ben", "hello");
        await _room.PassAsync(2);
        await EndAsync(id);
        await _room.PassAsync(1);
        await _room.SayAsync("ben", "bye");
        await SetRoomAsync(RoomAudience.Private);
        await _room.SayAsync(Owner, "among us after");
        await SetRoomAsync(RoomAudience.Public);

        Assert.Equal(["welcome", "hello", "bye"], await ChatAsync(As("ben"), id));
    }

    [Fact]
    public async Task ClipOfAPrivateBroadcastThatIsNotRecorded_IsForGuests()
    {
        await OfRoom.SetSettings(As(Owner), new RecordingSettings(false, null, true));
        await SetRoomAsync(RoomAudience.Private);
        var id = await _room.GoLiveAsync();
        var clip = await ClipAsync(Owner, id);
        await SetRoomAsync(RoomAudience.Public);

        Assert.Equal(RefusalCode.RoomPrivate, (await Clip(clip).Get(As("ben"))).Refusal!.Code);
        Assert.Equal(RefusalCode.RoomPrivate, (await MakeClipAsync("ben", id)).Refusal!.Code);
        await _room.Room.CloseStream(id);
        await _room.PassAsync(1);

        // The next broadcast is everybody's again.
        var next = await _room.GoLiveAsync();
        Assert.Equal(RoomAudience.Public, (await Clip(await ClipAsync("ben", next)).Get(null)).Value!.Audience);
    }

    [Fact]
    public async Task OwnerOpensAndClosesAClip_AlsoOfABroadcastThatIsNotRecorded_AndItsRecordingOutlastsTheChoice()
    {
        await SetRoomAsync(RoomAudience.Private);
        var id = await BeginAsync();
        var clip = await ClipAsync(Owner, id);
        Assert.Equal(RefusalCode.RecordingNotReady, (await Clip(clip).SetAudience(As(Owner), RoomAudience.Public)).Refusal!.Code);
        await EndAsync(id);
        await OfRoom.SetSettings(As(Owner), new RecordingSettings(false, null, true));
        var next = await _room.GoLiveAsync();
        var alone = await ClipAsync(Owner, next);
        await _room.Room.CloseStream(next);
        await SetRoomAsync(RoomAudience.Public);

        foreach (var name in (string[])["ana", "max@platform"])
        {
            Assert.Equal(RefusalCode.NotRoomOwner, (await Clip(clip).SetAudience(As(name), RoomAudience.Public)).Refusal!.Code);
        }

        Assert.Equal(RefusalCode.Malformed, (await Clip(clip).SetAudience(As(Owner), (RoomAudience)7)).Refusal!.Code);
        Assert.Equal(RefusalCode.ClipNotFound, (await Clip("none").SetAudience(As(Owner), RoomAudience.Public)).Refusal!.Code);
        foreach (var one in (string[])[clip, alone])
        {
            Assert.Equal(RefusalCode.RoomPrivate, (await Clip(one).Get(null)).Refusal!.Code);
            for (var i = 0; i < 2; i++) { Assert.Equal(RoomAudience.Public, (await Clip(one).SetAudience(As(Owner), RoomAudience.Public)).Value!.Audience); }
            Assert.True((await Clip(one).Get(null)).Ok);
        }

        // Its recording is not opened by it, and closes it when it is opened and closed.
        Assert.Equal(RefusalCode.RoomPrivate, (await Recording(id).Get(null)).Refusal!.Code);
        Assert.True((await Recording(id).SetAudience(As(Owner), RoomAudience.Public)).Ok);
        Assert.True((await Recording(id).SetAudience(As(Owner), RoomAudience.Private)).Ok);
        Assert.Equal(RefusalCode.RoomPrivate, (await Clip(clip).Get(null)).Refusal!.Code);
        Assert.Equal(RoomAudience.Private, (await Clip(alone).SetAudience(As(Owner), RoomAudience.Private)).Value!.Audience);
        Assert.Equal(RefusalCode.RoomPrivate, (await Clip(alone).Get(null)).Refusal!.Code);

        var lines = (await _room.Room.ReadAudit(As(Owner), 20)).Value!.Lines.Where(line => line.Act == "setClipAudience");
        Assert.Equal([(alone, "private"), (alone, "public"), (clip, "public")], lines.Select(line => (line.Target, line.Detail)));
        Assert.True((await Clip(clip).Delete(As(Owner))).Ok);
        Assert.Equal(RefusalCode.ClipNotFound, (await Clip(clip).SetAudience(As(Owner), RoomAudience.Public)).Refusal!.Code);
    }

    private IRoomRecordingsGrain OfRoom => _room.Grains.GetGrain<IRoomRecordingsGrain>(_room.RoomId);

    private IRecordingGrain Recording(string id) => _room.Grains.GetGrain<IRecordingGrain>(id);

    private IClipGrain Clip(string id) => _room.Grains.GetGrain<IClipGrain>(id);

    private async Task RefusedAsync(Caller? stranger, string id, string clip)
    {
        var now = _room.Time.GetUtcNow();
        Assert.Equal(RefusalCode.RoomPrivate, (await Recording(id).Get(stranger)).Refusal?.Code);
        Assert.Equal(RefusalCode.RoomPrivate, (await Recording(id).ReadPins(stranger)).Refusal?.Code);
        Assert.Equal(RefusalCode.RoomPrivate, (await Recording(id).ReadEvents(stranger, now.AddHours(-1), now, 10)).Refusal?.Code);
        Assert.Equal(RefusalCode.RoomPrivate, (await Clip(clip).Get(stranger)).Refusal?.Code);
    }

    /// <summary>Opens or closes the room; a moment later.</summary>
    private async Task SetRoomAsync(RoomAudience audience)
    {
        await _room.PassAsync(1);
        Assert.True((await _room.Room.SetAudience(As(Owner), audience)).Ok);
        await _room.PassAsync(1);
    }

    private async Task<string> InviteAsync()
    {
        var link = await _room.Room.MakeInvitation(As(Owner), Guid.CreateVersion7().ToString("N"), new InvitationDetails("Friends", 3_600, 5));
        Assert.True(link.Ok, link.Refusal?.Message);
        return link.Value.InvitationId;
    }

    private async Task<string> BeginAsync()
    {
        var id = await _room.GoLiveAsync();
        await RecordAsync(id);
        return id;
    }

    private async Task RecordAsync(string id)
    {
        var begun = await Recording(id).Begin(new RecordingBegun(_room.RoomId, Place, _room.Time.GetUtcNow(), 30));
        Assert.True(begun.Ok, begun.Refusal?.Message);
    }

    private async Task EndAsync(string id, bool close = true)
    {
        if (close) { await _room.Room.CloseStream(id); }
        await _room.FlushChatAsync();
        await Recording(id).End(new RecordingEnded(10_000, 5_000_000, null));
    }

    private async Task<Result<ClipView>> MakeClipAsync(string who, string id) =>
        await Clip(_room.NewKey().ToString("N")).Begin(As(who), new ClipBegun(_room.RoomId, id, Place, _room.Time.GetUtcNow(), 30, null));

    private async Task<string> ClipAsync(string who, string id)
    {
        var made = await MakeClipAsync(who, id);
        Assert.True(made.Ok, made.Refusal?.Message);
        Assert.True((await Clip(made.Value.ClipId).Made(15_000, 1_000)).Ok);
        return made.Value.ClipId;
    }

    private async Task<IReadOnlyList<string>> ChatAsync(Caller? caller, string id)
    {
        await _room.FlushChatAsync();
        var now = _room.Time.GetUtcNow();
        var read = await Recording(id).ReadEvents(caller, now.AddMinutes(-5), now.AddSeconds(1), 100);
        Assert.True(read.Ok, read.Refusal?.Message);
        return [.. read.Value.Events.OfType<ChatSaid>().Select(said => said.Text)];
    }
}

public sealed class SqliteRecordingAudienceTests() : RecordingAudienceSuite(SqlDialect.Sqlite);

public sealed class PostgresRecordingAudienceTests() : RecordingAudienceSuite(SqlDialect.PostgreSql);
