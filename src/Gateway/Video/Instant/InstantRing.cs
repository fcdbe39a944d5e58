namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>How much a rung keeps for its instant viewers, and how far behind one may be.</summary>
/// <param name="Behind">Further behind than this, a viewer goes on at the newest keyframe.</param>
/// <param name="BytesMax">Of all frames.</param>
internal sealed record InstantLimits(TimeSpan Behind, long BytesMax)
{
    /// <summary>Frames of one ring, whatever their size: fragments of 50 ms, for as long as no keyframe may come.</summary>
    public const int FramesMax = 1024;
}

/// <summary>Where one viewer is in a ring.</summary>
internal struct InstantCursor
{
    /// <summary>Number of the frame that comes next.</summary>
    public long Next;

    /// <summary>The header that was given last; fragments of another run need theirs first.</summary>
    public InstantFrame? Header;

    /// <summary>Nothing was given yet, or what came next is gone: it goes on at a keyframe.</summary>
    public bool AtKeyframe;

    /// <summary>Where a viewer begins who was given nothing yet.</summary>
    public static InstantCursor New => new() { Next = -1, AtKeyframe = true };
}

/// <summary>
/// The newest frames of one rung: at least from the newest keyframe on, and for as long as a viewer may be behind. Viewers keep
/// their own places; nothing is kept for any of them. Not safe for several threads.
/// </summary>
internal sealed class InstantRing(InstantLimits limits, TimeProvider time)
{
    // A frame's place follows from its number.
    private readonly (InstantFrame Frame, long TakenAt)[] _frames = new (InstantFrame, long)[InstantLimits.FramesMax];
    private long _first;
    private long _end;
    private long _bytes;

    // Of the newest frame that decodes on its own; -1 when there is none.
    private long _keyframe = -1;
    private InstantFrame? _skip;

    /// <summary>Bytes kept.</summary>
    public long Bytes => _bytes;

    public void Add(InstantFrame frame)
    {
        if (_end - _first == InstantLimits.FramesMax) { Drop(); }
        if (frame.Keyframe) { (_keyframe, _skip) = (_end, null); }
        At(_end++) = (frame, time.GetTimestamp());
        _bytes += frame.Wire.Length;
        while (_end - _first > 1 && (_bytes > limits.BytesMax || IsSurplus())) { Drop(); }
    }

    /// <summary>What a viewer gets next, or null: it has all. Moves its cursor.</summary>
    /// <param name="skipped">It was too far behind and goes on nearer to now.</param>
    public InstantFrame? Next(ref InstantCursor cursor, out bool skipped)
    {
        skipped = false;
        if (cursor.AtKeyframe)
        {
            if (_keyframe < 0 || _keyframe < cursor.Next) { return null; }

            cursor.AtKeyframe = false;
            skipped = cursor.Next >= 0;
            cursor.Next = _keyframe;
            if (skipped) { return Skip(); }
        }
        else if (cursor.Next < _first || IsBehind(cursor.Next))
        {
            if (_keyframe > cursor.Next)
            {
                skipped = true;
                cursor.Next = _keyframe;
                return Skip();
            }

            // Without a newer keyframe there is no better place, and what is there can still be shown; what is gone can't.
            if (cursor.Next < _first)
            {
                cursor.AtKeyframe = true;
                return null;
            }
        }

        if (cursor.Next >= _end) { return null; }

        var frame = At(cursor.Next).Frame;
        if (frame.Header is { } header && header != cursor.Header)
        {
            cursor.Header = header;
            return header;
        }

        cursor.Next++;
        return frame;
    }

    private InstantFrame Skip() => _skip ??= InstantWire.Skip(At(_keyframe).Frame.Place);

    private bool IsBehind(long number) => number < _end && time.GetElapsedTime(At(number).TakenAt, At(_end - 1).TakenAt) > limits.Behind;

    private bool IsSurplus() => _first < _keyframe && time.GetElapsedTime(At(_first).TakenAt) > limits.Behind;

    private void Drop()
    {
        if (_first == _keyframe) { (_keyframe, _skip) = (-1, null); }
        ref var oldest = ref At(_first++);
        _bytes -= oldest.Frame.Wire.Length;
        oldest = default;
    }

    private ref (InstantFrame Frame, long TakenAt) At(long number) => ref _frames[number % InstantLimits.FramesMax];
}
