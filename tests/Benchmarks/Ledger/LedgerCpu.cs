using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>What a gift costs the processor, in each of the processes that take part: steadier than a rate while other programs run.</summary>
internal static class LedgerCpu
{
    private const int Rounds = 5;
    private const double Seconds = 4;
    private const double WarmUpSeconds = 3;

    // USER_HZ, which Linux has kept at 100 whatever the kernel's own clock does.
    private const double TicksPerSecond = 100;

    public static async Task RunAsync(Figures figures, LedgerPlan plan)
    {
        await using var server = await PostgresServer.StartAsync();
        await LedgerBench.ExecuteAsync(server, "postgres", "create database ledger");
        await LedgerBench.ExecuteAsync(server, "postgres", "create database product");
        await using var engine = await Engine.OpenAsync(LedgerBench.Storage(server, "ledger"), plan.Viewers);
        await LedgerBench.FillAsync(server, "product", plan.Viewers);
        await using var gifts = await GiftServer.StartAsync(LedgerBench.Storage(server, "product"));
        Console.WriteLine($"This process {Environment.ProcessId}, the server {gifts.ProcessId}.");

        await engine.RunAsync(plan.Viewers, WarmUpSeconds);
        await gifts.RunAsync(WarmUpSeconds);
        List<Cost> hot = [], endToEnd = [];
        for (var round = 0; round < Rounds; round++)
        {
            hot.Add(await MeasureAsync(server, gifts, seconds => engine.RunAsync(plan.Viewers, seconds)));
            endToEnd.Add(await MeasureAsync(server, gifts, gifts.RunAsync));
        }

        figures.Add("hot.own_us", [.. hot.Select(cost => cost.Own)], "us");
        figures.Add("hot.postgres_us", [.. hot.Select(cost => cost.Postgres)], "us");
        figures.Add("hot_per_s", [.. hot.Select(cost => cost.Rate)], "per_s");
        figures.Add("e2e.server_us", [.. endToEnd.Select(cost => cost.Server)], "us");
        figures.Add("e2e.postgres_us", [.. endToEnd.Select(cost => cost.Postgres)], "us");
        figures.Add("e2e.senders_us", [.. endToEnd.Select(cost => cost.Own)], "us");
        figures.Add("e2e_per_s", [.. endToEnd.Select(cost => cost.Rate)], "per_s");
    }

    private static async Task<Cost> MeasureAsync(PostgresServer postgres, GiftServer server, Func<double, Task<double>> run)
    {
        var before = Now();
        var began = Stopwatch.GetTimestamp();
        var rate = await run(Seconds);
        var gifts = rate * Stopwatch.GetElapsedTime(began).TotalSeconds;
        var after = Now();
        return new Cost((after.Own - before.Own) / gifts, (after.Server - before.Server) / gifts, (after.Postgres - before.Postgres) / gifts, rate);

        Cost Now()
        {
            var postmaster = int.Parse(File.ReadLines($"{postgres.Folder}/data/postmaster.pid").First(), CultureInfo.InvariantCulture);
            return new Cost(
                Of(Environment.ProcessId, withDead: false), Of(server.ProcessId, withDead: false),
                Of(postmaster, withDead: true) + PostgresServer.ChildrenOf(postmaster).Sum(child => Of(child, withDead: false)), 0);
        }
    }

    // Microseconds of user and system time; with those of its children that have ended.
    private static double Of(int process, bool withDead)
    {
        var stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..(withDead ? 15 : 13)].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond * 1e6;
    }

    private readonly record struct Cost(double Own, double Server, double Postgres, double Rate);
}
