using LiveCommerce.LoadTester.Measuring;

namespace LiveCommerce.LoadTester.Tests;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1_000)]
    [InlineData(123_456)]
    [InlineData(59_999_999)]
    [InlineData(LatencyHistogram.MicrosecondsMax)]
    public void OneLatency_IsEveryPercentile_WithinSixteenThousandths(long micros)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(micros);
        histogram.Record(LatencyHistogram.MicrosecondsMax);

        Assert.InRange(histogram.Percentile(50), micros, micros + (micros / 60));
    }

    [Fact]
    public void Percentiles_AgreeWithSorting_WithinSixteenThousandths()
    {
        var random = new Random(7);
        var histogram = new LatencyHistogram();
        var values = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * 17)).ToList();
        values.ForEach(histogram.Record);
        values.Sort();

        foreach (var percent in new[] { 1, 10, 50, 90, 99, 99.9, 100 })
        {
            var exact = values[(int)Math.Ceiling(values.Count * percent / 100) - 1];
            Assert.InRange(histogram.Percentile(percent), exact, exact + (exact / 60) + 1);
        }

        Assert.Equal(values[^1], histogram.Max);
        Assert.Equal(values.Count, histogram.Count);
    }

    [Fact]
    public void NothingRecorded_HasNoPercentile() => Assert.Equal(0, new LatencyHistogram().Percentile(99));

    [Fact]
    public void WhatIsOutOfBounds_CountsAsTheBound()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        Assert.Equal(0, histogram.Percentile(100));

        histogram.Record(long.MaxValue);
        Assert.Equal(LatencyHistogram.MicrosecondsMax, histogram.Percentile(100));
    }

    [Fact]
    public async Task ManyThreads_LoseNothing()
    {
        var histogram = new LatencyHistogram();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var index = 0; index < 50_000; index++) { histogram.Record((thread * 1_000) + (index % 1_000)); }
        })));

        Assert.Equal(200_000, histogram.Count);
        Assert.Equal(3_999, histogram.Max);
    }
}
