using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.Tests.Shared;

/// <summary>
/// A PostgreSQL of our own: Debian's programs, a new data folder, a free port, gone at the end. Started once a test process.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);
    private static readonly string[] BinFolders =
        ["/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin"];

    private readonly string _folder;
    private readonly string _bin;
    private readonly string _options;
    private bool _stopped;
    private bool _dead;

    private PostgresServer(string folder, string bin, int port, string options)
    {
        _folder = folder;
        _bin = bin;
        _options = options;
        Port = port;
    }

    /// <summary>Where its programs are.</summary>
    public string Bin => _bin;

    /// <summary>Where its data are, and nothing else of importance.</summary>
    public string Folder => _folder;

    /// <summary>The loopback port.</summary>
    public int Port { get; }

    /// <summary>The server shared by the tests of this process; stopped when the process ends.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Stops the shared server, if there is one: what a test run does at its end, for the end of a process has no time for it.</summary>
    public static async ValueTask StopSharedAsync()
    {
        if (Shared.IsValueCreated) { (await Shared.Value).Stop("immediate"); }
    }

    /// <summary>A connection string for a database of this server.</summary>
    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port.ToString(CultureInfo.InvariantCulture)};Username=postgres;Database={database};Pooling=true;Maximum Pool Size=20;Timeout=15";

    /// <summary>Starts a server of its own.</summary>
    /// <param name="settings">More lines for postgresql.conf.</param>
    public static Task<PostgresServer> StartAsync(params string[] settings) =>
        StartInAsync(Directory.CreateTempSubdirectory("livecommerce-pg-").FullName, settings);

    /// <summary>The same, with its data in a folder that is made, and goes with it.</summary>
    public static async Task<PostgresServer> StartInAsync(string folder, params string[] settings)
    {
        var bin = BinFolders.FirstOrDefault(Directory.Exists)
            ?? throw new InvalidOperationException("PostgreSQL is not installed: apt-get install postgresql-15.");
        Directory.CreateDirectory(folder);
        var port = FreePort.Next();
        if (Environment.UserName == "root") { await RunAsync("chown", ["postgres", folder]); }
        await AsPostgresAsync(Path.Combine(bin, "initdb"),
            ["--pgdata", $"{folder}/data", "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C", "--no-sync"]);

        // fsync stays on: the stores' promises are tested with it.
        var options = string.Join(' ', new[]
        {
            $"-c port={port}", "-c listen_addresses=127.0.0.1", $"-c unix_socket_directories={folder}", "-c max_connections=200",
        }.Concat(settings.Select(setting => $"-c {setting}")));
        var server = new PostgresServer(folder, bin, port, options);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it on the data that is there, after <see cref="KillAsync"/>; returns when it answers.</summary>
    public async Task StartAgainAsync()
    {
        await AsPostgresAsync(Path.Combine(_bin, "pg_ctl"),
            ["start", "--pgdata", $"{_folder}/data", "--wait", "--timeout", "240", "--log", $"{_folder}/log", "--options", _options]);
        _dead = false;
    }

    /// <summary>Starts it again if it has ended by itself, as a supervisor does.</summary>
    public async Task EnsureRunningAsync()
    {
        try
        {
            await AsPostgresAsync(Path.Combine(_bin, "pg_ctl"), ["status", "--pgdata", $"{_folder}/data"]);
        }
        catch (InvalidOperationException)
        {
            await StartAgainAsync();
        }
    }

    /// <summary>kill -9 of the postmaster and of every process it started: what a power cut leaves, save for what the kernel keeps.</summary>
    public async Task KillAsync()
    {
        var postmaster = int.Parse(File.ReadLines($"{_folder}/data/postmaster.pid").First(), CultureInfo.InvariantCulture);
        var all = ChildrenOf(postmaster).Prepend(postmaster).ToList();

        // The parent first: alone, it would start a recovery when a child dies.
        foreach (var id in all) { await RunAsync("kill", ["-KILL", id.ToString(CultureInfo.InvariantCulture)], mayFail: true); }
        foreach (var id in all) { await GoneAsync(id); }

        // Until somebody collects the dead postmaster, the next one would take it for alive.
        File.Delete($"{_folder}/data/postmaster.pid");
        File.Delete(string.Create(CultureInfo.InvariantCulture, $"{_folder}/.s.PGSQL.{Port}.lock"));
        _dead = true;
    }

    /// <summary>Stopped at once: no connection is waited for, and the next start recovers.</summary>
    public async Task StopAtOnceAsync()
    {
        await AsPostgresAsync(Path.Combine(_bin, "pg_ctl"), ["stop", "--pgdata", $"{_folder}/data", "--mode", "immediate", "--wait"]);
        _dead = true;
    }

    /// <summary>Every process of it stands still (SIGSTOP) or goes on (SIGCONT).</summary>
    public async Task FreezeAsync(bool frozen)
    {
        var postmaster = int.Parse(File.ReadLines($"{_folder}/data/postmaster.pid").First(), CultureInfo.InvariantCulture);

        // The parent first: no child is born behind our back.
        foreach (var id in ChildrenOf(postmaster).Prepend(postmaster).ToList())
        {
            await RunAsync("kill", [frozen ? "-STOP" : "-CONT", id.ToString(CultureInfo.InvariantCulture)], mayFail: true);
        }
    }

    /// <summary>One of its own processes (<c>walwriter</c>) does nothing more, until it is killed with the others.</summary>
    public async Task HoldAsync(string process)
    {
        var postmaster = int.Parse(File.ReadLines($"{_folder}/data/postmaster.pid").First(), CultureInfo.InvariantCulture);
        var id = ChildrenOf(postmaster).Single(child => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{child}/cmdline")).Contains(process, StringComparison.Ordinal));
        await RunAsync("kill", ["-STOP", id.ToString(CultureInfo.InvariantCulture)]);
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var server = await StartAsync([]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Leave();
        return server;
    }

    /// <summary>Stops the server and removes its data.</summary>
    public ValueTask DisposeAsync()
    {
        Stop("fast");
        return ValueTask.CompletedTask;
    }

    private void Stop(string mode)
    {
        if (Interlocked.Exchange(ref _stopped, true)) { return; }
        if (!_dead) { AsPostgresAsync(Path.Combine(_bin, "pg_ctl"), ["stop", "--pgdata", $"{_folder}/data", "--mode", mode, "--wait"]).Wait(); }
        Directory.Delete(_folder, recursive: true);
    }

    // The test runner calls a process that takes 10 s to end a failure, and removing many databases can take that long on a busy
    // machine: a shell of its own does it, and nobody waits.
    private void Leave()
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = "/" };
        var become = Environment.UserName == "root" ? "runuser -u postgres -- " : "";
        var commands = $"({become}\"$1\" stop --pgdata \"$2/data\" --mode immediate --wait; rm -rf \"$2\") </dev/null >/dev/null 2>&1 &";
        foreach (var argument in (string[])["-c", commands, "sh", Path.Combine(_bin, "pg_ctl"), _folder]) { start.ArgumentList.Add(argument); }
        using var process = Process.Start(start);
    }

    // PostgreSQL refuses to run as root.
    private static Task AsPostgresAsync(string program, string[] arguments) => Environment.UserName == "root"
        ? RunAsync("runuser", ["-u", "postgres", "--", program, .. arguments])
        : RunAsync(program, arguments);

    internal static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) { continue; }
            string stat;
            try { stat = File.ReadAllText(Path.Combine(folder, "stat")); }
            catch (IOException) { continue; }

            // The name stands in brackets and may hold anything; after it come the state and the parent.
            if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is [_, var its, ..] && its == parent.ToString(CultureInfo.InvariantCulture)) { yield return id; }
        }
    }

    private static async Task GoneAsync(int id)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (IsAlive(id)) { await look.WaitForNextTickAsync(); }

        // Nobody may have collected it yet; a dead process holds nothing.
        static bool IsAlive(int id)
        {
            try { return !File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat").Contains(") Z ", StringComparison.Ordinal); }
            catch (IOException) { return false; }
        }
    }

    private static async Task RunAsync(string program, string[] arguments, bool mayFail = false)
    {
        // No redirection: the server inherits the descriptors, and a pipe would stay open as long as it runs.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", "exec \"$@\" >/dev/null 2>&1", "sh", program, .. arguments]) { start.ArgumentList.Add(argument); }
        start.WorkingDirectory = "/";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 && !mayFail) { throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}."); }
    }
}
