using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>Processor time of processes, to the nanosecond where the kernel tells it so.</summary>
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "All arguments are blittable.")]
internal static class ProcessorTime
{
    private const int ProcessClock = 2;
    private const double TicksPerSecond = 100;
    private const int Parent = 1, ChildrensUser = 13, ChildrensSystem = 14, Nice = 16;

    /// <summary>Seconds of one process; 0 when it is gone.</summary>
    public static double Of(int process) =>
        GetTime(unchecked(~process << 3) | ProcessClock, out var time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : 0;

    /// <summary>Seconds of a process, of its children that are there and of those that were.</summary>
    public static double OfFamily(int process)
    {
        var gone = Fields(process) is { } fields ? (Number(fields[ChildrensUser]) + Number(fields[ChildrensSystem])) / TicksPerSecond : 0;
        return Of(process) + gone + ChildrenOf(process).Sum(Of);
    }

    /// <summary>The children of a process that are there.</summary>
    public static IReadOnlyList<int> ChildrenOf(int process)
    {
        List<int> children = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var other)) { continue; }
            if (Fields(other) is { } fields && Number(fields[Parent]) == process) { children.Add(other); }
        }

        return children;
    }

    /// <summary>The words of its command line; none when it is gone.</summary>
    public static string[] CommandOf(int process)
    {
        try { return File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries); }
        catch (IOException) { return []; }
    }

    /// <summary>How much it steps back behind others.</summary>
    public static int NiceOf(int process) => Fields(process) is { } fields ? (int)Number(fields[Nice]) : 0;

    /// <summary>Programs that wanted a processor, over the last minute.</summary>
    public static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    // The name, in brackets, may have spaces: what follows it is split.
    private static string[]? Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "clock_gettime"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
