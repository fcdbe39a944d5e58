using LiveCommerce.Chaos.Checks;
using LiveCommerce.Chaos.Faults;
using LiveCommerce.Chaos.Load;
using LiveCommerce.Chaos.Machines;

namespace LiveCommerce.Chaos;

/// <summary>One run of the suite, from the first process to the last verdict.</summary>
internal static class ChaosRun
{
    /// <summary>What a shell makes of Ctrl-C.</summary>
    private const int Interrupted = 130;

    /// <summary>Plays it.</summary>
    /// <returns>0: every promise was kept; 1: one was broken; 2: it could not be tried; 130: it was interrupted. Without the epoch check it is the other way round.</returns>
    public static async Task<int> RunAsync(ChaosOptions options)
    {
        Console.WriteLine($"Seed {options.Seed}. The same again: {options.Again}");
        var began = TimeProvider.System.GetTimestamp();
        ChaosCluster? cluster = null;
        try
        {
            cluster = await ChaosCluster.StartAsync(options);
            using var crowd = await Crowd.BeginAsync(cluster, options.Seed);
            Console.WriteLine(
                $"{cluster.Silos.Length} silos and {cluster.Gateways.Length} gateways in {cluster.Network.Description}; the load runs after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s.");
            var (faults, broken) = await DisturbAsync(options, cluster, crowd);
            var checks = new RunChecks(cluster, crowd, faults);
            var verdicts = broken is not null ? [new Verdict("everything recovers by itself", [broken])]
                : options.WithoutEpochCheck ? await checks.RunOnDatabaseAsync(provesItself: true)
                : await checks.RunAsync(judgeTimes: !options.WithoutTimes);
            Report.Load(crowd);
            Report.Table(faults);
            var kept = Report.Verdicts(verdicts);
            if (!kept && !options.WithoutEpochCheck) { Console.WriteLine($"What the processes wrote is in {await cluster.KeepLogsAsync(options.Seed)}."); }
            Console.WriteLine($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s. The same again: {options.Again}");
            return options.WithoutEpochCheck ? Expected(verdicts) : kept ? 0 : 1;
        }
        catch (InvalidOperationException failed)
        {
            Console.WriteLine($"The run could not be made: {failed.Message}");
            if (cluster is not null) { Console.WriteLine($"What the processes wrote is in {await cluster.KeepLogsAsync(options.Seed)}."); }
            return 2;
        }
        catch (OperationCanceledException) when (Interrupt.Token.IsCancellationRequested)
        {
            Console.WriteLine("Interrupted; what was started is ended.");
            return Interrupted;
        }
        finally
        {
            if (cluster is not null) { await cluster.DisposeAsync(); }
        }
    }

    private static async Task<(List<FaultResult> Faults, string? Broken)> DisturbAsync(ChaosOptions options, ChaosCluster cluster, Crowd crowd)
    {
        var faults = new List<FaultResult>();
        var runner = new FaultRunner(cluster, crowd);
        foreach (var fault in FaultPlan.Draw(options.Seed, options.Faults))
        {
            if (crowd.Book.Now >= options.Length || faults.Count >= options.Rounds) { break; }
            Report.Line(crowd.Book.Now, $"next: {FaultNames.What(fault.Kind)}");
            try
            {
                faults.Add(await runner.RunAsync(fault));
                Report.Fault(faults[^1]);
            }
            catch (TimeoutException never)
            {
                return (faults, $"{FaultNames.Of(fault.Kind)}: {never.Message}");
            }
        }

        return (faults, null);
    }

    // What was taken out must be what is missed, and nothing else.
    private static int Expected(IReadOnlyList<Verdict> verdicts)
    {
        var found = verdicts.Any(verdict => verdict.Promise.StartsWith("nothing was stored at an old epoch", StringComparison.Ordinal) && verdict.Problems.Count > 0);
        if (verdicts.FirstOrDefault(verdict => verdict.Promise == RunChecks.FindsLateCommits) is not { Problems.Count: 0 }) { return 1; }
        Console.WriteLine(found ? "The missing epoch check was found." : "The missing epoch check was NOT found.");
        return found ? 0 : 1;
    }
}
