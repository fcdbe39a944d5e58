using System.Buffers.Binary;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Pictures;
using LiveCommerce.Gateway.Tests.Video;
using LiveCommerce.Gateway.Video;
using LiveCommerce.Gateway.Video.Ffmpeg;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Pictures;

/// <summary>Uploads through real FFmpeg.</summary>
public sealed class PictureNormalizerTests
{
    private static readonly byte[] Png = Picture("testsrc=s=400x300", "-c:v", "png");

    private readonly PictureNormalizer _normalizer = New(new VideoOptions { PictureSeconds = 30 });

    [Theory]
    [InlineData("png", "1600x400", 1280, 320)]
    [InlineData("mjpeg", "600x1600", 480, 1280)]
    [InlineData("libwebp", "301x203", 301, 203)]
    [InlineData("gif", "64x64", 64, 64)]
    public async Task Picture_ComesOutAsJpegThatFits_AndASmallOneIsNotBlownUp(string codec, string size, int width, int height)
    {
        var result = await _normalizer.NormalizeAsync(Picture($"testsrc=s={size}", "-c:v", codec), default);

        Assert.True(result.Ok, result.Refusal?.ToString());
        Assert.Equal("image/jpeg", result.Value.ContentType);
        Assert.Equal(new PictureHeader(PictureKind.Jpeg, width, height, 1, true), PictureHeader.Read(result.Value.Bytes));
    }

    [Fact]
    public async Task PhonePicture_IsTurnedUpright_AndItsExifIsGone()
    {
        var jpeg = Picture("testsrc=s=320x200", "-c:v", "mjpeg");
        byte[] tiff = [.. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        byte[] exif = [0xff, 0xe1, 0, (byte)(8 + tiff.Length), .. "Exif\0\0"u8, .. tiff];
        byte[] turned = [.. jpeg[..2], .. exif, .. jpeg[2..]];
        Assert.Equal(6, PictureHeader.Read(turned)!.Orientation);

        var result = await _normalizer.NormalizeAsync(turned, default);

        Assert.Equal(new PictureHeader(PictureKind.Jpeg, 200, 320, 1, true), PictureHeader.Read(result.Value!.Bytes));
        Assert.Equal(-1, result.Value.Bytes.AsSpan().IndexOf("Exif"u8));
    }

    [Fact]
    public async Task WhatIsTransparent_BecomesWhite()
    {
        var clear = Picture("color=c=black@0.0:s=32x32,format=rgba", "-c:v", "png");

        var result = await _normalizer.NormalizeAsync(clear, default);

        Assert.True(result.Ok);
        Assert.True(await BrightnessAsync(result.Value.Bytes) > 250);
    }

    public static TheoryData<string, byte[], RefusalCode> Refused() => new()
    {
        { "nothing", [], RefusalCode.PictureInvalid },
        { "text", "hello"u8.ToArray(), RefusalCode.PictureInvalid },
        { "script as picture", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"u8.ToArray(), RefusalCode.PictureInvalid },
        { "playlist", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd"u8.ToArray(), RefusalCode.PictureInvalid },
        { "only a signature", Png[..8], RefusalCode.PictureInvalid },
        { "cut off PNG", Png[..(Png.Length / 2)], RefusalCode.PictureInvalid },
        { "cut off JPEG", Cut(Picture("testsrc=s=400x300", "-c:v", "mjpeg")), RefusalCode.PictureInvalid },
        { "cut off WebP", Cut(Picture("testsrc=s=400x300", "-c:v", "libwebp")), RefusalCode.PictureInvalid },
        { "cut off GIF", Cut(Picture("testsrc=s=400x300", "-c:v", "gif")), RefusalCode.PictureInvalid },
        { "noise in a PNG", Noise(Png), RefusalCode.PictureInvalid },
        { "PNG that claims 60,000 × 60,000", Resized(Png, 60_000, 60_000), RefusalCode.TooLarge },
        { "PNG that claims 15,000 × 15,000", Resized(Png, 15_000, 15_000), RefusalCode.TooLarge },
        { "PNG that claims four billion columns", Resized(Png, uint.MaxValue, 1), RefusalCode.PictureInvalid },
        { "PNG of no size", Resized(Png, 0, 10), RefusalCode.PictureInvalid },
        { "more than 5 MB", [.. Png, .. new byte[PictureNormalizer.UploadBytesMax]], RefusalCode.TooLarge },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task WhatIsNoPicture_IsRefusedByKind(string name, byte[] bytes, RefusalCode expected)
    {
        var result = await _normalizer.NormalizeAsync(bytes, default);

        Assert.True(result.Refusal?.Code == expected, $"{name}: {result.Refusal}");
    }

    [Fact]
    public async Task MissingFfmpeg_IsTold()
    {
        using var normalizer = New(new VideoOptions { FfmpegPath = "/no/such/ffmpeg" });

        Assert.Equal(RefusalCode.EncoderMissing, (await normalizer.NormalizeAsync(Png, default)).Refusal?.Code);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(99)]
    public void RandomDamage_NeverThrowsInTheHeader(int seed)
    {
        var random = new Random(seed);
        byte[][] samples =
            [Png, Picture("testsrc=s=64x64", "-c:v", "mjpeg"), Picture("testsrc=s=64x64", "-c:v", "libwebp"), Picture("testsrc=s=64x64", "-c:v", "gif")];
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = samples[round % 4][..random.Next(1, 400)].ToArray();
            for (var hit = random.Next(1, 10); hit > 0; hit--) { damaged[random.Next(damaged.Length)] = (byte)random.Next(256); }
            PictureHeader.Read(damaged);
        }
    }

    private static PictureNormalizer New(VideoOptions options) => new(
        new FfmpegCall(Options.Create(options), TimeProvider.System), Options.Create(options), TimeProvider.System, NullLogger<PictureNormalizer>.Instance);

    private static byte[] Picture(string source, params string[] codec) =>
        Samples.Make(["-f", "lavfi", "-i", source, "-frames:v", "1", .. codec, "-f", codec[1] == "gif" ? "gif" : "image2pipe"]);

    private static byte[] Cut(byte[] picture) => picture[..(picture.Length * 2 / 3)];

    private static byte[] Noise(byte[] png)
    {
        var noisy = png.ToArray();
        new Random(1).NextBytes(noisy.AsSpan(60, noisy.Length - 60 - 12));

        // Length and type of the data chunk stay, so the structure holds and only the pixels are noise.
        png.AsSpan(0, 60).CopyTo(noisy);
        return noisy;
    }

    private static byte[] Resized(byte[] png, uint width, uint height)
    {
        var resized = png.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(resized.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(resized.AsSpan(20), height);
        return resized;
    }

    private static async Task<double> BrightnessAsync(byte[] jpeg)
    {
        var call = new FfmpegCall(Options.Create(new VideoOptions()), TimeProvider.System);
        var answer = await call.RunAsync(
            ["-f", "jpeg_pipe", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], jpeg, 1_000_000, TimeSpan.FromSeconds(60), default);
        return answer.Output.ToArray().Average(pixel => pixel);
    }
}
