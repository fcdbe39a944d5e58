namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>One of those compared.</summary>
/// <param name="Name">In figures.</param>
/// <param name="Title">For people.</param>
/// <param name="Run">Works for so many seconds; gives how much a second.</param>
/// <param name="IsCompiled">Its code is compiled while it runs, and again, better, after it has run for a while.</param>
internal sealed record Runner(string Name, string Title, Func<double, Task<double>> Run, bool IsCompiled = false);

/// <summary>Several ways to do the same, taking turns, so that what else the machine does falls on all of them.</summary>
internal sealed class Race(LedgerPlan plan, IReadOnlyList<Runner> runners)
{
    private const int BarMax = 40;
    private readonly Dictionary<string, List<double>> _rounds = runners.ToDictionary(one => one.Name, _ => new List<double>(), StringComparer.Ordinal);

    public IReadOnlyList<double> Rounds(string name) => _rounds[name];

    /// <summary>Round by round.</summary>
    public IReadOnlyList<double> Ratio(string name, string to) => [.. _rounds[name].Zip(_rounds[to], (ours, theirs) => ours / theirs)];

    public async Task RunAsync(Action<string> say)
    {
        // The first is thrown away: code is compiled, and pages and wallets are read, while it runs for the first time.
        foreach (var runner in runners) { await runner.Run(runner.IsCompiled ? plan.WarmUpSeconds : 1); }
        for (var round = 1; round <= plan.Rounds; round++)
        {
            say($"Round {round} of {plan.Rounds} …");
            foreach (var runner in runners) { _rounds[runner.Name].Add(await runner.Run(plan.Seconds)); }
        }
    }

    /// <summary>A bar each, by their medians.</summary>
    public void Draw(TextWriter output)
    {
        var best = runners.Max(one => Figures.Median(_rounds[one.Name]));
        output.WriteLine();
        foreach (var runner in runners.OrderByDescending(one => Figures.Median(_rounds[one.Name])))
        {
            var median = Figures.Median(_rounds[runner.Name]);
            output.WriteLine($"{runner.Title,-44} {median,9:N0}/s  {new string('█', Math.Max(1, (int)(median / best * BarMax)))}");
        }
    }
}
