using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Batches as they come from the owner. Telling a crowd may take longer than the owner takes for the next batch; what has come
/// meanwhile then goes out as one frame, so that a gateway at its limit sends larger frames, not later ones. A crowd that takes turns is told
/// what has come until each turn.
/// </summary>
internal sealed partial class RoomBroadcaster
{
    /// <summary>Up to this long the feed waits for the crowd to be told, which costs nothing; beyond, another thread tells it.</summary>
    private static readonly TimeSpan PassInline = TimeSpan.FromMilliseconds(20);

    private readonly Lock _arriving = new();
    private List<RoomBatch> _arrived = [];
    private List<RoomBatch> _taken = []; // of the one who passes on
    private bool _passing;
    private bool _hasLeftOut;
    private volatile bool _isSlow;

    /// <inheritdoc/>
    public ValueTask OnBatch(RoomBatch batch)
    {
        lock (_arriving)
        {
            if (_passing || _isSlow || batch.HoldMs is not null)
            {
                // One too many is left out, and what is missing is asked for.
                if (_arrived.Count < RoomLimits.ReplayBatchesMax) { _arrived.Add(batch); } else { _hasLeftOut = true; }
                if (!_passing) { PassOnElsewhere(); }
                return ValueTask.CompletedTask;
            }

            _passing = true;
        }

        try
        {
            Take([batch]);
        }
        finally
        {
            lock (_arriving)
            {
                if (_arrived.Count > 0) { PassOnElsewhere(); } else { _passing = false; }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => PassOn();

    /// <summary>Takes what has come, and tells whose turn it is, until there is nothing more to do or the next turn is to be waited for.</summary>
    private void PassOn()
    {
        while (true)
        {
            bool hasLeftOut;
            lock (_arriving)
            {
                (_arrived, _taken) = (_taken, _arrived);
                (hasLeftOut, _hasLeftOut) = (_hasLeftOut, false);
            }

            TimeSpan? nextTurn = null;
            try
            {
                if (_taken.Count > 0) { Take(_taken); }
                if (hasLeftOut) { AskForMissing(); }
                nextTurn = TellNext();
            }
            catch (Exception exception)
            {
                Log.NotTold(_logger, exception, RoomId);
            }

            _taken.Clear();
            if (nextTurn is { } wait)
            {
                // Whatever comes meanwhile is for then.
                WaitForTurn(wait);
                return;
            }

            lock (_arriving)
            {
                if (_arrived.Count > 0) { continue; }
                _passing = false;
                return;
            }
        }
    }

    private void PassOnElsewhere()
    {
        _passing = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void AskForMissing()
    {
        lock (_gate) { _subscribed = false; }
        _ = ResubscribeAsync();
    }

    private void Take(IReadOnlyList<RoomBatch> batches)
    {
        lock (_gate)
        {
            if (_collecting)
            {
                // The answer to Subscribe is on its way, and the feed has overtaken it.
                foreach (var batch in batches)
                {
                    if (_early.Count < RoomLimits.ReplayBatchesMax) { _early.Add(batch); }
                }
            }
            else if (_subscribed)
            {
                foreach (var batch in Join(batches)) { Accept(batch); }
            }
        }
    }

    /// <summary>Batches that follow on one another as one; where there is a hole, a new owner or another audience, another begins.</summary>
    internal static IEnumerable<RoomBatch> Join(IReadOnlyList<RoomBatch> batches)
    {
        for (var from = 0; from < batches.Count;)
        {
            var first = batches[from];
            var (to, events) = (from + 1, first.Events.Count);
            while (to < batches.Count && Follows(batches[to - 1], batches[to]) && events + batches[to].Events.Count <= FrameRing.JoinedEventsMax)
            {
                events += batches[to++].Events.Count;
            }

            yield return to == from + 1 ? first : AsOne(batches.Skip(from).Take(to - from));
            from = to;
        }
    }

    // What one of them may not wait for, none does.
    private static RoomBatch AsOne(IEnumerable<RoomBatch> batches) => batches.First() with
    {
        Events = [.. batches.SelectMany(batch => batch.Events)],
        HoldMs = batches.All(batch => batch.HoldMs is not null) ? batches.Min(batch => batch.HoldMs) : null,
    };

    // A change of the audience is the last of its batch. What follows it is not for everybody who gets that.
    private static bool Follows(RoomBatch earlier, RoomBatch later) =>
        later.Epoch == earlier.Epoch && !earlier.ChangesAudience && later.Events[0].Sequence == earlier.Last.Sequence + 1;
}
