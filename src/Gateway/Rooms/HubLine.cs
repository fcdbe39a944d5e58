using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// One viewer's hub connection, from its socket to <see cref="RoomCalls"/> and back: SignalR's hub protocol over a WebSocket, both read
/// and written here. The framework's layers for any hub over any transport would hold 10 KB more for a viewer that only listens.
/// </summary>
internal sealed class HubLine : IFrameSink, IInvocationBinder
{
    /// <summary>Bytes of one frame, in messages of the largest size: a client may send several at once.</summary>
    private const int MessagesPerFrameMax = 4;

    private static readonly WireMessage Ping = new(PingMessage.Instance);

    private readonly HubLines _lines;
    private readonly IHttpRequestLifetimeFeature _request;
    private readonly PipeReader _input;
    private readonly SocketLane _lane;
    private IHubProtocol? _protocol;
    private Viewer? _viewer;

    // What was said and is not worked off yet: only while it is.
    private byte[]? _held;
    private int _heldFrom;
    private int _heldTo;
    private bool _inMessage;
    private bool _isDeaf;

    private long _heardAt;
    private int _running;
    private TaskCompletionSource? _slot;
    private bool _isPonging;
    private int _saidGoodbye;
    private Task _lastWords = Task.CompletedTask;
    private ITimer? _grace;

    public HubLine(HubLines lines, IHttpRequestLifetimeFeature request, PipeReader input, SocketLane lane)
    {
        (_lines, _request, _input, _lane) = (lines, request, input, lane);
        _heardAt = lines.Time.GetTimestamp();
    }

