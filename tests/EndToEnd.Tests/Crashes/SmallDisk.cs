using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.EndToEnd.Tests.Crashes;

/// <summary>
/// A place for a database that runs out of space when a test says so. For root it is a file system of its own, filled to the last byte;
/// anybody else may not mount one, and forbids the server's processes to write instead.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly bool MayMount = Environment.UserName == "root";

    private readonly string _root;
    private string? _ballast;

    private SmallDisk(string root) => _root = root;

    /// <summary>For the database server; it does not exist yet.</summary>
    public string Folder => Path.Combine(_root, "pg");

    public static async Task<SmallDisk> CreateAsync(int megabytes)
    {
        var root = Directory.CreateTempSubdirectory("livecommerce-disk-").FullName;
        if (MayMount) { await RunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=1777"), "tmpfs", root); }
        return new SmallDisk(root);
    }

    /// <summary>From now on nothing can be written.</summary>
    public async Task FillAsync(PostgresServer server)
    {
        if (!MayMount)
        {
            await LimitAsync(server, "0:");
            return;
        }

        _ballast = Path.Combine(_root, "ballast");
        await using var file = new FileStream(_ballast, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var piece in (int[])[1 << 20, 1 << 12])
        {
            try
            {
                while (true) { file.Write(new byte[piece]); }
            }
            catch (IOException)
            {
                // Full for pieces of this size.
            }
        }
    }

    /// <summary>There is space again.</summary>
    public async Task FreeAsync(PostgresServer server)
    {
        if (_ballast is not null) { File.Delete(_ballast); } else { await LimitAsync(server, "unlimited:"); }
    }

    public async ValueTask DisposeAsync()
    {
        if (MayMount) { await RunAsync("umount", "--lazy", _root); }
        Directory.Delete(_root, recursive: true);
    }

    private static async Task LimitAsync(PostgresServer server, string limit)
    {
        var postmaster = int.Parse(File.ReadLines($"{server.Folder}/data/postmaster.pid").First(), CultureInfo.InvariantCulture);
        foreach (var id in PostgresServer.ChildrenOf(postmaster).Prepend(postmaster))
        {
            await RunAsync("prlimit", "--pid", id.ToString(CultureInfo.InvariantCulture), $"--fsize={limit}");
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
