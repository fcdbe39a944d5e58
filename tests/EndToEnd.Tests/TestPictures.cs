using System.Diagnostics;
using Microsoft.Playwright;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>Pictures to upload, made by FFmpeg: no binary lies in the checkout.</summary>
internal static class TestPictures
{
    public static FilePayload Png()
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in "-v error -f lavfi -i gradients=size=640x640:c0=orange:c1=purple:duration=1 -frames:v 1 -f image2pipe -c:v png -".Split(' '))
        {
            start.ArgumentList.Add(argument);
        }

        using var ffmpeg = Process.Start(start)!;
        using var png = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(png);
        ffmpeg.WaitForExit();
        return new FilePayload { Name = "picture.png", MimeType = "image/png", Buffer = png.ToArray() };
    }
}
