using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Tests;

public sealed class CommandTests
{
    [Theory]
    [InlineData("gift.p99<=200", true)]
    [InlineData("join.max <= 1000.5", true)]
    [InlineData("errors<=0", true)]
    [InlineData("order.p99.9<=200", true)]
    [InlineData("stalls<=3", true)]
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
    [InlineData("--plays 2", "--plays")]
    [InlineData("--protocol xml", "--protocol")]
    [InlineData("--from here", "--from")]
    [InlineData("--scenario storm --viewers 5", "--viewers")]
    [InlineData("--scenario storm --scale 0", "--scale")]
    [InlineData("--scenario nothing", "hot-room")]
    public void OptionOutOfBounds_IsRefusedByItsName_AndNoPasswordIsRepeated(string options, string named)
    {
        var (scenario, problem) = LoadTestCommand.Read(LoadTestCommand.Create().Parse(options));

        Assert.Null(scenario);
        Assert.Contains(named, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-words", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Scenario_DoesNotPrintItsPassword()
    {
        var (scenario, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse("--owner ana --password secret-words --publish"));
        Assert.DoesNotContain("secret-words", scenario!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shorthand_IsAScenarioOfOneRoom()
    {
        var (scenario, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse(
            "--url http://127.0.0.1:9 --viewers 40 --rate 20 --duration 6 --chat 4 --gifts 0 --likes 3 --protocol messagePack --plays 0.5 --check errors<=0 --report r.html"));

        Assert.Equal((40, 24, 0, 18), (scenario!.Viewers, scenario.CountOf(ActionKind.Chat), scenario.CountOf(ActionKind.Gift), scenario.CountOf(ActionKind.Like)));
        Assert.Equal(("http://127.0.0.1:9/", ProtocolChoice.MessagePack, "r.html"), (scenario.Server.ToString(), scenario.Protocol, scenario.ReportFile));
        Assert.Equal((0.5, 20.0), (scenario.Groups[0].Plays, scenario.Groups[0].ArrivePerSecond));
        Assert.Single(scenario.Thresholds);
    }

    [Fact]
    public void ScaledScenario_HasFewerViewersAndRates_AndItsChecks()
    {
        var (scenario, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse("--scenario hot-room --scale 0.1 --url http://127.0.0.1:9"));

        Assert.Equal(200, scenario!.Viewers);
        Assert.Equal(10, scenario.Actions[0].PerSecond, precision: 6);
        Assert.Equal("127.0.0.1", scenario.Server.Host);
        Assert.NotEmpty(scenario.Thresholds);
    }

    [Fact]
    public void MoreViewersThanOpenFiles_AreRefusedBeforeTheFirst_WithWhatToDo()
    {
        var (scenario, _) = LoadTestCommand.Read(LoadTestCommand.Create().Parse("--viewers 20000 --rate 1000"));
        var run = new LoadRun(scenario!, TimeProvider.System, _ => { }, _ => { });

        Assert.Contains("ulimit -n 2", Assert.Throws<StageException>(() => run.DemandFiles(20_000, () => false)).Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -n 2", Assert.Throws<StageException>(() => run.DemandFiles(1_024, () => true)).Message, StringComparison.Ordinal);
        Assert.Equal(1, run.DemandFiles(30_000, () => true));
        Assert.Equal(1, run.DemandFiles(null, () => true));
        Assert.Equal(2, run.DemandFiles(20_000, () => true));
        Assert.Equal(5, run.DemandFiles(5_000, () => true));

        // Whether threads may have their own is not even tried while one table suffices.
        Assert.Equal(1, run.DemandFiles(30_000, () => throw new InvalidOperationException()));
    }

    [Fact]
    public void Gateways_AreAddressesAsTheServers()
    {
        var (scenario, problem) = LoadTestCommand.Read(LoadTestCommand.Create().Parse("--gateway http://localhost:5081 --gateway http://localhost:5082"));
        Assert.Null(problem);
        Assert.Equal([5081, 5082], scenario!.Gateways.Select(one => one.Port));
        Assert.Contains("--gateway", LoadTestCommand.Read(LoadTestCommand.Create().Parse("--gateway somewhere")).Problem, StringComparison.Ordinal);
        Assert.Contains("--gateway", LoadTestCommand.Read(LoadTestCommand.Create().Parse("--url https://localhost:5080 --gateway https://localhost:5081")).Problem, StringComparison.Ordinal);
        Assert.Contains("--gateway", LoadTestCommand.Read(LoadTestCommand.Create().Parse("--url https://localhost:5080 --gateway http://localhost:5081")).Problem, StringComparison.Ordinal);
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
