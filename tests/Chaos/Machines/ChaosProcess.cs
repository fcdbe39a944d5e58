using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.Chaos.Machines;

/// <summary>One process of the product at its place: killed, frozen, stopped in order and started again.</summary>
internal sealed class ChaosProcess(Place place, string data, IReadOnlyDictionary<string, string> environment, string[] command) : IAsyncDisposable
{
    /// <summary>From the start of the process to its line "Ctrl-C ends it". Generous: the machine may be busy with everything else.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);

    /// <summary>A process that is asked to stop has this long.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);

    private const int LinesKept = 20_000;

    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    public Place Place => place;

    public string Name => place.Name;

    /// <summary>Whether it is a silo that this program hosts, with a grain store of its own.</summary>
    public bool IsOwnHost => command[0] == ChaosOptions.Self;

    /// <summary>Whether its store asks for the epoch.</summary>
    public bool IsChecked => !command.Contains(ChaosOptions.Unchecked);

    /// <summary>What it wrote, newest last; a bound lets the oldest go.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Whether it was frozen by <see cref="FreezeAsync"/>.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>Of the running process.</summary>
    public int Id => _process!.Id;

    /// <summary>Whether the kernel says that the process is stopped by a signal.</summary>
    public bool IsStopped
    {
        get
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{Id.ToString(CultureInfo.InvariantCulture)}/stat");
                return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('T');
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>Starts it on the data that is there; returns when it says that it is ready.</summary>
    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = Machine.On(place, "dotnet");
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, command[0]), .. command[1..], "--data", data]) { start.ArgumentList.Add(argument); }
        foreach (var (name, value) in environment) { start.Environment[name] = value; }
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Hear(line.Data, ready);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, ready);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"{Name} ended at its start:\n{string.Join('\n', _lines)}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process?.Dispose();
        (_process, IsFrozen) = (process, false);
        await ready.Task.WaitAsync(StartPatience, TimeProvider.System);
    }

    /// <summary>kill -9, with what it started.</summary>
    public async Task KillAsync()
    {
        if (!IsRunning) { return; }
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        IsFrozen = false;
    }

    /// <summary>SIGSTOP.</summary>
    public async Task FreezeAsync()
    {
        IsFrozen = true;
        await SignalAsync("STOP");
    }

    /// <summary>SIGCONT.</summary>
    public async Task ThawAsync()
    {
        await SignalAsync("CONT");
        IsFrozen = false;
    }

    /// <summary>Asks it to stop, as a deploy does.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        await EndedAsync(StopPatience);
    }

    /// <summary>Completes when it has ended by itself.</summary>
    public Task EndedAsync(TimeSpan within) => _process!.WaitForExitAsync().WaitAsync(within, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
    }

    private Task<string?> SignalAsync(string name) => Machine.TryAsync("kill", $"-{name}", Id.ToString(CultureInfo.InvariantCulture));

    private void Hear(string? line, TaskCompletionSource ready)
    {
        if (line is null) { return; }
        _lines.Enqueue(line);
        while (_lines.Count > LinesKept) { _lines.TryDequeue(out _); }
        if (line.StartsWith("Ctrl-C", StringComparison.Ordinal)) { ready.TrySetResult(); }
    }
}
