using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;

namespace LiveCommerce.LoadTester.Tests;

public sealed class CommandTests
{
    [Theory]
    [InlineData("gift.p99<=200", true)]
    [InlineData("join.max <= 1000.5", true)]
    [InlineData("errors<=0", true)]
    [InlineData("gift.p98<=200", false)]
    [InlineData("gift<=200", false)]
    [InlineData("errors.p99<=1", false)]
    [InlineData("gift.p99<200", false)]
    public void Threshold_IsUnderstoodOrNot(string text, bool understood) => Assert.Equal(understood, Threshold.Parse(text) is not null);

    [Fact]
    public void Threshold_HoldsOrIsBroken_AndNothingMeasuredIsNotKept()
    {
        var meter = new LoadMeter();
        var limit = Threshold.Parse("gift.p99<=200")!;
        Assert.False(limit.Against(meter).Kept);

        meter.Gift.Record(150_000);
        Assert.True(limit.Against(meter).Kept);

        meter.Gift.Record(250_000);
        Assert.False(limit.Against(meter).Kept);
    }

    [Theory]
    [InlineData("--viewers 0", "--viewers")]
    [InlineData("--viewers 100000", "--viewers")]
    [InlineData("--rate 0", "--rate")]
    [InlineData("--duration 100000", "--duration")]
    [InlineData("--duration NaN", "--duration")]
    [InlineData("--gifts 10000", "--gifts")]
    [InlineData("--chat -1", "--chat")]
    [InlineData("--url nowhere", "--url")]
    [InlineData("--url ftp://localhost", "--url")]
    [InlineData("--check quick", "--check")]
    [InlineData("--password secret-words", "--owner")]
    [InlineData("--publish --room 0123", "--owner")]
    public void OptionOutOfBounds_IsRefusedByItsName_AndNoPasswordIsRepeated(string options, string named)
    {
        var (plan, problem) = LoadTestCommand.Read(LoadTestCommand.Create().Parse(options));

        Assert.Null(plan);
        Assert.Contains(named, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-words", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_DoesNotPrintItsPassword()
    {
        var (plan, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse("--owner ana --password secret-words --publish"));
        Assert.DoesNotContain("secret-words", plan!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_AreKeptByName_AndNotWithoutBound()
    {
        var tally = new ErrorTally();
        for (var index = 0; index < 2 * ErrorTally.NamesMax; index++) { tally.Add($"error_{index}"); }

        Assert.Equal(2 * ErrorTally.NamesMax, tally.Total);
        Assert.True(tally.ByName().Count <= ErrorTally.NamesMax + 1);
        Assert.Equal(ErrorTally.Other, tally.ByName()[0].Name);
    }
}
