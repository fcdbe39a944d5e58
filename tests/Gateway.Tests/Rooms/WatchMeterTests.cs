using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class WatchMeterTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly WatchMeter _meter;

    public WatchMeterTests() => _meter = new WatchMeter(_time);

    [Fact]
    public void ViewerCountsFromItsSecondReportOn()
    {
        Report(0);
        Assert.False(_meter.IsWatching);
        After(5, 5_000);
        Assert.True(_meter.IsWatching);
    }

    [Theory]
    [InlineData(5, 5_000, true)]
    [InlineData(5, 7_500, true)]
    [InlineData(5, 2_000, true)]
    [InlineData(5, 0, false)]
    [InlineData(5, 60_000, false)]
    [InlineData(5, -1_000, false)]
    [InlineData(1, 1_000, false)]
    public void PositionHasToAdvanceWithTheClock(int seconds, long advancedMs, bool watching)
    {
        Report(100_000);
        After(seconds, 100_000 + advancedMs);
        Assert.Equal(watching, _meter.IsWatching);
    }

    [Fact]
    public void AnotherStreamThanTheLiveOne_DoesNotCount()
    {
        _meter.Report("old", 0, "live");
        _time.Advance(TimeSpan.FromSeconds(5));
        _meter.Report("old", 5_000, "live");
        Assert.False(_meter.IsWatching);
    }

    [Fact]
    public void ViewerThatReportsNoMore_StopsCounting()
    {
        Report(0);
        After(5, 5_000);
        _time.Advance(WatchMeter.CountedFor);
        Assert.True(_meter.IsWatching);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_meter.IsWatching);
    }

    [Fact]
    public void FloodOfReports_DoesNotMakeAViewerOfNobody()
    {
        for (var i = 0; i < 100; i++)
        {
            Report(i * 10);
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.False(_meter.IsWatching);
    }

    private void Report(long positionMs) => _meter.Report("live", positionMs, "live");

    private void After(int seconds, long positionMs)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Report(positionMs);
    }
}
