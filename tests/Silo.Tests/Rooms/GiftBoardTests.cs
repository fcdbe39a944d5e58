using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class GiftBoardTests
{
    private static readonly DateTimeOffset Wednesday = new(2026, 1, 14, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public void OfEquals_WhoWasThereFirstStandsFirst()
    {
        var board = new GiftBoard(Wednesday);
        board.Count(Who("ben"), 10, new GiftPlace(1, 0));
        board.Count(Who("ana"), 20, new GiftPlace(2, 0));
        board.Count(Who("eva"), 5, new GiftPlace(3, 0));
        board.Count(Who("ben"), 10, new GiftPlace(4, 0));

        Assert.Equal(["ana", "ben", "eva"], board.Best.Select(ranked => ranked.Person.Id));
        Assert.Equal([20, 20, 5], board.Best.Select(ranked => ranked.Coins));
    }

    [Fact]
    public void GiftThatWasGivenBack_IsTakenOffAndWhoHasNothingLeftIsNotRanked()
    {
        var board = new GiftBoard(Wednesday);
        board.Count(Who("ana"), 20, new GiftPlace(1, 0));
        board.Count(Who("ben"), 15, new GiftPlace(2, 0));
        board.TakeOff("ana", 10);
        Assert.Equal(["ben", "ana"], board.Best.Select(ranked => ranked.Person.Id));

        board.TakeOff("ana", 10);
        Assert.Equal(["ben"], board.Top(100, TimeSpan.Zero).Select(ranked => ranked.Person.Id));
    }

    [Fact]
    public void BoardOfVeryMany_IsRankedOnceASecondHoweverOftenItIsAskedFor()
    {
        var board = new GiftBoard(Wednesday);
        for (var i = 0; i <= GiftBoard.SmallMax; i++) { board.Count(Who($"viewer {i}"), 1, new GiftPlace(1, i)); }
        var first = board.Top(100, TimeSpan.Zero);

        board.Count(Who("late"), 1_000, new GiftPlace(2, 0));

        Assert.Same(first, board.Top(100, GiftBoard.RankedFor * 0.9));
        Assert.Equal("late", board.Top(100, GiftBoard.RankedFor)[0].Person.Id);
        Assert.Equal("late", board.Best[0].Person.Id);
    }

    [Fact]
    public void ReversalThatIsKnownBeforeItsGift_CountsAllTheSame()
    {
        var board = new GiftBoard(Wednesday);
        board.TakeOff("ana", 4);
        Assert.Empty(board.Top(100, TimeSpan.Zero));

        board.Count(Who("ana"), 10, new GiftPlace(1, 0));
        Assert.Equal([new Ranked(Who("ana"), 6)], board.Top(100, TimeSpan.Zero));
    }

    [Fact]
    public void Midnight_BeginsANewDayAndMondaysANewWeek()
    {
        var boards = new RoomBoards();
        boards.Start(null, Wednesday);
        boards.Merge([]);
        boards.Count(Gift("ana", 10, 1, Wednesday));
        Assert.Equal(["ana"], boards.Best.Select(ranked => ranked.Person.Id));
        Assert.Equal(new DateTimeOffset(2026, 1, 12, 0, 0, 0, TimeSpan.Zero), boards.Get(LeaderboardPeriod.Week, TimeSpan.Zero).From);

        boards.Count(Gift("ben", 5, 2, Wednesday.AddHours(4))); // the clock of the room need not have come round
        Assert.Equal(["ben"], boards.Get(LeaderboardPeriod.Day, TimeSpan.Zero).Top.Select(ranked => ranked.Person.Id));
        Assert.Equal(["ana", "ben"], boards.Get(LeaderboardPeriod.Week, TimeSpan.Zero).Top.Select(ranked => ranked.Person.Id));

        boards.Roll(Wednesday.AddDays(5));
        Assert.Empty(boards.Get(LeaderboardPeriod.Week, TimeSpan.Zero).Top);
        Assert.Equal(new DateTimeOffset(2026, 1, 19, 0, 0, 0, TimeSpan.Zero), boards.Get(LeaderboardPeriod.Week, TimeSpan.Zero).From);
        Assert.Null(boards.Get(LeaderboardPeriod.Stream, TimeSpan.Zero).From);
    }

    [Fact]
    public void NobodyIsTheBest_UntilWhatWasGivenBeforeIsIn()
    {
        var boards = new RoomBoards();
        boards.Start(Wednesday, Wednesday);
        boards.Count(Gift("ana", 10, 9, Wednesday));
        Assert.Empty(boards.Best);

        boards.Merge([.. boards.All.Select(board => (board, (IReadOnlyList<GivenInRoom>)[new GivenInRoom(Who("ben"), 11, 1, 0), new GivenInRoom(Who("ana"), 1, 2, 0)]))]);
        Assert.Equal([new Ranked(Who("ben"), 11), new Ranked(Who("ana"), 11)], boards.Best);
    }

    /// <summary>
    /// Whatever part of the gifts was read and whatever was counted, and in whatever order reversals come: the board is what the
    /// sums say, and the best are the first of all. A failure prints its seed.
    /// </summary>
    [Fact]
    public void RandomGiftsAndReversals_GiveTheSumsOfTheLedger()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var gifts = Enumerable.Range(1, random.Next(1, 200))
                .Select(batch => Gift($"person {random.Next(12)}", random.Next(1, 30), batch, Wednesday.AddSeconds(batch))).ToList();
            var reversals = gifts.Where(_ => random.Next(5) == 0)
                .Select(gift => new ReversedGift(gift.Sender.Id, random.Next(2) == 0 ? gift.Coins : (gift.Coins + 1) / 2, gift.At)).ToList();
            var read = random.Next(gifts.Count + 1);
            var board = new GiftBoard(Wednesday);

            var steps = new List<Action> { () => board.Merge([.. gifts.Take(read).GroupBy(gift => gift.Sender).Select(sent => new GivenInRoom(sent.Key, sent.Sum(gift => gift.Coins), sent.Max(gift => gift.Batch), 0))]) };
            steps.AddRange(gifts.Skip(read).Select(gift => (Action)(() => board.Count(gift.Sender, gift.Coins, GiftPlace.Of(gift)))));
            steps.AddRange(reversals.Select(reversed => (Action)(() => board.TakeOff(reversed.SenderId, reversed.Coins))));
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(steps));
            foreach (var step in steps) { step(); }

            var expected = gifts.GroupBy(gift => gift.Sender)
                .Select(sent => (Ranked: new Ranked(sent.Key, sent.Sum(gift => gift.Coins) - reversals.Where(back => back.SenderId == sent.Key.Id).Sum(back => back.Coins)), Last: sent.Max(gift => gift.Batch)))
                .Where(sent => sent.Ranked.Coins > 0).OrderByDescending(sent => sent.Ranked.Coins).ThenBy(sent => sent.Last).Select(sent => sent.Ranked).ToList();
            Assert.True(expected.SequenceEqual(board.Top(100, TimeSpan.Zero)), $"seed {seed}: other ranks");
            Assert.True(expected.Take(RoomLimits.TopGiftersMax).SequenceEqual(board.Best), $"seed {seed}: other best");
        }
    }

    private static Person Who(string id) => new(id, $"{id}'s name");

    private static SettledGift Gift(string sender, long coins, long batch, DateTimeOffset at) => new(Guid.NewGuid(), "room", Who(sender), "rose", 1, coins, batch, 0, at);
}
