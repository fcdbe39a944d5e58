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

    private ValueTask<Result<StreamLease>> OpenAsync(string? caller, string? key) =>
        _room.Room.OpenStream(new PublishRequest(caller is null ? null : As(caller), key, "g1", false));
}
