using LiveCommerce.Actors;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Battles;

/// <summary>What the clock does: counts, tells both rooms, and decides.</summary>
internal sealed partial class BattleGrain
{
    /// <summary>How often the battle counts and tells.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a score that can be counted again may wait to be stored.</summary>
    public static readonly TimeSpan StoreAfter = TimeSpan.FromSeconds(10);

    /// <summary>How long the battle rests after a failure.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>How often what was given back is taken off the score.</summary>
    public static readonly TimeSpan ReversedEvery = TimeSpan.FromSeconds(5);

    /// <summary>Gifts of one reading.</summary>
    private const int PageMax = 1_000;

    private readonly Dictionary<string, BattleView> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _offlineSince = new(StringComparer.Ordinal);
    private IGrainTimer? _timer;
    private DateTimeOffset _restUntil;
    private DateTimeOffset _storedAt;
    private DateTimeOffset _reversedAt;

    private TimeSpan Settle => TimeSpan.FromSeconds(options.Value.SettleSeconds);

    private void StartTicking()
    {
        _storedAt = Time.GetUtcNow();
        _timer ??= RegisterGrainTimer(_ => TickAsync(), new GrainTimerCreationOptions(Tick, Tick) { KeepAlive = true });
    }

    private async Task TickAsync()
    {
        if (Time.GetUtcNow() < _restUntil) { return; }
        try
        {
            await AdvanceAsync();
        }
        catch (Exception problem)
        {
            _restUntil = Time.GetUtcNow() + Rest;
            Log.Failed(logger, problem, Id);
        }
    }

    /// <summary>Does whatever is to be done now. Idempotent; cut off anywhere, the next one goes on.</summary>
    private async Task AdvanceAsync()
    {
        var now = Time.GetUtcNow();
        if (State.Phase == BattlePhase.Over)
        {
            await TidyAsync();
        }
        else if (State.Phase == BattlePhase.Offered)
        {
            if (now >= State.EndsAt) { await EndAsync(State.Over(BattleEnding.Unanswered, null)); }
            else if (await Battles(State.Challenger.RoomId).GetCurrent() is { Phase: BattlePhase.Running })
            {
                // Its challenger has accepted another one instead of waiting.
                await EndAsync(State.Over(BattleEnding.Withdrawn, null));
            }
            else { await TryTellAsync(); }
        }
        else if (now >= State.EndsAt + Settle)
        {
            // Every commit that began within the time is done before it is counted for the last time.
            await Ledger.Settle();
            await CountAsync(withReversed: true);
            await EndAsync(State.Decided());
        }
        else
        {
            await CountAsync(withReversed: now - _reversedAt >= ReversedEvery);
            if (now < State.EndsAt && await LookForLeavingAsync(now) is { } left) { await EndAsync(left); }
            else { await TryTellAsync(); }
            if (State.Phase == BattlePhase.Running && now - _storedAt >= StoreAfter)
            {
                _storedAt = now;
                await record.WriteStateAsync();
            }
        }
    }

    /// <summary>Reads what was committed since the last count. Coins and places change together.</summary>
    /// <param name="withReversed">Also what was given back: that is seldom, and may come a little later.</param>
    private async Task CountAsync(bool withReversed)
    {
        var sides = await Task.WhenAll(ReadAsync(State.Challenger), ReadAsync(State.Opponent));
        if (withReversed)
        {
            sides = await Task.WhenAll(sides.Select(TakeOffAsync));
            _reversedAt = Time.GetUtcNow();
        }

        record.State = State with { Challenger = sides[0], Opponent = sides[1] };
    }

    private async Task<BattleScore> TakeOffAsync(BattleScore side)
    {
        while (true)
        {
            var page = await Given.GetReversed(side.RoomId, side.ReversedUpTo);
            side = side.TakeOff(page, State.StartedAt!.Value, State.EndsAt);
            if (!page.HasMore) { return side; }
        }
    }

    private async Task<BattleScore> ReadAsync(BattleScore side)
    {
        while (true)
        {
            var gifts = await Ledger.GetGiftsAfter(side.RoomId, side.Batch, side.Order, PageMax);
            side = side.Count(gifts, State.StartedAt!.Value, State.EndsAt);

            // What is committed after the end counts no more, however much it is.
            if (gifts.Count < PageMax || gifts[^1].At >= State.EndsAt) { return side; }
        }
    }

    private async Task<BattleRecord?> LookForLeavingAsync(DateTimeOffset now)
    {
        var (own, other) = await AskAsync(State.Challenger.RoomId, State.Opponent.RoomId);
        if (!own.Ok || !other.Ok) { return null; }

        // A room in a battle stays public. One that is private all the same did not know of it: its owner has left it to the other.
        var (ownClosed, otherClosed) = (own.Value.Audience == RoomAudience.Private, other.Value.Audience == RoomAudience.Private);
        if (ownClosed || otherClosed)
        {
            return State.Over(BattleEnding.Conceded, ownClosed && otherClosed ? null : ownClosed ? State.Opponent.RoomId : State.Challenger.RoomId);
        }

        // A broadcast has a grace time of its own, in which it counts as interrupted; this one begins after it.
        var grace = TimeSpan.FromSeconds(options.Value.OfflineGraceSeconds);
        var (ownGone, otherGone) = (IsGone(own.Value), IsGone(other.Value));
        return (ownGone, otherGone) switch
        {
            (false, false) => null,
            (true, true) => State.Over(BattleEnding.WentOffline, null),
            _ => State.Over(BattleEnding.WentOffline, ownGone ? State.Opponent.RoomId : State.Challenger.RoomId),
        };

        bool IsGone(RoomView room)
        {
            if (IsOn(room) || room.Stream.Phase == StreamPhase.Starting)
            {
                _offlineSince.Remove(room.RoomId);
                return false;
            }

            _offlineSince.TryAdd(room.RoomId, now);
            return now - _offlineSince[room.RoomId] >= grace;
        }
    }

    /// <summary>Fixes the end, durable, and tells it.</summary>
    private async Task EndAsync(BattleRecord over)
    {
        record.State = over;
        await record.WriteStateAsync();
        Log.Over(logger, Id, over.Ending, over.Challenger.Coins, over.Opponent.Coins);
        await TidyAsync();
    }

    // The due time stands until both rooms know and are free.
    private async Task TidyAsync()
    {
        if (!await TryTellAsync()) { return; }
        await Battles(State.Challenger.RoomId).Leave(Id);
        await Battles(State.Opponent.RoomId).Leave(Id);
        await dueTimes.ClearAsync(DueType, Id);
        _timer?.Dispose();
        _timer = null;
    }

    /// <summary>Tells both rooms, if there is something new.</summary>
    private async Task<bool> TryTellAsync()
    {
        var view = State.ToView(Id);
        var told = await Task.WhenAll(TryTellAsync(State.Challenger.RoomId, view), TryTellAsync(State.Opponent.RoomId, view));
        return told[0] && told[1];
    }

    private async Task<bool> TryTellAsync(string roomId, BattleView view)
    {
        if (_told.GetValueOrDefault(roomId) == view) { return true; }
        try
        {
            await Room(roomId).Announce(new BattleChanged(view));
            _told[roomId] = view;
            return true;
        }
        catch (Exception problem)
        {
            Log.RoomNotTold(logger, problem, roomId, Id);
            return false;
        }
    }
}
