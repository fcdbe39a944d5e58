using LiveCommerce.Media.Matroska;

namespace LiveCommerce.Media.Tests;

/// <summary>Against the first 4,000 bytes of real recordings by Chromium's MediaRecorder.</summary>
public sealed class RecorderHeaderTests
{
    [Theory]
    [InlineData("chromium-h264-opus.mkv", "V_MPEG4/ISO/AVC", "A_OPUS", true)]
    [InlineData("chromium-h264-silent.mkv", "V_MPEG4/ISO/AVC", null, true)]
    [InlineData("chromium-vp8-opus.webm", "V_VP8", "A_OPUS", false)]
    public void BrowserRecording_TellsItsTracks(string sample, string video, string? audio, bool baseline)
    {
        Assert.Equal(HeaderVerdict.Read, RecorderHeaderReader.Read(Sample(sample), out var header, out var problem));

        Assert.Null(problem);
        Assert.Equal(new RecorderHeader(video, 640, 360, audio, baseline), header! with { PictureAt = 0 });

        // Chromium repeats H.264's parameters in front of each keyframe; VP8 has none.
        Assert.Equal(baseline, header.PictureAt > 0);
    }

    [Fact]
    public void HeaderInPieces_AsksForMoreUntilItIsWhole()
    {
        var bytes = Sample("chromium-h264-opus.mkv");
        var length = 0;
        while (RecorderHeaderReader.Read(bytes.AsSpan(0, length), out _, out var problem) is var verdict && verdict != HeaderVerdict.Read)
        {
            Assert.Equal(HeaderVerdict.NeedsMore, verdict);
            Assert.Null(problem);
            length++;
        }

        Assert.InRange(length, 200, 300);
    }

    public static TheoryData<string, byte[]> NoRecordings() => new()
    {
        { "text", "<html><body>hello</body></html>"u8.ToArray() },
        { "mp4", [0, 0, 0, 24, .. "ftypisom"u8, .. new byte[40]] },
        { "playlist", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"u8.ToArray() },
        { "huge EBML header", [0x1A, 0x45, 0xDF, 0xA3, 0x08, 0x7f, 0xff, 0xff, 0xff] },
        { "zeros", new byte[RecorderHeaderReader.BytesMax] },
        { "EBML of another kind", [0x1A, 0x45, 0xDF, 0xA3, 0x87, 0x42, 0x82, 0x84, .. "docx"u8] },
    };

    [Theory]
    [MemberData(nameof(NoRecordings))]
    public void WhatIsNoRecording_IsRefused(string name, byte[] bytes)
    {
        var verdict = RecorderHeaderReader.Read(bytes, out _, out var problem);

        Assert.True(verdict == HeaderVerdict.Refused && problem is not null, name);
    }

    [Fact]
    public void HeaderThatNeverEnds_IsRefusedAtTheBound()
    {
        var bytes = Sample("chromium-h264-opus.mkv")[..48].Concat(Enumerable.Repeat((byte)0xEC, RecorderHeaderReader.BytesMax)).ToArray();

        Assert.Equal(HeaderVerdict.Refused, RecorderHeaderReader.Read(bytes, out _, out _));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4242)]
    public void RandomDamage_NeverThrows(int seed)
    {
        var random = new Random(seed);
        var sample = Sample("chromium-h264-opus.mkv");
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = sample[..random.Next(1, 600)].ToArray();
            for (var hit = random.Next(1, 8); hit > 0; hit--) { damaged[random.Next(damaged.Length)] = (byte)random.Next(256); }
            RecorderHeaderReader.Read(damaged, out _, out _);
        }
    }

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));
}
