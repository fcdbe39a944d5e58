using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>One nginx process: started without a shell and without our environment, its complaints read, ended when disposed.</summary>
internal sealed partial class NginxProcess : IAsyncDisposable
{
    /// <summary>Ends a program together with the one that started it, so that a killed server leaves nothing. Part of every Debian.</summary>
    private const string EndWithParent = "/usr/bin/setpriv";

    private readonly Process _process;
    private readonly Task _read;
    private readonly Task _ended;
    private volatile string _lastLine = "";

    private NginxProcess(Process process, Task ended, Action<string> onLine)
    {
        _process = process;
        _ended = ended;
        Id = process.Id;
        _read = ReadAsync(process.StandardError, onLine);
    }

    /// <summary>Its process id.</summary>
    public int Id { get; }

    /// <summary>Ends when it has ended and everything it said was read.</summary>
    public Task Ended => Task.WhenAll(_ended, _read);

    /// <summary>What it complained about last.</summary>
    public string LastLine => _lastLine;

    /// <summary>Starts nginx in a folder with the configuration that is there.</summary>
    /// <param name="onLine">Called with each line of its log, without keys.</param>
    /// <returns>Null when it can't be started.</returns>
    public static async Task<NginxProcess?> StartAsync(string program, string folder, Action<string> onLine)
    {
        var withParent = File.Exists(EndWithParent);
        var start = new ProcessStartInfo(withParent ? EndWithParent : program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] arguments =
        [
            .. withParent ? ["--pdeathsig", "KILL", program] : Array.Empty<string>(),

            // Before it has read its configuration nginx would write to a file that is only root's.
            "-e", "stderr", "-p", folder + "/", "-c", Path.Combine(folder, "nginx.conf"),
        ];
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        start.Environment.Clear();

        // What Linux calls the parent is the thread that started it. One of the pool may end at any time; this one stays.
        var started = new TaskCompletionSource<Process?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Keep(start, started, ended)) { IsBackground = true, Name = "nginx" }.Start();
        return await started.Task is { } process ? new NginxProcess(process, ended.Task, onLine) : null;
    }

    /// <summary>Ends it now.</summary>
    public void Kill()
    {
        try { _process.Kill(); }
        catch (InvalidOperationException) { }
        catch (Win32Exception) { }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Ended;
        _process.Dispose();
    }

    private static void Keep(ProcessStartInfo start, TaskCompletionSource<Process?> started, TaskCompletionSource ended)
    {
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            started.SetResult(process);
            process.WaitForExit();
        }
        catch (Exception failed) when (failed is Win32Exception or IOException or InvalidOperationException)
        {
            started.TrySetResult(null);
        }
        finally
        {
            ended.SetResult();
        }
    }

    private async Task ReadAsync(StreamReader errors, Action<string> onLine)
    {
        try
        {
            // nginx cuts its lines at 2 kB.
            while (await errors.ReadLineAsync() is { } line)
            {
                _lastLine = Key().Replace(line, "live_(hidden)");
                onLine(_lastLine);
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    [GeneratedRegex("live_[0-9A-Za-z_]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
