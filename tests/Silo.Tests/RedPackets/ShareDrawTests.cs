using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Silo.RedPackets;

namespace LiveCommerce.Silo.Tests.RedPackets;

public sealed class ShareDrawTests
{
    [Theory]
    [InlineData(RedPacketKind.Random)]
    [InlineData(RedPacketKind.Equal)]
    public void WhateverTheLuck_TheSumIsExactAndEveryShareHasACoin(RedPacketKind kind)
    {
        for (var seed = 0; seed < 10_000; seed++)
        {
            var random = new Random(seed);
            var shares = 1 + random.Next(RedPacketLimits.SharesMax);
            var coins = shares + (random.Next(3) switch { 0 => 0, 1 => random.NextInt64(500), _ => random.NextInt64(1_000_000_000) });

            var drawn = ShareDraw.Draw(kind, coins, shares, random.NextInt64);

            Assert.Equal((shares, coins), (drawn.Length, drawn.Sum()));
            Assert.True(drawn.Min() >= 1, $"Seed {seed}: a share of {drawn.Min()}.");
            if (kind == RedPacketKind.Equal) { Assert.True(drawn.Max() - drawn.Min() <= 1, $"Seed {seed}"); }
        }
    }

    [Fact]
    public void RandomShares_AreNeitherAllAlikeNorMostlyOneOnes_AndNoPlaceIsBetter()
    {
        const int Shares = 10;
        const int Coins = 1_000;
        const int Rounds = 10_000;
        var byPlace = new double[Shares];
        var largest = 0d;
        for (var seed = 0; seed < Rounds; seed++)
        {
            var drawn = ShareDraw.Draw(RedPacketKind.Random, Coins, Shares, new Random(seed).NextInt64);
            Assert.True(drawn.Distinct().Count() > 3, $"Seed {seed}: {string.Join(' ', drawn)}");
            for (var place = 0; place < Shares; place++) { byPlace[place] += (double)drawn[place] / Rounds; }
            largest += (double)drawn.Max() / Rounds;
        }

        // The mean of a share is 100 coins; that of the largest of ten is about twice it, and never most of the packet.
        Assert.All(byPlace, mean => Assert.InRange(mean, 96, 104));
        Assert.InRange(largest, 150, 350);
    }

    [Fact]
    public void SecretLuck_IsNotTheSameTwice()
    {
        var drawn = Enumerable.Range(0, 20).Select(_ => string.Join(' ', ShareDraw.Draw(RedPacketKind.Random, 100_000, 20, ShareDraw.Secretly))).ToList();

        Assert.Equal(20, drawn.Distinct().Count());
    }
}
