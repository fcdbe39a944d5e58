using System.Diagnostics;

namespace LiveCommerce.Tests.Shared;

/// <summary>What a browser's recorder might send: five seconds of a test pattern with a tone, H.264 and Opus in Matroska. Made once by FFmpeg.</summary>
internal static class ShortRecording
{
    /// <summary>Milliseconds.</summary>
    public const int LengthMs = 5_000;

    private static readonly Lazy<byte[]> Made = new(Make);

    /// <summary>All of it.</summary>
    public static byte[] Bytes => Made.Value;

    private static byte[] Make()
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, UseShellExecute = false };
        const string Arguments =
            "-v error -nostdin -f lavfi -i testsrc2=size=320x180:rate=15:duration=5 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=5 " +
            "-c:v libx264 -preset ultrafast -tune zerolatency -g 15 -pix_fmt yuv420p -b:v 300k -c:a libopus -b:a 32k " +
            "-cluster_time_limit 200 -f matroska pipe:1";
        foreach (var argument in Arguments.Split(' ')) { start.ArgumentList.Add(argument); }
        using var ffmpeg = Process.Start(start)!;
        using var recording = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(recording);
        ffmpeg.WaitForExit();
        return recording.ToArray();
    }
}
