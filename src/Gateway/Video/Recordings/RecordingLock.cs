using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// One process a folder: two would each tidy away what the other is writing. The system gives the lock back when a process dies; of one that
/// is stopping, whoever starts in its place waits for the end.
/// </summary>
internal static partial class RecordingLock
{
    /// <summary>How long a start waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string FileName = "in-use";
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    // What the system says of a file that another process has: ERROR_SHARING_VIOLATION, or EWOULDBLOCK of flock.
    private static readonly int HeldElsewhere = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Takes it. Blocks: nothing of the gateway runs before.</summary>
    /// <exception cref="OptionsValidationException">Another process keeps it, or the folder cannot be used at all, which is said at once.</exception>
    public static SafeFileHandle Take(string folder, TimeProvider time, ILogger logger)
    {
        var (began, isTold) = (time.GetTimestamp(), false);
        while (true)
        {
            try { return File.OpenHandle(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
            catch (IOException failure) when (failure.HResult == HeldElsewhere)
            {
                if (time.GetElapsedTime(began) >= Patience)
                {
                    throw Refused($"Another process keeps its recordings in {folder}, or is still stopping ({failure.Message}). Wait for it to end, or give each a folder of its own: Video:Recordings:Folder.");
                }

                if (!isTold) { Log.Waits(logger, folder, Patience.TotalSeconds); }
                isTold = true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw Refused($"Recordings cannot be kept in {folder} ({failure.Message}). See that the disk has room and that this process may write there, or name another folder: Video:Recordings:Folder.");
            }

            using var rest = new CancellationTokenSource(Period, time);
            rest.Token.WaitHandle.WaitOne();
        }
    }

    private static OptionsValidationException Refused(string why) => new(nameof(VideoOptions), typeof(VideoOptions), [why]);

    private static partial class Log
    {
        [LoggerMessage(EventId = 3851, Level = LogLevel.Warning, Message = "Another process has the recordings in {Folder}, or is still stopping; waiting up to {Seconds} s for it")]
        public static partial void Waits(ILogger logger, string folder, double seconds);
    }
}
