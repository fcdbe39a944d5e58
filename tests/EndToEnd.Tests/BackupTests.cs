using System.Runtime.Versioning;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>A backup of the running executable is a product again somewhere else.</summary>
public sealed class BackupTests
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("PostgreSql")]
    public async Task ABackupOfARunningProduct_IsRestoredElsewhere_WithItsMoneyAndItsPeople(string provider)
    {
        await using var stage = await Stage.StartAsync(provider);
        using var viewer = await stage.RegisterAsync("Ana");
        await viewer.TopUpAsync(500);
        var place = Directory.CreateTempSubdirectory("livecommerce-backup-").FullName;
        var copy = Path.Combine(place, "backup");

        var (code, output) = await stage.Product.RunAsync("backup", "--to", copy);
        Assert.True(code == 0, output);

        // What comes later is not in it.
        await viewer.TopUpAsync(500);

        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LIVECOMMERCE__Accounts__PasswordRounds"] = "10000" };
        if (provider == "PostgreSql")
        {
            environment["LIVECOMMERCE__Storage__Provider"] = provider;
            environment["LIVECOMMERCE__Storage__ConnectionString"] = await NewDatabaseAsync();
        }

        await using (var second = ProductProcess.Prepare(environment, Path.Combine(place, "data"), "run"))
        {
            (code, output) = await second.RunAsync("restore", "--from", copy);
            Assert.True(code == 0, output);
            Assert.Contains("The ledger is whole: 0 defects.", output, StringComparison.Ordinal);

            // A place that is in use is never written over.
            Assert.Equal(1, (await second.RunAsync("restore", "--from", copy)).ExitCode);

            await second.StartAgainAsync();
            using var same = new ApiClient(second.Address);
            await same.SignInAsync("Ana", ApiClient.Password);
            Assert.Equal(viewer.Id, same.Id);
            await Eventually.HoldsAsync(async () => (await same.GetAsync<Wallet>("/api/wallet")).Coins == 500, "the balance is the backup's");
            await same.TopUpAsync(500);
            (code, output) = await second.RunAsync("verify");
            Assert.True(code == 0, output);
        }

        Directory.Delete(place, recursive: true);
    }

    [Fact]
    public async Task ABackupThatWasCutOffOrChanged_IsNotRestored()
    {
        await using var stage = await Stage.StartAsync();
        var place = Directory.CreateTempSubdirectory("livecommerce-backup-").FullName;
        var copy = Path.Combine(place, "backup");
        Assert.Equal(0, (await stage.Product.RunAsync("backup", "--to", copy)).ExitCode);
        await using var second = ProductProcess.Prepare(new Dictionary<string, string>(StringComparer.Ordinal), Path.Combine(place, "data"), "run");

        await File.AppendAllTextAsync(Path.Combine(copy, "livecommerce.db"), "more");
        Assert.Equal(1, (await second.RunAsync("restore", "--from", copy)).ExitCode);
        File.Delete(Path.Combine(copy, "backup.json"));
        Assert.Equal(1, (await second.RunAsync("restore", "--from", copy)).ExitCode);
        Assert.False(File.Exists(Path.Combine(place, "data", "livecommerce.db")));
        Directory.Delete(place, recursive: true);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task RecordingsThatLieElsewhere_AreTaken_AndTheBackupIsItsOwnersAlone()
    {
        var place = Directory.CreateTempSubdirectory("livecommerce-backup-").FullName;
        var (elsewhere, copy) = (Path.Combine(place, "elsewhere"), Path.Combine(place, "backup"));
        await using var stage = await Stage.StartAsync("Sqlite", ("Video__Recordings__Folder", elsewhere));
        Directory.CreateDirectory(Path.Combine(elsewhere, "clips"));
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "clips", "one.mp4"), "moving pictures");
        Directory.CreateDirectory(copy);
        File.SetUnixFileMode(copy, Own | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        var (code, output) = await stage.Product.RunAsync("backup", "--recordings", "--to", copy + "/");

        Assert.True(code == 0, output);
        Assert.Contains(elsewhere, output, StringComparison.Ordinal);
        Assert.Equal("moving pictures", await File.ReadAllTextAsync(Path.Combine(copy, "recordings", "clips", "one.mp4")));
        Assert.Equal(Own, File.GetUnixFileMode(copy));
        Assert.All(
            Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Directory.Delete(place, recursive: true);
    }

    [Fact]
    public async Task ARestore_WritesNothing_WhereSomethingIsLeft_AndTakesASecretThatIsThereAlready()
    {
        await using var stage = await Stage.StartAsync();
        var place = Directory.CreateTempSubdirectory("livecommerce-backup-").FullName;
        var (copy, data) = (Path.Combine(place, "backup"), Path.Combine(place, "data"));
        Assert.Equal(0, (await stage.Product.RunAsync("backup", "--to", copy)).ExitCode);
        await using var second = ProductProcess.Prepare(new Dictionary<string, string>(StringComparer.Ordinal), data, "run");
        Directory.CreateDirectory(data);
        var secret = Path.GetFileName(Directory.EnumerateFiles(copy, "*.secret").First());
        File.Copy(Path.Combine(copy, secret), Path.Combine(data, secret));
        foreach (var left in (string[])["livecommerce.db-wal", "sandbox.db"])
        {
            await File.WriteAllTextAsync(Path.Combine(data, left), "left");
            Assert.Equal(1, (await second.RunAsync("restore", "--from", copy)).ExitCode);
            Assert.Equivalent(new[] { left, secret }, Directory.EnumerateFiles(data).Select(file => Path.GetFileName(file)), strict: true);
            File.Delete(Path.Combine(data, left));
        }

        var (code, output) = await second.RunAsync("restore", "--from", copy + "/");

        Assert.True(code == 0, output);
        Directory.Delete(place, recursive: true);
    }

    private static async Task<string> NewDatabaseAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = $"restored_{Guid.CreateVersion7():N}";
        await using var admin = new NpgsqlConnection(server.ConnectionString("postgres"));
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", admin);
        await create.ExecuteNonQueryAsync();
        return server.ConnectionString(name);
    }
}
