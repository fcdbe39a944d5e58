using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// Leaderboards and the goal: sums of what the ledger has committed. Nothing of them is stored. On waking the room reads what was
/// given up to a place in the ledger's order; behind that place every gift is counted as it is shown, once, and every reversal
/// as it is read. So a restart agrees with the ledger by itself.
/// </summary>
internal sealed partial class RoomGrain
{
    /// <summary>How often the ledger is asked for gifts that were given back, while a stream is on …</summary>
    public static readonly TimeSpan ReversedReadEvery = TimeSpan.FromSeconds(10);

    /// <summary>… and while none is.</summary>
    public static readonly TimeSpan ReversedReadEveryOffline = TimeSpan.FromSeconds(60);

    /// <summary>How often the sum of a goal is kept anew.</summary>
    public static readonly TimeSpan MarkEvery = TimeSpan.FromHours(1);

    private static readonly FeedSlot TopSlot = new("topGifters");
    private static readonly FeedSlot GoalSlot = new("goal");

    private readonly RoomBoards _boards = new();
    private GoalCount? _goal;
    private (GoalCount Goal, GiftPlace UpTo, Task<long> Sum)? _marking;
    private TimeSpan _markedAt;
    private GiftPlace _countedBefore;
    private GivenReading? _given;
    private Task<ReversedGifts>? _reversedReading;
    private TimeSpan _reversedReadAt;
    private long _reversedUpTo;
    private bool _moreReversed;
    private IReadOnlyList<Ranked> _toldBest = [];
    private GiftGoal? _toldGoal;

    private IRoomGiftsGrain Given => GrainFactory.GetGrain<IRoomGiftsGrain>(IGiftLedgerGrain.Key);

    private GiftGoal? GoalNow => _goal is { IsComplete: true } count && State.Goal is { } goal ? count.View(goal) : null;

    public async ValueTask<Result<GiftGoal>> SetGoal(Caller caller, GoalDetails details)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (ChatRules.TryTitle(details.Title, out var title) is { } titleRefused) { return titleRefused; }
        if (details.TargetCoins is < 1 or > RoomLimits.GoalCoinsMax)
        {
            return new Refusal(RefusalCode.AmountNotAllowed, $"A goal aims at 1 to {RoomLimits.GoalCoinsMax} coins. Choose another number.");
        }

        // Said again, it is the same goal: its coins stay. Who wants it to begin anew takes it away first.
        if (State.Goal is { } same && same.Title == title && same.TargetCoins == details.TargetCoins)
        {
            return _goal is { IsComplete: true } known ? known.View(same) : StillCounting();
        }

