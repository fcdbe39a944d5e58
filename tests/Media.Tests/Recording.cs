using System.Diagnostics;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Tests;

/// <summary>Real output of FFmpeg, made once for all tests: 6 s of a test picture with a tone, a keyframe a second.</summary>
public sealed class Recording
{
    public byte[] Bytes { get; } = Ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", "-f", "lavfi", "-i", "sine=440", "-t", "6",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline", "-g", "30", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-ar", "48000", "-f", "mp4", "-movflags", "+empty_moov+default_base_moof+frag_keyframe",
        "-frag_duration", "50000", "-flush_packets", "1", "pipe:1");

    /// <summary>The same with sound only.</summary>
    public byte[] Sound { get; } = Ffmpeg(
        "-f", "lavfi", "-i", "sine=440", "-t", "5", "-c:a", "aac", "-ar", "48000", "-f", "mp4",
        "-movflags", "+empty_moov+default_base_moof", "-frag_duration", "50000", "pipe:1");

    /// <summary>Everything that the reader makes of bytes, given in pieces of one size.</summary>
    public static List<MediaUnit> Read(byte[] bytes, int pieceBytes, out FragmentReader reader)
    {
        reader = new FragmentReader();
        var units = new List<MediaUnit>();
        for (var at = 0; at < bytes.Length; at += pieceBytes)
        {
            reader.Append(bytes.AsSpan(at, Math.Min(pieceBytes, bytes.Length - at)));
            while (reader.TryRead(out var unit)) { units.Add(unit); }
        }

        return units;
    }

    private static byte[] Ffmpeg(params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["-v", "error", "-nostdin", .. arguments]) { start.ArgumentList.Add(argument); }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        _ = errors;
        return output.ToArray();
    }
}
