using System.Diagnostics;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Recordings to publish, and programs to look at what came out.</summary>
internal static class Samples
{
    /// <summary>4 s of Chromium's MediaRecorder: H.264 (in-band parameters) with Opus, 640 × 360.</summary>
    public static byte[] ChromiumH264 => Read("chromium-h264-opus.mkv");

    /// <summary>The same without a microphone.</summary>
    public static byte[] ChromiumSilent => Read("chromium-h264-silent.mkv");

    /// <summary>4 s of Chromium's MediaRecorder: VP8 with Opus.</summary>
    public static byte[] ChromiumVp8 => Read("chromium-vp8-opus.webm");

    /// <summary>A recording made by FFmpeg.</summary>
    public static byte[] Make(params string[] arguments) => Run("ffmpeg", ["-v", "error", "-nostdin", .. arguments, "pipe:1"]).Output;

    /// <summary>What ffprobe says, one value a line.</summary>
    public static string[] Probe(Uri address, params string[] arguments)
    {
        var (output, errors, exitCode) = Run("ffprobe", ["-v", "error", "-of", "default=nokey=1:noprint_wrappers=1", .. arguments, address.ToString()]);
        Assert.True(exitCode == 0 && errors.Length == 0, errors);

        // A playlist's streams are listed once alone and once in their program.
        return [.. System.Text.Encoding.UTF8.GetString(output)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];
    }

    /// <summary>Decodes a playlist to its end and gives FFmpeg's complaints.</summary>
    public static string Decode(Uri address) => Run("ffmpeg", ["-v", "error", "-nostdin", "-i", address.ToString(), "-f", "null", "-"]).Errors;

    /// <summary>Tries to play a name from an RTMP server, and gives FFmpeg's complaints.</summary>
    public static string DecodeRtmp(int port, string name) =>
        Run("ffmpeg", ["-v", "error", "-nostdin", "-rw_timeout", "2000000", "-i", $"rtmp://127.0.0.1:{port}/live/{name}", "-t", "1", "-f", "null", "-"]).Errors;

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Video", "Samples", name));

    private static (byte[] Output, string Errors, int ExitCode) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        using var process = Process.Start(start)!;
        var errors = new System.Text.StringBuilder();
        process.ErrorDataReceived += (_, line) => errors.Append(line.Data);
        process.BeginErrorReadLine();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return (output.ToArray(), errors.ToString(), process.ExitCode);
    }
}
