using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>Keeps recordings within their bounds: of all together, and of what stays free on the disk.</summary>
internal sealed partial class RecordingSpace(
    IOptions<VideoOptions> options, IRecordingStore store, IRecordingDesk desk, ILogger<RecordingSpace> logger) : IDisposable
{
    /// <summary>Replays given up for one segment.</summary>
    private const int GivenUpAtOnceMax = 10;

    private readonly SemaphoreSlim _one = new(1);

    private RecordingOptions Options => options.Value.Recordings;

    /// <summary>Sees to it that so many bytes can be written.</summary>
    /// <returns>False: there is no space, and nothing to give up for it.</returns>
    public async Task<bool> MakeAsync(long bytes)
    {
        if (Fits(bytes)) { return true; }
        if (Options.WhenFull == WhenFull.Stop) { return false; }

        // One at a time: two recordings shall not give up two replays for the same space.
        await _one.WaitAsync();
        try
        {
            for (var i = 0; i < GivenUpAtOnceMax && !Fits(bytes); i++)
            {
                if (await desk.Place(store.PlaceId).GiveUpOldest() is not { } oldest) { return false; }
                store.Delete(oldest);
                Log.GivenUp(logger, oldest);
            }

            return Fits(bytes);
        }
        catch (Exception failure)
        {
            Log.NotGivenUp(logger, failure);
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private bool Fits(long bytes) => store.UsedBytes + bytes <= Options.TotalBytesMax && store.FreeBytes - bytes >= Options.FreeBytesMin;

    private static partial class Log
    {
        [LoggerMessage(EventId = 3811, Level = LogLevel.Warning, Message = "Replay {RecordingId} was given up: a new recording needs its space")]
        public static partial void GivenUp(ILogger logger, string recordingId);

        [LoggerMessage(EventId = 3812, Level = LogLevel.Warning, Message = "No space for a recording, and no old replay could be given up")]
        public static partial void NotGivenUp(ILogger logger, Exception failure);
    }
}
