using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger.Books;

public sealed class StatementTests
{
    private static readonly DateTimeOffset Today = new(Noon.Date, TimeSpan.Zero);

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task StatementOfADay_OpensWhereTheDayBeforeClosed(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var topUp = await world.PostAsync(TopUp(Ana, 100));
        var first = await world.PostAsync(Gift(Ana, 11));
        world.Clock.Now = Today.AddDays(1);
        var second = await world.PostAsync(Gift(Ana, 20, room: "room2"));
        await world.PostAsync(TopUp(Ben, 7));

        var today = await world.ReadAsync(Ana, Today, Today.AddDays(1));
        var tomorrow = await world.ReadAsync(Ana, Today.AddDays(1), Today.AddDays(2));

        Assert.Equal((0L, 11L, 100L, 89L, 2L), (today.Opening, today.Debits, today.Credits, today.Closing, today.Entries));
        Assert.Equal([(topUp.Key, 100L, 100L), (first.Key, -11L, 89L)], today.Lines.Select(line => (line.EntryId, line.Change, line.Balance)));
        Assert.Equal((89L, 20L, 0L, 69L), (tomorrow.Opening, tomorrow.Debits, tomorrow.Credits, tomorrow.Closing));
        var line = Assert.Single(tomorrow.Lines);
        Assert.Equal((second.Key, -20L, 69L, "room2", "rose", 2, 3), (line.EntryId, line.Change, line.Balance, line.RoomId, line.GiftId, line.Quantity, line.Rate));
        Assert.Equal((world.Clock.Now, "Name of ana", LedgerEntryKind.Gift), (line.At, line.SenderName, line.Kind));
        Assert.Null(today.Next);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PeriodWithoutEntries_KeepsTheBalance_AndAnUnknownAccountHasNothing(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 100));

        var later = await world.ReadAsync(Ana, Today.AddDays(5), Today.AddDays(6));
        var earlier = await world.ReadAsync(Ana, Today.AddDays(-5), Today.AddDays(-4));
        var nobody = await world.ReadAsync(Ben, Today, Today.AddDays(1));

