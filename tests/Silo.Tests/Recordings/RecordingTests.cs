using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Recordings;

public sealed class RecordingTests
{
    private const string Place = "a place";

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task Replay_TellsWhatHappened_WithoutWhatWasDeletedAndWhatBannedPeopleSaid(SqlDialect dialect)
    {
        await using var room = await RoomScenario.StartAsync(dialect);
        await room.PutProductAsync("cup", Owner);
        await room.PutProductAsync("bowl", Owner);
        Assert.True((await room.Room.Pin(As(Owner), "cup")).Ok);
        await room.SayAsync("ana", "before the broadcast");
        await room.PassAsync(5);
        var from = room.Time.GetUtcNow();
        var id = await BeginAsync(room);

        await room.SayAsync("ana", "hello");
        var deleted = (await room.SayAsync("ben", "rude")).Value!.MessageId;
        await room.SayAsync("eve", "buy elsewhere");
        await room.PassAsync(3);
        await room.GiveCoinsAsync("ana", 1_000);
        await room.SendAsync("ana", "coffee");
        await room.PassAsync(1);
        await room.PutProductAsync("cup", Owner, stock: 7);
        await room.PassAsync(1);
        Assert.True((await room.Room.Pin(As(Owner), "bowl")).Ok);
        await room.PassAsync(1);
        Assert.True((await room.Room.Unpin(As(Owner))).Ok);
        Assert.True((await room.ModerateAsync(Owner, new DeleteMessage(deleted, null))).Ok);
        Assert.True((await room.ModerateAsync(Owner, new BanViewer(IdOf("eve"), null, null))).Ok);
        await room.PassAsync(2);
        await EndAsync(room, id);

        var read = (await Recording(room, id).ReadEvents(As("ben"), from, room.Time.GetUtcNow(), 100)).Value!;
        Assert.Equal(["hello"], read.Events.OfType<ChatSaid>().Select(said => said.Text));
        Assert.Equal(["coffee"], read.Events.OfType<GiftSent>().Select(gift => gift.GiftId));
        Assert.Equal(read.Events.Select(happened => happened.At).Order(), read.Events.Select(happened => happened.At));
        var pins = (await Recording(room, id).ReadPins(null)).Value!.Events;
        Assert.Equal(["cup", "bowl", ""], pins.Select(pin => pin is ProductPinned pinned ? pinned.Card.ProductId : ""));
        Assert.Equal(["cup", "bowl"], (await Recording(room, id).Get(null)).Value!.Products.Select(product => product.ProductId));

        // In pages, nothing is missing and nothing comes twice.
        var (paged, at) = (new List<RoomEvent>(), from);
        for (var more = true; more;)
        {
            var page = (await Recording(room, id).ReadEvents(null, at, room.Time.GetUtcNow(), 1)).Value!;
            paged.AddRange(page.Events);
            (at, more) = (page.ReadTo, page.HasMore);
        }

        Assert.Equal(read.Events.Count, paged.Distinct().Count());
    }

    [Fact]
    public async Task StrangerToAPrivateRoom_DoesNotLearnThatItIsLive()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = await BeginAsync(room);
        Assert.Equal(RefusalCode.RecordingNotReady, (await Recording(room, id).Get(As("ana"))).Refusal!.Code);

