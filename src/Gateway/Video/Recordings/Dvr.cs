using System.Globalization;
using System.Text;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// The way back in a running broadcast: what is in memory, and before it what was recorded. Same numbers, times and breaks as the
/// live playlist, so that a player goes from one to the other; what was recorded before the server was started anew is counted down
/// from there, whatever its numbers were. Written once a segment, when it is first asked for.
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

            // A break is counted once its tag has left the list.
            var left = newest.Discontinuities - segments.Count(segment => segment.Discontinuity);
            _bytes = Encoding.UTF8.GetBytes(RecordedPlaylist.WriteMedia(view.Rules.TargetSeconds, first.Sequence, left, items, isReplay: false, view.Ended));
            _written = (first.Sequence, newest.Number, view.Ended);
            return _bytes;
        }
    }

    private List<Listed> Collect(TimelineView view, Recorder? recorder, DateTimeOffset since)
    {
        var segments = new List<Listed>();
        var oldest = view.Segments[0].Number;

        // Recorded without a hole up to what is in memory, or not at all: a playlist has no holes. The window's start only moves on.
        var recorded = recorder?.Recorded(since) ?? [];
        var older = recorded.Count;
        while (older > 0 && recorded[older - 1].Number >= oldest) { older--; }
        if (older > 0 && recorder!.Follows(recorded[older - 1].Number, oldest))
        {
            for (var i = 0; i < older; i++)
            {
                var entry = recorded[i];
                segments.Add(new Listed(oldest - older + i, entry.Number, entry.InitNumber, entry.Discontinuity, entry.At, entry.Duration));
            }
        }

        segments.AddRange(view.Segments.Select(segment => new Listed(
            segment.Number, segment.Number, segment.InitNumber, segment.Discontinuity, segment.At, segment.Duration)));
        segments.RemoveAll(segment => segment.Sequence < _written.First);
        return segments;
    }

    /// <summary>A segment in the playlist.</summary>
    /// <param name="Sequence">Its place: the number, or counted down from those that continue.</param>
    private readonly record struct Listed(long Sequence, long Number, int InitNumber, bool Discontinuity, DateTimeOffset At, TimeSpan Duration);
}
