using System.Globalization;
using System.Text;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// The way back in a running broadcast: what is in memory, and before it what was recorded. Same numbers, times and breaks as the
/// live playlist, so that a player goes from one to the other. Written once a segment, when it is first asked for.
/// </summary>
internal sealed class Dvr(TimeSpan window)
{
    private readonly Lock _lock = new();
    private (long First, long Last, bool Ended) _written = (-1, -1, false);
    private byte[] _bytes = [];

    /// <summary>The playlist.</summary>
    /// <param name="view">Has media.</param>
    /// <param name="recorder">Null: nothing is recorded.</param>
    public ReadOnlyMemory<byte> Write(TimelineView view, Recorder? recorder)
    {
        var newest = view.Segments[^1];
        lock (_lock)
        {
            if (_written.Last == newest.Number && _written.Ended == view.Ended) { return _bytes; }

            var segments = Collect(view, recorder, newest.At + newest.Duration - window);
            var first = segments[0];
            var items = segments.ConvertAll(segment => new PlaylistItem(
                string.Create(CultureInfo.InvariantCulture, $"{segment.Number}.m4s"), string.Create(CultureInfo.InvariantCulture, $"init-{segment.InitNumber}.mp4"),
                segment.Discontinuity, segment.At, segment.Duration));

            // A break is counted once its tag has left the list; the first segment's own tag is still in it.
            var left = first.Discontinuities - (first.Discontinuity ? 1 : 0);
            _bytes = Encoding.UTF8.GetBytes(RecordedPlaylist.WriteMedia(view.Rules.TargetSeconds, first.Number, left, items, isReplay: false, view.Ended));
            _written = (first.Number, newest.Number, view.Ended);
            return _bytes;
        }
    }

    private List<Listed> Collect(TimelineView view, Recorder? recorder, DateTimeOffset since)
    {
        var segments = new List<Listed>();
        var oldest = view.Segments[0].Number;

        // Recorded without a hole up to what is in memory, or not at all: a playlist has no holes. The window's start only moves on.
        var recorded = recorder?.Recorded(since) ?? [];
        if (recorded.Count > 0 && recorded[0].Number < oldest && recorded[^1].Number >= oldest - 1)
        {
            segments.AddRange(recorded.Where(entry => entry.Number < oldest && entry.Number >= _written.First)
                .Select(entry => new Listed(entry.Number, entry.InitNumber, entry.Discontinuity, entry.Discontinuities, entry.At, entry.Duration)));
        }

        segments.AddRange(view.Segments.Where(segment => segment.Number >= _written.First)
            .Select(segment => new Listed(segment.Number, segment.InitNumber, segment.Discontinuity, segment.Discontinuities, segment.At, segment.Duration)));
        return segments;
    }

    private readonly record struct Listed(
        long Number, int InitNumber, bool Discontinuity, long Discontinuities, DateTimeOffset At, TimeSpan Duration);
}
