using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>The fault suite (<c>./dev chaos</c>) with a recorded seed, short, and the proof that it finds what it is there to find.</summary>
public sealed class ChaosTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(12);

    private static readonly TimeSpan CleanUpPatience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task WhateverDiesStandsStillOrIsCutOff_NoGiftIsLostDoubledOrUnseen()
    {
        var (exitCode, output) = await RunAsync(
            "--seed", "11", "--rounds", "5", "--silos", "2", "--without-times", "--faults", "kill-silo,kill-gateway,stop-database,cut-silo-database,freeze-before-write");
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task WithoutTheEpochCheck_TheSuiteFindsTheFault()
    {
        var (exitCode, output) = await RunAsync("--seed", "11", "--without-epoch-check");
        Assert.True(exitCode == 0, output);
        Assert.Contains("BROKEN  nothing was stored at an old epoch", output, StringComparison.Ordinal);
        Assert.Contains("kept    a commit of the ledger at an old epoch would be found", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "LiveCommerce.Chaos.dll"), .. arguments]) { start.ArgumentList.Add(argument); }
        using var chaos = Process.Start(start)!;
        var output = chaos.StandardOutput.ReadToEndAsync();
        try
        {
            await chaos.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            // It takes its databases, namespaces and routes away with it when it is asked.
            using (var ask = Process.Start("kill", ["-TERM", chaos.Id.ToString(CultureInfo.InvariantCulture)])) { await ask.WaitForExitAsync(); }
            try
            {
                await chaos.WaitForExitAsync().WaitAsync(CleanUpPatience);
            }
            catch (TimeoutException)
            {
                chaos.Kill(entireProcessTree: true);
                await chaos.WaitForExitAsync();
            }
        }

        return (chaos.ExitCode, await output);
    }
}
