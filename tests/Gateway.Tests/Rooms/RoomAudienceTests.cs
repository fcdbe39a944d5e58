using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Rooms;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>A room that is closed while people are in it: nobody who may not stay gets one event more.</summary>
public sealed class RoomAudienceTests
{
    private readonly ScriptedRoom _room = new();

    [Fact]
    public async Task RoomThatIsClosed_SendsAwayAllButItsGuests_WhoMissNothing()
    {
        var cast = NewCast();
        var (guest, ana, ben) = (await JoinAsync(cast), await JoinAsync(cast, "ana"), await JoinAsync(cast, "ben"));

        _room.Close(["ana"]);
        _room.Say("for guests only");

        await UntilAsync(() => guest.IsClosed && ben.IsClosed && ana.Sequences.Count == 2);
        Assert.Equal([1L, 2L], ana.Sequences);
        Assert.Null(ana.Fault);
        Assert.False(ana.IsClosed);
        foreach (var sentAway in (TestViewer[])[guest, ben])
        {
            Assert.Equal(RefusalCode.RoomPrivate, sentAway.ClosedBy!.Code);
            Assert.Equal([1L], sentAway.Sequences);
            Assert.Equal(1, sentAway.Snapshots);
        }
    }

    [Fact]
    public async Task WhileTheRoomDoesNotSayWhoMayStay_NobodyGetsAnything_AndThenTheGuestsGetAllOfIt()
    {
        var cast = NewCast();
        var (ana, ben) = (await JoinAsync(cast, "ana"), await JoinAsync(cast, "ben"));
        _room.BeforeStanding = () => throw new IOException("The silo is away.");

        _room.Close(["ana"]);
        _room.Say("for guests only");
        await cast.TickAsync();

        Assert.Equal([1L], ana.Sequences);
        Assert.Equal([1L], ben.Sequences);

        _room.BeforeStanding = () => Task.CompletedTask;
        await UntilAsync(async () =>
        {
            await cast.TickAsync();
            return ana.Sequences.Count == 2 && ben.IsClosed;
        });
        Assert.Null(ana.Fault);
        Assert.Equal([1L], ben.Sequences);
    }

    [Fact]
    public async Task AdmissionTakenBackInAHoleOfTheFeed_IsFoundWithTheNextSnapshot_BeforeItIsShown()
    {
        var cast = NewCast();
        _room.Close(["ana", "ben"], told: false);
        var (ana, ben) = (await JoinAsync(cast, "ana"), await JoinAsync(cast, "ben"));

        _room.Close(["ana"], told: false);
        _room.Restart();
        await cast.TickAsync();

        await UntilAsync(() => ben.IsClosed && ana.Snapshots == 2);
        Assert.Equal(1, ben.Snapshots);
    }

    [Fact]
    public async Task WhoIsJustComingInWhenTheRoomIsClosed_IsAskedForAgain()
    {
        var cast = NewCast();
        await JoinAsync(cast, "ana");
        var (closing, asked) = (new TaskCompletionSource(), new TaskCompletionSource());
        var questions = 0;

        // The first answer was given before the room was closed, and arrives after.
        _room.AfterStanding = async () =>
        {
            if (Interlocked.Increment(ref questions) != 1) { return; }
            asked.SetResult();
            await closing.Task;
        };
        var late = new TestViewer(accountId: "ben");
        var joining = cast.JoinAsync(late.Viewer, null);
        await asked.Task;
        _room.Close(["ana"]);
        closing.SetResult();

        Assert.Equal(RefusalCode.RoomPrivate, (await joining).Refusal!.Code);
        Assert.Equal(0, late.Frames);
    }

    [Fact]
    public async Task RoomThatIsOpened_LetsEverybodyInAgain()
    {
        var cast = NewCast();
        _room.Close(["ana"], told: false);
        var ana = await JoinAsync(cast, "ana");
        Assert.Equal(RefusalCode.RoomPrivate, (await cast.JoinAsync(new TestViewer().Viewer, null)).Refusal!.Code);

        _room.Close(null);
        var guest = await JoinAsync(cast);
        _room.Say("hello everybody");

        Assert.Equal(ana.Sequences[^1], guest.Sequences[^1]);
        Assert.False(ana.IsClosed);
    }

