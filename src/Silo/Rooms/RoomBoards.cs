using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The leaderboards of a room: of its stream, of the day and of the week (UTC). Knows no clock.</summary>
internal sealed class RoomBoards
{
    private GiftBoard? _stream;
    private GiftBoard _day = new(DateTimeOffset.MinValue);
    private GiftBoard _week = new(DateTimeOffset.MinValue);

    /// <summary>Whether what was given before the room woke is in.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The best of the stream that runs or ran last; before the first, of the day. Nobody until the boards are complete.</summary>
    public IReadOnlyList<Ranked> Best => IsComplete ? (_stream ?? _day).Best : [];

    /// <summary>Who gave in the stream that runs or ran last.</summary>
    public IEnumerable<string> StreamSenders => _stream?.Senders ?? [];

    /// <summary>The boards there are.</summary>
    public IEnumerable<GiftBoard> All => _stream is null ? [_day, _week] : [_stream, _day, _week];

    /// <summary>Begins anew.</summary>
    /// <param name="streamFrom">When the stream that runs or ran last began; null: there was none.</param>
    public void Start(DateTimeOffset? streamFrom, DateTimeOffset now)
    {
        _stream = streamFrom is { } from ? new GiftBoard(from) : null;
        Roll(now);
    }

    /// <summary>A new stream begins.</summary>
    public void StartStream(DateTimeOffset from) => _stream = new GiftBoard(from);

    /// <summary>Begins a new day, and a new week, when its time has come.</summary>
    public void Roll(DateTimeOffset now)
    {
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        if (day > _day.From) { _day = new GiftBoard(day); }
        var week = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        if (week > _week.From) { _week = new GiftBoard(week); }
    }

    /// <summary>A gift was committed.</summary>
    public void Count(SettledGift gift)
    {
        Roll(gift.At);
        foreach (var board in All)
        {
            if (gift.At >= board.From) { board.Count(gift.Sender, gift.Coins, GiftPlace.Of(gift)); }
        }
    }

    /// <summary>Some of a gift was given back.</summary>
    public void TakeOff(ReversedGift reversed)
    {
        foreach (var board in All)
        {
            if (reversed.GivenAt >= board.From) { board.TakeOff(reversed.SenderId, reversed.Coins); }
        }
    }

    /// <summary>What was given before the room woke was read, for these boards; one that is over by now is left alone.</summary>
    public void Merge(IEnumerable<(GiftBoard Board, IReadOnlyList<GivenInRoom> Before)> read)
    {
        foreach (var (board, before) in read) { board.Merge(before); }
        IsComplete = true;
    }

    /// <summary>A leaderboard; one of very many gifters may be up to <see cref="GiftBoard.RankedFor"/> old.</summary>
    /// <param name="now">Counted from any fixed moment.</param>
    public Leaderboard Get(LeaderboardPeriod period, TimeSpan now)
    {
        var board = period switch
        {
            LeaderboardPeriod.Day => _day,
            LeaderboardPeriod.Week => _week,
            _ => _stream,
        };
        return new Leaderboard(period, board?.From, board?.Top(RoomLimits.LeaderboardMax, now) ?? []);
    }
}