        var now = Time.GetUtcNow();
        State.Goal = new GoalState(Guid.CreateVersion7(now).ToString("N"), title, details.TargetCoins, Microseconds.ToTime(Microseconds.Of(now)), null);
        _goal = new GoalCount(State.Goal, isComplete: true);
        await SaveAsync();
        await TellGoalAsync();
        Tell();
        return _goal.View(State.Goal);
    }

    public async ValueTask<Result<Done>> ClearGoal(Caller caller)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (State.Goal is null) { return Done.Value; }

        State.Goal = null;
        _goal = null;
        await SaveAsync();
        await TellGoalAsync();
        Tell();
        return Done.Value;
    }

    public ValueTask<Result<Leaderboard>> GetLeaderboard(LeaderboardPeriod period) => ValueTask.FromResult(LeaderboardNow(period));

    private Result<Leaderboard> LeaderboardNow(LeaderboardPeriod period)
    {
        if (State.Owner is null) { return NotFound(); }
        if (!_boards.IsComplete) { return StillCounting(); }

        _boards.Roll(Time.GetUtcNow());
        return _boards.Get(period, Elapsed);
    }

    private static Refusal StillCounting() => new(RefusalCode.Busy, "The gifts of this room are still being counted. Ask again in a second.")
    {
        RetryAfterMs = (long)HousekeepingPeriod.TotalMilliseconds,
    };

    /// <summary>A room that was just made: nothing was ever given to it.</summary>
    private void StartEmptyBoards()
    {
        _boards.Start(null, Time.GetUtcNow());
        _boards.Merge([]);
    }

    /// <summary>Begins to count behind what was shown, and reads what was given up to there; waits a moment for it.</summary>
    private async Task LoadGivenAsync(CancellationToken cancellationToken)
    {
        if (State.CountedStreamId is null && StreamNow is { StreamId: not null, StartedAt: not null })
        {
            // A stream that began before streams were counted.
            (State.CountedStreamId, State.CountedFrom) = (StreamNow.StreamId, CountedFrom(StreamNow));
        }

        _boards.Start(State.CountedFrom, Time.GetUtcNow());
        _goal = State.Goal is { } goal ? new GoalCount(goal, isComplete: false) : null;
        _countedBefore = _gifts.Complete;

        // In the commit of the last gift that counts as read there may be others of this room, and what was given back of them.
        _reversedUpTo = Math.Max(0, _countedBefore.Batch - 1);
        ReadGiven();
        ReadReversed();
        try
        {
            await Task.WhenAll(_given?.All ?? Task.CompletedTask, _reversedReading ?? Task.CompletedTask).WaitAsync(GiftsLoadWithin, Time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Told and tried again below, or by the housekeeping.
        }

        await TakeGivenAsync();
        await TakeReversedAsync();
        _toldBest = _boards.Best;
        _toldGoal = GoalNow;
    }

    private void ReadGiven()
    {
        try
        {
            var (batch, order) = (_countedBefore.Batch, _countedBefore.Order);
            _given = new GivenReading(
                [.. _boards.All.Select(board => (board, Given.GetSenders(RoomId, board.From, batch, order).AsTask()))],
                _goal,
                _goal is { IsComplete: false } goal ? SumOfGoalAsync(goal, State.Goal?.Mark, _countedBefore) : Task.FromResult(0L));
        }
        catch (Exception problem)
        {
            Log.GivenNotRead(logger, problem, RoomId);
        }
    }

    private async Task TakeGivenAsync()
    {
        if (_boards.IsComplete) { return; }
        if (_given is null)
        {
            ReadGiven();
            return;
        }

        if (!_given.All.IsCompleted) { return; }

        var reading = _given;
        _given = null;
        try
        {
            await reading.All;
            var read = new List<(GiftBoard Board, IReadOnlyList<GivenInRoom> Before)>();
            foreach (var (board, senders) in reading.Boards) { read.Add((board, await senders)); }
            _boards.Merge(read);
            if (_goal is { IsComplete: false } goal && ReferenceEquals(goal, reading.Goal))
            {
                var before = await reading.GoalCoins;
                goal.Merge(before);
                Mark(goal, before, _countedBefore);
            }

            foreach (var sender in _boards.StreamSenders) { Note(_engagement.Gifters, sender); }
        }
        catch (Exception problem)
        {
            Log.GivenNotRead(logger, problem, RoomId);
        }
    }

    /// <summary>The ledger's sum for a goal up to a place, read from the stored mark on.</summary>
    private async Task<long> SumOfGoalAsync(GoalCount goal, GoalMark? mark, GiftPlace upTo)
    {
        mark ??= GoalMark.Start;
        return mark.Coins + await Given.SumBetween(RoomId, goal.From, mark.Place, new GivenPlace(upTo.Batch, upTo.Order));
    }

    /// <summary>Keeps the sum up to a place, so that the next waking reads from there on. Stored with what is stored next.</summary>
    private void Mark(GoalCount goal, long coins, GiftPlace upTo)
    {
        _markedAt = Elapsed;
        if (State.Goal is not { } now || now.GoalId != goal.GoalId || (now.Mark ?? GoalMark.Start) is var mark && new GiftPlace(mark.Batch, mark.Order) >= upTo) { return; }
        State.Goal = now with { Mark = new GoalMark(coins, upTo.Batch, upTo.Order) };
        SaveLater();
    }

    /// <summary>A room may be awake for weeks: its mark moves on. Never waited for in a turn.</summary>
    private async Task MarkGoalAsync()
    {
        if (_marking is { Sum.IsCompleted: true } read)
        {
            _marking = null;
            try
            {
                Mark(read.Goal, await read.Sum, read.UpTo);
            }
            catch (Exception problem)
            {
                Log.GivenNotRead(logger, problem, RoomId);
            }
        }
        else if (_marking is null && _goal is { IsComplete: true } goal && Elapsed - _markedAt >= MarkEvery)
        {
            _markedAt = Elapsed;
            _marking = (goal, _gifts.Complete, SumOfGoalAsync(goal, State.Goal?.Mark, _gifts.Complete));
        }
    }

    /// <summary>Takes off what was given back. As with the gifts, never waited for in a turn.</summary>
    private async Task CatchUpOnReversedAsync()
    {
        await TakeReversedAsync();
        var every = State.Stream is null ? ReversedReadEveryOffline : ReversedReadEvery;
        if (_reversedReading is null && (_moreReversed || Elapsed - _reversedReadAt >= every)) { ReadReversed(); }
    }

    private void ReadReversed()
    {
        _reversedReadAt = Elapsed;
        try
        {
            _reversedReading = Given.GetReversed(RoomId, _reversedUpTo).AsTask();
        }
        catch (Exception problem)
        {
            Log.GivenNotRead(logger, problem, RoomId);
        }
    }

    private async Task TakeReversedAsync()
    {
        if (_reversedReading is not { IsCompleted: true } read) { return; }

        _reversedReading = null;
        try
        {
            var page = await read;
            (_reversedUpTo, _moreReversed) = (page.UpTo, page.HasMore);
            foreach (var gift in page.Gifts)
            {
                _boards.TakeOff(gift);
                _goal?.TakeOff(gift);
            }
        }
        catch (Exception problem)
        {
            Log.GivenNotRead(logger, problem, RoomId);
        }
    }

    /// <summary>Counts a gift that is shown.</summary>
    private void Count(SettledGift gift)
    {
        _givers.Note(gift.Sender.Id, gift.At);
        Note(_engagement.Gifters, gift.Sender.Id);
        _boards.Count(gift);
        _goal?.Count(gift);
    }

    /// <summary>Tells what gifts have moved: the best gifters and the goal.</summary>
    private async Task TellGivenAsync()
    {
        TellTop();
        await TellGoalAsync();
    }

    private void TellTop()
    {
        var best = _boards.Best;
        if (best.SequenceEqual(_toldBest)) { return; }

        _toldBest = best;
        AppendNewest(TopSlot, new TopGiftersChanged(best));
    }

    private async Task TellGoalAsync()
    {
        if (State.Goal is { ReachedAt: null } goal && _goal is { IsComplete: true } count && count.Coins >= goal.TargetCoins)
        {
            // Stored before it is told: a goal is reached once, whatever happens next. The gift itself does not wait for that.
            Tell();
            State.Goal = goal with { ReachedAt = Time.GetUtcNow() };
            await SaveAsync();
        }

        // Not complete: nobody knows yet how far it is.
        if (State.Goal is not null && GoalNow is null) { return; }
        if (GoalNow == _toldGoal) { return; }

        _toldGoal = GoalNow;
        AppendNewest(GoalSlot, new GoalChanged(_toldGoal));
    }

    /// <summary>What was given before, on its way from the ledger.</summary>
    private sealed record GivenReading(
        IReadOnlyList<(GiftBoard Board, Task<IReadOnlyList<GivenInRoom>> Senders)> Boards, GoalCount? Goal, Task<long> GoalCoins)
    {
        public Task All { get; } = Task.WhenAll([.. Boards.Select(read => (Task)read.Senders), GoalCoins]);
    }
}
