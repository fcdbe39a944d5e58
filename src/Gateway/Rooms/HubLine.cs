using System.Buffers;
using System.IO.Pipelines;
using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// One viewer's hub connection, from its socket to <see cref="RoomCalls"/> and back: SignalR's hub protocol over a WebSocket, both read
/// and written here. The framework's layers for any hub over any transport would hold 10 KB more for a viewer that only listens.
/// </summary>
internal sealed partial class HubLine : IFrameSink, IInvocationBinder
{
    /// <summary>Bytes of one frame, in messages of the largest size: a client may send several at once.</summary>
    private const int MessagesPerFrameMax = 4;

    private static readonly WireMessage Ping = new(PingMessage.Instance);

    private readonly HubLines _lines;
    private readonly IHttpRequestLifetimeFeature _request;
    private readonly PipeReader _input;
    private readonly SocketLane _lane;
    private readonly Lock _gate = new();
    private volatile IHubProtocol? _protocol;
    private Viewer? _viewer;

    private long _heardAt;
    private int _running;
    private int _isAwaited; // 1: the next call that ends lets one in that waits
    private bool _isFull; // calls wait; the reader's own
    private TaskCompletionSource? _slot;
    private volatile Stage _stage;
    private volatile bool _isLate; // the time of a goodbye is over
    private Task _lastWords = Task.CompletedTask;
    private ITimer? _grace;

    public HubLine(HubLines lines, IHttpRequestLifetimeFeature request, PipeReader input, SocketLane lane)
    {
        (_lines, _request, _input, _lane) = (lines, request, input, lane);
        _heardAt = lines.Time.GetTimestamp();
    }

    private enum Stage
    {
        Here = 0,
        Leaving = 1,
        Ended = 2,
    }

    private bool IsEnding => _stage != Stage.Here;

    private FrameKind Kind => _protocol?.TransferFormat == TransferFormat.Binary ? FrameKind.Binary : FrameKind.Text;

