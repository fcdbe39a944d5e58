using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger.Books;

public sealed class LotReaderTests
{
    public static TheoryData<SqlDialect> Both => Databases.Both;

    public static TheoryData<SqlDialect, int> Seeded
    {
        get
        {
            var data = new TheoryData<SqlDialect, int>();
            for (var seed = 1; seed <= 6; seed++) { data.Add(seed <= 4 ? SqlDialect.Sqlite : SqlDialect.PostgreSql, seed); }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Lots_AreReplayedFromTheJournal(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var first = await world.PostAsync(TopUp(Ana, 100));
        await world.PostAsync(TopUp(Ben, 100));
        var second = await world.PostAsync(TopUp(Ana, 50));
        var gift = await world.PostAsync(Gift(Ana, 70));
        var both = await world.PostAsync(Gift(Ana, 40, room: "room2"));
        await world.PostAsync(Gift(Ben, 40));

        var lots = await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana");
        var trace = await world.Lots.TraceAsync(BooksWorld.Shard, "ana", second.Key);

        Assert.Equal([(first.Key, 100L, 0L, 0L), (second.Key, 50L, 40L, 0L)], lots.Select(lot => (lot.TopUp, lot.Coins, lot.Left, lot.Held)));
        Assert.Equal(("pi_1", Noon), (lots[0].Reference, lots[0].At));
        var use = Assert.Single(trace!.Uses);
        Assert.Equal((both.Key, 10L, "room2", "rose", LedgerEntryKind.Gift), (use.EntryId, use.Amount, use.RoomId, use.GiftId, use.Kind));
        Assert.Equal([70L, 30L], (await world.Lots.TraceAsync(BooksWorld.Shard, "ana", first.Key))!.Uses.Select(part => part.Amount));
        Assert.Null(await world.Lots.TraceAsync(BooksWorld.Shard, "ana", gift.Key));
        Assert.Null(await world.Lots.TraceAsync(BooksWorld.Shard, "nobody", first.Key));
        Assert.Empty(await world.Lots.GetLotsAsync(BooksWorld.Shard, "nobody"));
    }

    /// <summary>What a reader keeps from question to question, against one that has never been asked.</summary>
    [Theory]
    [MemberData(nameof(Seeded))]
    public async Task LotsThatAreKept_AreThoseThatAreComputedFromTheBeginning(SqlDialect dialect, int seed)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
#pragma warning disable CA5394 // A seed that can be repeated is what is wanted.
        var random = new Random(seed);
        var (topUps, gifts, holds) = (new List<Guid>(), new List<(Guid Key, long Left)>(), new List<Guid>());
        for (var step = 0; step < 60; step++)
        {
            var free = await world.Owner.GetBalanceAsync(Ana);
            switch (random.Next(8))
            {
                case 0:
                    topUps.Add((await world.PostAsync(TopUp(Ana, random.Next(1, 90)))).Key);
                    break;
                case 1 or 2 or 3 when free > 0:
                    var coins = random.NextInt64(1, free + 1);
                    gifts.Add(((await world.PostAsync(Gift(Ana, coins))).Key, coins));
                    break;
                case 4 when gifts.Count > 0:
                    var at = random.Next(gifts.Count);
                    if (gifts[at].Left == 0) { break; }
                    var back = random.NextInt64(1, gifts[at].Left + 1);
                    await world.ReverseAsync(gifts[at].Key, back);
                    gifts[at] = (gifts[at].Key, gifts[at].Left - back);
                    break;
                case 5 when free > 0 && topUps.Count > 0:
                    holds.Add((await world.PostAsync(new LedgerEntry(
                        Key(), 1, LedgerEntryKind.Hold, Ana, [new LedgerLeg(Clearing, random.NextInt64(1, free + 1))], Rate: 0,
                        ExpiresAt: Noon.AddDays(90), Lot: topUps[random.Next(topUps.Count)]))).Key);
                    break;
                case 6 when holds.Count > 0:
                    var hold = holds[random.Next(holds.Count)];
                    holds.Remove(hold);
                    await world.PostAsync(random.Next(2) == 0
                        ? new LedgerEntry(Key(), 1, LedgerEntryKind.HoldVoided, Ana, [], Rate: 0, Original: hold)
                        : new LedgerEntry(Key(), 1, LedgerEntryKind.HoldPosted, Ana, [new LedgerLeg(Clearing, 1)], Rate: 0, Original: hold));
                    break;
                default:
                    await world.PostAsync(TopUp(Ben, 5));
                    break;
            }

            if (random.Next(3) == 0) { continue; }
#pragma warning restore CA5394
            var kept = await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana");
            var anew = await new LotReader(world.Test.Database, world.Journal).GetLotsAsync(BooksWorld.Shard, "ana");
            Assert.Equal(anew, kept);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task NextQuestion_ReadsOnlyWhatCameSince_ExceptWhenAnOldGiftIsGivenBack(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 100));
        var gift = await world.PostAsync(Gift(Ana, 10));
        await world.PostAsync(Gift(Ana, 5));
        await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana");
        Assert.Equal(3, world.Lots.EntriesRead);

        await world.PostAsync(Gift(Ana, 7));
        Assert.Equal(78, (await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana"))[0].Left);
        Assert.Equal(78, (await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana"))[0].Left);
        Assert.Equal(4, world.Lots.EntriesRead);

        await world.ReverseAsync(gift.Key, 4);
        Assert.Equal(82, Assert.Single(await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana")).Left);
        Assert.Equal(10, world.Lots.EntriesRead); // the four before, and both legs that came back

        await world.ReverseAsync(gift.Key, 6);
        Assert.Equal(88, Assert.Single(await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana")).Left);
        Assert.Equal(12, world.Lots.EntriesRead);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task HoldOnALot_FreezesItUntilItEnds_AndItsPostTakesIt(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var first = await world.PostAsync(TopUp(Ana, 100));
        var second = await world.PostAsync(TopUp(Ana, 50));
        var hold = await world.PostAsync(Freeze(first.Key, 80));
        await world.PostAsync(Gift(Ana, 40));
        Assert.Equal([(80L, 80L), (30L, 0L)], await LotsAsync());

        await world.PostAsync(new LedgerEntry(Key(), 1, LedgerEntryKind.HoldVoided, Ana, [], Rate: 0, Original: hold.Key));
        await world.PostAsync(Gift(Ana, 10));
        Assert.Equal([(70L, 0L), (30L, 0L)], await LotsAsync());

        var other = await world.PostAsync(Freeze(second.Key, 30));
        await world.PostAsync(new LedgerEntry(
            Key(), 1, LedgerEntryKind.HoldPosted, Ana, [new LedgerLeg(Clearing, 25)], Rate: 0, Original: other.Key));
        Assert.Equal([(70L, 0L), (5L, 0L)], await LotsAsync());

        async Task<IEnumerable<(long, long)>> LotsAsync() =>
            (await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana")).Select(lot => (lot.Left, lot.Held));

        LedgerEntry Freeze(Guid lot, long coins) => new(
            Key(), 1, LedgerEntryKind.Hold, Ana, [new LedgerLeg(Clearing, coins)], Rate: 0, Reference: "freeze:1",
            ExpiresAt: Noon.AddDays(90), Lot: lot);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task GiftGivenBackInPart_ReturnsToTheLotsThatPaid_AndTheClawedLotIsItsOwn(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var first = await world.PostAsync(TopUp(Ana, 100));
        var second = await world.PostAsync(TopUp(Ana, 50));
        var gift = await world.PostAsync(Gift(Ana, 120));

        await world.ReverseAsync(gift.Key, 30);
        Assert.Equal([10L, 50L], await LeftAsync());

        await world.ReverseAsync(second.Key, 40, second.Key);
        Assert.Equal([10L, 10L], await LeftAsync());
        Assert.Equal(await world.Owner.GetBalanceAsync(Ana), (await LeftAsync()).Sum());

        var trace = await world.Lots.TraceAsync(BooksWorld.Shard, "ana", first.Key);
        Assert.Equal([(gift.Key, 90L)], trace!.Uses.Select(use => (use.EntryId, use.Amount)));
        var back = (await world.ReadAsync(Ana, Noon, Noon.AddDays(1))).Lines.Where(line => line.Original == gift.Key).ToList();
        Assert.Equal(30, back.Sum(line => line.Change));
        Assert.All(back, line => Assert.Equal(LedgerEntryKind.Reversal, line.Kind));

        async Task<IReadOnlyList<long>> LeftAsync() => [.. (await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana")).Select(lot => lot.Left)];
    }

    /// <summary>Longer than a page of the replay, several entries in a commit: whatever the pages, the sum is the balance.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public async Task LongHistory_IsReplayedPageByPage(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var random = new Random(3);
        for (var round = 0; round < 3; round++)
        {
            var waiting = new List<Task<LedgerAnswer>> { world.Owner.PostAsync(TopUp(Ana, 5_000)) };
            for (var i = 0; i < LotReader.EntriesAtOnce / 2; i++)
            {
                waiting.Add(world.Owner.PostAsync(random.Next(20) == 0 ? TopUp(Ana, 1 + random.Next(50)) : Gift(Ana, 2 + random.Next(4))));
            }

            await Task.WhenAll(waiting);
        }

        var lots = await world.Lots.GetLotsAsync(BooksWorld.Shard, "ana");
        Assert.Equal(await world.Owner.GetBalanceAsync(Ana), lots.Sum(lot => lot.Left));
        foreach (var lot in (CoinLot[])[lots[0], lots[lots.Count / 2], lots[^1]])
        {
            var trace = await world.Lots.TraceAsync(BooksWorld.Shard, "ana", lot.TopUp);
            Assert.Equal(lot.Coins, trace!.Lot.Left + trace.Uses.Sum(use => use.Amount));
        }
    }
}
