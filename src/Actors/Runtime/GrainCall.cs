using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Actors.Runtime;

/// <summary>One call of a grain: the request, and where its one answer goes.</summary>
internal abstract class GrainCall(GrainId grain, GrainMethod method, object?[] arguments) : Turn
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Answered = 2;

    private int _progress;

    public GrainId Grain { get; } = grain;

    public GrainMethod Method { get; } = method;

    public object?[] Arguments { get; } = arguments;

    /// <summary>Where its caller stands in a trace that is kept, as W3C has it; null: in none.</summary>
    public string? TraceParent { get; set; }

    /// <summary>Until when it may wait for its grain to have an owner, as a timestamp of the clock.</summary>
    public long OwnerBy { get; set; }

    /// <summary>Which way it goes when this process is one of several; null: it came over a link, or there is but one process.</summary>
    public ShardLane? Lane { get; set; }

    /// <summary>Its place among the calls of its lane: whoever was sent first goes first, however often it comes back.</summary>
    public long SendNumber { get; set; }

    /// <summary>Of its lane when it was sent out; see <see cref="ShardLane.Generation"/>.</summary>
    public int Generation { get; set; }

    /// <summary>Of the grain of this process whose turn waits for it; -1: none does.</summary>
    public short CallerShard { get; set; } = -1;

    /// <summary>It was sent out and neither answered nor came back. Belongs to the lane's lock.</summary>
    public bool IsOut { get; set; }

    /// <summary>
    /// Whether its turn may begin on the thread that sends it: whoever sends it is its caller, in this process, and waits for it. False
    /// as soon as it waits anywhere.
    /// </summary>
    public bool MayRunHere { get; set; }

    /// <summary>
    /// Who waits for the answer goes on at once, on the thread that answers and in the middle of what it does: for short steps only. Set before
    /// the answer is. A grain that waits goes on in a turn of its own all the same.
    /// </summary>
    public abstract void AnswerAtOnce();

    internal override CallPriority Priority => Method.Priority;

    internal override bool KeepsAlive => true;

    /// <summary>Whether the turn has begun, so that a failure leaves its outcome unknown.</summary>
    public bool HasBegun => Volatile.Read(ref _progress) == Begun;

    /// <summary>Whether it has its answer.</summary>
    public bool IsAnswered => Volatile.Read(ref _progress) == Answered;

    /// <summary>From waiting to begun; false when it was answered while it waited (its time was over): then it must not run.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _progress, Begun, Waiting) == Waiting;

    /// <summary>Answers with an exception, unless there is an answer already.</summary>
    public void Fail(Exception exception)
    {
        if (TryAnswer()) { SetException(exception); }
    }

    /// <summary>True for the one who may set the answer.</summary>
    protected bool TryAnswer()
    {
        if (Interlocked.Exchange(ref _progress, Answered) == Answered) { return false; }
        Lane?.Answered(this);
        return true;
    }

    protected abstract void SetException(Exception exception);

    /// <inheritdoc/>
    public override string ToString() => $"{Method} of {Grain}";
}

/// <summary>A call with its answer. The object is the source of the caller's task, so an answer allocates nothing more.</summary>
internal abstract class GrainCall<TResult> : GrainCall, IValueTaskSource<TResult>, IValueTaskSource
{
    // Continuations of a grain's caller never run inside the turn that answers.
    private ManualResetValueTaskSourceCore<TResult> _answer = new() { RunContinuationsAsynchronously = true };

    protected GrainCall(GrainId grain, GrainMethod method, object?[] arguments)
        : base(grain, method, arguments)
    {
    }

    public ValueTask<TResult> Answer => new(this, _answer.Version);

    public ValueTask AnswerWithoutResult => new(this, _answer.Version);

    /// <summary>Answers, unless there is an answer already.</summary>
    public void Succeed(TResult result)
    {
        if (TryAnswer()) { _answer.SetResult(result); }
    }

    public override void AnswerAtOnce() => _answer.RunContinuationsAsynchronously = false;

    protected override void SetException(Exception exception) => _answer.SetException(exception);

    TResult IValueTaskSource<TResult>.GetResult(short token) => _answer.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TResult>.GetStatus(short token) => _answer.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<TResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);
}

/// <summary>A call of a method with a result.</summary>
internal sealed class ResultCall<TResult>(GrainId grain, ResultMethod<TResult> method, object?[] arguments)
    : GrainCall<TResult>(grain, method, arguments)
{
    private Activation? _activation;
    private Activity? _span;
    private ConfiguredValueTaskAwaitable<TResult>.ConfiguredValueTaskAwaiter _turn;

    [SuppressMessage("Reliability", "CA2012", Justification = "The awaiter is consumed once, in End.")]
    internal override void Run(Activation activation)
    {
        _activation = activation;
        var around = TraceParent is null ? null : Activity.Current;
        _span = TraceParent is null ? null : ActorTracing.Begin(this);
        try
        {
            _turn = method.Invoke(activation.Instance, Arguments).ConfigureAwait(false).GetAwaiter();
        }
        catch (Exception exception)
        {
            ActorTracing.End(_span, exception);
            activation.Ended(this, exception);
            Fail(exception);
            return;
        }
        finally
        {
            // The turn keeps its span over its awaits; the next turn of this thread has nothing to do with it.
            if (_span is not null) { Activity.Current = around; }
        }

        if (_turn.IsCompleted) { End(); } else { _turn.UnsafeOnCompleted(End); }
    }

    private void End()
    {
        TResult result;
        try
        {
            result = _turn.GetResult();
        }
        catch (Exception exception)
        {
            ActorTracing.End(_span, exception);
            _activation!.Ended(this, exception);
            Fail(exception);
            return;
        }

        ActorTracing.End(_span, failure: null);
        _activation!.Ended(this, failure: null);
        Succeed(result);
    }
}

/// <summary>The result of a method without one.</summary>
internal readonly struct Nothing;

/// <summary>A call of a method without a result.</summary>
internal sealed class VoidCall(GrainId grain, VoidMethod method, object?[] arguments) : GrainCall<Nothing>(grain, method, arguments)
{
    private Activation? _activation;
    private Activity? _span;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _turn;

    [SuppressMessage("Reliability", "CA2012", Justification = "The awaiter is consumed once, in End.")]
    internal override void Run(Activation activation)
    {
        _activation = activation;
        var around = TraceParent is null ? null : Activity.Current;
        _span = TraceParent is null ? null : ActorTracing.Begin(this);
        try
        {
            _turn = method.Invoke(activation.Instance, Arguments).ConfigureAwait(false).GetAwaiter();
        }
        catch (Exception exception)
        {
            ActorTracing.End(_span, exception);
            activation.Ended(this, exception);
            Fail(exception);
            return;
        }
        finally
        {
            // The turn keeps its span over its awaits; the next turn of this thread has nothing to do with it.
            if (_span is not null) { Activity.Current = around; }
        }

        if (_turn.IsCompleted) { End(); } else { _turn.UnsafeOnCompleted(End); }
    }

    private void End()
    {
        try
        {
            _turn.GetResult();
        }
        catch (Exception exception)
        {
            ActorTracing.End(_span, exception);
            _activation!.Ended(this, exception);
            Fail(exception);
            return;
        }

        ActorTracing.End(_span, failure: null);
        _activation!.Ended(this, failure: null);
        Succeed(default);
    }
}
