using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>
/// Remembers on disk which nginx belongs to which server, so that one that outlived a killed server is found by the next. A process
/// is known by its number and the moment it began, which Linux tells in <c>/proc</c>: a number that was given anew is somebody else's.
/// </summary>
internal sealed class RunningFile(string path)
{
    /// <summary>Whether the server that wrote the file lives and is not this one.</summary>
    public bool BelongsToAnother => Read() is { } known && known.Server.Id != Environment.ProcessId && known.Server.Lives;

    /// <summary>Writes down that this server has started that nginx.</summary>
    public void Write(int nginx) => File.WriteAllText(path, $"{Birth.Of(Environment.ProcessId)} {Birth.Of(nginx)}");

    /// <summary>Ends the nginx that is written down, if it still lives.</summary>
    /// <returns>Its process id; null: there was none.</returns>
    public int? EndLeftover()
    {
        int? ended = null;
        if (Read() is { Nginx.Lives: true } left)
        {
            try
            {
                using var process = Process.GetProcessById(left.Nginx.Id);
                process.Kill();
                process.WaitForExit(TimeSpan.FromSeconds(5));
                ended = left.Nginx.Id;
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
            {
                // It ended meanwhile.
            }
        }

        File.Delete(path);
        return ended;
    }

    private (Birth Server, Birth Nginx)? Read()
    {
        try
        {
            var words = File.ReadAllText(path).Split([' ', ':']);
            return words.Length == 4 && words.All(word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                ? (new Birth(Number(words[0]), Number(words[1])), new Birth(Number(words[2]), Number(words[3])))
                : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or OverflowException)
        {
            return null;
        }
    }

    private static long Number(string word) => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>A process and when it began, in the kernel's ticks since boot.</summary>
    private readonly record struct Birth(long Pid, long Ticks)
    {
        /// <summary>Its process id.</summary>
        public int Id => checked((int)Pid);

        /// <summary>Whether that very process is still there.</summary>
        public bool Lives => Pid is > 1 and <= int.MaxValue && Ticks != 0 && Of((int)Pid).Ticks == Ticks;

        public static Birth Of(int pid)
        {
            try
            {
                // The name, in brackets, may hold blanks; the 20th field behind it is the start time. A dead one that nobody has
                // asked after yet (Z) has ended.
                var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] == "Z" ? default : new Birth(pid, long.Parse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or FormatException)
            {
                return default;
            }
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid}:{Ticks}");
    }
}
