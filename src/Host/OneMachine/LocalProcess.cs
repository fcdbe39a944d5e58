using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.Host.OneMachine;

/// <summary>One process of a local cluster: a session of its own, so that Ctrl-C at the terminal reaches the command alone, and a log file.</summary>
internal sealed class LocalProcess(string name, string logFile, IReadOnlyDictionary<string, string> environment, string[] command, ProcessBook book)
{
    private Process? _process;
    private Task _ended = Task.CompletedTask;

    /// <summary>For people: silo-1, gateway-2, postgres.</summary>
    public string Name { get; } = name;

    /// <summary>What it writes.</summary>
    public string LogFile { get; } = logFile;

    /// <summary>Of the running one, or of the one that ended last.</summary>
    public int Id { get; private set; }

    /// <summary>Starts since the first.</summary>
    public int Restarts { get; private set; } = -1;

    /// <summary>Where it answers when it is ready; null: it says so otherwise.</summary>
    public Uri? Address { get; init; }

    /// <summary>Completes when the process that was started last is over.</summary>
    public Task Ended => _ended;

    /// <summary>Whether it is over.</summary>
    public bool HasEnded => _ended.IsCompleted;

    /// <summary>Starts it, or starts it again.</summary>
    public void Start()
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };

        // Every step replaces the shell, so the id is the program's own and leads its session and group.
        foreach (var argument in (string[])["-c", "log=$1; shift; exec setsid \"$@\" </dev/null >>\"$log\" 2>&1", "sh", LogFile, .. command])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment) { start.Environment[key] = value; }
        _process = Process.Start(start) ?? throw new LocalClusterException($"{Name} could not be started.");
        Id = _process.Id;
        Restarts++;
        _ended = _process.WaitForExitAsync();
        book.Add(Id, Name);
    }

    /// <summary>Asks it to end, and ends it with everything it has started when it has not within the time given.</summary>
    public async Task StopAsync(string signal, TimeSpan patience, TimeProvider time)
    {
        if (_process is null) { return; }
        if (!HasEnded) { await StopAsync(Id, signal, _ended, patience, time); }
        _process.Dispose();
        _process = null;
    }

    /// <summary>The same for a process that an earlier command started.</summary>
    public static async Task StopLeftoverAsync(int id, string signal, TimeSpan patience, TimeProvider time)
    {
        var began = ProcessBook.StartOf(id);
        using var over = new CancellationTokenSource();
        await StopAsync(id, signal, GoneAsync(id, began, time, over.Token), patience, time);
        await over.CancelAsync();
    }

    /// <summary>The last lines of its log, for those who must be told why it ended.</summary>
    public string LastLines()
    {
        const int Lines = 15;
        return File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(Lines)) : "";
    }

    private static async Task StopAsync(int id, string signal, Task ended, TimeSpan patience, TimeProvider time)
    {
        await SignalAsync(signal, id);
        try
        {
            await ended.WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            // The whole group: encoders that a gateway started go with it.
            await SignalAsync("KILL", -id);
            await ended;
        }
    }

    private static async Task GoneAsync(int id, string? began, TimeProvider time, CancellationToken cancellationToken)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50), time);
        try
        {
            while (began is not null && ProcessBook.StartOf(id) == began) { await look.WaitForNextTickAsync(cancellationToken); }
        }
        catch (OperationCanceledException)
        {
            // Nobody waits any more.
        }
    }

    private static async Task SignalAsync(string signal, int id)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", "kill -s \"$1\" -- \"$2\" 2>/dev/null", "sh", signal, id.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var kill = Process.Start(start);
        if (kill is not null) { await kill.WaitForExitAsync(); }
    }
}

/// <summary>A local cluster cannot be started, or has stopped: the message says why and what to do.</summary>
internal sealed class LocalClusterException(string message) : Exception(message);
