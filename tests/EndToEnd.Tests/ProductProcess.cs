using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>The real executable as a process of its own, as a person starts it; killed and started again at will on the same data.</summary>
internal sealed class ProductProcess : IAsyncDisposable
{
    /// <summary>From the start of the process to its line "is ready". Generous: the machine may be busy with everything else.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(4);

    // A machine that stands still for some seconds is no test of what publishers and rooms do then: those tests set their own.
    private static readonly Dictionary<string, string> Patient = new(StringComparer.Ordinal)
    {
        ["LIVECOMMERCE__Video__LeaseSeconds"] = "60",
        ["LIVECOMMERCE__Video__PublisherIdleSeconds"] = "120",
        ["LIVECOMMERCE__Video__Recordings__AnswerSeconds"] = "60",
        ["LIVECOMMERCE__Video__GraceSeconds"] = "120",
        ["LIVECOMMERCE__Video__EncoderStartSeconds"] = "90",
        ["LIVECOMMERCE__Rooms__SilentSeconds"] = "60",
        ["LIVECOMMERCE__Rooms__GraceSeconds"] = "120",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-e2e-").FullName;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string[] _arguments;
    private Process? _process;

    /// <summary>A process that is not started yet.</summary>
    /// <param name="environment">Variables beside this process's own.</param>
    /// <param name="dataFolder">Null: one of its own, which goes with it.</param>
    /// <param name="arguments">What the executable is told before its data folder; by default to run at <see cref="Address"/>.</param>
    private ProductProcess(IReadOnlyDictionary<string, string> environment, string? dataFolder, string[] arguments)
    {
        _environment = environment;
        DataFolder = dataFolder ?? Path.Combine(_folder, "data");
        _arguments = arguments;
        Address = new Uri($"http://localhost:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}");
        Evidence.Add(this);
    }

    /// <summary>Where the product listens, the same over restarts.</summary>
    public Uri Address { get; }

    /// <summary>Passwords that the first start printed, by account name.</summary>
    public Dictionary<string, string> Passwords { get; } = new(StringComparer.Ordinal);

    /// <summary>What it is told to be.</summary>
    public string Name => $"{string.Join(' ', _arguments)} at {Address}";

    /// <summary>What it wrote, newest last.</summary>
    public IReadOnlyCollection<string> Output => _lines;

    /// <summary>The running process.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>The data folder.</summary>
    public string DataFolder { get; }

    public static async Task<ProductProcess> StartAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        var product = new ProductProcess(environment ?? new Dictionary<string, string>(StringComparer.Ordinal), null, ["run"]);
        await product.StartAgainAsync();
        return product;
    }

    /// <summary>One of several processes on one data folder, not started yet.</summary>
    public static ProductProcess Prepare(IReadOnlyDictionary<string, string> environment, string dataFolder, params string[] arguments) =>
        new(environment, dataFolder, arguments);

    /// <summary>Starts the executable on the data that is there; returns when it says that it is ready.</summary>
    public async Task StartAgainAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = Command([.. _arguments, .. WhereToListen, "--data", DataFolder]), EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Hear(line.Data, ready);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, ready);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        var ended = process.WaitForExitAsync();
        try
        {
            await Task.WhenAny(ready.Task, ended).WaitAsync(StartPatience);
        }
        catch (TimeoutException)
        {
            // Told below, with what it has said.
        }

        // The end of a process is known when it has written everything, a last "is ready" too.
        if (!ready.Task.IsCompleted)
        {
            throw new InvalidOperationException(
                $"{Name} {(ended.IsCompleted ? "ended at its start" : $"is not ready after {StartPatience.TotalMinutes} minutes")}:\n{string.Join('\n', _lines)}");
        }
    }

    /// <summary>As a power cut does it.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Kills the process and nothing else: what it has started is on its own.</summary>
    public async Task KillAloneAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends it a signal, such as STOP and CONT.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>As Ctrl-C does it, or (TERM) whoever deploys.</summary>
    /// <param name="signal">Without its SIG.</param>
    /// <param name="patience">Null: two minutes, which is far more than the product takes.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(string signal = "INT", TimeSpan? patience = null)
    {
        await SignalAsync(signal);
        await _process!.WaitForExitAsync().WaitAsync(patience ?? TimeSpan.FromMinutes(2));
        return _process.ExitCode;
    }

    /// <summary>Runs a command of the executable on this data.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] command)
    {
        using var process = Process.Start(Command([.. command, "--data", DataFolder]))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        foreach (var line in (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries)) { _lines.Enqueue($"{command[0]}: {line}"); }
        return (process.ExitCode, output);
    }

    private string[] WhereToListen => _arguments[0] == "run" ? ["--urls", Address.ToString().TrimEnd('/')] : [];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) { await KillAsync(); }
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ProcessStartInfo Command(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "livecommerce.dll"), .. arguments]) { start.ArgumentList.Add(argument); }
        start.Environment["LIVECOMMERCE__Player__Path"] = Checkout.Player;
        start.Environment["LIVECOMMERCE__Video__Rtmp__Port"] = "0";
        foreach (var (name, value) in Patient.Concat(_environment)) { start.Environment[name] = value; }
        return start;
    }

    private void Hear(string? line, TaskCompletionSource ready)
    {
        if (line is null) { return; }
        _lines.Enqueue(line);
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["streamer" or "viewer" or "moderator" or "operator", { } password]) { Passwords[words[0]] = password; }

        // The banner's last line: by then the accounts have been read.
        if (line.StartsWith("Ctrl-C", StringComparison.Ordinal)) { ready.TrySetResult(); }
    }
}

/// <summary>Places in the checkout.</summary>
internal static class Checkout
{
    /// <summary>The folder with LiveCommerce.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built player.</summary>
    public static string Player => Path.Combine(Root, "src/WebPlayer/dist");

    /// <summary>Where screenshots go; ignored by git.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(Root, "artifacts/screenshots")).FullName;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LiveCommerce.sln"))) { return folder.FullName; }
        }

        throw new InvalidOperationException("No LiveCommerce.sln above the test's folder.");
    }
}
