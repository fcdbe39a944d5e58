namespace LiveCommerce.Media.Fragments;

/// <summary>What a fragmented MP4 is made of, in the order in which it arrives: one <see cref="InitSegment"/>, then fragments.</summary>
public abstract record MediaUnit;

/// <summary>The header of a fragmented MP4: which tracks follow.</summary>
/// <param name="Bytes">ftyp and moov as they came.</param>
/// <param name="Tracks">At most <see cref="TracksMax"/>, at least one.</param>
public sealed record InitSegment(ReadOnlyMemory<byte> Bytes, IReadOnlyList<MediaTrack> Tracks) : MediaUnit
{
    /// <summary>Tracks of one file.</summary>
    public const int TracksMax = 4;

    /// <summary>The first picture track.</summary>
    public MediaTrack? Video { get; } = Tracks.FirstOrDefault(track => track.Kind == TrackKind.Video);

    /// <summary>The first sound track.</summary>
    public MediaTrack? Audio { get; } = Tracks.FirstOrDefault(track => track.Kind == TrackKind.Audio);

    /// <summary>As the CODECS attribute wants it: <c>avc1.42c01f,mp4a.40.2</c>.</summary>
    public string Codecs => string.Join(',', Tracks.Select(track => track.Codec));
}

/// <summary>Picture or sound.</summary>
public enum TrackKind
{
    Video = 0,
    Audio = 1,
}

/// <summary>One track.</summary>
/// <param name="Id">Its number in the file.</param>
/// <param name="Timescale">Its time units a second; never 0.</param>
/// <param name="Codec">RFC 6381: <c>avc1.64001f</c>, <c>mp4a.40.2</c>.</param>
/// <param name="Width">Pixels; 0 for sound.</param>
/// <param name="Height">Pixels; 0 for sound.</param>
public sealed record MediaTrack(uint Id, TrackKind Kind, uint Timescale, string Codec, int Width, int Height)
{
    /// <summary>The longest time that a track may show. Longer is hostile.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromDays(365);

    /// <summary>What samples have when their fragment does not say.</summary>
    internal SampleDefaults Defaults { get; init; }

    /// <summary>Units of this track as time; null above <see cref="TimeMax"/>.</summary>
    internal TimeSpan? ToTime(ulong units)
    {
        var ticks = (UInt128)units * TimeSpan.TicksPerSecond / Timescale;
        return ticks > (UInt128)(ulong)TimeMax.Ticks ? null : new TimeSpan((long)ticks);
    }
}

/// <summary>The defaults of trex and tfhd.</summary>
internal readonly record struct SampleDefaults(uint Duration, uint Size, uint Flags);

/// <summary>One moof with its mdat: the smallest thing that a player can be given.</summary>
/// <param name="Bytes">moof and mdat as they came.</param>
/// <param name="Runs">At most one a track; never empty.</param>
public sealed record Fragment(ReadOnlyMemory<byte> Bytes, IReadOnlyList<TrackRun> Runs) : MediaUnit
{
    /// <summary>The samples of one kind, or null.</summary>
    public TrackRun? Of(TrackKind kind)
    {
        foreach (var run in Runs)
        {
            if (run.Track.Kind == kind) { return run; }
        }

        return null;
    }
}

/// <summary>Samples of one track within a fragment.</summary>
/// <param name="Start">Decode time of the first (tfdt).</param>
/// <param name="Duration">Sum of what the samples say. The next run's <paramref name="Start"/> is the better truth: recorded frames come at a varying rate.</param>
/// <param name="Samples">How many; never 0.</param>
/// <param name="StartsWithKeyframe">Whether the first sample decodes on its own.</param>
public sealed record TrackRun(MediaTrack Track, TimeSpan Start, TimeSpan Duration, int Samples, bool StartsWithKeyframe)
{
    /// <summary>When the last sample ends.</summary>
    public TimeSpan End => Start + Duration;
}
