using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class RoomStreamTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync();

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task Broadcast_IsToldToViewersAndListedUntilItEnds()
    {
        var gateway = await _room.JoinAsync();
        var streamId = await _room.GoLiveAsync();
        Assert.Equal(StreamPhase.Live, Assert.Single(await _room.Directory.ListLive(null)).Stream.Phase);

        await _room.Room.CloseStream(streamId);
        await _room.PassAsync(1);

        await gateway.Until<StreamChanged>(changed => changed.Stream.Phase == StreamPhase.Offline);
        Assert.Equal([StreamPhase.Starting, StreamPhase.Live, StreamPhase.Offline], gateway.All<StreamChanged>().Select(changed => changed.Stream.Phase));
        Assert.Empty(await _room.Directory.ListLive(null));
    }

    [Fact]
    public async Task OnlyTheOwnerOrTheNewestKey_Publishes()
    {
        Assert.Equal(RefusalCode.NotRoomOwner, (await OpenAsync("ana", null)).Refusal!.Code);
        Assert.Equal(RefusalCode.StreamKeyWrong, (await OpenAsync(null, null)).Refusal!.Code);
        Assert.Equal(RefusalCode.StreamKeyWrong, (await OpenAsync(null, "live_guess")).Refusal!.Code);
        Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.RotateStreamKey(As("ana"))).Refusal!.Code);

        var old = (await _room.Room.RotateStreamKey(As(Owner))).Value!;
        var newest = (await _room.Room.RotateStreamKey(As(Owner))).Value!;

        Assert.Equal(RefusalCode.StreamKeyWrong, (await OpenAsync(null, old.Secret)).Refusal!.Code);
        Assert.True((await OpenAsync(null, newest.Secret)).Ok);
        Assert.Equal(RefusalCode.AlreadyPublishing, (await OpenAsync(Owner, null)).Refusal!.Code);
    }

    [Fact]
    public async Task SilentPublisher_IsInterruptedThenOffline()
    {
        var gateway = await _room.JoinAsync();
        var streamId = await _room.GoLiveAsync();

        for (var second = 0; second < 6; second++)
        {
            await _room.PassAsync(1);
            await gateway.ReportAsync();
        }

        await gateway.Until<StreamChanged>(changed => changed.Stream.Phase == StreamPhase.Interrupted);
        Assert.Equal(StreamPhase.Interrupted, Assert.Single(await _room.Directory.ListLive(null)).Stream.Phase);

        for (var second = 0; second < 16; second++)
        {
            await _room.PassAsync(1);
            await gateway.ReportAsync();
        }

        await gateway.Until<StreamChanged>(changed => changed.Stream.Phase == StreamPhase.Offline);
        Assert.False(await _room.Room.ReportStream(streamId, StreamPhase.Live));
    }

    [Fact]
    public async Task StopStream_IsForThePlatformAndTheNextHeartbeatIsRefused()
    {
        var streamId = await _room.GoLiveAsync();
        await _room.Room.AddModerator(As(Owner), Who("ben"));

        Assert.Equal(RefusalCode.NotModerator, (await _room.ModerateAsync("ben", new StopStream(null))).Refusal!.Code);
        Assert.True(await _room.Room.ReportStream(streamId, StreamPhase.Live));
        Assert.True((await _room.ModerateAsync("eva@platform", new StopStream("Not allowed."))).Ok);

        Assert.False(await _room.Room.ReportStream(streamId, StreamPhase.Live));
        Assert.Equal(StreamPhase.Offline, (await _room.Room.Get()).Value!.Stream.Phase);
        Assert.Empty(await _room.Directory.ListLive(null));
        var line = (await _room.Room.ReadAudit(As(Owner), 10)).Value!.Lines[0];
        Assert.Equal(("stopStream", "Not allowed.", $"stream {streamId}"), (line.Act, line.Reason, line.Detail));
    }

    [Fact]
    public async Task PublisherWhoReturnsAfterARestartWithinTheGrace_ContinuesItsStream()
    {
        var streamId = await _room.GoLiveAsync("g1");
        await _room.RestartAsync();
        Assert.Equal(StreamPhase.Live, (await _room.Room.Get()).Value!.Stream.Phase);

        for (var second = 0; second < 6; second++) { await _room.PassAsync(1); }
        var lease = await _room.Room.OpenStream(new PublishRequest(As(Owner), null, "g1", false));

        Assert.Equal(new StreamLease(streamId, Resumed: true), lease.Value);
    }

    [Fact]
    public async Task RoomThatWasLiveWhenItsProcessDied_LeavesTheListByItself()
    {
        await _room.GoLiveAsync();
        await _room.RestartAsync();
        Assert.Single(await _room.Directory.ListLive(null)); // nobody has asked for the room since

        await UntilAsync(async () =>
        {
            _room.Time.Advance(TimeSpan.FromSeconds(1));
            return (await _room.Directory.ListLive(null)).Count == 0;
        });

        Assert.Equal(StreamPhase.Offline, (await _room.Room.Get()).Value!.Stream.Phase);
    }

    [Fact]
    public async Task StreamKey_NamesItsRoom()
    {
        var key = (await _room.Room.RotateStreamKey(As(Owner))).Value!;

        Assert.Equal(_room.RoomId, StreamKey.RoomOf(key.Secret));
        Assert.Equal("StreamKey(hidden)", key.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("live_")]
    [InlineData("live_0190a0b0c0d07000800000000000000a")]
    [InlineData("live_0190a0b0c0d07000800000000000000a_")]
    [InlineData("live_0190A0B0C0D07000800000000000000A_secret")]
    [InlineData("live_../../../../../../../etc/passwd00_secret")]
    [InlineData("dead_0190a0b0c0d07000800000000000000a_secret")]
    public void TextThatIsNoKeyOfARoom_NamesNone(string text) => Assert.Null(StreamKey.RoomOf(text));

    [Fact]
    public async Task NewKey_EndsTheBroadcastThatWasOpenedWithTheOldOne()
    {
        var old = (await _room.Room.RotateStreamKey(As(Owner))).Value!;
        var byKey = (await OpenAsync(null, old.Secret)).Value!;
        Assert.True((await _room.Room.GetEncoder(As(Owner))).Value!.PublishesByKey);

        await _room.Room.RotateStreamKey(As(Owner));

        Assert.False(await _room.Room.ReportStream(byKey.StreamId, StreamPhase.Live));
        var byOwner = await _room.GoLiveAsync();
        await _room.Room.RotateStreamKey(As(Owner));
        Assert.True(await _room.Room.ReportStream(byOwner, StreamPhase.Live));
    }

    [Fact]
    public async Task StoppedEncoder_DoesNotComeBackByItself()
    {
        var key = (await _room.Room.RotateStreamKey(As(Owner))).Value!;
        Assert.True((await OpenAsync(null, key.Secret)).Ok);

        Assert.True((await _room.ModerateAsync("eva@platform", new StopStream("Not allowed."))).Ok);

        Assert.Equal(RefusalCode.StreamKeyWrong, (await OpenAsync(null, key.Secret)).Refusal!.Code);
        Assert.False((await _room.Room.GetEncoder(As(Owner))).Value!.HasKey);
    }

    [Fact]
    public async Task SecondEncoder_IsRefusedUntilTheOwnerLetsItTakeOver_AndThenOnce()
    {
        var key = (await _room.Room.RotateStreamKey(As(Owner))).Value!;
        var first = (await OpenAsync(null, key.Secret)).Value!;
        var refused = (await OpenAsync(null, key.Secret)).Refusal!;
        Assert.Equal(RefusalCode.AlreadyPublishing, refused.Code);
        Assert.Equal(refused.Message, (await _room.Room.GetEncoder(As(Owner))).Value!.LastRefusal);
        Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.LetEncoderTakeOver(As("ana"))).Refusal!.Code);

        Assert.NotNull((await _room.Room.LetEncoderTakeOver(As(Owner))).Value!.TakeOverUntil);
        var second = (await OpenAsync(null, key.Secret)).Value!;

        Assert.False(await _room.Room.ReportStream(first.StreamId, StreamPhase.Live));
        Assert.True(await _room.Room.ReportStream(second.StreamId, StreamPhase.Live));

        // The first one's program tries again by itself, and must not take it back.
        Assert.Equal(RefusalCode.AlreadyPublishing, (await OpenAsync(null, key.Secret)).Refusal!.Code);
    }

    [Fact]
    public async Task LeaveToTakeOver_EndsByItself()
    {
        var key = (await _room.Room.RotateStreamKey(As(Owner))).Value!;
        var streamId = await _room.GoLiveAsync();
        await _room.Room.LetEncoderTakeOver(As(Owner));

        for (var second = 0; second < 301; second++)
        {
            await _room.PassAsync(1);
            Assert.True(await _room.Room.ReportStream(streamId, StreamPhase.Live));
        }

        Assert.Null((await _room.Room.GetEncoder(As(Owner))).Value!.TakeOverUntil);
        Assert.Equal(RefusalCode.AlreadyPublishing, (await OpenAsync(null, key.Secret)).Refusal!.Code);
    }

    [Fact]
    public async Task HealthOfABroadcast_IsShownToItsOwnerOnlyAndForgottenSoon()
    {
        var streamId = await _room.GoLiveAsync();
        var health = new StreamHealth(StreamPhase.Live, 1000, 2000, 0, 4_000_000, 30, true, [new RungHealth("source", 1280, 720, 4_000_000, "on", null)]);
        await _room.Room.TellHealth("of another stream", health with { BytesIn = 7 });
        await _room.Room.TellHealth(streamId, health);

        await UntilAsync(async () => (await _room.Room.GetEncoder(As(Owner))).Value!.Health is { BytesIn: 1000 });
        Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.GetEncoder(As("ana"))).Refusal!.Code);

        for (var second = 0; second < 6; second++) { await _room.PassAsync(1); }
        Assert.Null((await _room.Room.GetEncoder(As(Owner))).Value!.Health);
    }

    private ValueTask<Result<StreamLease>> OpenAsync(string? caller, string? key) =>
        _room.Room.OpenStream(new PublishRequest(caller is null ? null : As(caller), key, "g1", false));
}
