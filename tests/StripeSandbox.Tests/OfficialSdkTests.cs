using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>The official SDK takes the sandbox for the real service.</summary>
public sealed class OfficialSdkTests
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DriveLimit = TimeSpan.FromMinutes(1);

    private const string ConnectedSecret = "whsec_connectedTests0123456789abc";

    [Fact]
    public Task OfficialSdk_PaysSavesCardsRefundsAnswersDisputesListsAndVerifiesWebhooks() => Drive("drive.mjs", new StripeSandboxOptions());

    [Fact]
    public Task OfficialSdk_OnboardsTransfersReversesReadsBalancesAndVerifiesBothSecrets() => Drive(
        "drive-money.mjs", new StripeSandboxOptions { PendingSeconds = 0, TransferPendingSeconds = 1, PayoutSeconds = 1 });

    private static async Task Drive(string script, StripeSandboxOptions options)
    {
        var folder = SdkFolder();
        await Install(folder);
        await using var server = await StripeSandboxServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System);
        using var driver = Start("node", folder, script, server.BaseAddress.ToString(), WebhookReceiver.Secret, ConnectedSecret);
        using var limit = new CancellationTokenSource(DriveLimit);
        var receiver = await driver.StandardOutput.ReadLineAsync(limit.Token);
        if (receiver is not null)
        {
            server.SendWebhooksTo(new Uri(receiver + "platform"), WebhookReceiver.Secret);
            server.SendConnectedWebhooksTo(new Uri(receiver + "connected"), ConnectedSecret);
            await driver.StandardInput.WriteLineAsync("ready");
        }

        var (output, errors) = await End(driver, DriveLimit);

        Assert.True(driver.ExitCode == 0, errors);
        Assert.True((bool)JsonNode.Parse(output)!["done"]!);
    }

    private static async Task Install(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "node_modules", "stripe"))) { return; }
        using var install = Start("npm", folder, "ci", "--no-audit", "--no-fund", "--loglevel=error");
        var (_, problems) = await End(install, InstallLimit);
        Assert.True(install.ExitCode == 0, problems);
    }

    private static Process Start(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    /// <summary>Everything it still says, once it has ended; it is ended when its time is over.</summary>
    private static async Task<(string Output, string Errors)> End(Process process, TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (await output, await errors);
        }
        finally
        {
            if (!process.HasExited) { process.Kill(entireProcessTree: true); }
        }
    }

    /// <summary>In the checkout, where package.json is.</summary>
    private static string SdkFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "sdk", "package.json");
            if (File.Exists(candidate)) { return Path.GetDirectoryName(candidate)!; }
        }

        throw new InvalidOperationException("No sdk/package.json above the test's folder.");
    }
}