    [Fact]
    public async Task SnapshotThatOvertakesTheClosing_IsGivenToNobodyWhoMayNotStay()
    {
        var cast = NewCast(new FanOutOptions { SnapshotReuseMs = 0 });
        var ana = await JoinAsync(cast, "ana");
        var (closing, asked) = (new TaskCompletionSource(), new TaskCompletionSource());
        var questions = 0;
        _room.AfterStanding = async () =>
        {
            if (Interlocked.Increment(ref questions) != 1) { return; }
            asked.SetResult();
            await closing.Task;
        };
        var late = new TestViewer(accountId: "ben");
        late.Viewer.Room = cast;
        var joining = cast.JoinAsync(late.Viewer, null);
        await asked.Task;

        // The batch that says so is on its way still.
        _room.Close(["ana"], told: false);
        closing.SetResult();
        await joining;

        await UntilAsync(() => late.IsClosed);
        Assert.Equal((RefusalCode.RoomPrivate, 0), (late.ClosedBy!.Code, late.Snapshots));
        Assert.Empty(late.Sequences);
        _room.Say("for guests only");
        await UntilAsync(() => ana.Sequences.Count == 2 || ana.Snapshots == 2);
        Assert.False(ana.IsClosed);
    }

    [Fact]
    public async Task AdmissionTakenBackWhileItsBatchIsOnItsWay_IsFoundBeforeASnapshotIsGiven()
    {
        var cast = NewCast(new FanOutOptions { SnapshotReuseMs = 0 });
        _room.Close(["ana", "ben"], told: false);
        await JoinAsync(cast, "ana");
        var late = new TestViewer(accountId: "ben");
        late.Viewer.Room = cast;
        var taken = false;
        _room.AfterStanding = () =>
        {
            if (!taken) { _room.Close(["ana"], told: false); }
            taken = true;
            return Task.CompletedTask;
        };

        await cast.JoinAsync(late.Viewer, null);

        await UntilAsync(() => late.IsClosed);
        Assert.Equal((RefusalCode.RoomPrivate, 0), (late.ClosedBy!.Code, late.Snapshots));
    }

    [Fact]
    public async Task WhatWasToldWhileTheRoomWasPrivate_IsNotToldAgainWhenItIsOpen()
    {
        var cast = NewCast();
        var (ana, guest) = (await JoinAsync(cast, "ana"), await JoinAsync(cast));
        var before = _room.Position;
        _room.Close(["ana"]);
        await UntilAsync(() => guest.IsClosed && ana.Sequences.Count == 1);
        _room.Say("for guests only");
        await UntilAsync(() => ana.Sequences.Count == 2);
        _room.Close(null);
        await UntilAsync(() => ana.Sequences.Count == 3);

        var back = new TestViewer();
        back.Viewer.Room = cast;
        Assert.True((await cast.JoinAsync(back.Viewer, before)).Ok);

        Assert.Equal(1, back.Snapshots);
        Assert.Empty(back.Sequences);
    }

    [Fact]
    public async Task ManyConnectionsOfOnePerson_AreOneQuestion()
    {
        var cast = NewCast();
        var guests = new List<TestViewer>();
        for (var i = 0; i < 5; i++) { guests.Add(await JoinAsync(cast)); }
        var questions = 0;
        _room.AfterStanding = () =>
        {
            Interlocked.Increment(ref questions);
            return Task.CompletedTask;
        };
        var ana = await JoinAsync(cast, "ana");
        _room.Close(["ana"]);
        await UntilAsync(() => guests.TrueForAll(guest => guest.IsClosed) && Volatile.Read(ref questions) >= 3);

        // One for ana when she came in, then one for her and one for all who have no account.
        Assert.Equal(3, Volatile.Read(ref questions));
        Assert.False(ana.IsClosed);
    }

    private RoomBroadcaster NewCast(FanOutOptions? options = null) =>
        new(ScriptedRoom.Id, _room, new GatewayIdentity(), options ?? new FanOutOptions(), TimeProvider.System, NullLogger.Instance);

    private static async Task<TestViewer> JoinAsync(RoomBroadcaster cast, string? accountId = null)
    {
        var viewer = new TestViewer(accountId: accountId);
        viewer.Viewer.Room = cast;
        var joined = await cast.JoinAsync(viewer.Viewer, null);
        Assert.True(joined.Ok, joined.Refusal?.Message);
        return viewer;
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(120), "It never became true.");
            await Task.Yield();
        }
    }
}
