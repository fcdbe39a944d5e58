using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Ffmpeg;

/// <summary>How a call of FFmpeg ended.</summary>
internal enum FfmpegOutcome
{
    Done = 0,
    Failed = 1,
    TimedOut = 2,
    TooMuchOutput = 3,
    Missing = 4,
}

/// <summary>What came of it.</summary>
/// <param name="Output">Empty unless done.</param>
/// <param name="Complaints">The end of its error output.</param>
internal sealed record FfmpegAnswer(FfmpegOutcome Outcome, ReadOnlyMemory<byte> Output, string Complaints);

/// <summary>Runs FFmpeg once: bytes in, bytes out, in bounded time and memory. Nothing is left behind.</summary>
internal sealed class FfmpegCall(IOptions<VideoOptions> options, TimeProvider time)
{
    /// <summary>Thumbnails wait for everything else.</summary>
    private const int Nice = 15;

    /// <summary>Address space: an uploaded picture is held more than once while it is converted.</summary>
    private const long MemoryBytesMax = 3L * 1024 * 1024 * 1024;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Reads pipe:0, writes pipe:1.</param>
    /// <param name="input">May be more than FFmpeg cares to read.</param>
    /// <param name="outputBytesMax">More output ends the call.</param>
    /// <param name="timeout">Longer ends the call.</param>
    /// <param name="fileBytesMax">Of a file that the arguments name as output; 0: it may write none.</param>
    public async Task<FfmpegAnswer> RunAsync(
        IEnumerable<string> arguments, ReadOnlyMemory<byte> input, int outputBytesMax, TimeSpan timeout, CancellationToken cancellationToken, long fileBytesMax = 0)
    {
        string[] all = ["-hide_banner", "-nostdin", "-loglevel", "error", "-max_alloc", FfmpegArguments.CallAllocationMax, .. arguments];
        var limits = new FfmpegLimits(MemoryBytesMax, (long)Math.Ceiling(timeout.TotalSeconds) + 1, Nice, fileBytesMax);
        var process = FfmpegProcess.Start(options.Value.FfmpegPath, all, limits);
        if (process is null) { return new FfmpegAnswer(FfmpegOutcome.Missing, default, ""); }

        await using var owned = process;
        using var deadline = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);

        // Reads and writes on pipes do not always hear a cancellation; the end of the process always ends them.
        await using var kill = both.Token.Register(process.Kill);
        var feeding = FeedAsync(process.Input, input);
        using var output = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await process.Output.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            if (output.Length + count > outputBytesMax)
            {
                process.Kill();
                await feeding;
                return new FfmpegAnswer(FfmpegOutcome.TooMuchOutput, default, process.Complaints);
            }

            output.Write(buffer, 0, count);
        }

        await feeding;
        var exitCode = await process.WaitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (deadline.IsCancellationRequested) { return new FfmpegAnswer(FfmpegOutcome.TimedOut, default, process.Complaints); }

        return exitCode == 0
            ? new FfmpegAnswer(FfmpegOutcome.Done, output.GetBuffer().AsMemory(0, (int)output.Length), process.Complaints)
            : new FfmpegAnswer(FfmpegOutcome.Failed, default, process.Complaints);
    }

    private static async Task FeedAsync(Stream stdin, ReadOnlyMemory<byte> input)
    {
        try
        {
            await stdin.WriteAsync(input);
            await stdin.DisposeAsync();
        }
        catch (IOException)
        {
            // FFmpeg has read what it needs, or died; the exit code says which.
        }
    }
}
