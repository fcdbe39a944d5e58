using System.Collections.Concurrent;

namespace LiveCommerce.Actors.Tests.Cluster;

public class ClusterSimulationTests
{
    private const int Seeds = 10_000;

    [Fact]
    public void WhateverFails_NoShardIsServedTwiceAndNoOldEpochIsWritten_AndInTheEndEachIsServedFairly()
    {
        var found = FirstViolation(Seeds, new SimulationOptions());
        Assert.True(found is null, found);
    }

    [Fact]
    public void TheSimulationMeetsDeathsAndZombies()
    {
        // Otherwise the test above would prove nothing.
        var runs = Enumerable.Range(0, 200).Select(seed => new ClusterSimulation(seed, new SimulationOptions()).Run()).ToList();
        Assert.Contains(runs, run => run.Deaths > 2);
        Assert.Contains(runs, run => run.Fenced > 0);
    }

    [Fact]
    public void WithoutTheEpochCheck_TheSimulationFindsTheFault() =>
        Assert.NotNull(FirstViolation(500, new SimulationOptions { EpochCheck = false }));

    [Fact]
    public void WithAFenceThatIsTooLate_TheSimulationFindsTheFault() =>
        Assert.NotNull(FirstViolation(500, new SimulationOptions { FenceAfter = TimeSpan.FromSeconds(30) }));

    [Fact]
    public void AnOutageOfTheDatabase_KillsNobody()
    {
        var deaths = Enumerable.Range(0, 500).Sum(seed => new ClusterSimulation(seed, new SimulationOptions { OnlyOutages = true }).Run().Deaths);
        Assert.Equal(0, deaths);
    }

    private static string? FirstViolation(int seeds, SimulationOptions options)
    {
        var found = new ConcurrentDictionary<int, string>();
        Parallel.For(0, seeds, seed =>
        {
            if (new ClusterSimulation(seed, options).Run().Violation is { } violation) { found[seed] = violation; }
        });
        return found.IsEmpty ? null : $"Seed {found.Keys.Min()}: {found[found.Keys.Min()]} ({found.Count} of {seeds} seeds)";
    }
}
