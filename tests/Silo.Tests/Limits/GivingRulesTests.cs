using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Silo.Limits;

namespace LiveCommerce.Silo.Tests.Limits;

public sealed class GivingRulesTests
{
    private static readonly LimitsOptions Limits = new()
    {
        CoinsPerGiftMax = 500, CoinsPerDayMax = 1_000, CoinsPerMonthMax = 3_000, PairCoinsPerDayMax = 800, NewAccountHours = 24, NewAccountCoinsPerDayMax = 100,
    };

    private static readonly TimeSpan Old = TimeSpan.FromDays(100);

    [Theory]
    [InlineData(0, 0, 0, 500, null)]
    [InlineData(0, 0, 0, 501, RefusalCode.GivingLimitReached)]
    [InlineData(600, 600, 0, 400, null)]
    [InlineData(601, 601, 0, 400, RefusalCode.GivingLimitReached)]
    [InlineData(0, 2_700, 0, 300, null)]
    [InlineData(0, 2_701, 0, 300, RefusalCode.GivingLimitReached)]
    [InlineData(500, 500, 500, 300, null)]
    [InlineData(501, 501, 501, 300, RefusalCode.GivingTooFast)]
    public void Gift_IsWithinEveryLimitOrRefused(long today, long month, long pair, long coins, RefusalCode? refused)
    {
        var decided = GivingRules.Decide(new(OwnLimits.None, Old), new(today, month, pair), coins, Limits);

        Assert.Equal(refused, decided.Refusal?.Code);
    }

    [Fact]
    public void NewAccount_GivesLess()
    {
        Assert.True(GivingRules.Decide(new(OwnLimits.None, TimeSpan.FromHours(23)), new(0, 0, 0), 100, Limits).Ok);
        Assert.Equal(RefusalCode.GivingLimitReached, GivingRules.Decide(new(OwnLimits.None, TimeSpan.FromHours(23)), new(0, 0, 0), 101, Limits).Refusal!.Code);
        Assert.True(GivingRules.Decide(new(OwnLimits.None, TimeSpan.FromHours(24)), new(0, 0, 0), 101, Limits).Ok);
    }

    [Fact]
    public void OwnLimit_IsNamedAsOne()
    {
        var refusal = GivingRules.Decide(new(new OwnLimits(null, 50, null), Old), new(45, 45, 0), 6, Limits).Refusal!;

        Assert.Equal("You may give 50 coins a day and have given 45. Come back tomorrow, or send a smaller gift. You set this limit yourself.", refusal.Message);
        Assert.Equal((50L, 45L), (refusal.Amounts!["limit"], refusal.Amounts["used"]));
    }

    [Fact]
    public void NearALimit_TheGiverIsTold()
    {
        Assert.False(GivingRules.Decide(new(OwnLimits.None, Old), new(0, 0, 0), 100, Limits).Value!.Near);

        Assert.Equal(new GivingLeft(200, 2_200, true), GivingRules.Decide(new(OwnLimits.None, Old), new(700, 700, 0), 100, Limits).Value);
        Assert.Equal(new GivingLeft(500, 500, true), GivingRules.Decide(new(OwnLimits.None, Old), new(0, 2_400, 0), 100, Limits).Value);
    }

    [Theory]
    [InlineData("2008-03-01", "2026-02-28", false)]
    [InlineData("2008-03-01", "2026-03-01", true)]
    [InlineData("2008-02-29", "2026-02-28", true)]
    public void Age_IsCountedByTheDay(string born, string today, bool ofAge) =>
        Assert.Equal(ofAge, GivingRules.IsOfAge(DateOnly.Parse(born, null), DateOnly.Parse(today, null), 18));

    [Theory]
    [InlineData(null, 10L, 10L)]
    [InlineData(10L, null, 10L)]
    [InlineData(10L, 20L, 10L)]
    [InlineData(20L, 10L, 10L)]
    [InlineData(null, null, null)]
    public void OnlyALowerLimit_HoldsAtOnce(long? now, long? wish, long? atOnce) =>
        Assert.Equal(atOnce, GivingRules.AtOnce(new(now, null, null), new(wish, null, null)).PerGift);

    [Fact]
    public void Count_AgreesWithAPlainSumForEveryHistory()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var count = new GivingCount();
            var plain = new List<(Guid Key, DateOnly Day, string Receiver, long Coins)>();
            var first = new DateOnly(2026, 1, 1);
            count.Add([new GivenGifts("r1", first, 7)]);
            plain.Add((Guid.NewGuid(), first, "r1", 7));
            for (var step = 0; step < 60; step++)
            {
                if (plain.Count > 1 && random.Next(4) == 0)
                {
                    var undone = plain[random.Next(1, plain.Count)];
                    count.Remove(undone.Key);
                    count.Remove(undone.Key);
                    plain.Remove(undone);
                    continue;
                }

                var gift = (Guid.NewGuid(), first.AddDays(random.Next(5)), $"r{random.Next(4)}", (long)random.Next(1, 100));
                count.Add(gift.Item1, gift.Item2, gift.Item3, gift.Item4);
                plain.Add(gift);
            }

            var day = first.AddDays(random.Next(5));
            Assert.Equal(plain.Where(one => one.Day == day).Sum(one => one.Coins), count.OnDay(day));
            Assert.Equal(plain.Where(one => one.Day >= day).Sum(one => one.Coins), count.Since(day));
            Assert.Equal(plain.Where(one => one.Day == day && one.Receiver == "r2").Sum(one => one.Coins), count.OnDay(day, "r2"));
            var most = plain.Where(one => one.Day >= day).GroupBy(one => one.Receiver, one => one.Coins).Where(one => one.Sum() >= 50).Select(one => one.Key);
            Assert.Equal(most.Order(), count.ReceiversSince(day, 50).Order());
        }
    }
}
