using System.Globalization;

namespace LiveCommerce.Gateway.Video.Ffmpeg;

/// <summary>What an FFmpeg may use. It also leaves no core dump and opens few descriptors.</summary>
/// <param name="MemoryBytes">Of address space.</param>
/// <param name="CpuSeconds">Of processor time; the kernel ends it then.</param>
/// <param name="Nice">How much it steps back behind the rest of this machine, 0 to 19: chat and money come first.</param>
/// <param name="FileBytes">Of a file that it writes; 0: it writes none.</param>
internal sealed record FfmpegLimits(long MemoryBytes, long CpuSeconds, int Nice, long FileBytes = 0)
{
    private const int DescriptorsMax = 64;

    // Both come with every Debian; elsewhere FFmpeg runs without, with the bounds of its own arguments.
    private static readonly string? Prlimit = Programs.Find("prlimit");
    private static readonly string? NiceProgram = Programs.Find("nice");

    /// <summary>The command that starts a program within these limits. Each part replaces itself by the next: it is one process.</summary>
    public IReadOnlyList<string> Command(string program)
    {
        List<string> command = [];
        if (Prlimit is not null)
        {
            command.AddRange(
            [
                Prlimit, Limit("as", MemoryBytes), Limit("cpu", CpuSeconds), Limit("nofile", DescriptorsMax), Limit("fsize", FileBytes), Limit("core", 0),
            ]);
        }

        if (NiceProgram is not null) { command.AddRange([NiceProgram, "-n", Nice.ToString(CultureInfo.InvariantCulture)]); }
        command.Add(program);
        return command;
    }

    private static string Limit(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");
}

/// <summary>Where programs are.</summary>
internal static class Programs
{
    /// <summary>The full path of a program by its name on the PATH or its path; null when there is none.</summary>
    public static string? Find(string name)
    {
        if (name.Contains(Path.DirectorySeparatorChar)) { return File.Exists(name) ? Path.GetFullPath(name) : null; }

        string[] endings = OperatingSystem.IsWindows() ? ["", ".exe"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending)))
            .FirstOrDefault(File.Exists);
    }
}
