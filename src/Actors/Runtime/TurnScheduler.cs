using System.Runtime.CompilerServices;

namespace LiveCommerce.Actors.Runtime;

/// <summary>
/// Runs the turns of one activation, one piece at a time: what a turn awaits comes back here, so grain code never sees a second
/// thread. Pieces run on pool threads; a call that finds its grain at rest begins on its caller's, which spares two ways through the
/// pool (there, and back with the answer) and with them the waking of sleeping threads.
/// </summary>
internal abstract class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    // Pieces run before the thread is given back, so that one busy grain does not keep it from the others.
    private const int PiecesPerSlice = 64;

    // Pieces a caller's thread runs: its own call, and what comes meanwhile. Few, because the caller waits for the others' too.
    private const int PiecesOfCaller = 4;

    private static readonly Action<object?> DrainAction = static state => ((TurnScheduler)state!).Drain(PiecesPerSlice);
    private static readonly Action<object?> DrainHereAction = static state => ((TurnScheduler)state!).Drain(PiecesOfCaller);
    private static readonly ContextCallback RunHereCallback =
        static state => new Task(DrainHereAction, state, TaskCreationOptions.DenyChildAttach).RunSynchronously((TurnScheduler)state!);

    // As on a pool thread: nothing of the caller's surroundings gets into a turn, or into what it starts.
    private static readonly ExecutionContext Plain = CapturePlain();

    [ThreadStatic]
    private static TurnScheduler? _draining;

    private readonly Queue<Task> _continuations = new(0);
    private bool _scheduled;

    /// <summary>Guards everything of the activation that is not grain code.</summary>
    protected Lock Gate { get; } = new();

    /// <inheritdoc/>
    public sealed override int MaximumConcurrencyLevel => 1;

    /// <summary>
    /// Whether this thread may run turns in the middle of what it does: not within a turn (whose grain would wait for another's, and
    /// chains of grains would grow the stack), and only where what the turn awaits comes back to its grain.
    /// </summary>
    protected static bool IsOutside =>
        _draining is null && SynchronizationContext.Current is null && ReferenceEquals(Current, Default) && RuntimeHelpers.TryEnsureSufficientExecutionStack();

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

    /// <summary>Reserves the activation for this thread, if no other has it. Called under <see cref="Gate"/>; <see cref="RunHere"/> follows.</summary>
    protected bool TryReserve()
    {
        if (_scheduled) { return false; }
        _scheduled = true;
        return true;
    }

    /// <summary>Runs what is ready on this thread, to its first await; the pool has the rest. Not under <see cref="Gate"/>.</summary>
    protected void RunHere() => ExecutionContext.Run(Plain, RunHereCallback, this);

    // One task a slice makes this the current scheduler for all pieces in it; a task per turn would cost more.
    void IThreadPoolWorkItem.Execute() =>
        new Task(DrainAction, this, TaskCreationOptions.DenyChildAttach).RunSynchronously(this);

    protected sealed override void QueueTask(Task task)
    {
        if (ReferenceEquals(task.AsyncState, this))
        {
            // A caller that had too little stack left after all: the runtime lets it wait until another thread has run the slice.
            ThreadPool.UnsafeQueueUserWorkItem(static slice => slice.Scheduler.TryExecuteTask(slice.Task), (Scheduler: this, Task: task), preferLocal: false);
            return;
        }

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

    private static ExecutionContext CapturePlain()
    {
        ExecutionContext? plain = null;
        var thread = new Thread(() => plain = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return plain!;
    }

    private void Drain(int pieces)
    {
        _draining = this;
        try
        {
            for (var piece = 0; piece < pieces; piece++)
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
