using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace LiveCommerce.Host.OneMachine;

/// <summary>What to start.</summary>
/// <param name="Folder">For the database, the product's data and every log.</param>
/// <param name="Port">Of the balancer on loopback; the others' lie above it.</param>
internal sealed record LocalClusterSettings(string Folder, int Port, int Silos, int Gateways);

/// <summary>
/// The product as several processes on this machine: PostgreSQL, the payment sandbox, silos, gateways and a balancer in front. What dies
/// is started again; a start first ends what a killed one has left.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The most silos, and the most gateways: their ports lie side by side.</summary>
    public const int ProcessesMax = 9;

    private const int SiloPorts = 20;
    private const int SandboxPort = 40;
    private const int PostgresPort = 50;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BeforeRestart = TimeSpan.FromSeconds(2);

    private readonly LocalClusterSettings _settings;
    private readonly TimeProvider _time;
    private readonly TextWriter _output;
    private readonly FileStream _lock;
    private readonly ProcessBook _book;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly CancellationTokenSource _stop = new();
    private readonly List<LocalProcess> _started = [];
    private readonly List<Task> _watches = [];
    private readonly LocalPostgres _postgres;

    private LocalCluster(LocalClusterSettings settings, TextWriter output, TimeProvider time)
    {
        (_settings, _output, _time) = (settings, output, time);

        // Others may pass through to the database's folder, which belongs to the user postgres, and see nothing on the way.
        LocalFolder.Make(settings.Folder, LocalFolder.Own | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        foreach (var own in (string[])[Logs, Product, Balancer]) { LocalFolder.Make(own, LocalFolder.Own); }

        try
        {
            _lock = new FileStream(Path.Combine(settings.Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new LocalClusterException($"Another cluster runs on {settings.Folder}: end it first, or choose another folder with --data and another --port.");
        }

        _book = new ProcessBook(Path.Combine(settings.Folder, "processes"));
        _postgres = new LocalPostgres(Path.Combine(settings.Folder, "postgres"), settings.Port + PostgresPort);
    }

    /// <summary>Where people open it.</summary>
    public Uri Address => LocalAddress(_settings.Port);

    /// <summary>Of the cluster's database.</summary>
    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>The silos.</summary>
    public IReadOnlyList<LocalProcess> Silos { get; private set; } = [];

    /// <summary>The gateways.</summary>
    public IReadOnlyList<LocalProcess> Gateways { get; private set; } = [];

    /// <summary>Everything else.</summary>
    public IEnumerable<LocalProcess> Others => _started.Except(Silos).Except(Gateways);

    /// <summary>What the first start printed about the accounts it made; shown once.</summary>
    public IReadOnlyList<string> Accounts { get; private set; } = [];

    /// <summary>How to run another command of the executable on this cluster; the command's name follows.</summary>
    public static string Program => string.Join(' ', Executable);

    /// <summary>What such a command needs to find the cluster.</summary>
    public string CommandOptions => $"--data {Product} --config {Settings}";

    private string Settings => Path.Combine(_settings.Folder, "settings.json");

    private string Logs => Path.Combine(_settings.Folder, "logs");

    private string Product => Path.Combine(_settings.Folder, "product");

    private string Balancer => Path.Combine(_settings.Folder, "balancer");

    /// <summary>Starts everything; when it returns, the first page can be asked for.</summary>
    /// <exception cref="LocalClusterException">Something is missing or does not start.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterSettings settings, TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        var cluster = new LocalCluster(settings, output, time);
        try
        {
            await cluster.EndLeftoversAsync();
            await cluster.StartAllAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a process says of itself; empty when it does not answer.</summary>
    public async Task<IReadOnlyDictionary<string, double>> FiguresAsync(LocalProcess process, CancellationToken cancellationToken)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        if (process.Address is null || process.HasEnded) { return figures; }
        try
        {
            var text = await _http.GetStringAsync(new Uri(process.Address, "/metrics"), cancellationToken);
            foreach (var line in text.AsSpan().EnumerateLines())
            {
                var space = line.LastIndexOf(' ');
                if (space > 0 && line[0] != '#' && double.TryParse(line[(space + 1)..], CultureInfo.InvariantCulture, out var value)) { figures[line[..space].ToString()] = value; }
            }
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return figures;
    }

    /// <summary>Ends all of it: viewers' side first, the database last.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watches).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // The gateways side by side, then the silos, which hand their shards on to one another.
        await Task.WhenAll(_started.Where(process => process.Name == "balancer").Concat(Gateways).Select(StopAsync));
        await Task.WhenAll(Silos.Select(StopAsync));
        foreach (var other in Enumerable.Reverse(_started)) { await StopAsync(other); }
        _book.Clear();
        _http.Dispose();
        _stop.Dispose();
        await _lock.DisposeAsync();
    }

    private Task StopAsync(LocalProcess process) => process.StopAsync(SignalOf(process.Name), StopPatience, _time);

    private static string SignalOf(string name) => name == "postgres" ? LocalPostgres.StopSignal : "TERM";

    private static Uri LocalAddress(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}"));

    private async Task EndLeftoversAsync()
    {
        var left = _book.Leftovers();
        if (left.Count > 0) { await _output.WriteLineAsync($"Ending what an earlier start has left: {string.Join(", ", left.Select(process => process.Name))}."); }

        // The last first, so that the database outlives those who write to it.
        foreach (var (id, name) in left.Reverse()) { await LocalProcess.StopLeftoverAsync(id, SignalOf(name), StopPatience, _time); }
        _book.Clear();
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        var nginx = LocalBalancer.Program;
        var gatewayPorts = Enumerable.Range(1, _settings.Gateways).Select(number => _settings.Port + number).ToList();

        await _output.WriteLineAsync("Starting PostgreSQL …");
        await _postgres.PrepareAsync(LogOf("initdb"));
        var postgres = Add("postgres", null, _postgres.Command);
        await _postgres.ReadyAsync(postgres, _time, cancellationToken);

        await WriteSettingsAsync(cancellationToken);
        await _output.WriteLineAsync($"Starting the payment sandbox, {_settings.Silos} silos and {_settings.Gateways} gateways …");
        var data = new DataFolder(Product) { SandboxAddress = null };
        Add("sandbox", null, [.. Executable, "sandbox", "--webhooks", LocalAddress(gatewayPorts[0]).ToString(), "--port", (_settings.Port + SandboxPort).ToString(CultureInfo.InvariantCulture), "--data", Product]);
        await UntilAsync(() => ValueTask.FromResult(data.SandboxAddress is not null), _started[^1], cancellationToken);

        Silos = [.. Enumerable.Range(1, _settings.Silos).Select(number => AddProduct($"silo-{number}", "silo", _settings.Port + SiloPorts + number))];
        foreach (var silo in Silos) { await UntilAsync(() => IsReadyAsync(silo, cancellationToken), silo, cancellationToken); }

        // One after the other: the first makes the first accounts.
        foreach (var (place, port) in gatewayPorts.Index())
        {
            var gateway = AddProduct($"gateway-{place + 1}", "gateway", port);
            Gateways = [.. Gateways, gateway];
            await UntilAsync(() => IsReadyAsync(gateway, cancellationToken), gateway, cancellationToken);
            if (place == 0) { await TakeAccountsAsync(gateway, cancellationToken); }
        }

        await File.WriteAllTextAsync(Path.Combine(Balancer, "nginx.conf"), LocalBalancer.Configuration(_settings.Port, gatewayPorts), cancellationToken);
        var balancer = Add("balancer", Address, [nginx, "-p", Balancer, "-c", "nginx.conf", "-e", "stderr"]);
        await UntilAsync(() => IsReadyAsync(balancer, cancellationToken), balancer, cancellationToken);
    }

    // The banner is the last thing that a gateway writes at its start, so what stands there is whole.
    private async Task TakeAccountsAsync(LocalProcess gateway, CancellationToken cancellationToken)
    {
        await UntilAsync(() => ValueTask.FromResult(File.ReadLines(gateway.LogFile).Contains("Ctrl-C ends it.", StringComparer.Ordinal)), gateway, cancellationToken);
        Accounts = [.. File.ReadLines(gateway.LogFile).SkipWhile(line => !line.StartsWith("Accounts are ready", StringComparison.Ordinal)).TakeWhile(line => line.Length > 0)];

        // Shown once, and not kept in a log. The file is appended to, so it goes on from here.
        if (Accounts.Count > 0) { await File.WriteAllTextAsync(gateway.LogFile, "", cancellationToken); }
    }

    private LocalProcess AddProduct(string name, string role, int port) =>
        Add(name, LocalAddress(port), [.. Executable, "run", "--role", role, "--urls", LocalAddress(port).ToString().TrimEnd('/'), "--data", Product]);

    private LocalProcess Add(string name, Uri? address, string[] command)
    {
        var log = LogOf(name);
        File.Delete(log);
        var process = new LocalProcess(name, log, Environment(name), command, _book) { Address = address };
        process.Start();
        _started.Add(process);
        _watches.Add(KeepAsync(process));
        return process;
    }

    private string LogOf(string name) => Path.Combine(Logs, $"{name}.log");

    private Dictionary<string, string> Environment(string name)
    {
        if (name is "postgres" or "balancer") { return []; }

        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LIVECOMMERCE__Storage__Provider"] = "PostgreSql",
            ["LIVECOMMERCE__Storage__ConnectionString"] = _postgres.ConnectionString,
            ["LIVECOMMERCE__Links__Secret"] = Secret(),
            ["LIVECOMMERCE__Cluster__NodeName"] = name,
            ["LIVECOMMERCE__Gateway__TrustedProxies__0"] = "127.0.0.1",
        };

        // One port for encoders: the first gateway's.
        if (name != "gateway-1") { variables["LIVECOMMERCE__Video__Rtmp__Port"] = "0"; }
        return variables;
    }

    // For status, verify, reconcile and backup, which are given it as --config. Whoever may read it may do everything.
    private async Task WriteSettingsAsync(CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) { options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; }
        await using var file = new FileStream(Settings, options);
        await JsonSerializer.SerializeAsync(
            file,
            new { Storage = new { Provider = "PostgreSql", _postgres.ConnectionString }, Links = new { Secret = Secret() } },
            Indented,
            cancellationToken);
    }

    private string Secret()
    {
        const int Bytes = 24;
        var file = Path.Combine(Product, "links.secret");
        if (!File.Exists(file)) { File.WriteAllText(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes))); }
        return File.ReadAllText(file);
    }

    // The program that runs now: the launcher, or dotnet with the library.
    private static string[] Executable =>
        System.Environment.ProcessPath is { } path && !Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.Ordinal)
            ? [path]
            : [System.Environment.ProcessPath ?? "dotnet", typeof(LocalCluster).Assembly.Location];

    private async ValueTask<bool> IsReadyAsync(LocalProcess process, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(process.Address!, "/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception notYet) when (notYet is HttpRequestException || (notYet is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task UntilAsync(Func<ValueTask<bool>> holds, LocalProcess process, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100), _time);
        while (!await holds())
        {
            if (process.HasEnded || _time.GetElapsedTime(began) > StartPatience)
            {
                throw new LocalClusterException(
                    $"{process.Name} {(process.HasEnded ? "ended at its start" : "is not ready")}. {process.LogFile} says:\n{process.LastLines()}");
            }

            await look.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Starts a process again when it has died, until the whole cluster stops.</summary>
    private async Task KeepAsync(LocalProcess process)
    {
        try
        {
            while (true)
            {
                await process.Ended.WaitAsync(_stop.Token);
                await Task.Delay(BeforeRestart, _time, _stop.Token);
                try
                {
                    process.Start();
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or Win32Exception or LocalClusterException)
                {
                    // A full disk passes: it is tried again, and everything else goes on meanwhile.
                    await _output.WriteLineAsync($"{process.Name} ended and could not be started again in order: {failure.Message}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster stops.
        }
    }
}

/// <summary>Folders with the rights that a local cluster needs.</summary>
internal static class LocalFolder
{
    /// <summary>For the owner alone.</summary>
    public const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder when it is missing, and sets its rights in any case.</summary>
    public static void Make(string folder, UnixFileMode mode)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows()) { File.SetUnixFileMode(folder, mode); }
    }
}
