using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>
/// Makes a small JPEG of a segment's first picture: header and keyframe go through one short FFmpeg call. Nobody waits for it,
/// and only a few run at once: a busy machine makes fewer thumbnails, not later video.
/// </summary>
internal sealed partial class Thumbnailer(FfmpegCall ffmpeg, IOptions<VideoOptions> options, ILogger<Thumbnailer> logger) : IDisposable
{
    /// <summary>Pixels of the longer side.</summary>
    public const int SideMax = 480;

    private const int BytesMax = 512 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _places = new(options.Value.ThumbnailsAtOnce);

    /// <summary>Starts if there is a place.</summary>
    /// <param name="onMade">Gets the JPEG.</param>
    /// <returns>False: no place now, or nothing to see; offer the next segment.</returns>
    public bool TryStart(InitSegment init, Segment segment, Action<ReadOnlyMemory<byte>> onMade, CancellationToken cancellationToken)
    {
        if (init.Video is null || !_places.Wait(0, CancellationToken.None)) { return false; }

        _ = MakeAsync(init.Bytes, segment.Body.Fragments[0].Bytes, onMade, cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task MakeAsync(
        ReadOnlyMemory<byte> init, ReadOnlyMemory<byte> keyframe, Action<ReadOnlyMemory<byte>> onMade, CancellationToken cancellationToken)
    {
        try
        {
            var input = new byte[init.Length + keyframe.Length];
            init.CopyTo(input);
            keyframe.CopyTo(input.AsMemory(init.Length));
            string[] arguments =
            [
                "-protocol_whitelist", "pipe", "-threads", "1", "-f", "mp4", "-i", "pipe:0", "-map", "0:v:0", "-frames:v", "1",
                "-vf", $"scale=w={SideMax}:h={SideMax}:force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuvj420p",
                "-threads", "1", "-c:v", "mjpeg", "-q:v", "5", "-f", "image2pipe", "pipe:1",
            ];
            var answer = await ffmpeg.RunAsync(arguments, input, BytesMax, Patience, cancellationToken);
            if (answer.Outcome == FfmpegOutcome.Done && answer.Output.Length > 0) { onMade(answer.Output); }
            else { Log.Failed(logger, answer.Outcome, answer.Complaints); }
        }
        catch (OperationCanceledException)
        {
            // The broadcast ended.
        }
        catch (Exception failure)
        {
            Log.Broken(logger, failure);
        }
        finally
        {
            _places.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3301, Level = LogLevel.Debug, Message = "No thumbnail ({Outcome}): {Complaints}")]
        public static partial void Failed(ILogger logger, FfmpegOutcome outcome, string complaints);

        [LoggerMessage(EventId = 3302, Level = LogLevel.Warning, Message = "A thumbnail failed")]
        public static partial void Broken(ILogger logger, Exception failure);
    }
}
