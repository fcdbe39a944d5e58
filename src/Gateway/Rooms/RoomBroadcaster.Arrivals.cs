using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Batches as they come from the owner. Telling a crowd may take longer than the owner takes for the next batch; what has come
/// meanwhile then goes out as one frame, so that a gateway at its limit sends larger frames, not later ones.
/// </summary>
internal sealed partial class RoomBroadcaster
{
    /// <summary>Events of a frame made of several batches; a few hundred kilobytes at most.</summary>
    private const int JoinedEventsMax = 2_048;

    /// <summary>Up to this long the feed waits for the crowd to be told, which costs nothing; beyond, another thread tells it.</summary>
    private static readonly TimeSpan PassInline = TimeSpan.FromMilliseconds(20);

    private readonly Lock _arriving = new();
    private List<RoomBatch> _arrived = [];
    private bool _passing;
    private bool _hasLeftOut;
    private volatile bool _isSlow;

    /// <inheritdoc/>
    public ValueTask OnBatch(RoomBatch batch)
    {
        lock (_arriving)
        {
            if (_passing || _isSlow)
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
    void IThreadPoolWorkItem.Execute()
    {
        List<RoomBatch> spare = [];
        while (true)
        {
            bool hasLeftOut;
            lock (_arriving)
            {
                if (_arrived.Count == 0)
                {
                    _passing = false;
                    return;
                }

                (_arrived, spare) = (spare, _arrived);
                (hasLeftOut, _hasLeftOut) = (_hasLeftOut, false);
            }

            try
            {
                Take(spare);
                if (hasLeftOut) { AskForMissing(); }
            }
            catch (Exception exception)
            {
                Log.NotTold(_logger, exception, RoomId);
            }

            spare.Clear();
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
            while (to < batches.Count && Follows(batches[to - 1], batches[to]) && events + batches[to].Events.Count <= JoinedEventsMax)
            {
                events += batches[to++].Events.Count;
            }

            yield return to == from + 1 ? first : first with { Events = [.. batches.Skip(from).Take(to - from).SelectMany(batch => batch.Events)] };
            from = to;
        }
    }

    // A change of the audience is the last of its batch. What follows it is not for everybody who gets that.
    private static bool Follows(RoomBatch earlier, RoomBatch later) =>
        later.Epoch == earlier.Epoch && earlier.Events[^1] is not AudienceChanged && later.Events[0].Sequence == earlier.Last.Sequence + 1;
}
