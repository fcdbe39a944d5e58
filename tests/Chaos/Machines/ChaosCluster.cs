using System.Globalization;
using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Chaos.Machines;

/// <summary>Silos, gateways and the payment sandbox as processes of the real executable on one PostgreSQL, each at a place of the network.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    /// <summary>After a fault everything must be served again within this, on however slow a machine.</summary>
    public static readonly TimeSpan RecoveryWithin = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan UsualDeathTime = TimeSpan.FromSeconds(5);

    // Where times are not judged, the machine may do other things: a silo that waits for its turn there is not dead.
    private static readonly TimeSpan PatientDeathTime = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly string _data = Directory.CreateTempSubdirectory("livecommerce-chaos-").FullName;
    private readonly List<ChaosProcess> _processes = [];
    private readonly INetwork _network;

    private ChaosCluster(INetwork network, WatchedDatabase database, bool judgesTimes)
    {
        (_network, Database) = (network, database);
        DeathTime = judgesTimes ? UsualDeathTime : PatientDeathTime;
    }

    public WatchedDatabase Database { get; }

    /// <summary>After which the others call a silo dead (Cluster:DeadAfter).</summary>
    public TimeSpan DeathTime { get; }

    public INetwork Network => _network;

    public ChaosProcess[] Silos { get; private set; } = [];

    public ChaosProcess[] Gateways { get; private set; } = [];

    /// <summary>The file by which a silo of the suite's own host is told to stop in front of a write.</summary>
    public string StopFile => Path.Combine(_data, "stop-before-write");

    public static async Task<ChaosCluster> StartAsync(ChaosOptions options)
    {
        INetwork network = options.WithRelays ? new Relays() : await Namespaces.TryCreateAsync() is { } namespaces ? namespaces : new Relays();
        var database = await WatchedDatabase.StartAsync(network);
        var cluster = new ChaosCluster(network, database, judgesTimes: !options.WithoutTimes);
        try
        {
            await cluster.StartAllAsync(options);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command of the executable as an operator of the cluster would.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string command)
    {
        var start = Machine.On(_network.Home, "dotnet");
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "livecommerce.dll"), command, "--data", _data]) { start.ArgumentList.Add(argument); }
        foreach (var (name, value) in Settings(null)) { start.Environment[name] = value; }
        start.RedirectStandardOutput = true;
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    /// <summary>Completes when every shard is owned by an active silo of these, and none by another.</summary>
    /// <param name="meanwhile">Done between two looks.</param>
    /// <exception cref="TimeoutException">Not within <see cref="RecoveryWithin"/>.</exception>
    public Task ServedAsync(IReadOnlyCollection<ChaosProcess> by, bool fairly = false, Action? meanwhile = null) =>
        EventuallyAsync(
            () =>
            {
                meanwhile?.Invoke();
                return IsServedAsync(by, fairly);
            },
            "every shard is owned by an active silo");

    /// <summary>
    /// Starts what has ended, as a supervisor does; completes when everybody is back, has beaten since, and every shard is owned. A silo
    /// that has not beaten since may still be called dead, and end when nobody looks.
    /// </summary>
    /// <exception cref="TimeoutException">Not within <see cref="RecoveryWithin"/>.</exception>
    public async Task RecoverAsync()
    {
        await _network.HealAsync();
        await Database.Server.EnsureRunningAsync();
        foreach (var process in _processes.Where(process => process.IsFrozen && process.IsRunning)) { await process.ThawAsync(); }
        Dictionary<long, long>? first = null;
        await EventuallyAsync(
            async () =>
            {
                await Task.WhenAll(_processes.Where(process => !process.IsRunning).Select(process => process.StartAsync()));
                if (await Database.TrySilosAsync() is not { } silos) { return false; }
                first ??= silos.ToDictionary(silo => silo.Id, silo => silo.Heartbeat);
                return IsServed(silos, Silos, fairly: false) && silos.All(silo => !first.TryGetValue(silo.Id, out var before) || silo.Heartbeat > before);
            },
            "every process is back, no silo that was called dead goes on, and every shard is owned");
    }

    /// <summary>Waits for what other processes will do.</summary>
    /// <exception cref="TimeoutException">Not within <see cref="RecoveryWithin"/>.</exception>
    /// <exception cref="OperationCanceledException">The run is interrupted.</exception>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = new CancellationTokenSource(RecoveryWithin, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, Interrupt.Token);
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        try
        {
            while (!await condition()) { await timer.WaitForNextTickAsync(either.Token); }
        }
        catch (OperationCanceledException late) when (!Interrupt.Token.IsCancellationRequested)
        {
            throw new TimeoutException($"It did not come true in {RecoveryWithin.TotalSeconds} s: {what}.", late);
        }
    }

    /// <summary>Leaves what the processes wrote in files.</summary>
    /// <returns>The folder.</returns>
    public async Task<string> KeepLogsAsync(int seed)
    {
        var folder = Directory.CreateDirectory(Path.Combine(ChaosOptions.Root, "artifacts/chaos", string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"))).FullName;
        foreach (var process in _processes) { await File.WriteAllLinesAsync(Path.Combine(folder, $"{process.Name}.log"), process.Lines); }
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
        await Database.DisposeAsync();
        await _network.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task StartAllAsync(ChaosOptions options)
    {
        Gateways = await PrepareAsync("gateway", options.Gateways, _ => false);
        Silos = await PrepareAsync("silo", options.Silos, number => options.WithoutEpochCheck || (options.UsesOwnHost && number == 1), options.WithoutEpochCheck);

        var sandbox = Own(new ChaosProcess(
            _network.Home with { Name = "sandbox" }, _data, Settings(null), ["livecommerce.dll", "sandbox", "--webhooks", Gateways[0].Place.Url.ToString()]));
        await sandbox.StartAsync();
        await LeadToSandboxAsync();
        await Task.WhenAll(Silos.Select(silo => silo.StartAsync()));
        await Task.WhenAll(Gateways.Select(gateway => gateway.StartAsync()));
        await Database.WatchAsync();
        await ServedAsync(Silos, fairly: true);
    }

    private async Task<bool> IsServedAsync(IReadOnlyCollection<ChaosProcess> by, bool fairly) =>
        await Database.TrySilosAsync() is { } silos && IsServed(silos, by, fairly);

    private static bool IsServed(IReadOnlyList<SiloState> silos, IReadOnlyCollection<ChaosProcess> by, bool fairly) =>
        silos.Count == by.Count
        && silos.All(silo => silo.Status == 1 && by.Any(process => process.Name == silo.Name))
        && silos.Sum(silo => silo.Shards) == Shards.Count
        && (!fairly || silos.All(silo => silo.Shards <= (Shards.Count + by.Count - 1) / by.Count));

    // The sandbox listens on this machine's loopback only, and the product wants it there.
    private async Task LeadToSandboxAsync()
    {
        var port = new Uri((await File.ReadAllTextAsync(Path.Combine(_data, "sandbox-address"))).Trim()).Port;
        foreach (var process in Silos.Concat(Gateways)) { _network.BringHome(process.Place, port); }
    }

    private async Task<ChaosProcess[]> PrepareAsync(string role, int count, Func<int, bool> own, bool unchecked_ = false)
    {
        var processes = new ChaosProcess[count];
        for (var number = 1; number <= count; number++)
        {
            var place = await _network.AddAsync($"{role}-{number.ToString(CultureInfo.InvariantCulture)}");
            var url = place.Url.ToString().TrimEnd('/');
            string[] program = own(number)
                ? [ChaosOptions.Self, ChaosOptions.HostArgument, unchecked_ ? ChaosOptions.Unchecked : ChaosOptions.Checked, StopFile]
                : ["livecommerce.dll", "run"];
            processes[number - 1] = Own(new ChaosProcess(place, _data, Settings(place), [.. program, "--role", role, "--urls", url]));
        }

        return processes;
    }

    private ChaosProcess Own(ChaosProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private Dictionary<string, string> Settings(Place? place)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LIVECOMMERCE__Storage__Provider"] = "PostgreSql",
            ["LIVECOMMERCE__Storage__ConnectionString"] = WatchedDatabase.ConnectionStringFor(
                place is null ? ("127.0.0.1", Database.Server.Port) : _network.Reach(place, _network.Home, Database.Server.Port)),
            ["LIVECOMMERCE__Cluster__DeadAfter"] = DeathTime.ToString("c", CultureInfo.InvariantCulture),
            ["LIVECOMMERCE__Cluster__FenceAfter"] = (DeathTime * 0.7).ToString("c", CultureInfo.InvariantCulture),
            ["LIVECOMMERCE__Links__Secret"] = "the secret of this cluster",
            ["LIVECOMMERCE__Accounts__PasswordRounds"] = "10000",
            ["LIVECOMMERCE__Player__Path"] = Path.Combine(ChaosOptions.Root, "src/WebPlayer/dist"),
            ["LIVECOMMERCE__Video__Rtmp__Port"] = "0",
            ["LIVECOMMERCE__Video__PublisherIdleSeconds"] = "300",
            ["LIVECOMMERCE__Video__GraceSeconds"] = "300",
            ["LIVECOMMERCE__Video__LeaseSeconds"] = "60",
            ["LIVECOMMERCE__RateLimits__RequestsPerSecond"] = "10000",
            ["LIVECOMMERCE__RateLimits__RequestsBurst"] = "100000",
        };
        if (place is not null)
        {
            var (host, port) = _network.Reach(null, place, place.Port);
            settings["LIVECOMMERCE__Cluster__LinkUrl"] = string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}");
            settings["LIVECOMMERCE__Cluster__NodeName"] = place.Name;

            // In namespaces all have the same port, which the folder's name is made of otherwise.
            settings["LIVECOMMERCE__Video__Recordings__Folder"] = Path.Combine(_data, $"recordings-{place.Name}");
        }

        return settings;
    }
}
