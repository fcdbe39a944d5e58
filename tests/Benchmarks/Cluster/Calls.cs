using System.Diagnostics;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Benchmarks.Cluster;

/// <summary>What a call costs: within a process, to another one, and beside a bare WebSocket that sends back what it receives.</summary>
internal static class Calls
{
    private static readonly string Text = new('x', 100);

    public static async Task RunAsync(Figures figures, ClusterPlan plan, PostgresServer postgres)
    {
        await ClusterBench.ExecuteAsync(postgres, "create database calls");
        var connection = postgres.ConnectionString("calls");
        await using var here = await EchoNode.StartAsync($"http://localhost:{FreePort.Next()}", connection);
        await using var there = await ServerProcess.StartSelfAsync(EchoNode.Argument, new Dictionary<string, string>(StringComparer.Ordinal) { [EchoNode.Setting] = connection });
        await using var bare = await ServerProcess.StartSelfAsync(EchoServer.Argument);
        await using var echo = await EchoClient.ConnectAsync(bare.Address);
        var (local, remote) = await here.GrainsAsync();
        (string Name, Func<Task> Call)[] ways =
        [
            ("local", () => local.Echo(Text).AsTask()),
            ("remote", () => remote.Echo(Text).AsTask()),
            ("echo", () => echo.CallAsync(Text)),
        ];

        foreach (var (_, call) in ways)
        {
            await OneByOneAsync(call, plan.WarmSeconds / 4);
            await ManyAsync(call, plan.WarmSeconds / 4);
        }

        var found = ways.ToDictionary(way => way.Name, _ => new List<(double P50, double P99, double PerSecond)>(), StringComparer.Ordinal);
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var (name, call) in ways)
            {
                var (p50, p99) = await OneByOneAsync(call, plan.CallSeconds);
                found[name].Add((p50, p99, await ManyAsync(call, plan.CallSeconds)));
            }
        }

        foreach (var (name, rounds) in found)
        {
            figures.Add($"call_us.{name}", [.. rounds.Select(round => round.P50)], "us");
            figures.Add($"call_us.{name}.p99", [.. rounds.Select(round => round.P99)], "us");
            figures.Add($"calls_per_s.{name}", [.. rounds.Select(round => round.PerSecond)], "per_s");
        }

        figures.Add("call.remote.vs_echo", [.. found["remote"].Zip(found["echo"], (ours, theirs) => ours.P50 / theirs.P50)], "ratio");
        figures.Add("calls.remote.vs_echo", [.. found["remote"].Zip(found["echo"], (ours, theirs) => ours.PerSecond / theirs.PerSecond)], "ratio");
    }

    /// <summary>Microseconds of a call that is alone.</summary>
    private static async Task<(double P50, double P99)> OneByOneAsync(Func<Task> call, double seconds)
    {
        var took = new List<double>();
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            var began = Stopwatch.GetTimestamp();
            await call();
            took.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }

        took.Sort();
        return (took[took.Count / 2], took[(int)(took.Count * 0.99)]);
    }

    /// <summary>Calls a second when many are under way.</summary>
    private static async Task<double> ManyAsync(Func<Task> call, double seconds)
    {
        var began = Stopwatch.GetTimestamp();
        var end = began + (long)(seconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(Enumerable.Range(0, ClusterPlan.CallsAtOnce).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetTimestamp() < end)
            {
                await call();
                count++;
            }

            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
