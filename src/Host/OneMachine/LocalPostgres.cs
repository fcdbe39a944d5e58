using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LiveCommerce.Host.OneMachine;

/// <summary>
/// A PostgreSQL of the cluster's own: Debian's programs on a folder of its own. It listens on a Unix socket in that folder and on no
/// port of the network, so whoever may not enter the folder may not enter the database, and no password is needed.
/// </summary>
internal sealed class LocalPostgres
{
    /// <summary>Its signal for ending at once and in order: connections are cut, everything is written.</summary>
    public const string StopSignal = "INT";

    /// <summary>What the kernel takes for the path of a socket, less the name of PostgreSQL's.</summary>
    private const int FolderLengthMax = 107 - 20;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly string[] Versions = ["18", "17", "16", "15"];

    private readonly string _folder;
    private readonly string _bin;
    private readonly int _port;

    public LocalPostgres(string folder, int port)
    {
        (_folder, _port) = (folder, port);
        _bin = Versions.Select(version => $"/usr/lib/postgresql/{version}/bin").FirstOrDefault(Directory.Exists)
            ?? throw new LocalClusterException("PostgreSQL is not installed: apt-get install --no-install-recommends postgresql-15.");
        if (folder.Length > FolderLengthMax)
        {
            throw new LocalClusterException($"{folder} is too long a path for PostgreSQL's socket: choose another folder with --data.");
        }
    }

    /// <summary>For the processes of the cluster.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture, $"Host={_folder};Port={_port};Username=postgres;Database=postgres;Maximum Pool Size=40;Timeout=15");

    /// <summary>The command that runs it.</summary>
    public string[] Command =>
    [
        .. AsPostgres, $"{_bin}/postgres", "-D", $"{_folder}/data", "-k", _folder,
        "-c", "listen_addresses=", "-c", string.Create(CultureInfo.InvariantCulture, $"port={_port}"), "-c", "max_connections=500",
    ];

    // PostgreSQL refuses to run as root; each of these replaces itself by the next.
    private static string[] AsPostgres =>
        Environment.UserName == "root" ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"] : [];

    /// <summary>Makes the data folder at the first start.</summary>
    public async Task PrepareAsync(string logFile)
    {
        if (File.Exists($"{_folder}/data/PG_VERSION")) { return; }

        LocalFolder.Make(_folder, LocalFolder.Own);
        if (Environment.UserName == "root")
        {
            await RunAsync(["chown", "postgres:", _folder], logFile);
            if (await TryRunAsync([.. AsPostgres, "test", "-w", _folder], logFile) != 0)
            {
                throw new LocalClusterException(
                    $"The user postgres cannot reach {_folder}, because a folder above it is closed to others. Choose another with --data, such as /var/tmp/livecommerce.");
            }
        }

        await RunAsync([.. AsPostgres, $"{_bin}/initdb", "--pgdata", $"{_folder}/data", "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C"], logFile);
    }

    /// <summary>Returns when it answers.</summary>
    public async Task ReadyAsync(LocalProcess process, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (!await AnswersAsync(cancellationToken))
        {
            if (process.HasEnded || time.GetElapsedTime(began) > StartPatience)
            {
                throw new LocalClusterException($"PostgreSQL does not answer. {process.LogFile} says:\n{process.LastLines()}");
            }

            await look.WaitForNextTickAsync(cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception notYet) when (notYet is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task RunAsync(string[] command, string logFile)
    {
        if (await TryRunAsync(command, logFile) is var code && code != 0)
        {
            throw new LocalClusterException($"{string.Join(' ', command)} ended with {code}. See {logFile}.");
        }
    }

    private static async Task<int> TryRunAsync(string[] command, string logFile)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "sh", logFile, .. command]) { start.ArgumentList.Add(argument); }
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
