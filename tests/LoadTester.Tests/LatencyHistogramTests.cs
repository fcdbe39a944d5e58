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
    public void SeveralHistogramsTogether_AreAsIfAllHadBeenRecordedInOne()
    {
        var random = new Random(11);
        var parts = Enumerable.Range(0, 4).Select(_ => new LatencyHistogram()).ToArray();
        var (whole, sum) = (new LatencyHistogram(), new LatencyHistogram());
        for (var index = 0; index < 10_000; index++)
        {
            var micros = (long)Math.Exp(random.NextDouble() * 20);
            var times = 1 + (index % 3);
            parts[index % 4].Record(micros, times);
            for (var time = 0; time < times; time++) { whole.Record(micros); }
        }

        Array.ForEach(parts, sum.Add);
        Assert.Equal((whole.Count, whole.Max), (sum.Count, sum.Max));
        Assert.All(new[] { 0.1, 50, 90, 99, 99.9, 100 }, percent => Assert.Equal(whole.Percentile(percent), sum.Percentile(percent)));
    }

    [Fact]
    public void WhatWasRecordedSinceACopy_IsToldAlone()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(9_000_000, 50);
        var before = histogram.Copy();
        Assert.Equal(0, histogram.Since(before).Count);

        histogram.Record(1_000, 3);
        var since = histogram.Since(before);
        Assert.Equal(3, since.Count);
        Assert.InRange(since.Percentile(99), 1_000, 1_016);
        Assert.InRange(since.Max, 1_000, 1_016);
        Assert.Equal(53, histogram.Count);
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
