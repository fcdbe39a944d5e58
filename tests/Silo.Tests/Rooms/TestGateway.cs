using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>A gateway as strict as possible: it wants every number once and in order, and keeps what it saw.</summary>
internal sealed class TestGateway(RoomScenario scenario, string gatewayId) : IRoomObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<RoomEvent> _seen = [];
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RoomPosition? _position;

    public RoomSnapshot? Snapshot { get; private set; }

    public RoomPosition? Position
    {
        get { lock (_gate) { return _position; } }
    }

    /// <summary>What it was told, in order.</summary>
    public IReadOnlyList<RoomEvent> Seen
    {
        get { lock (_gate) { return [.. _seen]; } }
    }

    public IEnumerable<T> All<T>()
        where T : RoomEvent => Seen.OfType<T>();

    /// <summary>Subscribes with the position it has; what it missed is counted as seen.</summary>
    public async Task SubscribeAsync(bool anew = false)
    {
        var answer = await scenario.Room.Subscribe(gatewayId, scenario.Grains.CreateObjectReference<IRoomObserver>(this), anew ? null : Position);
        Assert.True(answer.Ok, answer.Refusal?.Message);
        lock (_gate)
        {
            Snapshot = answer.Value.Snapshot;
            if (answer.Value.Snapshot is { } snapshot && (_position is null || _position < snapshot.Position)) { _position = snapshot.Position; }
        }

        foreach (var batch in answer.Value.Replay) { await OnBatch(batch); }
    }

    public ValueTask<bool> ReportAsync(int watching = 1, int connected = 1) => scenario.Room.Report(gatewayId, watching, connected);

    public ValueTask OnBatch(RoomBatch batch)
    {
        lock (_gate)
        {
            foreach (var happened in batch.Events)
            {
                // The first batches may overtake the answer of Subscribe; what it already has is dropped by number.
                var position = new RoomPosition(batch.Epoch, happened.Sequence);
                if (position <= _position) { continue; }

                if (_position is { } before && happened.Sequence != before.Sequence + 1)
                {
                    throw new InvalidOperationException($"{gatewayId} got {happened.Sequence} after {before.Sequence}.");
                }

                _position = position;
                _seen.Add(happened);
            }

            _moved.TrySetResult();
            _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The first event of its kind that fits; waits for it.</summary>
    public async Task<T> Until<T>(Func<T, bool>? fits = null)
        where T : RoomEvent
    {
        while (true)
        {
            Task moved;
            lock (_gate)
            {
                if (_seen.OfType<T>().FirstOrDefault(happened => fits?.Invoke(happened) != false) is { } found) { return found; }
                moved = _moved.Task;
            }

            await moved.WaitAsync(Patience);
        }
    }
}