    private bool IsEnding => Volatile.Read(ref _saidGoodbye) != 0;

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
                Volatile.Write(ref _heardAt, _lines.Time.GetTimestamp());
                var frames = read.Buffer;
                var isTaken = TryTakeFrame(ref frames, out var isOver);
                _input.AdvanceTo(frames.Start, isTaken ? frames.Start : frames.End);
                if (isOver || (!isTaken && read.IsCompleted)) { break; }
                while (!IsEnding && !_inMessage && TryNext(out var message))
                {
                    if (message is null) { continue; }
                    if (Volatile.Read(ref _running) >= _lines.ParallelCallsMax) { await SlotAsync(); }
                    Hear(message);
                }
            }

            await _lastWords;
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // The connection was cut, by its network or by us.
        }
        finally
        {
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
    public void Close() => Goodbye(CloseMessage.Empty, ClientFrames.Normal);

    /// <inheritdoc/>
    public void ComeBack() => Goodbye(new CloseMessage(error: null, allowReconnect: true), ClientFrames.GoingAway);

    /// <inheritdoc/>
    public void Abort()
    {
        // Its last words may still be on their way; the time for them ends by itself.
        if (!IsEnding) { _request.Abort(); }
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

    /// <summary>Takes one frame off the front.</summary>
    /// <param name="isOver">The client has said its last.</param>
    /// <returns>False: the next has not come whole.</returns>
    private bool TryTakeFrame(ref ReadOnlySequence<byte> frames, out bool isOver)
    {
        isOver = false;
        if (_isDeaf)
        {
            frames = frames.Slice(frames.End);
            return false;
        }

        if (!ClientFrames.TryTake(ref frames, MessagesPerFrameMax * _lines.ReceiveBytesMax, out var frame, out var wrong))
        {
            if (wrong != 0) { NotUnderstood(wrong); }
            return false;
        }

        switch (frame.Kind)
        {
            case FrameKind.Close:
                Goodbye(last: null, ClientFrames.Normal);
                isOver = true;
                break;
            case FrameKind.Ping:
                Pong(frame);
                break;
            case FrameKind.Text or FrameKind.Binary or FrameKind.Continuation:
                if (!IsEnding) { Hold(frame); }
                break;
            default:
                break;
        }

        return true;
    }

    // A message in frames follows the one before, as bytes of one stream: what separates messages of the hub is inside.
    private void Hold(ClientFrame frame)
    {
        var length = _heldTo - _heldFrom + (int)frame.Payload.Length;
        if (frame.Kind == FrameKind.Continuation != _inMessage)
        {
            NotUnderstood(ClientFrames.ProtocolError);
            return;
        }

        if (length > MessagesPerFrameMax * _lines.ReceiveBytesMax)
        {
            NotUnderstood(ClientFrames.TooBig);
            return;
        }

        _inMessage = !frame.IsFinal;
        if (frame.Payload.IsEmpty) { return; }
        if (_held is null || _held.Length - _heldTo < frame.Payload.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(length);
            _held.AsSpan(_heldFrom, _heldTo - _heldFrom).CopyTo(larger);
            if (_held is not null) { ArrayPool<byte>.Shared.Return(_held); }
            (_held, _heldTo, _heldFrom) = (larger, _heldTo - _heldFrom, 0);
        }

        frame.CopyTo(_held.AsSpan(_heldTo));
        _heldTo += (int)frame.Payload.Length;
    }

    /// <summary>Takes one message of the hub off what is held.</summary>
    /// <param name="message">Null: one that needs no answer.</param>
    /// <returns>False: there is none that is whole, or it is not understood.</returns>
    private bool TryNext(out HubMessage? message)
    {
        message = null;
        if (_held is null) { return false; }
        var held = _heldTo - _heldFrom;
        var here = new ReadOnlySequence<byte>(_held, _heldFrom, Math.Min(held, _lines.ReceiveBytesMax));
        var before = here.Length;
        try
        {
            var isWhole = _protocol is { } protocol ? protocol.TryParseMessage(ref here, this, out message) : TryGreet(ref here);
            var used = (int)(before - here.Length);
            if (!isWhole && used == 0)
            {
                if (held > _lines.ReceiveBytesMax) { NotUnderstood(ClientFrames.TooBig); }
                return false;
            }

            // Used without being a message: of a newer protocol.
            _heldFrom += used;
            if (_heldFrom == _heldTo) { GiveBack(); }
            return true;
        }
        catch (Exception unreadable) when (unreadable is not OutOfMemoryException)
        {
            NotUnderstood(ClientFrames.PolicyViolation);
            return false;
        }
    }

    private bool TryGreet(ref ReadOnlySequence<byte> here)
    {
        if (!HandshakeProtocol.TryParseRequestMessage(ref here, out var request)) { return false; }
        var protocol = _lines.Protocols.GetProtocol(request.Protocol, supportedProtocols: null);
        var why = protocol is null ? "This protocol is not known here." : protocol.IsVersionSupported(request.Version) ? null : "This version of the protocol is not known here.";
        var frames = ServerFrames.Take();
        frames.Begin();
        HandshakeProtocol.WriteResponseMessage(why is null ? HandshakeResponseMessage.Empty : new HandshakeResponseMessage(why), frames);
        frames.End(why is null && protocol!.TransferFormat == TransferFormat.Binary ? FrameKind.Binary : FrameKind.Text);
        _ = QuietlyAsync(WriteAsync(frames.Finish(), isLast: false));
        if (why is null) { _protocol = protocol; }
        else { Goodbye(last: null, ClientFrames.PolicyViolation); }
        return true;
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
                _ = AnswerAsync(CompletionMessage.WithError(stream.InvocationId!, $"{HubMethods.Find(stream.Target)?.Name} answers once: call it, and do not ask for a stream."));
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
        using var span = HubSpans.Begin(method, call.Headers);
        var answer = await _lines.Round.InvokeAsync(
            _viewer!, method.Name, (method, _lines.Calls, Viewer: _viewer!, call.Arguments), static state => state.method.Run(state.Calls, state.Viewer, state.Arguments));
        if (call.InvocationId is { } id) { await AnswerAsync(CompletionMessage.WithResult(id, answer)); }
        else { Release(); }
    }

    private async Task AnswerAsync(CompletionMessage answer)
    {
        try
        {
            var frames = ServerFrames.Take();
            Put(frames, answer);
            await WriteAsync(frames.Finish(), isLast: false);
        }
        catch (IOException)
        {
            // Nobody reads any more, which is how many connections end.
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Until fewer calls run than may.</summary>
    private Task SlotAsync()
    {
        var slot = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _slot, slot);
        if (Volatile.Read(ref _running) < _lines.ParallelCallsMax) { slot.TrySetResult(); }
        return slot.Task;
    }

    private void Release()
    {
        Interlocked.Decrement(ref _running);
        Interlocked.Exchange(ref _slot, null)?.TrySetResult();
    }

    // What is said meanwhile to one that asks again is answered with this one: RFC 6455, 5.5.3.
    private void Pong(ClientFrame ping)
    {
        if (_isPonging || IsEnding) { return; }
        var frames = ServerFrames.Take();
        frames.Begin();
        ping.CopyTo(frames.GetSpan((int)ping.Payload.Length));
        frames.Advance((int)ping.Payload.Length);
        frames.End(FrameKind.Pong);
        _isPonging = true;
        _ = PongAsync(WriteAsync(frames.Finish(), isLast: false));
    }

    private async Task PongAsync(ValueTask pong)
    {
        await QuietlyAsync(pong);
        _isPonging = false;
    }

    private void NotUnderstood(int code)
    {
        _isDeaf = true;
        Goodbye(new CloseMessage("What came is not understood. See docs/wire-protocol.md."), code);
    }

    // The hub's word and the WebSocket's go out together, so neither can overtake the other. Who does not leave then is cut off.
    private void Goodbye(CloseMessage? last, int code)
    {
        if (Interlocked.Exchange(ref _saidGoodbye, 1) != 0) { return; }
        var frames = ServerFrames.Take();
        if (last is not null && _protocol is not null) { Put(frames, last); }
        frames.Close(code);
        _lastWords = QuietlyAsync(WriteAsync(frames.Finish(), isLast: true));
        _grace = _lines.Time.CreateTimer(static line => ((HubLine)line!)._request.Abort(), this, _lines.CloseGrace, Timeout.InfiniteTimeSpan);
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

    private void GiveBack()
    {
        if (_held is null) { return; }
        ArrayPool<byte>.Shared.Return(_held);
        (_held, _heldFrom, _heldTo) = (null, 0, 0);
    }
}
