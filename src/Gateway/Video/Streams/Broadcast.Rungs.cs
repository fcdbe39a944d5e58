using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>The rungs of a broadcast and the playlist that lists them.</summary>
internal sealed partial class Broadcast
{
    /// <summary>Rungs of one broadcast.</summary>
    public const int RungsMax = 4;

    private readonly RungSurroundings _around;
    private readonly long? _continuesAt;
    private volatile Rung[] _rungs;
    private volatile Rung[] _dropped = [];
    private volatile MainPlaylist? _main;

    /// <summary>The number of the first segment, when the beginning was shown from elsewhere, or before this gateway gave it up; null: all of it is here.</summary>
    public long? ContinuesAt => _continuesAt;

    /// <summary>What is carried now: the source first, then in the order in which they appeared. Never empty.</summary>
    public IReadOnlyList<Rung> Rungs => _rungs;

    /// <summary>The rung that leads.</summary>
    public Rung Source => _rungs[0];

    /// <summary>Whether there is anything to play.</summary>
    public bool HasMedia => Source.View.HasMedia;

    /// <summary>Requests that wait for a part.</summary>
    public int Waiting => _around.Places.Taken;

    /// <summary>The playlist that players open first; null before there is anything to play.</summary>
    public PlaylistBytes? Main
    {
        get
        {
            var listed = new List<(string Name, Rendition Rendition)>(RungsMax);
            foreach (var rung in _rungs)
            {
                if (rung.View.Rendition is { } rendition) { listed.Add((rung.Name, rendition)); }
            }

            if (listed.Count == 0) { return null; }
            if (_main is not { } main || !main.Listed.SequenceEqual(listed)) { _main = main = new MainPlaylist(listed); }
            return main.Bytes;
        }
    }

    /// <summary>A rung that is carried now or was dropped; null when there is no such rung.</summary>
    public Rung? FindRung(string name) =>
        Array.Find(_rungs, rung => rung.Name == name) ?? Array.Find(_dropped, rung => rung.Name == name);

    /// <summary>The encoders of a publisher end and others will begin: before the first unit of any of those.</summary>
    public void EndRuns(Seat seat)
    {
        lock (_lock)
        {
            if (_seat == seat) { EndRuns(); }
        }
    }

    /// <summary>A rung is carried no more: its playlist ends, and players go to another. The source can't be dropped.</summary>
    /// <returns>Whether there was such a rung.</returns>
    public bool DropRung(string name)
    {
        lock (_lock)
        {
            if (name == Rung.SourceName || Array.Find(_rungs, rung => rung.Name == name) is not { } dropped) { return false; }

            dropped.End(goesOnElsewhere: false);
            _dropped = [.. _dropped.Where(rung => rung.Name != name), dropped];
            _rungs = [.. _rungs.Where(rung => rung != dropped)];
        }

        Log.Dropped(_services.Logger, StreamId, name);
        return true;
    }

    private Rung? RungFor(string name, MediaUnit unit)
    {
        if (Array.Find(_rungs, rung => rung.Name == name) is { } known) { return known; }

        // Only a header makes a rung: fragments of one that was dropped a moment ago do not bring it back.
        if (unit is not InitSegment || !Rung.IsName(name) || _rungs.Length == RungsMax) { return null; }

        var rung = NewRung(name, Source);
        _rungs = [.. _rungs, rung];
        return rung;
    }

    private Rung NewRung(string name, Rung? leader)
    {
        // A header's number never means two headers, here or in what was shown from elsewhere before: caches keep them for good.
        var before = Array.Find(_dropped, rung => rung.Name == name);
        return new Rung(name, _around, leader, _continuesAt, before?.Inits ?? (int)Math.Min(_continuesAt ?? 0, int.MaxValue / 2));
    }

    private List<RenditionReport> ReportsFor(Rung rung)
    {
        var reports = new List<RenditionReport>(RungsMax);
        foreach (var other in _rungs)
        {
            if (other != rung && other.View is { HasMedia: true, Newest: var (number, part) }) { reports.Add(new RenditionReport(other.Name, number, part)); }
        }

        return reports;
    }

    /// <summary>The source first: the others' last segments are cut where its is.</summary>
    private void EndRuns()
    {
        foreach (var rung in _rungs) { rung.EndRun(); }
    }

    private void Tick()
    {
        foreach (var rung in _rungs) { rung.Tick(); }
    }

    private sealed class MainPlaylist(IReadOnlyList<(string Name, Rendition Rendition)> listed)
    {
        public IReadOnlyList<(string Name, Rendition Rendition)> Listed => listed;

        public PlaylistBytes Bytes { get; } = new(() => PlaylistWriter.WriteMultivariant(listed));
    }
}
