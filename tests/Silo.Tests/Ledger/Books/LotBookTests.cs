using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger.Books;

public sealed class LotBookTests
{
    private int _place;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    [Fact]
    public void Debits_TakeTheOldestLotFirst_AndOneGiftMayTakeFromTwo()
    {
        var (book, first, second) = (Book(), In(10), In(20));
        Tell(book, first, second, Out(4), Out(9));

        Assert.Equal([(first.Key, 10L, 0L), (second.Key, 20L, 17L)], book.Lots.Select(lot => (lot.TopUp, lot.Coins, lot.Left)));
    }

    [Fact]
    public void Trace_NamesEveryEntryThatTheLotPaidFor_WithItsPart()
    {
        var (first, second, gift, both) = (In(10), In(20), Out(4), Out(9));
        var ofFirst = Book(first.Key);
        Tell(ofFirst, first, second, gift, both);
        var ofSecond = Book(second.Key);
        Tell(ofSecond, first, second, gift, both);

        Assert.Equal([(gift.Key, 4L), (both.Key, 6L)], ofFirst.Trace!.Uses.Select(use => (use.EntryId, use.Amount)));
        Assert.Equal([(both.Key, 3L)], ofSecond.Trace!.Uses.Select(use => (use.EntryId, use.Amount)));
        Assert.Equal(17, ofSecond.Trace.Lot.Left);
        Assert.Null(Book(Key()).Trace);
    }

    [Fact]
    public void Reversal_GivesBackToTheLotsThatPaid_TheLastOfThemFirst()
    {
        var (first, second, gift) = (In(10), In(20), Out(25));
        var book = Book(first.Key);
        Tell(book, first, second, gift, Back(gift, 17));

        Assert.Equal([2L, 20L], book.Lots.Select(lot => lot.Left));
        Assert.Equal([(gift.Key, 8L)], book.Trace!.Uses.Select(use => (use.EntryId, use.Amount)));

        Tell(book, Back(gift, 8));
        Assert.Equal([10L, 20L], book.Lots.Select(lot => lot.Left));
        Assert.Empty(book.Trace!.Uses);
    }

    [Fact]
    public void DebitThatNamesItsLot_LeavesTheOlderOnes()
    {
        var (book, first, second) = (Book(), In(10), In(20));
        Tell(book, first, second, Out(15) with { Kind = LedgerEntryKind.Reversal, Lot = second.Key });

        Assert.Equal([10L, 5L], book.Lots.Select(lot => lot.Left));
    }

    [Fact]
    public void FrozenPartOfALot_IsPassedOver_UntilItsHoldEnds()
    {
        var (book, first, second, hold) = (Book(), In(10), In(20), Key());
        Tell(book, first, second);
        book.Freeze(hold, first.Key, 8);

        Tell(book, Out(5));
        Assert.Equal([(8L, 8L), (17L, 0L)], book.Lots.Select(lot => (lot.Left, lot.Held)));

        book.Thaw(hold);
        Tell(book, Out(5));
        Assert.Equal([(3L, 0L), (17L, 0L)], book.Lots.Select(lot => (lot.Left, lot.Held)));
    }

    [Fact]
    public void PostedHold_TakesWhatItHadFrozen()
    {
        var (book, first, second, hold) = (Book(), In(10), In(20), Key());
        Tell(book, first, second);
        book.Freeze(hold, second.Key, 12);

        Tell(book, Out(7) with { Kind = LedgerEntryKind.HoldPosted, Original = hold });

        Assert.Equal([(10L, 0L), (13L, 0L)], book.Lots.Select(lot => (lot.Left, lot.Held)));
    }

    [Fact]
    public void CoinsThatNoLotPaidFor_OpenALotOfTheirOwn()
    {
        var (book, first, gift) = (Book(), In(10), Out(4));
        var correction = In(3) with { Kind = LedgerEntryKind.Adjustment };
        Tell(book, first, gift, correction, Back(gift, 6));

        Assert.Equal([10L, 3L, 2L], book.Lots.Select(lot => lot.Left));
    }

