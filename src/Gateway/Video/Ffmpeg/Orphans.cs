using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Ffmpeg;

/// <summary>
/// Ends the FFmpeg processes of servers that were killed. Most end by themselves, because their input ends or nobody reads their
/// output; one that hangs does not. Each carries the process id and start time of its server in its environment, which only its
/// own user can read, so that no file has to be kept and nothing else can be taken for it.
/// </summary>
internal sealed partial class Orphans(ILogger<Orphans> logger) : IHostedService
{
    /// <summary>The environment variable that says whose an FFmpeg is: <c>pid:start</c>.</summary>
    public const string OwnerVariable = "LIVECOMMERCE_ENCODER_OF";

    private const int EnvironmentBytesMax = 64 * 1024;

    /// <summary>This process as its encoders name it; null where the system has no /proc.</summary>
    public static string? Owner { get; } = OwnerOf(Environment.ProcessId);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        End();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Looks once and ends what is left over.</summary>
    /// <returns>How many.</returns>
    public int End()
    {
        if (Owner is null) { return 0; }

        var ended = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) { continue; }
            if (MarkOf(id) is not { } owner || IsAlive(owner)) { continue; }
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(id);
                process.Kill();
                ended++;
                Log.Ended(logger, id, owner);
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended at this moment.
            }
        }

        return ended;
    }

    /// <summary>Whether the process that is named so still runs: an id alone may be another's by now.</summary>
    private static bool IsAlive(string owner) =>
        int.TryParse(owner.Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && OwnerOf(id) == owner;

    private static string? MarkOf(int id)
    {
        try
        {
            using var file = File.OpenRead($"/proc/{id}/environ");
            var bytes = new byte[EnvironmentBytesMax];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return System.Text.Encoding.UTF8.GetString(bytes, 0, length).Split('\0')
                .FirstOrDefault(pair => pair.StartsWith(OwnerVariable + "=", StringComparison.Ordinal))?[(OwnerVariable.Length + 1)..];
        }
        catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? OwnerOf(int id)
    {
        try
        {
            // The name in brackets may hold anything; the start time is the 20th field behind it.
            var line = File.ReadAllText($"/proc/{id}/stat");
            var fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

            // A zombie holds its id only until its parent looks.
            return fields.Length > 19 && fields[0] != "Z" ? string.Create(CultureInfo.InvariantCulture, $"{id}:{fields[19]}") : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3111, Level = LogLevel.Warning, Message = "Ended process {ProcessId}, an encoder left over by the server {Owner}")]
        public static partial void Ended(ILogger logger, int processId, string owner);
    }
}