        Assert.Equal((100L, 100L, 0), (later.Opening, later.Closing, later.Lines.Count));
        Assert.Equal((0L, 0L, 0), (earlier.Opening, earlier.Closing, earlier.Lines.Count));
        Assert.Equal((0L, 0L, 0), (nobody.Opening, nobody.Closing, nobody.Lines.Count));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task MomentOfACommit_BelongsToThePeriodThatItBegins(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 100));

        Assert.Equal(0, (await world.ReadAsync(Ana, Today, Noon)).Closing);
        Assert.Equal((0, 100), ((await world.ReadAsync(Ana, Noon, Noon.AddDays(1))).Opening, (await world.ReadAsync(Ana, Noon, Noon.AddDays(1))).Closing));
        Assert.Equal(100, (await world.ReadAsync(Ana, Noon.AddMicroseconds(1), Noon.AddDays(1))).Opening);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task LineOfAnAgency_SaysOfWhichStreamerItIs_AndSoDoesWhatGoesBack(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var agency = LedgerAccount.Agency("agency", LedgerUnit.Coins);
        await world.PostAsync(TopUp(Ana, 1_000));
        var first = await world.PostAsync(Shared("star", 100));
        await world.PostAsync(Shared("moon", 200));
        await world.ReverseAsync(first.Key, 100);

        var lines = (await world.ReadAsync(agency, Today, Today.AddDays(1))).Lines;
        var viewers = (await world.ReadAsync(Ana, Today, Today.AddDays(1))).Lines;
        var streamers = (await world.ReadAsync(LedgerAccount.Earnings("star"), Today, Today.AddDays(1))).Lines;

        Assert.Equal([(20L, "star"), (40L, "moon"), (-20L, "star")], lines.Select(line => (line.Change, line.EarnerId)));
        Assert.Equal([(1_000L, null), (-100L, "star"), (-200L, "moon")], viewers.Take(3).Select(line => (line.Change, line.EarnerId)));
        Assert.All(streamers, line => Assert.Null(line.EarnerId));

        LedgerEntry Shared(string streamer, long coins) => Gift(Ana, coins) with
        {
            Credits =
            [
                new LedgerLeg(LedgerAccount.Earnings(streamer), coins / 2), new LedgerLeg(agency, coins / 5),
                new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), coins - (coins / 2) - (coins / 5)),
            ],
        };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StatementOfOneAccount_ReadsNobodyElsesEntries(bool withEarners)
    {
        await using var world = await BooksWorld.OpenAsync(SqlDialect.Sqlite);
        await using var connection = await world.Test.Database.OpenAsync();
        await using var command = connection.Command(null, $"explain query plan {(withEarners ? Journal.EntriesAndEarners : Journal.EntriesOfPostings)}");
        command.With("shard", 0).With("account", 1).With("from", 1).With("upTo", 9).With("owner", "ana");
        await using var reader = await command.ExecuteReaderAsync();
        var steps = new List<string>();
        while (await reader.ReadAsync()) { steps.Add(reader.GetString(3)); }

        Assert.Equal(
            [
                "SEARCH p USING PRIMARY KEY (account=? AND batch>? AND batch<?)",
                "SEARCH e USING INDEX ledger_entry_place (shard=? AND batch=? AND ord>? AND ord<?)",
                "SEARCH b USING PRIMARY KEY (shard=? AND seq=?)",
            ],
            steps.Take(3));
        Assert.DoesNotContain(steps, step => step.StartsWith("SCAN", StringComparison.Ordinal));
    }

    /// <summary>Whatever the history and the size of the pages: pages put together are the period, and periods put together are the history.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public async Task PagesOfAnySize_AreTheWholePeriodOnceAndInOrder(SqlDialect dialect)
    {
        const int Days = 4;
        await using var world = await BooksWorld.OpenAsync(dialect);
        var random = new Random(20);
        for (var day = 0; day < Days; day++)
        {
            world.Clock.Now = Noon.AddDays(day);

            // At once: many entries of one account in one commit.
            var waiting = new List<Task<LedgerAnswer>> { world.Owner.PostAsync(TopUp(Ana, 200, Key(world.Clock.Now))) };
            for (var i = 0; i < 30; i++)
            {
                var sender = random.Next(3) == 0 ? Ben : Ana;
                waiting.Add(world.Owner.PostAsync(random.Next(4) == 0
                    ? TopUp(sender, 1 + random.Next(30), Key(world.Clock.Now))
                    : Gift(sender, 2 + random.Next(9), Key(world.Clock.Now))));
            }

            await Task.WhenAll(waiting);
        }

        foreach (var account in (LedgerAccount[])[Ana, Ben, Star, Fee, Clearing])
        {
            var newestFirst = await SqlLedgerStore.For(world.Test.Database).GetLinesAsync(BooksWorld.Shard, account, 200);
            var balance = 0L;
            var all = new List<LedgerStatementLine>();
            for (var day = 0; day < Days; day++)
            {
                LedgerStatement? page = null;
                var ofDay = new List<LedgerStatementLine>();
                do
                {
                    page = await world.ReadAsync(account, Today.AddDays(day), Today.AddDays(day + 1), 1 + random.Next(9), page?.Next);
                    ofDay.AddRange(page.Lines);
                    Assert.Equal(balance, page.Opening);
                    Assert.Equal(page.Closing, page.Opening + page.Credits - page.Debits);
                    Assert.Equal(page.Next is null, ofDay.Count == page.Entries);
                }
                while (page.Next is not null);

                Assert.Equal(page.Credits, ofDay.Where(line => line.Change > 0).Sum(line => line.Change));
                Assert.Equal(page.Debits, -ofDay.Where(line => line.Change < 0).Sum(line => line.Change));
                foreach (var line in ofDay) { Assert.Equal(balance += line.Change, line.Balance); }
                Assert.Equal(page.Closing, balance);
                all.AddRange(ofDay);
            }

            Assert.Equal(newestFirst.Reverse().Select(line => line.EntryId), all.Select(line => line.EntryId));
        }
    }
}
