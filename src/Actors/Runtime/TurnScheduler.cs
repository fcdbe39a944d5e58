namespace LiveCommerce.Actors.Runtime;

/// <summary>
/// Runs the turns of one activation on pool threads, one piece at a time: what a turn awaits comes back here, so grain code
/// never sees a second thread.
/// </summary>
internal abstract class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    // Pieces run before the thread is given back, so that one busy grain does not keep it from the others.
    private const int PiecesPerSlice = 64;

    private static readonly Action<object?> DrainAction = static state => ((TurnScheduler)state!).Drain();

    [ThreadStatic]
    private static TurnScheduler? _draining;

    private readonly Queue<Task> _continuations = new(0);
    private bool _scheduled;

    /// <summary>Guards everything of the activation that is not grain code.</summary>
    protected Lock Gate { get; } = new();

    /// <inheritdoc/>
    public sealed override int MaximumConcurrencyLevel => 1;

    /// <summary>Chooses what to start next, or null. Called under <see cref="Gate"/> when no continuation is ready.</summary>
    protected abstract Turn? TakeTurn();

    /// <summary>Runs a turn to its first await.</summary>
    protected abstract void Start(Turn turn);

    /// <summary>Makes sure that a thread comes by. Called under <see cref="Gate"/> after something became ready.</summary>
    protected void Wake()
    {
        if (_scheduled) { return; }
        _scheduled = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // One task a slice makes this the current scheduler for all pieces in it; a task per turn would cost more.
    void IThreadPoolWorkItem.Execute() =>
        new Task(DrainAction, this, TaskCreationOptions.DenyChildAttach).RunSynchronously(this);

    protected sealed override void QueueTask(Task task)
    {
        lock (Gate)
        {
            _continuations.Enqueue(task);
            Wake();
        }
    }

    protected sealed override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        (ReferenceEquals(_draining, this) || ReferenceEquals(task.AsyncState, this)) && TryExecuteTask(task);

    protected sealed override IEnumerable<Task> GetScheduledTasks()
    {
        lock (Gate) { return [.. _continuations]; }
    }

    private void Drain()
    {
        _draining = this;
        try
        {
            for (var piece = 0; piece < PiecesPerSlice; piece++)
            {
                Turn? turn = null;
                Task? continuation;
                lock (Gate)
                {
                    // What is under way goes on before anything new starts.
                    if (!_continuations.TryDequeue(out continuation) && (turn = TakeTurn()) is null)
                    {
                        _scheduled = false;
                        return;
                    }
                }

                if (turn is not null) { Start(turn); } else { TryExecuteTask(continuation!); }
            }
        }
        finally
        {
            _draining = null;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