        Assert.True((await room.Room.SetAudience(As(Owner), RoomAudience.Private)).Ok);
        foreach (var stranger in (Contracts.Accounts.Caller?[])[As("ana"), null])
        {
            Assert.Equal(RefusalCode.RoomPrivate, (await Recording(room, id).Get(stranger)).Refusal!.Code);
        }
    }

    [Fact]
    public async Task PersonBannedFromThePlatform_IsNotHeardInReplays_AndHasNone()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = await BeginAsync(room);
        await room.SayAsync("eve", "buy elsewhere");
        await room.PassAsync(2);
        await EndAsync(room, id);
        var from = room.Time.GetUtcNow().AddHours(-1);
        Assert.Single((await Recording(room, id).ReadEvents(null, from, room.Time.GetUtcNow(), 10)).Value!.Events);

        Assert.True((await room.Platform.Ban(As("max@platform"), Who("eve"), Contracts.Accounts.PlatformRole.Member, null)).Ok);
        Assert.Empty((await Recording(room, id).ReadEvents(null, from, room.Time.GetUtcNow(), 10)).Value!.Events);

        Assert.True((await room.Platform.Ban(As("max@platform"), Who(Owner), Contracts.Accounts.PlatformRole.Member, null)).Ok);
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording(room, id).Get(As("ana"))).Refusal!.Code);
        Assert.True((await Recording(room, id).Get(As("max@platform"))).Ok);
    }

    [Fact]
    public async Task Recording_IsKeptAsLongAsItsOwnerChose_AndForgottenWithItsFiles()
    {
        await using var room = await RoomScenario.StartAsync();
        Assert.Equal(RefusalCode.NotRoomOwner, (await OfRoom(room).SetSettings(As("ana"), RecordingSettings.Default)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeepNotAllowed, (await OfRoom(room).SetSettings(As(Owner), new RecordingSettings(true, 0, true))).Refusal!.Code);
        Assert.True((await OfRoom(room).SetSettings(As(Owner), new RecordingSettings(true, 3, true))).Ok);
        var id = await BeginAsync(room);
        await EndAsync(room, id);
        var view = (await Recording(room, id).Get(null)).Value!;
        Assert.Equal((RecordingState.Ready, room.Time.GetUtcNow().AddDays(3)), (view.State, view.KeepUntil!.Value));

        // Longer, and its first due time comes to nothing.
        Assert.Equal(RefusalCode.NotRoomOwner, (await Recording(room, id).Keep(As("ana"), 1)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeepNotAllowed, (await Recording(room, id).Keep(As(Owner), RecordingLimits.KeepDaysMax + 1)).Refusal!.Code);
        Assert.True((await Recording(room, id).Keep(As(Owner), 5)).Ok);
        await room.RestartAsync(later: TimeSpan.FromDays(4));
        await Recording(room, id).OnDue();
        Assert.True((await Recording(room, id).Get(null)).Ok);

        await room.RestartAsync(later: TimeSpan.FromDays(2));
        await Recording(room, id).OnDue();
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording(room, id).Get(As(Owner))).Refusal!.Code);
        Assert.Equal([(id, RecordingState.Deleted)], (await PlaceOf(room).ListHeld()).Recordings.Select(held => (held.RecordingId, held.State)));
        await PlaceOf(room).Removed([id], []);
        Assert.Empty((await PlaceOf(room).ListHeld()).Recordings);
        await Recording(room, id).OnDue();
    }

    [Fact]
    public async Task RoomThatWantsNoRecordings_HasNone_AndABroadcastWithoutMediaLeavesNothing()
    {
        await using var room = await RoomScenario.StartAsync();
        await OfRoom(room).SetSettings(As(Owner), new RecordingSettings(false, null, false));
        var streamId = await room.GoLiveAsync();
        Assert.Equal(RefusalCode.RecordingOff, (await Recording(room, streamId).Begin(Begun(room))).Refusal!.Code);
        Assert.Equal(RefusalCode.ClipNotAllowed, (await ClipAsync(room, "ana", streamId)).Refusal!.Code);

        await OfRoom(room).SetSettings(As(Owner), RecordingSettings.Default);
        Assert.True((await Recording(room, streamId).Begin(Begun(room))).Ok);
        Assert.Equal(RefusalCode.RecordingNotReady, (await Recording(room, streamId).Get(As("ana"))).Refusal!.Code);
        await Recording(room, streamId).End(new RecordingEnded(0, 0, null));
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording(room, streamId).Get(As(Owner))).Refusal!.Code);
    }

    [Fact]
    public async Task ModeratorOfThePlatform_TakesAReplayDown_AndOnlyTheBannedAreKeptOutOtherwise()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = await BeginAsync(room);
        var clip = (await ClipAsync(room, "ana", id)).Value!.ClipId;
        await EndAsync(room, id);
        await room.ModerateAsync(Owner, new BanViewer(IdOf("eve"), null, null));

        Assert.Equal(RefusalCode.Banned, (await Recording(room, id).Get(As("eve"))).Refusal!.Code);
        Assert.Equal(RefusalCode.Banned, (await OfRoom(room).List(As("eve"))).Refusal!.Code);
        Assert.Single((await OfRoom(room).List(As("ana"))).Value!.Recordings);
        Assert.Equal(RefusalCode.NotRoomOwner, (await OfRoom(room).ListAll(As("ana"))).Refusal!.Code);
        Assert.Equal(RefusalCode.NotRoomOwner, (await Recording(room, id).Delete(As("max@platform"), true)).Refusal!.Code);
        Assert.Equal(RefusalCode.NotModerator, (await Recording(room, id).TakeDown(As(Owner), null)).Refusal!.Code);

        Assert.True((await Recording(room, id).TakeDown(As("max@platform"), "stolen music")).Ok);
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording(room, id).Get(As("ana"))).Refusal!.Code);
        Assert.Equal(RecordingState.TakenDown, (await Recording(room, id).Get(As(Owner))).Value!.State);
        Assert.Equal(RefusalCode.TargetProtected, (await Recording(room, id).Delete(As(Owner), true)).Refusal!.Code);
        Assert.Empty((await OfRoom(room).List(As("ana"))).Value!.Recordings);
        Assert.Equal(RefusalCode.ClipNotFound, (await Clip(room, clip).Get(null)).Refusal!.Code);
        var line = (await room.Room.ReadAudit(As(Owner), 10)).Value!.Lines[0];
        Assert.Equal(("takeDownRecording", id, "stolen music"), (line.Act, line.Target, line.Reason));
    }

    [Fact]
    public async Task Clips_AreBoundedPerViewer_AndTakenAwayByTheirMakerOrTheOwner()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = await BeginAsync(room);
        Assert.Equal(RefusalCode.ClipNotAllowed, (await ClipAsync(room, "ana", id, seconds: 61)).Refusal!.Code);

        var key = room.NewKey().ToString("N");
        var first = (await ClipAsync(room, "ana", id, key: key)).Value!;
        Assert.False(first.IsReady);
        Assert.Equal(first, (await ClipAsync(room, "ana", id, key: key)).Value);
        Assert.Equal(RefusalCode.KeyReused, (await ClipAsync(room, "ben", id, key: key)).Refusal!.Code);
        for (var i = 1; i < RecordingLimits.ClipsPerViewer; i++) { Assert.True((await ClipAsync(room, "ana", id)).Ok); }
        Assert.Equal(RefusalCode.SlowDown, (await ClipAsync(room, "ana", id)).Refusal!.Code);
        var bens = (await ClipAsync(room, "ben", id)).Value!.ClipId;
        await room.PassAsync(TimeSpan.FromMinutes(RecordingLimits.ClipPaceMinutes));
        Assert.True((await ClipAsync(room, "ana", id)).Ok);

        Assert.True((await Clip(room, key).Made(15_000, 1_000)).Value!.IsReady);
        Assert.Equal([key], (await OfRoom(room).ListAll(As(Owner))).Value!.Clips.Select(clip => clip.ClipId));
        Assert.Equal(RefusalCode.NotAllowed, (await Clip(room, key).Delete(As("ben"))).Refusal!.Code);
        Assert.True((await Clip(room, key).Delete(As(Owner))).Ok);
        Assert.Equal(RefusalCode.ClipNotFound, (await Clip(room, key).Get(As("ana"))).Refusal!.Code);
        Assert.True((await Clip(room, bens).Delete(As("ben"))).Ok);
        await Clip(room, bens).Made(1, 1);
        Assert.Equal(RefusalCode.ClipNotFound, (await Clip(room, bens).Get(null)).Refusal!.Code);
    }

    [Fact]
    public async Task ClipsOfOnesOwnThatAreTakenAway_StillCountForThePace_AndAreForgottenAfterwards()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = await BeginAsync(room);
        List<string> made = [];
        for (var i = 0; i < RecordingLimits.ClipsPerViewer; i++) { made.Add((await ClipAsync(room, "ana", id)).Value!.ClipId); }
        foreach (var clip in made) { Assert.True((await Clip(room, clip).Delete(As("ana"))).Ok); }

        // Their files are gone, as the gateway that had them says.
        await PlaceOf(room).Removed([], made);
        Assert.Equal(RefusalCode.SlowDown, (await ClipAsync(room, "ana", id)).Refusal!.Code);

        await room.PassAsync(TimeSpan.FromMinutes(RecordingLimits.ClipPaceMinutes));
        Assert.All((await PlaceOf(room).ListHeld()).Clips, clip => Assert.True(clip.IsDeleted));
        await PlaceOf(room).Removed([], made);
        Assert.Empty((await PlaceOf(room).ListHeld()).Clips);
        Assert.True((await ClipAsync(room, "ana", id)).Ok);
    }

    [Fact]
    public async Task OldestFinishedRecording_IsGivenUpForSpace()
    {
        await using var room = await RoomScenario.StartAsync();
        var first = await BeginAsync(room);
        await EndAsync(room, first);
        await room.Room.CloseStream(first);
        await room.PassAsync(1);
        var second = await BeginAsync(room);

        Assert.Equal(first, await PlaceOf(room).GiveUpOldest());
        Assert.Null(await PlaceOf(room).GiveUpOldest());
        Assert.Equal(RefusalCode.RecordingNotFound, (await Recording(room, first).Get(null)).Refusal!.Code);
        Assert.Equal(RefusalCode.RecordingNotReady, (await Recording(room, second).Get(null)).Refusal!.Code);
    }

    private static IRecordingGrain Recording(RoomScenario room, string id) => room.Grains.GetGrain<IRecordingGrain>(id);

    private static IRoomRecordingsGrain OfRoom(RoomScenario room) => room.Grains.GetGrain<IRoomRecordingsGrain>(room.RoomId);

    private static IRecordingPlaceGrain PlaceOf(RoomScenario room) => room.Grains.GetGrain<IRecordingPlaceGrain>(Place);

    private static IClipGrain Clip(RoomScenario room, string id) => room.Grains.GetGrain<IClipGrain>(id);

    private static RecordingBegun Begun(RoomScenario room) => new(room.RoomId, Place, room.Time.GetUtcNow(), 30);

    private static async Task<string> BeginAsync(RoomScenario room)
    {
        var streamId = await room.GoLiveAsync();
        var begun = await Recording(room, streamId).Begin(Begun(room));
        Assert.True(begun.Ok, begun.Refusal?.Message);
        return streamId;
    }

    private static async Task EndAsync(RoomScenario room, string id)
    {
        // Chat is written behind the room's back; only a test cannot wait a second for it.
        await room.FlushChatAsync();
        await Recording(room, id).End(new RecordingEnded(10_000, 5_000_000, null));
    }

    private static async Task<Result<ClipView>> ClipAsync(RoomScenario room, string who, string id, int seconds = 30, string? key = null) =>
        await Clip(room, key ?? room.NewKey().ToString("N")).Begin(As(who), new ClipBegun(room.RoomId, id, Place, room.Time.GetUtcNow(), seconds, null));
}
