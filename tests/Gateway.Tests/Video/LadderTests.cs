using LiveCommerce.Media.Fragments;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What real FFmpeg encodes as two rungs, as other players read it over HTTP.</summary>
public sealed class LadderTests : IDisposable
{
    private const int Seconds = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("ladder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task CopiedSourceAndEncodedRung_HaveTheSameSegments_AndFfmpegReadsBothWhileTheyGrow()
    {
        await using var host = await VideoHost.StartAsync();
        var stage = await ScriptedBroadcast.OpenAsync(host);
        var (source, lower) = Encode();
        Give(stage, source, lower, 0, 0.6);
        var list = new Uri(stage.Address, "source/list.m3u8");
        var before = await host.Http.GetStringAsync(list);

        var reading = Task.Run(() => Samples.Decode(list));
        await Eventually.True(() => !reading.IsCompleted);
        var blocked = host.Http.GetStringAsync(new Uri(stage.Address, $"source/list.m3u8?_HLS_msn={stage.Broadcast.Source.View.NextNumber}"));
        Give(stage, source, lower, 0.6, 1);
        var after = await blocked;

        Assert.Empty(PlaylistChecker.Check(before));
        Assert.Empty(PlaylistChecker.Check(after));
        Assert.Empty(PlaylistChecker.CheckUpdate(before, after));
        stage.End();
        Assert.Empty(await reading);
        var ended = await host.Http.GetStringAsync(list);
        var small = await host.Http.GetStringAsync(new Uri(stage.Address, "p240/list.m3u8"));
        Assert.Empty(PlaylistChecker.Check(ended));
        Assert.Empty(PlaylistChecker.Check(small));
        Assert.Empty(PlaylistChecker.CheckVariants(ended, small));
        Assert.DoesNotContain("#EXT-X-GAP", small);
        Assert.Equal(PlaylistText.Parse(ended).Segments.Select(segment => segment.Number), PlaylistText.Parse(small).Segments.Select(segment => segment.Number));
        var main = new Uri(stage.Address, "main.m3u8");
        Assert.Empty(PlaylistChecker.CheckMain(await host.Http.GetStringAsync(main)));
        Assert.Equal(["640", "360", "426", "240"], Samples.Probe(main, "-select_streams", "v", "-show_entries", "stream=width,height"));
        Assert.Empty(Samples.Decode(new Uri(stage.Address, "p240/list.m3u8")));
        Assert.Equal([$"{Seconds * 30}"], Samples.Probe(list, "-select_streams", "v", "-count_packets", "-show_entries", "stream=nb_read_packets"));
    }

    /// <summary>Both in step, as one FFmpeg gives them; the encoded one a little later.</summary>
    private static void Give(ScriptedBroadcast stage, List<MediaUnit> source, List<MediaUnit> lower, double from, double to)
    {
        for (var i = (int)(source.Count * from); i < (int)(source.Count * to); i++)
        {
            stage.Take("source", source[i]);
            if (i > 2 && i - 3 < lower.Count) { stage.Take("p240", lower[i - 3]); }
        }

        for (var i = source.Count - 3; to >= 1 && i < lower.Count; i++) { stage.Take("p240", lower[i]); }
    }

    private (List<MediaUnit> Source, List<MediaUnit> Lower) Encode()
    {
        var (input, copied, encoded) = (Path.Combine(_folder, "in.mkv"), Path.Combine(_folder, "source.mp4"), Path.Combine(_folder, "p240.mp4"));
        File.WriteAllBytes(input, Samples.Make(
            "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30", "-f", "lavfi", "-i", "sine=440:r=48000", "-t", $"{Seconds}",
            "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-g", "30", "-sc_threshold", "0", "-c:a", "libopus", "-f", "matroska"));
        string[] output = ["-c:a", "aac", "-ar", "48000", "-f", "mp4", "-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-frag_duration", "50000"];
        Samples.Make(
        [
            "-i", input,
            "-map", "0:v", "-map", "0:a", "-c:v", "copy", "-bsf:v", "setts=ts=PTS", .. output, copied,
            "-map", "0:v", "-map", "0:a", "-vf", "scale=426:240", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "120",
            "-sc_threshold", "0", "-force_key_frames", "source", .. output, encoded, "-f", "null",
        ]);
        return (Read(copied), Read(encoded));
    }

    private static List<MediaUnit> Read(string file)
    {
        var reader = new FragmentReader();
        var units = new List<MediaUnit>();
        foreach (var piece in File.ReadAllBytes(file).Chunk(64 * 1024))
        {
            reader.Append(piece);
            while (reader.TryRead(out var unit)) { units.Add(unit); }
        }

        Assert.Null(reader.Problem);
        return units;
    }
}