    /// <summary>Serves it until one side ends it.</summary>
    public async Task RunAsync(Viewer viewer)
    {
        _viewer = viewer;
        try
        {
            // Nothing is held while it waits here, which it nearly always does.
            while (true)
            {
                var read = await _input.ReadAsync();
                var frames = read.Buffer;
                var taken = TryTakeFrame(ref frames, out var closeCode);
                _input.AdvanceTo(frames.Start, taken == Taken.NotWhole ? frames.End : frames.Start);
                if (closeCode is { } code)
                {
                    await HearOutAsync();
                    Goodbye(last: null, code);
                    break;
                }

                if (_isLate || (taken != Taken.Whole && read.IsCompleted)) { break; }
                HearHeld();
                if (taken == Taken.NoRoom && _isFull && !await SlotAsync() && !IsEnding) { break; }
            }

            await End();
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // The connection was cut, by its network or by us.
        }
        finally
        {
            _ = End();
            Volatile.Write(ref _isAwaited, 0);
            _grace?.Dispose();
            GiveBack();
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(WireMessage frame)
    {
        // To one that leaves, everything is "delivered".
        if (IsEnding) { return ValueTask.CompletedTask; }
        return _protocol is { } protocol ? _lane.WriteAsync(frame.Framed(protocol)) : ValueTask.FromException(new IOException("The connection has agreed on no protocol yet."));
    }

    /// <inheritdoc/>
    public void Close() => Leave(CloseMessage.Empty, ClientFrames.Normal);

    /// <inheritdoc/>
    public void ComeBack() => Leave(new CloseMessage(error: null, allowReconnect: true), ClientFrames.GoingAway);

    /// <inheritdoc/>
    public bool Abort()
    {
        lock (_gate)
        {
            // Its last words may still be on their way; the time for them ends by itself.
            if (IsEnding) { return false; }
            _stage = Stage.Ended;
        }

        _request.Abort();
        return true;
    }

    /// <inheritdoc/>
    public bool Tend(TimeSpan stuck)
    {
        if (_lane.WaitsFor() > stuck) { return false; }
        var silence = _lines.Time.GetElapsedTime(Volatile.Read(ref _heardAt));
        if (_protocol is null) { return silence <= _lines.HandshakeTimeout; }
        if (silence > _lines.ClientTimeout && Volatile.Read(ref _running) == 0) { return false; }
        if (_viewer is { } viewer && !IsEnding && viewer.Outbox.SilentFor() > _lines.KeepAlive) { viewer.Outbox.TryEnqueue(Ping); }
        return true;
    }

    Type IInvocationBinder.GetReturnType(string invocationId) => throw new InvalidOperationException("Clients are asked nothing.");

    IReadOnlyList<Type> IInvocationBinder.GetParameterTypes(string methodName) =>
        HubMethods.Find(methodName)?.Takes ?? throw new HubException("There is no such method.");

    Type IInvocationBinder.GetStreamItemType(string streamId) => throw new InvalidOperationException("No call takes a stream.");

    /// <summary>Hears what has come, as far as calls may run. What waits then is heard when one of them ends; frames are read on meanwhile.</summary>
    private void HearHeld()
    {
        _isFull = false;
        while (!IsEnding && !_inMessage && _held is not null)
        {
            if (Volatile.Read(ref _running) >= _lines.ParallelCallsMax)
            {
                Interlocked.Exchange(ref _isAwaited, 1);
                _isFull = Volatile.Read(ref _running) >= _lines.ParallelCallsMax;
                if (_isFull) { return; }
                Volatile.Write(ref _isAwaited, 0);
            }

            if (!TryNext(out var message)) { return; }
            Heard();
            if (message is not null) { Hear(message); }
        }
    }

    /// <summary>The client has said its last: what it had asked before is served still, in the time that a goodbye has.</summary>
    private async ValueTask HearOutAsync()
    {
        if (!_isFull) { return; }
        using var bound = _lines.Time.CreateTimer(static line => ((HubLine)line!).HearNoMore(), this, _lines.CloseGrace, Timeout.InfiniteTimeSpan);
        while (_isFull && await SlotAsync()) { HearHeld(); }
    }

    private void Hear(HubMessage message)
    {
        switch (message)
        {
            case InvocationMessage call when HubMethods.Find(call.Target) is { } method:
                Interlocked.Increment(ref _running);
                _ = ServeAsync(method, call);
                break;
            case StreamInvocationMessage stream:
                Interlocked.Increment(ref _running);
                _ = RefuseAsync(HubMethods.Find(stream.Target), stream);
                break;
            case CloseMessage:
                Goodbye(last: null, ClientFrames.Normal);
                break;
            default:
                // A sign of life, or of a stream, and there are none.
                break;
        }
    }

    private async Task ServeAsync(HubMethod method, InvocationMessage call)
    {
        try
        {
            using var span = HubSpans.Begin(method, call.Headers);
            var answer = await _lines.Round.InvokeAsync(
                _viewer!, method.Name, (method, _lines.Calls, Viewer: _viewer!, call.Arguments), static state => state.method.Run(state.Calls, state.Viewer, state.Arguments));
            if (call.InvocationId is { } id) { await AnswerAsync(CompletionMessage.WithResult(id, answer)); }
        }
        catch (Exception lost)
        {
            AnswerIsLost(method.Name, lost);
        }
        finally
        {
            Release();
        }
    }

    // Counts as a call: who asks for streams is bounded as who calls.
    private async Task RefuseAsync(HubMethod? method, StreamInvocationMessage stream)
    {
        try
        {
            var answer = await _lines.Round.InvokeAsync(_viewer!, method?.Name ?? nameof(RoomHub.Malformed), method?.Name ?? "This call", static name =>
                ValueTask.FromResult<object?>((Result<Done>)new Refusal(RefusalCode.Malformed, $"{name} answers once: call it, and do not ask for a stream.")));
            await AnswerAsync(CompletionMessage.WithError(stream.InvocationId!, ((IRefusable)answer!).Refusal!.Message));
        }
        catch (Exception lost)
        {
            AnswerIsLost(stream.Target, lost);
        }
        finally
        {
            Release();
        }
    }

    private ValueTask AnswerAsync(CompletionMessage answer)
    {
        var frames = ServerFrames.Take();
        Put(frames, answer);
        return WriteAsync(frames.Finish(), isLast: false);
    }

    private void AnswerIsLost(string method, Exception lost)
    {
        // Nobody reads any more, which is how many connections end.
        if (lost is IOException) { return; }

        // The client would wait for it for ever.
        _lines.AnswerIsLost(method, lost);
        Goodbye(new CloseMessage("An answer could not be given. Connect again."), ClientFrames.Unexpected);
    }

    private void Heard()
    {
        // Who has not said which protocol it speaks has a time for that, whatever else it says.
        if (_protocol is not null) { Volatile.Write(ref _heardAt, _lines.Time.GetTimestamp()); }
    }

    /// <summary>Until fewer calls run than may.</summary>
    /// <returns>False: the connection ends, and nothing more is to be heard.</returns>
    private async Task<bool> SlotAsync()
    {
        var slot = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _slot, slot);
        if (IsEnding || _isLate || Volatile.Read(ref _running) < _lines.ParallelCallsMax) { slot.TrySetResult(); }
        var gone = _request.RequestAborted;
        using (gone.UnsafeRegister(static slot => ((TaskCompletionSource)slot!).TrySetResult(), slot)) { await slot.Task; }
        return !IsEnding && !_isLate && !gone.IsCancellationRequested;
    }

    private void Release()
    {
        // While it was not listened to, it could not be heard.
        if (Volatile.Read(ref _isAwaited) != 0) { Heard(); }
        Interlocked.Decrement(ref _running);
        if (Interlocked.Exchange(ref _isAwaited, 0) != 0) { _input.CancelPendingRead(); }
        Interlocked.Exchange(ref _slot, null)?.TrySetResult();
    }

    private void NotUnderstood(int code) => Goodbye(new CloseMessage("What came is not understood. See docs/wire-protocol.md."), code);

    // Before the client has spoken, the answer to its upgrade may still be on its way through the server's pipe: nothing may overtake it.
    private void Leave(CloseMessage last, int code)
    {
        bool isGreeted;
        lock (_gate) { isGreeted = _protocol is not null; }
        if (isGreeted) { Goodbye(last, code); }
        else { Abort(); }
    }

    // The hub's word and the WebSocket's go out together, so neither can overtake the other. A client that does not leave then is left.
    private void Goodbye(CloseMessage? last, int code)
    {
        lock (_gate)
        {
            if (IsEnding) { return; }
            _stage = Stage.Leaving;
            _grace = _lines.Time.CreateTimer(static line => ((HubLine)line!).EndLate(), this, _lines.CloseGrace, Timeout.InfiniteTimeSpan);
            var frames = ServerFrames.Take();
            if (last is not null && _protocol is not null) { Put(frames, last); }
            else if (last?.Error is { } why) { Greet(frames, new HandshakeResponseMessage(why), FrameKind.Text); }
            frames.Close(code);
            _lastWords = QuietlyAsync(WriteAsync(frames.Finish(), isLast: true));
        }

        Interlocked.Exchange(ref _slot, null)?.TrySetResult();
    }

    /// <summary>
    /// The client has not left in time. What the kernel has of the last words still comes to it when the connection ends in order; cut off, it
    /// would be thrown away. Of a client that has not even taken them nothing more is expected.
    /// </summary>
    private void EndLate()
    {
        Task lastWords;
        lock (_gate) { lastWords = _lastWords; }
        if (lastWords.IsCompleted) { HearNoMore(); }
        else { _request.Abort(); }
    }

    private void HearNoMore()
    {
        _isLate = true;
        Interlocked.Exchange(ref _slot, null)?.TrySetResult();
        _input.CancelPendingRead();
    }

    /// <summary>From here on nobody says anything.</summary>
    /// <returns>What was said last, if it was: it may still be on its way.</returns>
    private Task End()
    {
        lock (_gate)
        {
            _stage = Stage.Ended;
            return _lastWords;
        }
    }

    private void Put(ServerFrames frames, HubMessage message)
    {
        frames.Begin();
        _protocol!.WriteMessage(message, frames);
        frames.End(Kind);
    }

    private ValueTask WriteAsync(ArraySegment<byte> frames, bool isLast)
    {
        var write = isLast ? _lane.WriteLastAsync(frames) : _lane.WriteAnswerAsync(frames);
        if (!write.IsCompletedSuccessfully) { return FinishAsync(write, frames.Array!); }
        ArrayPool<byte>.Shared.Return(frames.Array!);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask FinishAsync(ValueTask write, byte[] buffer)
    {
        try { await write; }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
    }

    private static async Task QuietlyAsync(ValueTask write)
    {
        try { await write; }
        catch (IOException) { }
    }
}
