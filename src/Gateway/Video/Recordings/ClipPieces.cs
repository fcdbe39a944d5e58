using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>Some bytes of a clip.</summary>
/// <param name="Memory">Null: they lie on the disk,</param>
/// <param name="Entry">here.</param>
internal readonly record struct ClipPiece(DateTimeOffset At, TimeSpan Duration, int Length, IReadOnlyList<ReadOnlyMemory<byte>>? Memory, RecordingEntry Entry);

/// <summary>What a clip is made of: a header and whole segments of one run.</summary>
internal static class ClipPieces
{
    /// <summary>Less is not worth a clip.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(3);

    /// <summary>Length of a clip.</summary>
    public static TimeSpan LengthOf(IReadOnlyList<ClipPiece> pieces) => pieces.Aggregate(TimeSpan.Zero, (sum, piece) => sum + piece.Duration);

    /// <summary>
    /// The newest moments of a broadcast: from memory, and what is older from the disk. Of the newest run; while that is too short, because the
    /// publisher came back a moment ago, of the newest before it that is not.
    /// </summary>
    /// <param name="recorder">Null: nothing is on the disk.</param>
    /// <returns>Too short, or empty: there is nothing to make a clip of yet.</returns>
    public static List<ClipPiece> Newest(TimelineView view, Recorder? recorder, int seconds)
    {
        var pieces = new List<ClipPiece>();
        for (var last = view.Segments.Count - 1; last >= 0; last--)
        {
            if (last < view.Segments.Count - 1 && view.Segments[last].InitNumber == view.Segments[last + 1].InitNumber) { continue; }
            pieces = UpTo(view, last, recorder, seconds);
            if (LengthOf(pieces) >= Shortest) { return pieces; }
        }

        return pieces;
    }

    private static List<ClipPiece> UpTo(TimelineView view, int last, Recorder? recorder, int seconds)
    {
        var init = view.Segments[last].InitNumber;
        var pieces = new List<ClipPiece>();
        var length = TimeSpan.Zero;
        var index = last;
        for (; index >= 0 && length.TotalSeconds < seconds && view.Segments[index].InitNumber == init; index--)
        {
            var segment = view.Segments[index];
            pieces.Add(new ClipPiece(segment.At, segment.Duration, segment.Body.Bytes, segment.Body.Fragments.Select(fragment => fragment.Bytes).ToArray(), default));
            length += segment.Duration;
        }

        for (var number = view.Segments[0].Number - 1;
            index < 0 && length.TotalSeconds < seconds && recorder?.Find(number) is { } entry && entry.InitNumber == init;
            number--)
        {
            pieces.Add(new ClipPiece(entry.At, entry.Duration, entry.Length, null, entry));
            length += entry.Duration;
        }

        var header = view.Inits[init].Bytes;
        pieces.Add(new ClipPiece(pieces[^1].At, TimeSpan.Zero, header.Length, [header], default));
        pieces.Reverse();
        return pieces;
    }
}
