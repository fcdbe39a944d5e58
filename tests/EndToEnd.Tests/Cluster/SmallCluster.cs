using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>Two silos, two gateways and the payment sandbox as processes of the real executable, on one PostgreSQL database.</summary>
internal sealed class SmallCluster : IAsyncDisposable
{
    private readonly List<ProductProcess> _processes = [];
    private readonly string _data = Directory.CreateTempSubdirectory("livecommerce-cluster-").FullName;

    public ProductProcess[] Silos { get; private set; } = [];

    public ProductProcess[] Gateways { get; private set; } = [];

    /// <summary>Starts all five; when it returns, each has said that it is ready.</summary>
    /// <param name="settings">Beside the usual ones: <c>Telemetry__TraceShare</c> and its value.</param>
    public static async Task<SmallCluster> StartAsync(params (string Name, string Value)[] settings)
    {
        var cluster = new SmallCluster();
        try
        {
            await cluster.StartAllAsync(settings);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command of the executable as an operator of the cluster would.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string command) => Gateways[0].RunAsync(command);

    /// <summary>Completes when every shard has an owner whose heart beats.</summary>
    public Task ServedAsync() => Eventually.HoldsAsync(async () => (await RunAsync("status")).ExitCode == 0, "every shard is served");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes)) { await process.DisposeAsync(); }
        Directory.Delete(_data, recursive: true);
    }

    private async Task StartAllAsync((string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LIVECOMMERCE__Storage__Provider"] = "PostgreSql",
            ["LIVECOMMERCE__Storage__ConnectionString"] = await CreateDatabaseAsync(),
            ["LIVECOMMERCE__Links__Secret"] = "the secret of this cluster",
            ["LIVECOMMERCE__Accounts__PasswordRounds"] = "10000",
            ["LIVECOMMERCE__Video__PublisherIdleSeconds"] = "200",
            ["LIVECOMMERCE__Video__GraceSeconds"] = "200",

            // Another gateway may take a streamer only when the one that died has been silent for so long.
            ["LIVECOMMERCE__Rooms__SilentSeconds"] = "8",

            // How soon a death is noticed is measured elsewhere; here a busy machine must not be taken for one.
            ["LIVECOMMERCE__Cluster__FenceAfter"] = "00:00:08",
            ["LIVECOMMERCE__Cluster__DeadAfter"] = "00:00:12",
            ["LIVECOMMERCE__Cluster__OwnerPatience"] = "00:00:30",
            ["LIVECOMMERCE__Links__DeadAfter"] = "00:00:12",
            ["LIVECOMMERCE__Links__ConnectWithin"] = "00:00:10",
            ["LIVECOMMERCE__RateLimits__RequestsPerSecond"] = "10000",
            ["LIVECOMMERCE__RateLimits__RequestsBurst"] = "100000",
        };
        foreach (var (name, value) in settings) { environment[$"LIVECOMMERCE__{name}"] = value; }
        Gateways = [Prepare(environment, "run", "--role", "gateway"), Prepare(environment, "run", "--role", "gateway")];
        var sandbox = Prepare(environment, "sandbox", "--webhooks", Gateways[0].Address.ToString());
        Silos = [Prepare(environment, "run", "--role", "silo"), Prepare(environment, "run", "--role", "silo")];

        await sandbox.StartAgainAsync();
        await Task.WhenAll(Silos.Select(silo => silo.StartAgainAsync()));
        foreach (var gateway in Gateways) { await gateway.StartAgainAsync(); }
    }

    private ProductProcess Prepare(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var process = ProductProcess.Prepare(environment, _data, arguments);
        _processes.Add(process);
        return process;
    }

    private static async Task<string> CreateDatabaseAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = $"cluster_{Guid.CreateVersion7():N}";
        await using var admin = new NpgsqlConnection(server.ConnectionString("postgres"));
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", admin);
        await create.ExecuteNonQueryAsync();
        return server.ConnectionString(name);
    }
}
