using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>How long a viewer may be slow.</summary>
/// <param name="Stuck">A write that takes longer ends the connection.</param>
/// <param name="SkipsMax">More skips than this within a minute, and the viewer is sent to HLS.</param>
internal sealed record InstantPatience(TimeSpan Stuck, int SkipsMax);

/// <summary>
/// One viewer of a feed: a place in its ring, and one write at a time. Costs the feed nothing but that place, however slow it is.
/// </summary>
/// <param name="news">A text that it must hear before the next frame, or null; asked each time.</param>
internal sealed partial class InstantViewer(
    InstantFeed feed, InstantSocket socket, InstantPatience patience, TimeProvider time, ILogger logger, Func<byte[]?>? news = null)
{
    private static readonly TimeSpan SkipsWithin = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource<InstantEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<long> _skips = new();
    private InstantCursor _cursor = InstantCursor.New;
    private long _writingSince;
    private int _asked;

    /// <summary>Why it gets nothing more.</summary>
    public Task<InstantEnd> Ended => _ended.Task;

    /// <summary>There may be something to give. Returns as soon as the kernel takes no more; whoever calls does not wait.</summary>
    public void Pump()
    {
        if (Interlocked.Increment(ref _asked) == 1)
        {
            _ = DrainAsync();
            return;
        }

        var since = Volatile.Read(ref _writingSince);
        if (since != 0 && time.GetElapsedTime(since) > patience.Stuck) { _ended.TrySetResult(InstantEnd.Stuck); }
    }

    /// <summary>It gets nothing more.</summary>
    public void Stop() => _ended.TrySetResult(InstantEnd.Gone);

    private async Task DrainAsync()
    {
        try
        {
            int asked;
            do
            {
                asked = Volatile.Read(ref _asked);
                var over = feed.IsOver;
                if (!over && news?.Invoke() is { } text) { await socket.SendAsync(text, patience.Stuck); }
                while (!_ended.Task.IsCompleted && feed.Next(ref _cursor, out var skipped) is { } frame)
                {
                    if (skipped && SkipsTooOften()) { _ended.TrySetResult(InstantEnd.TooSlow); }
                    Volatile.Write(ref _writingSince, time.GetTimestamp());
                    await socket.WriteAsync(frame);
                    Volatile.Write(ref _writingSince, 0);
                }

                if (over) { _ended.TrySetResult(InstantEnd.Over); }
            }
            while (Interlocked.CompareExchange(ref _asked, 0, asked) != asked);
        }
        catch (Exception gone) when (gone is IOException or WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            _ended.TrySetResult(InstantEnd.Gone);
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure);
            _ended.TrySetResult(InstantEnd.Gone);
        }
    }

    private bool SkipsTooOften()
    {
        while (_skips.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > SkipsWithin) { _skips.Dequeue(); }
        _skips.Enqueue(time.GetTimestamp());
        return _skips.Count > patience.SkipsMax;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3412, Level = LogLevel.Error, Message = "An instant viewer failed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}

/// <summary>Why a viewer gets nothing more.</summary>
internal enum InstantEnd
{
    /// <summary>The rung is over, and all of it was given.</summary>
    Over = 0,

    /// <summary>It left, or its connection broke.</summary>
    Gone = 1,

    /// <summary>It skipped again and again.</summary>
    TooSlow = 2,

    /// <summary>It took nothing for too long.</summary>
    Stuck = 3,

    /// <summary>The room is not, or no longer, open to it.</summary>
    NotAdmitted = 4,
}
