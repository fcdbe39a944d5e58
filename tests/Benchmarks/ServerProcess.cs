using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Benchmarks;

/// <summary>A server started as a process of its own: the product on a fresh data folder, or the bare one.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(5);

    private const string Self = "LiveCommerce.Benchmarks.dll";

    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-bench-").FullName;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Func<ServerProcess, string[]> _command;
    private Process _process = null!;

    private ServerProcess(Func<ServerProcess, string[]> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        _command = command;
        _environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal);
    }

    private string ProbePath => Path.Combine(_folder, "probe");

    public int ProcessId => _process.Id;

    public Uri Address { get; } = new($"http://localhost:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}");

    /// <summary>What it answers first.</summary>
    private string FirstPath { get; init; } = "/";

    /// <summary>From the start of the process to the last byte of the first page.</summary>
    public double StartSeconds { get; private set; }

    /// <summary>The last lines that it wrote.</summary>
    public string LastLines => string.Join('\n', _lines.TakeLast(20));

    /// <summary>Of the first accounts, by name.</summary>
    public ConcurrentDictionary<string, string> Passwords { get; } = new(StringComparer.Ordinal);

    /// <summary>The product, on a fresh data folder.</summary>
    /// <param name="environment">Settings.</param>
    public static Task<ServerProcess> StartProductAsync(IReadOnlyDictionary<string, string>? environment = null) => StartAsync(new ServerProcess(
        server => ["livecommerce.dll", "run", "--urls", server.Address.ToString().TrimEnd('/'), "--data", Path.Combine(server._folder, "data")],
        environment));

    /// <summary>The product as one of several processes.</summary>
    /// <param name="role">Of <c>--role</c>.</param>
    public static Task<ServerProcess> StartRoleAsync(string role, IReadOnlyDictionary<string, string> environment) => StartAsync(new ServerProcess(
        server => ["livecommerce.dll", "run", "--role", role, "--urls", server.Address.ToString().TrimEnd('/'), "--data", Path.Combine(server._folder, "data")],
        environment) { FirstPath = role == "silo" ? "/health/live" : "/" });

    public static Task<ServerProcess> StartBareAsync() => StartSelfAsync(BareServer.Argument);

    /// <summary>This program as a server.</summary>
    /// <param name="argument">Which one.</param>
    public static Task<ServerProcess> StartSelfAsync(string argument, IReadOnlyDictionary<string, string>? environment = null) => StartAsync(new ServerProcess(
        server => [Self, argument, server.Address.ToString().TrimEnd('/')], environment));

    /// <summary>A program for Node, which is told its port.</summary>
    public static Task<ServerProcess> StartNodeAsync(string script) => StartAsync(new ServerProcess(
        server => [script, server.Address.Port.ToString(CultureInfo.InvariantCulture)]));

    /// <summary>Seconds of processor time that it has taken, its own and the kernel's for it.</summary>
    public double CpuSeconds()
    {
        const int UserTime = 11;
        const double TicksPerSecond = 100;
        var stat = File.ReadAllText($"/proc/{_process.Id.ToString(CultureInfo.InvariantCulture)}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[UserTime], CultureInfo.InvariantCulture) + long.Parse(fields[UserTime + 1], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Bytes that it has allocated so far. Not of a program for Node.</summary>
    public long AllocatedBytes() => Probe(StartupHook.Allocated);

    /// <summary>Has its garbage collected.</summary>
    /// <returns>Bytes of its heap that are in use.</returns>
    public long Collect() => Probe(StartupHook.Collect);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task EndAsync()
    {
        using (var ask = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) { await ask.WaitForExitAsync(); }
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>The same command on the same data, after <see cref="KillAsync"/> or <see cref="EndAsync"/>; returns with the first page.</summary>
    public Task StartAgainAsync() => BeginAsync();

    /// <summary>The product's banner has been printed: accounts are known.</summary>
    public Task WhenReadyAsync() => _ready.Task.WaitAsync(StartPatience);

    /// <summary>Resident memory of the process, in MB of a million bytes, as the kernel counts it.</summary>
    public double ResidentMegabytes()
    {
        var line = File.ReadLines($"/proc/{_process.Id.ToString(CultureInfo.InvariantCulture)}/status").First(one => one.StartsWith("VmRSS", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ServerProcess> StartAsync(ServerProcess server)
    {
        try
        {
            await server.BeginAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private long Probe(byte question)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(ProbePath));
        socket.Send([question]);
        var answer = new byte[sizeof(long)];
        for (var at = 0; at < answer.Length;)
        {
            var count = socket.Receive(answer.AsSpan(at));
            if (count == 0) { throw new IOException("The server does not say what it allocates."); }
            at += count;
        }

        return BitConverter.ToInt64(answer);
    }

    private async Task BeginAsync()
    {
        var isNode = Path.GetExtension(_command(this)[0]) == ".js";
        File.Delete(ProbePath);
        var start = new ProcessStartInfo(isNode ? "node" : "dotnet") { WorkingDirectory = _folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var (program, arguments) = (_command(this)[0], _command(this)[1..]);
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, Self);
        start.Environment[StartupHook.PathVariable] = ProbePath;
        start.Environment["LIVECOMMERCE__Player__Path"] = Checkout.Player;
        start.Environment["LIVECOMMERCE__Video__Rtmp__Port"] = "0";
        foreach (var (name, value) in _environment) { start.Environment[$"LIVECOMMERCE__{name}"] = value; }

        var began = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await FirstPageAsync();
        StartSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private async Task FirstPageAsync()
    {
        using var client = new HttpClient();
        using var patience = new CancellationTokenSource(StartPatience);
        while (true)
        {
            try
            {
                using var page = await client.GetAsync(new Uri(Address, FirstPath), patience.Token);
                page.EnsureSuccessStatusCode();
                await page.Content.ReadAsByteArrayAsync(patience.Token);
                return;
            }
            catch (HttpRequestException notYet) when (notYet.StatusCode is null)
            {
                if (_process.HasExited) { throw new InvalidOperationException($"The server ended at its start:\n{string.Join('\n', _lines)}", notYet); }
                await Task.Delay(AskEvery, TimeProvider.System, patience.Token);
            }
        }
    }

    private void Hear(string? line)
    {
        if (line is null) { return; }
        _lines.Enqueue(line);
        while (_lines.Count > 200) { _lines.TryDequeue(out _); }
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["streamer" or "viewer" or "moderator" or "operator", { } password]) { Passwords[words[0]] = password; }
        if (line.StartsWith("Ctrl-C", StringComparison.Ordinal)) { _ready.TrySetResult(); }
    }
}
