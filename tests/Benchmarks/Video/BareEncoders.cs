using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>The very FFmpeg commands that the product runs, once more, without the product: they read the same and write to /dev/null.</summary>
internal sealed class BareEncoders : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly List<Process> _all;
    private readonly Task _passing;

    private BareEncoders(List<Process> all, Task passing) => (_all, _passing) = (all, passing);

    /// <summary>Seconds of processor time of all.</summary>
    public double CpuSeconds => _all.Sum(one => ProcessorTime.Of(one.Id));

    /// <summary>Reads the commands off the product's processes and starts them.</summary>
    /// <param name="lower">Lower rungs that are waited for: their encoders read what the source's writes.</param>
    public static async Task<BareEncoders> StartAsync(ServerProcess product, PacedCamera camera, int lower)
    {
        var commands = await CommandsAsync(product, lower);
        var source = Start(commands.Single(one => !IsLower(one.Command)), toNowhere: lower == 0);
        List<Process> rungs = [.. commands.Where(one => IsLower(one.Command)).Select(one => Start(one, toNowhere: true))];
        var passing = lower == 0 ? Task.CompletedTask : Task.Run(() => PassAsync(source, rungs));
        await camera.ShareAsync(source.StandardInput.BaseStream);
        return new BareEncoders([source, .. rungs], passing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var one in _all)
        {
            one.Kill();
            await one.WaitForExitAsync();
        }

        await _passing;
        foreach (var one in _all) { one.Dispose(); }
    }

    private static bool IsLower(string[] command) => command.Contains("-force_key_frames", StringComparer.Ordinal);

    private static async Task<List<(string[] Command, int Nice)>> CommandsAsync(ServerProcess product, int lower)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            // Of those that write to a pipe and read all the time: a thumbnail's command writes pictures.
            var found = ProcessorTime.ChildrenOf(product.ProcessId)
                .Select(one => (Command: ProcessorTime.CommandOf(one), Nice: ProcessorTime.NiceOf(one)))
                .Where(one => one.Command.Length > 0 && Path.GetFileName(one.Command[0]) == "ffmpeg" && !one.Command.Contains("mjpeg", StringComparer.Ordinal))
                .ToList();
            if (found.Count == lower + 1) { return found; }
            if (Stopwatch.GetElapsedTime(began) > Patience) { throw new InvalidOperationException($"The product runs {found.Count} encoders, not {lower + 1}.\n{product.LastLines}"); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    private static Process Start((string[] Command, int Nice) one, bool toNowhere)
    {
        var start = new ProcessStartInfo("nice") { RedirectStandardInput = true, RedirectStandardOutput = !toNowhere, UseShellExecute = false };
        foreach (var word in (string[])["-n", one.Nice.ToString(CultureInfo.InvariantCulture), "sh", "-c", toNowhere ? "exec \"$0\" \"$@\" >/dev/null 2>&1" : "exec \"$0\" \"$@\" 2>/dev/null", .. one.Command])
        {
            start.ArgumentList.Add(word);
        }

        return Process.Start(start)!;
    }

    private static async Task PassAsync(Process source, List<Process> rungs)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await source.StandardOutput.BaseStream.ReadAsync(bytes)) > 0)
            {
                foreach (var rung in rungs)
                {
                    await rung.StandardInput.BaseStream.WriteAsync(bytes.AsMemory(0, count));
                    await rung.StandardInput.BaseStream.FlushAsync();
                }
            }
        }
        catch (IOException)
        {
            // A rung was ended.
        }
    }
}
