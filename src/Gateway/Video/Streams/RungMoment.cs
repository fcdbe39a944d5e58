using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>The playlists of one view of a rung.</summary>
internal sealed class RungPlaylists
{
    /// <summary>Nothing is written before it is asked for.</summary>
    /// <param name="reports">Where the other rungs are when it is written.</param>
    public RungPlaylists(TimelineView view, Func<IReadOnlyList<RenditionReport>> reports)
    {
        View = view;
        Full = new PlaylistBytes(() => PlaylistWriter.WriteMedia(view, reports(), delta: false));
        Delta = new PlaylistBytes(() => PlaylistWriter.WriteMedia(view, reports(), delta: true));
    }

    public TimelineView View { get; }

    /// <summary>The whole playlist.</summary>
    public PlaylistBytes Full { get; }

    /// <summary>Only what is new for a player that was here lately.</summary>
    public PlaylistBytes Delta { get; }
}

/// <summary>A rung between two parts. All who wait for the next part wait for the same task.</summary>
/// <param name="at">When it began, on the monotonic clock.</param>
internal sealed class RungMoment(RungPlaylists playlists, long at)
{
    // Those who wait run on the thread pool, not on the encoder's thread and under its lock.
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RungPlaylists Playlists => playlists;

    public TimelineView View => playlists.View;

    public long At => at;

    /// <summary>Ends when there is another moment.</summary>
    public Task Passed => _passed.Task;

    public void Pass() => _passed.SetResult();
}

/// <summary>What came of waiting for a part.</summary>
internal enum RungWait
{
    /// <summary>It is there, or something later, or the end.</summary>
    There = 0,

    /// <summary>It is so far ahead that asking for it is a mistake.</summary>
    TooFar = 1,

    /// <summary>It did not come in time.</summary>
    TooLong = 2,

    /// <summary>More wait already than may.</summary>
    TooMany = 3,
}

/// <summary>How many requests wait for parts of one broadcast.</summary>
internal sealed class WaitingPlaces(int max)
{
    private int _taken;

    /// <summary>Requests that wait now.</summary>
    public int Taken => Volatile.Read(ref _taken);

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= max) { return true; }
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _taken);
}
