using System.Text;
using LiveCommerce.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Ffmpeg;

/// <summary>Knows whether this machine can encode.</summary>
internal interface IEncoderCheck
{
    /// <summary>Null when an encoder is there; otherwise what to do about it. A "no" is checked again on the next question.</summary>
    ValueTask<Refusal?> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Asks FFmpeg for its encoders at start, so that a missing one is told before anybody goes live.</summary>
internal sealed partial class EncoderCheck(FfmpegCall ffmpeg, IOptions<VideoOptions> options, ILogger<EncoderCheck> logger)
    : BackgroundService, IEncoderCheck
{
    /// <summary>What a person has to type.</summary>
    public const string InstallCommand = "apt-get install ffmpeg";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private volatile bool _ready;

    /// <inheritdoc/>
    public async ValueTask<Refusal?> CheckAsync(CancellationToken cancellationToken)
    {
        if (_ready) { return null; }

        var answer = await ffmpeg.RunAsync(["-encoders"], default, 1024 * 1024, Patience, cancellationToken);
        if (answer.Outcome != FfmpegOutcome.Done)
        {
            return new Refusal(
                RefusalCode.EncoderMissing,
                $"This server has no FFmpeg, so nobody can go live. Its operator installs it with: {InstallCommand}");
        }

        var encoders = Encoding.UTF8.GetString(answer.Output.Span);
        if (!encoders.Contains(" libx264 ", StringComparison.Ordinal) || !encoders.Contains(" aac ", StringComparison.Ordinal))
        {
            return new Refusal(
                RefusalCode.EncoderMissing,
                $"This server's FFmpeg was built without H.264 (libx264) or AAC. Its operator installs a complete one with: {InstallCommand}");
        }

        _ready = true;
        return null;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The process starts without waiting for this.
        await Task.Yield();
        try
        {
            if (await CheckAsync(stoppingToken) is { } refusal) { Log.Missing(logger, options.Value.FfmpegPath, refusal.Message); }
        }
        catch (OperationCanceledException)
        {
            // Stopped before FFmpeg answered.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "{FfmpegPath}: {Problem}")]
        public static partial void Missing(ILogger logger, string ffmpegPath, string problem);
    }
}
