using System.Globalization;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>What <c>./dev cluster</c> starts.</summary>
public sealed class OneMachineTests
{
    private static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["LIVECOMMERCE__Accounts__PasswordRounds"] = "10000",
    };

    // The command gives gateways, silos and the rest 20 s each, one after the other, before it insists.
    private static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task ACommandThatWasKilled_LeavesNothingBehindTheNextOne_AndCtrlCEndsEverything()
    {
        var folder = Directory.CreateTempSubdirectory("livecommerce-cluster-").FullName;

        // The database's user passes through it.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        var port = FirstPort();
        await using (var command = ProductProcess.Prepare(Environment, folder, "cluster", "1", "1", "--port", port.ToString(CultureInfo.InvariantCulture)))
        {
            await command.StartAgainAsync();
            using var viewer = new ApiClient(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}")));
            await viewer.RegisterAsync("Ana");
            Assert.Contains("operator", command.Passwords.Keys);
            await Eventually.HoldsAsync(() => command.Output.Contains("All 1024 shards are served.", StringComparer.Ordinal), "the table shows who serves");

            await command.KillAloneAsync();
            var left = await ProcessesAsync(folder);
            Assert.Equal(["balancer", "gateway-1", "postgres", "sandbox", "silo-1"], left.Select(process => process.Name).Order(StringComparer.Ordinal));
            Assert.All(left, process => Assert.True(Runs(process.Id), $"{process.Name} outlives the command"));

            await command.StartAgainAsync();
            Assert.All(left, process => Assert.False(Runs(process.Id), $"{process.Name} of the killed command still runs"));
            Assert.Equal(0, (await viewer.GetAsync<Wallet>("/api/wallet")).Coins);

            var second = await ProcessesAsync(folder);
            Assert.Equal(0, await command.StopAsync(patience: StopPatience));
            Assert.All(second, process => Assert.False(Runs(process.Id), $"{process.Name} outlives Ctrl-C"));
        }

        Directory.Delete(folder, recursive: true);
    }

    // The command takes the next sixty, some of them.
    private static int FirstPort() => FreePort.NextOf(60);

    private static async Task<IReadOnlyList<(int Id, string Name)>> ProcessesAsync(string folder) =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(folder, "processes"))).Select(line => line.Split(' ')).Select(words => (int.Parse(words[0], CultureInfo.InvariantCulture), words[2]))];

    private static bool Runs(int id)
    {
        try { return !File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat")).Contains(") Z ", StringComparison.Ordinal); }
        catch (IOException) { return false; }
    }
}
