using Dapper;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Order in a room: what moderators do, and what it does.</summary>
public sealed class RoomOrderTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync();

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task MutedViewer_MayNotSpeakUntilTheTimeIsOver()
    {
        var gateway = await _room.JoinAsync();
        Assert.True((await _room.ModerateAsync(Owner, new MuteViewer(IdOf("ana"), 60, "Shouting."))).Ok);

        var refusal = (await _room.SayAsync("ana", "hello?")).Refusal!;
        Assert.Equal(RefusalCode.Muted, refusal.Code);
        Assert.Equal(60_000, refusal.RetryAfterMs);
        Assert.Equal(_room.Time.GetUtcNow().AddSeconds(60), (await _room.Room.GetStanding(IdOf("ana"))).Value!.MutedUntil);
        Assert.Equal(IdOf("ana"), (await gateway.Until<ViewerMuted>()).AccountId);

        _room.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.True((await _room.SayAsync("ana", "hello?")).Ok);
        Assert.Null((await _room.Room.GetStanding(IdOf("ana"))).Value!.MutedUntil);
    }

    [Fact]
    public async Task UnmutedViewer_MaySpeakAgain()
    {
        await _room.ModerateAsync(Owner, new MuteViewer(IdOf("ana"), null, null));
        Assert.Equal(DateTimeOffset.MaxValue, (await _room.Room.GetStanding(IdOf("ana"))).Value!.MutedUntil);
        await _room.ModerateAsync(Owner, new UnmuteViewer(IdOf("ana"), null));

        Assert.True((await _room.SayAsync("ana", "thank you")).Ok);
    }

    [Fact]
    public async Task BannedViewer_IsOutUntilUnbanned()
    {
        var gateway = await _room.JoinAsync();
        Assert.True((await _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, null))).Ok);
        await gateway.Until<ViewerBanned>(banned => banned.AccountId == IdOf("ana"));

        Assert.Equal(RefusalCode.Banned, (await _room.Room.GetStanding(IdOf("ana"))).Refusal!.Code);
        Assert.Equal(RefusalCode.Banned, (await _room.SayAsync("ana", "let me in")).Refusal!.Code);

        await _room.ModerateAsync(Owner, new UnbanViewer(IdOf("ana"), null));
        Assert.True((await _room.Room.GetStanding(IdOf("ana"))).Ok);
        Assert.True((await _room.SayAsync("ana", "thank you")).Ok);
    }

    [Fact]
    public async Task BannedModerator_LosesTheOffice()
    {
        var gateway = await _room.JoinAsync();
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("ben"), null, null));
        await _room.PassAsync(1);

        await gateway.Until<ModeratorsChanged>(changed => changed.Moderators.Count == 0);
        Assert.Equal(RefusalCode.NotModerator, (await _room.ModerateAsync("ben", new MuteViewer(IdOf("ana"), 60, null))).Refusal!.Code);
        Assert.Equal(RefusalCode.Banned, (await _room.Room.AddModerator(As(Owner), Who("ben"))).Refusal!.Code);
    }

    [Fact]
    public async Task DeletedMessage_IsGoneForEverybody()
    {
        var gateway = await _room.JoinAsync();
        var said = (await _room.SayAsync("ana", "rude")).Value!;
        await _room.SayAsync("ben", "kind");

        Assert.True((await _room.ModerateAsync(Owner, new DeleteMessage(said.MessageId, null))).Ok);
        await _room.PassAsync(1);

        Assert.Equal(said.MessageId, (await gateway.Until<MessageDeleted>()).MessageId);
        Assert.Equal(["kind"], (await _room.SnapshotAsync()).Messages.Select(message => message.Text));
        Assert.Equal(RefusalCode.MessageNotFound, (await _room.ModerateAsync(Owner, new DeleteMessage(said.MessageId, null))).Refusal!.Code);
    }

    [Fact]
    public async Task MessageOfTheOwner_IsProtectedFromItsModeratorsAndNotFromThePlatform()
    {
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        var said = (await _room.SayAsync(Owner, "mine")).Value!;

        Assert.Equal(RefusalCode.TargetProtected, (await _room.ModerateAsync("ben", new DeleteMessage(said.MessageId, null))).Refusal!.Code);
        Assert.True((await _room.ModerateAsync("eva@platform", new DeleteMessage(said.MessageId, null))).Ok);
    }

    [Fact]
    public async Task PlatformModerator_IsKnownByComingAndThenProtected()
    {
        await _room.SayAsync("eva@platform", "good evening");

        Assert.Equal(RefusalCode.TargetProtected, (await _room.ModerateAsync(Owner, new BanViewer(IdOf("eva@platform"), null, null))).Refusal!.Code);
    }

    [Fact]
    public async Task EveryAct_StandsInTheAuditLogWithItsTargetAndReason()
    {
        await _room.SayAsync("ana", "rude");
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        await _room.ModerateAsync("ben", new MuteViewer(IdOf("ana"), 60, "Shouting."));
        await _room.ModerateAsync("ben", new UnmuteViewer(IdOf("ana"), null));
        await _room.ModerateAsync("ben", new UnmuteViewer(IdOf("ana"), null)); // nothing to do, nothing to note

        Assert.Equal(RefusalCode.NotModerator, (await _room.Room.ReadAudit(As("ana"), 10)).Refusal!.Code);
        Assert.Equal(RefusalCode.Malformed, (await _room.Room.ReadAudit(As("ben"), 201)).Refusal!.Code);
        var lines = (await _room.Room.ReadAudit(As("ben"), 10)).Value!.Lines;
        Assert.Equal(["unmute", "mute", "addModerator"], lines.Select(line => line.Act));
        Assert.Equal((Who("ben"), IdOf("ana"), "ana", "Shouting."), (lines[1].By, lines[1].Target, lines[1].TargetName, lines[1].Reason));
        Assert.StartsWith("until 2026-01-01T00:01:00", lines[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ActThatCannotBeAudited_DoesNotHappen()
    {
        await RunAsync("alter table audit_log rename to audit_log_away");

        await Assert.ThrowsAnyAsync<Exception>(() => _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, null)));
        Assert.True((await _room.SayAsync("ana", "still here")).Ok);

        await RunAsync("alter table audit_log_away rename to audit_log");
        Assert.True((await _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, null))).Ok);
        Assert.Equal(RefusalCode.Banned, (await _room.SayAsync("ana", "not any more")).Refusal!.Code);
    }

    [Fact]
    public async Task ActThatCannotBeStored_HasItsLineAndNoEffect()
    {
        var gateway = await _room.JoinAsync();
        await RunAsync("update grain_state set epoch = epoch + 1000 where type = 'Room'"); // as if another silo had taken over

        await Assert.ThrowsAsync<InconsistentStateException>(() => _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, "Spam.")));

        await RunAsync("update grain_state set epoch = 1 where type = 'Room'");
        Assert.True((await _room.Room.GetStanding(IdOf("ana"))).Ok);
        Assert.Equal("ban", Assert.Single((await _room.Room.ReadAudit(As(Owner), 10)).Value!.Lines).Act);
        Assert.Empty(gateway.All<ViewerBanned>());
    }

    [Fact]
    public async Task Moderators_AreBoundedAndNamedByTheOwnerOnly()
    {
        Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.AddModerator(As("ana"), Who("ana"))).Refusal!.Code);
        for (var i = 0; i < RoomLimits.ModeratorsMax; i++) { Assert.True((await _room.Room.AddModerator(As(Owner), Who($"m{i}"))).Ok); }

        Assert.Equal(RefusalCode.LimitReached, (await _room.Room.AddModerator(As(Owner), Who("one more"))).Refusal!.Code);
        Assert.True((await _room.Room.RemoveModerator(As(Owner), IdOf("m0"))).Ok);
        Assert.Equal(RoomLimits.ModeratorsMax - 1, (await _room.SnapshotAsync()).Moderators.Count);
    }

    private Task<int> RunAsync(string sql) =>
        _room.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(sql, transaction: transaction));
}
