namespace LiveCommerce.Media.Hls;

/// <summary>How long segments and parts are. The same for every rung of a broadcast.</summary>
public sealed record SegmentRules
{
    /// <summary>The share of <see cref="PartTarget"/> that every part has, unless it is the last of its segment.</summary>
    public const double PartShortest = 0.85;

    /// <summary>A segment is cut at the first keyframe near this length.</summary>
    public TimeSpan Target { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The same for the first segments of a run: a viewer who waits for the very first picture gets it sooner.</summary>
    public TimeSpan QuickTarget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many segments at the start of a run use <see cref="QuickTarget"/>.</summary>
    public int QuickSegments { get; init; } = 2;

    /// <summary>Longer than this without a keyframe ends the run.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of one segment.</summary>
    public int BytesMax { get; init; } = 24 * 1024 * 1024;

    /// <summary>
    /// No part is longer. Parts are made of whole fragments, and of FFmpeg's at 24, 25, 30, 50 and 60 pictures a second some
    /// number fits between 85 % of 0.35 s and 0.35 s.
    /// </summary>
    public TimeSpan PartTarget { get; init; } = TimeSpan.FromSeconds(0.35);

    /// <summary>What a playlist promises as its longest segment, in whole seconds.</summary>
    public int TargetSeconds => Math.Max(1, (int)Math.Round(Target.TotalSeconds, MidpointRounding.AwayFromZero));

    /// <summary>The longest duration that still rounds to <see cref="TargetSeconds"/>.</summary>
    internal TimeSpan Declarable => TimeSpan.FromSeconds(TargetSeconds + 0.499);

    /// <summary>A part that has come so far is whole.</summary>
    internal TimeSpan PartEnough => PartTarget * PartShortest;
}