    [Fact]
    public void HistoryThatTakesMoreThanThereWas_IsNotBelieved()
    {
        var book = Book();
        Tell(book, In(10));

        Assert.Throws<InvalidOperationException>(() => Tell(book, Out(11)));
    }

    /// <summary>Against a model that knows every single coin by the lot it came in.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void WhateverHappens_LeftIsTheBalance_AndEveryLotIsWhatIsLeftAndWhatItPaidFor(int seed)
    {
        var random = new Random(seed);
        var history = new List<BookEntry>();
        var coins = new List<Guid>();
        var paid = new Dictionary<Guid, List<Guid>>();
        for (var i = 0; i < 150; i++)
        {
            var given = paid.Where(gift => gift.Value.Count > 0).Select(gift => gift.Key).ToList();
            if (coins.Count == 0 || random.Next(5) == 0)
            {
                var topUp = In(1 + random.Next(60));
                history.Add(topUp);
                coins.AddRange(Enumerable.Repeat(topUp.Key, (int)topUp.Change));
            }
            else if (given.Count > 0 && random.Next(4) == 0)
            {
                var chosen = given[random.Next(given.Count)];
                var gift = history.Single(entry => entry.Key == chosen);
                var amount = 1 + random.Next(paid[gift.Key].Count);
                history.Add(Back(gift, amount));

                // The last that it took come back first, each to the place in the line where its lot stands.
                var back = paid[gift.Key][^amount..];
                paid[gift.Key].RemoveRange(paid[gift.Key].Count - amount, amount);
                coins = [.. coins.Concat(back).OrderBy(coin => history.FindIndex(entry => entry.Key == coin))];
            }
            else
            {
                Guid? lot = random.Next(6) == 0 ? coins[random.Next(coins.Count)] : null;
                var amount = lot is null ? 1 + random.Next(coins.Count) : 1 + random.Next(coins.Count(coin => coin == lot));
                var gift = Out(amount) with { Lot = lot };
                history.Add(gift);
                var taken = lot is null ? coins[..amount] : [.. Enumerable.Repeat(lot.Value, amount)];
                foreach (var coin in taken) { coins.Remove(coin); }
                paid[gift.Key] = [.. taken];
            }
        }

        var givenBack = history.Where(entry => entry.Original is not null).Select(entry => entry.Original!.Value).ToHashSet();
        foreach (var topUp in history.Where(entry => entry is { Change: > 0, Original: null }))
        {
            var book = new LotBook(topUp.Key);
            book.Remember(givenBack);
            Tell(book, [.. history]);

            Assert.Equal(history.Sum(entry => entry.Change), book.Lots.Sum(lot => lot.Left));
            Assert.Equal(coins.Count(coin => coin == topUp.Key), book.Trace!.Lot.Left);
            Assert.Equal(topUp.Change, book.Trace.Lot.Left + book.Trace.Uses.Sum(use => use.Amount));
            Assert.Equal(
                paid.Select(gift => (gift.Key, (long)gift.Value.Count(coin => coin == topUp.Key))).Where(use => use.Item2 > 0),
                book.Trace.Uses.Select(use => (use.EntryId, use.Amount)));
        }
    }

    private static LotBook Book(Guid? traced = null) => new(traced);

    private static void Tell(LotBook book, params BookEntry[] history)
    {
        foreach (var entry in history) { book.Move(entry); }
    }

    private BookEntry In(long coins) => Entry(LedgerEntryKind.TopUp, coins);

    private BookEntry Out(long coins) => Entry(LedgerEntryKind.Gift, -coins);

    private BookEntry Back(BookEntry gift, long coins) => Entry(LedgerEntryKind.Reversal, coins) with { Original = gift.Key };

    private BookEntry Entry(LedgerEntryKind kind, long change) => new(
        new LedgerPlace(++_place, 0), Key(), kind, change, Math.Abs(change), Noon, null, null, null, 0, 0, null, null, null);
}
