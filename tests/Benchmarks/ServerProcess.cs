using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LiveCommerce.Benchmarks;

/// <summary>A server started as a process of its own: the product on a fresh data folder, or the bare one.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-bench-").FullName;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process _process = null!;

    private ServerProcess()
    {
    }

    public Uri Address { get; } = new($"http://localhost:{FreePort().ToString(CultureInfo.InvariantCulture)}");

    /// <summary>From the start of the process to the last byte of the first page.</summary>
    public double StartSeconds { get; private set; }

    /// <summary>Of the first accounts, by name.</summary>
    public ConcurrentDictionary<string, string> Passwords { get; } = new(StringComparer.Ordinal);

    public static Task<ServerProcess> StartProductAsync() => StartAsync(server =>
        ["livecommerce.dll", "run", "--urls", server.Address.ToString().TrimEnd('/'), "--data", Path.Combine(server._folder, "data")]);

    public static Task<ServerProcess> StartBareAsync() => StartAsync(server =>
        ["LiveCommerce.Benchmarks.dll", BareServer.Argument, server.Address.ToString().TrimEnd('/')]);

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

    private static async Task<ServerProcess> StartAsync(Func<ServerProcess, string[]> command)
    {
        var server = new ServerProcess();
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = server._folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var (program, arguments) = (command(server)[0], command(server)[1..]);
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        start.Environment["LIVECOMMERCE__Player__Path"] = Checkout.Player;

        var began = Stopwatch.GetTimestamp();
        server._process = Process.Start(start)!;
        server._process.OutputDataReceived += (_, line) => server.Hear(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Hear(line.Data);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        try
        {
            await server.FirstPageAsync();
            server.StartSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task FirstPageAsync()
    {
        using var client = new HttpClient();
        using var patience = new CancellationTokenSource(StartPatience);
        while (true)
        {
            try
            {
                using var page = await client.GetAsync(Address, patience.Token);
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
