namespace LiveCommerce.Media.Hls;

/// <summary>Where the segments of a leading rung's run began, for those that follow.</summary>
internal sealed class SegmentStarts
{
    /// <summary>Starts that are remembered: more than any rung can be behind.</summary>
    public const int Max = 64;

    /// <summary>
    /// Keyframes this near are of the same picture: the source's clock may be a recorder's milliseconds, and an encoder that keeps
    /// a steady rate moves a picture by at most half its distance to the next.
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(40);

    private readonly List<SegmentStart> _starts = [];
    private TimeSpan _reached = TimeSpan.MinValue;
    private bool _over;

    /// <summary>A segment begins.</summary>
    public void Add(SegmentStart start)
    {
        if (_starts.Count == Max) { _starts.RemoveAt(0); }
        _starts.Add(start);
    }

    /// <summary>No segment will begin before this.</summary>
    public void Reach(TimeSpan at) => _reached = at;

    /// <summary>No segment will begin any more.</summary>
    public void EndRun() => _over = true;

    /// <summary>Whether it is known what begins up to a time.</summary>
    public bool HavePassed(TimeSpan at) => _over || _reached >= at;

    /// <summary>The newest that does not begin after a time.</summary>
    public SegmentStart? NewestBefore(TimeSpan at) => _starts.FindLast(start => start.Start <= at);
}
