using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>Recordings on a disk folder of their own, of media that only look like media.</summary>
internal sealed class Takes : IDisposable
{
    public const string Id = "0123456789abcdef0123456789abcdef";

    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("takes-").FullName;

    public Takes() => Store = new DiskRecordingStore(_folder, TimeProvider.System, NullLogger.Instance);

    public DiskRecordingStore Store { get; }

    public string PathOf(string name) => Path.Combine(_folder, Id, name);

    /// <summary>A header that can be parsed: that of a real encoder.</summary>
    public static InitSegment Init { get; } = ReadInit();

    /// <summary>A segment of two fragments, each of so many bytes.</summary>
    public static Segment Segment(long number, double at, double seconds = 2, int bytes = 50, bool breaks = false, long breaksSoFar = 0)
    {
        var fragments = Enumerable.Range(0, 2)
            .Select(part => new Fragment(Enumerable.Range(0, bytes).Select(i => (byte)((i + number + part) % 256)).ToArray(), [])).ToArray();
        return new Segment(
            number, 0, breaks, breaksSoFar, Noon.AddSeconds(at), new SegmentBody(TimeSpan.Zero, TimeSpan.FromSeconds(seconds), fragments, [], 2 * bytes, 1));
    }

    public Task<RecordingIndex> ReadAsync() => RecordingReader.ReadIndexAsync(Store, Id, default);

    /// <summary>Two runs with a pause of 10 s: segments 0 to 2, then 3 and 4.</summary>
    public void Record(bool end = true)
    {
        using var writer = new RecordingWriter(Store, Id, new RecordingIndex([]));
        writer.BeginRun(0, Init, Noon);
        for (var i = 0; i < 3; i++) { writer.Append(Segment(i, 2 * i)); }
        writer.BeginRun(1, Init, Noon.AddSeconds(16));
        writer.Append(Segment(3, 16, breaks: true, breaksSoFar: 1));
        writer.Append(Segment(4, 18, breaksSoFar: 1));
        if (end) { writer.End(Noon.AddSeconds(20)); }
    }

    public string Folder => _folder;

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static InitSegment ReadInit()
    {
        var reader = new FragmentReader();
        reader.Append(Samples.Make(
            "-f", "lavfi", "-i", "testsrc=s=64x36:r=5:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4"));
        return reader.TryRead(out var unit) && unit is InitSegment init ? init : throw new InvalidOperationException("FFmpeg made no header.");
    }
}
