using System.Diagnostics;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A program that publishes over RTMP in real time: FFmpeg with a test pattern, as OBS would send it.</summary>
internal sealed class RtmpEncoder : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _complaints;
    private bool _disposed;

    private RtmpEncoder(Process process)
    {
        _process = process;
        _complaints = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Ends when it was refused, sent away, or has sent everything.</summary>
    public Task<int> Ended => EndedAsync();

    /// <summary>Begins to publish.</summary>
    /// <param name="key">What it calls its stream.</param>
    /// <param name="keyframes">Frames from one keyframe to the next; there are 25 a second.</param>
    /// <param name="kilobits">Of the picture.</param>
    /// <param name="sound">Whether it sends sound.</param>
    public static RtmpEncoder Start(int port, string key, int keyframes = 25, int kilobits = 400, bool sound = true, string size = "320x180")
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        string[] arguments =
        [
            "-loglevel", "error", "-re", "-f", "lavfi", "-i", $"testsrc2=s={size}:r=25",
            .. sound ? ["-f", "lavfi", "-i", "sine=440:r=48000", "-c:a", "aac", "-ac", "2"] : Array.Empty<string>(),
            "-c:v", "libx264", "-preset", "superfast", "-profile:v", "high", "-bf", "2", "-g", $"{keyframes}", "-keyint_min", $"{keyframes}", "-sc_threshold", "0",
            "-b:v", $"{kilobits}k", "-minrate", $"{kilobits}k", "-maxrate", $"{kilobits}k", "-bufsize", $"{kilobits}k", "-nal-hrd", "cbr", "-pix_fmt", "yuv420p",
            "-t", "400", "-f", "flv", $"rtmp://127.0.0.1:{port}/live/{key}",
        ];
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        return new RtmpEncoder(Process.Start(start)!);
    }

    /// <summary>As when its machine loses power.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) { return; }

        _disposed = true;
        if (!_process.HasExited) { _process.Kill(); }
        await EndedAsync();
        _process.Dispose();
    }

    private async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync();
        await _complaints;
        return _process.ExitCode;
    }
}
