using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>A rung at one moment; never changes.</summary>
/// <param name="Rules">How it is cut.</param>
/// <param name="Segments">Kept segments, oldest first, without a hole; more than are listed.</param>
public sealed record TimelineView(SegmentRules Rules, IReadOnlyList<Segment> Segments)
{
    /// <summary>Segments beyond the last whole one that a request may name.</summary>
    public const int AheadMax = 2;

    /// <summary>How many of the newest segments are in the playlist.</summary>
    public int ListedSegments { get; init; } = int.MaxValue;

    /// <summary>The segment that grows; null between runs and before a run's first keyframe.</summary>
    public OpenSegment? Open { get; init; }

    /// <summary>Media sequence number of the open segment, or of the one that will come next.</summary>
    public long NextNumber { get; init; }

    /// <summary>Header of the run that goes on; null between runs.</summary>
    public int? NextInit { get; init; }

    /// <summary>Headers of everything kept, and of the run that goes on.</summary>
    public IReadOnlyDictionary<int, InitSegment> Inits { get; init; } = new Dictionary<int, InitSegment>();

    /// <summary>As measured; null before the first segment.</summary>
    public Rendition? Rendition { get; init; }

    /// <summary>Nothing will follow.</summary>
    public bool Ended { get; init; }

    /// <summary>Whether there is a playlist: plain players need a whole segment.</summary>
    public bool HasMedia => Segments.Count > 0;

    /// <summary>Parts by which a request may be ahead of the newest.</summary>
    public int PartsAheadMax => (int)Math.Ceiling(3 / Math.Min(1, Rules.PartTarget.TotalSeconds));

    /// <summary>The address that players are told to ask for next; null when none can be promised.</summary>
    public (long Number, int Part)? Hint => Ended || NextInit is null ? null : (NextNumber, Open?.Parts.Count ?? 0);

    /// <summary>The newest part, or the newest segment (without a part) when it has none; null before there is anything.</summary>
    public (long Number, int? Part)? Newest => Open is { Parts.Count: > 0 } open ? (open.Number, open.Parts.Count - 1)
        : Segments.Count == 0 ? null
        : (Segments[^1].Number, Segments[^1].Body.Parts.Count is > 0 and var parts ? parts - 1 : null);

    /// <summary>A segment that is still kept.</summary>
    public Segment? Find(long number)
    {
        // Numbers have no hole, so the place follows from the first.
        if (Segments.Count == 0 || number < Segments[0].Number || number > Segments[^1].Number) { return null; }
        return Segments[(int)(number - Segments[0].Number)];
    }

    /// <summary>A part that is still kept.</summary>
    public SegmentPart? FindPart(long number, int part)
    {
        var parts = Open is { } open && open.Number == number ? open.Parts : Find(number)?.Body.Parts;
        return parts is not null && part >= 0 && part < parts.Count ? parts[part] : null;
    }

    /// <summary>Whether the playlist has come to a segment, or to a part of it, or to something later.</summary>
    public bool Has(long number, int? part)
    {
        if (Ended || (Segments.Count > 0 && number < Segments[^1].Number)) { return true; }
        if (Segments.Count > 0 && number == Segments[^1].Number)
        {
            // A part beyond the last of a whole segment is the first of the next.
            return part is null || part < Segments[^1].Body.Parts.Count || Has(number + 1, 0);
        }

        return part is not null && Open is { } open && (number < open.Number || (number == open.Number && part < open.Parts.Count));
    }

    /// <summary>Whether a segment or a part is so far ahead that its request is a mistake.</summary>
    public bool IsTooFar(long number, int? part)
    {
        if (Ended) { return false; }
        if (number > NextNumber - 1 + AheadMax) { return true; }
        var whole = number == NextNumber ? Open?.Parts.Count ?? 0 : 0;
        return number >= NextNumber && part >= whole + PartsAheadMax;
    }
}
