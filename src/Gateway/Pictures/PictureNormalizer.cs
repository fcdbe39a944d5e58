using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Video;
using LiveCommerce.Gateway.Video.Ffmpeg;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Pictures;

/// <summary>
/// Makes an uploaded file into a picture that is safe to show to everyone: checked by its bytes, decoded and encoded anew as JPEG,
/// so no metadata (a camera's place!) and no second meaning of the file survives.
/// </summary>
internal sealed partial class PictureNormalizer(
    FfmpegCall ffmpeg, IOptions<VideoOptions> options, TimeProvider time, ILogger<PictureNormalizer> logger) : IDisposable
{
    /// <summary>Bytes of an upload.</summary>
    public const int UploadBytesMax = 5 * 1024 * 1024;

    /// <summary>Pixels of an upload: 12,000 × 4,000 is a phone's panorama.</summary>
    public const long PixelsMax = 50_000_000;

    /// <summary>Pixels of a side of an upload.</summary>
    public const int UploadSideMax = 16_000;

    /// <summary>Pixels of the longer side of what comes out.</summary>
    public const int SideMax = 1280;

    /// <summary>Bytes of what comes out; 1280 × 1280 at this quality stays far below.</summary>
    public const int OutputBytesMax = 4 * 1024 * 1024;

    private readonly SemaphoreSlim _places = new(options.Value.PicturesAtOnce);

    /// <summary>The picture, upright, at most <see cref="SideMax"/> a side; or TooLarge, PictureInvalid, Busy, EncoderMissing.</summary>
    public async Task<Result<Picture>> NormalizeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > UploadBytesMax)
        {
            return new Refusal(RefusalCode.TooLarge, $"A picture may have at most {UploadBytesMax / 1024 / 1024} MB. Choose a smaller one.");
        }

        if (PictureHeader.Read(bytes.Span) is not { } header) { return Invalid("This is not a PNG, JPEG, WebP or GIF picture. Choose another file."); }
        if (!header.Complete) { return Invalid("This picture is cut off. Upload it again."); }
        if (header.Width > UploadSideMax || header.Height > UploadSideMax || (long)header.Width * header.Height > PixelsMax)
        {
            return new Refusal(
                RefusalCode.TooLarge,
                $"A picture of {header.Width} × {header.Height} pixels is too large. Choose one of at most {PixelsMax / 1_000_000} megapixels.");
        }

        var limit = TimeSpan.FromSeconds(options.Value.PictureSeconds);
        var began = time.GetTimestamp();
        if (!await _places.WaitAsync(limit, cancellationToken)) { return Busy(); }
        try
        {
            var left = limit - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) { return Busy(); }
            return Answer(await ffmpeg.RunAsync(Command(header), bytes, OutputBytesMax, left, cancellationToken));
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private Result<Picture> Answer(FfmpegAnswer answer)
    {
        switch (answer.Outcome)
        {
            case FfmpegOutcome.Done when answer.Output.Span.StartsWith<byte>([0xff, 0xd8]):
                return new Picture("image/jpeg", answer.Output.ToArray());

            case FfmpegOutcome.Missing:
                return new Refusal(RefusalCode.EncoderMissing, "This server can't convert pictures until FFmpeg is installed. Tell its operator.");

            case FfmpegOutcome.TimedOut:
                return Invalid("This picture takes too long to read. Save it as a plain JPEG and try again.");

            default:
                Log.Unreadable(logger, answer.Outcome, answer.Complaints);
                return Invalid("This picture is damaged. Choose another file.");
        }
    }

    private static string[] Command(PictureHeader header)
    {
        // The kind is named, so FFmpeg guesses nothing: guessing could open a playlist that points elsewhere.
        var kind = header.Kind switch
        {
            PictureKind.Png => "png_pipe",
            PictureKind.Jpeg => "jpeg_pipe",
            PictureKind.WebP => "webp_pipe",
            _ => "gif",
        };
        var upright = header.Orientation switch
        {
            2 => "hflip,",
            3 => "hflip,vflip,",
            4 => "vflip,",
            5 => "transpose=0,",
            6 => "transpose=1,",
            7 => "transpose=3,",
            8 => "transpose=2,",
            _ => "",
        };

        // JPEG knows no transparency: what is transparent becomes white. (FFmpeg 5.1's drawbox crashes on this, lutrgb does not.)
        var filter =
            $"[0:v]{upright}scale=w='min({SideMax},iw)':h='min({SideMax},ih)':force_original_aspect_ratio=decrease,"
            + "format=rgba,split[picture][size];[size]lutrgb=r=255:g=255:b=255:a=255[white];[white][picture]overlay=format=auto,format=yuvj420p";
        return
        [
            // Some FFmpegs turn by Exif themselves and some do not: only the filter above turns.
            "-noautorotate", "-protocol_whitelist", "pipe", "-err_detect", "explode", "-max_pixels", $"{PixelsMax}", "-threads", "1",
            "-f", kind, "-i", "pipe:0", "-filter_complex", filter, "-frames:v", "1", "-map_metadata", "-1", "-threads", "1",
            "-c:v", "mjpeg", "-q:v", "3", "-f", "image2pipe", "pipe:1",
        ];
    }

    private static Refusal Invalid(string message) => new(RefusalCode.PictureInvalid, message);

    private static Refusal Busy() =>
        new(RefusalCode.Busy, "Many pictures are being converted right now. Try again in a moment.") { RetryAfterMs = 2000 };

    private static partial class Log
    {
        [LoggerMessage(EventId = 3401, Level = LogLevel.Information, Message = "An uploaded picture was refused ({Outcome}): {Complaints}")]
        public static partial void Unreadable(ILogger logger, FfmpegOutcome outcome, string complaints);
    }
}
