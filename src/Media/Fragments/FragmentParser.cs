using LiveCommerce.Media.Boxes;

namespace LiveCommerce.Media.Fragments;

/// <summary>Reads a moof box: when its samples play and where pictures decode on their own.</summary>
internal static class FragmentParser
{
    /// <summary>Samples of one run. FFmpeg cuts every 50 ms, so a real one has a handful.</summary>
    public const int SamplesMax = 100_000;

    private const uint NonSyncSample = 0x0001_0000;

    /// <summary>The runs of a moof.</summary>
    /// <param name="moof">The body of the moof.</param>
    /// <param name="bytes">moof and mdat, for the answer.</param>
    public static Fragment? Parse(
        InitSegment init, ReadOnlySpan<byte> moof, ReadOnlyMemory<byte> bytes, out MediaProblem? problem)
    {
        var runs = new List<TrackRun>(2);
        var walker = new BoxWalker(moof);
        while (walker.MoveNext())
        {
            if (walker.Type != BoxType.Traf) { continue; }
            if (ParseTrack(init, walker.Body, out problem) is not { } run)
            {
                if (problem is not null) { return null; }
                continue;
            }

            if (runs.Exists(other => other.Track.Id == run.Track.Id))
            {
                problem = new MediaProblem(MediaFault.Malformed, "A fragment names a track twice.");
                return null;
            }

            runs.Add(run);
        }

        problem = walker.Failed || runs.Count == 0
            ? new MediaProblem(MediaFault.Malformed, "A fragment has no readable samples.")
            : null;
        return problem is null ? new Fragment(bytes, runs) : null;
    }

    /// <summary>Null without a problem: the track has no samples here.</summary>
    private static TrackRun? ParseTrack(InitSegment init, ReadOnlySpan<byte> traf, out MediaProblem? problem)
    {
        if (ReadHeader(init, BoxWalker.Find(traf, BoxType.Tfhd), out problem) is not var (track, defaults)) { return null; }

        var tfdt = new ByteReader(BoxWalker.Find(traf, BoxType.Tfdt));
        var start = tfdt.U32() >> 24 == 1 ? tfdt.U64() : tfdt.U32();
        if (tfdt.Failed)
        {
            problem = new MediaProblem(MediaFault.Malformed, "A fragment does not say when it starts.");
            return null;
        }

        var tally = default(Tally);
        var walker = new BoxWalker(traf);
        while (walker.MoveNext())
        {
            if (walker.Type == BoxType.Trun && !AddRun(walker.Body, defaults, ref tally, out problem)) { return null; }
        }

        if (walker.Failed)
        {
            problem = new MediaProblem(MediaFault.Malformed, "A track's fragment is cut off.");
            return null;
        }

        if (tally.Samples == 0) { return null; }

        if (track.ToTime(start) is not { } at || track.ToTime(tally.Duration) is not { } duration)
        {
            problem = new MediaProblem(MediaFault.TooLarge, $"A fragment plays later than {MediaTrack.TimeMax.TotalDays:0} days after the start.");
            return null;
        }

        return new TrackRun(track, at, duration, tally.Samples, tally.StartsWithKeyframe);
    }

    private static (MediaTrack Track, SampleDefaults Defaults)? ReadHeader(InitSegment init, ReadOnlySpan<byte> body, out MediaProblem? problem)
    {
        var tfhd = new ByteReader(body);
        var flags = tfhd.U32() & 0xff_ffff;
        var id = tfhd.U32();
        var track = init.Tracks.FirstOrDefault(known => known.Id == id);
        if (tfhd.Failed || track is null)
        {
            problem = new MediaProblem(MediaFault.Malformed, "A fragment belongs to no known track.");
            return null;
        }

        // Each optional field is there when its flag is set, in this order.
        var defaults = track.Defaults;
        if ((flags & 0x01) != 0) { tfhd.Skip(8); }
        if ((flags & 0x02) != 0) { tfhd.Skip(4); }
        if ((flags & 0x08) != 0) { defaults = defaults with { Duration = tfhd.U32() }; }
        if ((flags & 0x10) != 0) { defaults = defaults with { Size = tfhd.U32() }; }
        if ((flags & 0x20) != 0) { defaults = defaults with { Flags = tfhd.U32() }; }

        problem = tfhd.Failed ? new MediaProblem(MediaFault.Malformed, "A fragment's header is cut off.") : null;
        return problem is null ? (track, defaults) : null;
    }

    private static bool AddRun(ReadOnlySpan<byte> body, SampleDefaults defaults, ref Tally tally, out MediaProblem? problem)
    {
        var trun = new ByteReader(body);
        var flags = trun.U32() & 0xff_ffff;
        var count = trun.U32();
        if ((flags & 0x01) != 0) { trun.Skip(4); }
        var firstFlags = (flags & 0x04) != 0 ? trun.U32() : (uint?)null;

        // Without fields of their own a few bytes could claim four billion samples: the count is bounded before any loop.
        if (trun.Failed || count > SamplesMax - tally.Samples)
        {
            problem = new MediaProblem(
                trun.Failed ? MediaFault.Malformed : MediaFault.TooLarge, "A fragment's list of samples is cut off or has too many.");
            return false;
        }

        for (uint i = 0; i < count; i++)
        {
            var duration = (flags & 0x100) != 0 ? trun.U32() : defaults.Duration;
            if ((flags & 0x200) != 0) { trun.Skip(4); }
            var sampleFlags = (flags & 0x400) != 0 ? trun.U32() : defaults.Flags;
            if ((flags & 0x800) != 0) { trun.Skip(4); }
            if (trun.Failed)
            {
                problem = new MediaProblem(MediaFault.Malformed, "A fragment's list of samples is cut off.");
                return false;
            }

            if (i == 0 && firstFlags is { } own) { sampleFlags = own; }
            if (tally.Samples == 0) { tally.StartsWithKeyframe = (sampleFlags & NonSyncSample) == 0; }
            tally.Samples++;
            tally.Duration += duration;
        }

        problem = null;
        return true;
    }

    private struct Tally
    {
        public int Samples;
        public ulong Duration;
        public bool StartsWithKeyframe;
    }
}
