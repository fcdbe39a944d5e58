using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Abstractions;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// What the hub writes to one connection (answers, pings, its last words) as WebSocket messages that go straight to the connection's
/// <see cref="SocketLane"/>. The framework's way leads over a pipe, another thread and the WebSocket's own buffers, which costs more
/// than the answer. A connection without a lane keeps that way. One writes at a time: the hub has a lock for it.
/// </summary>
internal sealed class LaneAnswers : PipeWriter
{
    private const byte FinalText = 0x81;
    private const byte FinalBinary = 0x82;
    private const int HeaderMax = 10;
    private const int FirstBytes = 512;

    private readonly PipeWriter _framework;
    private readonly HttpContext _request;
    private readonly ITransferFormatFeature _format;
    private readonly Lock _gate = new();
    private TaskCompletionSource? _flushing;
    private byte[]? _buffer;
    private int _end;
    private bool _isCanceled;
    private bool _isStuck;

    private LaneAnswers(PipeWriter framework, HttpContext request, ITransferFormatFeature format) =>
        (_framework, _request, _format) = (framework, request, format);

    /// <summary>Puts it in front of the connection's way out, where that is possible.</summary>
    public static void Offer(ConnectionContext connection)
    {
        // A client that may take up its connection again counts what it is sent, and the framework with it: nothing may pass it by.
#pragma warning disable CA2252 // The feature's interface is marked as a preview; that there is one is all we ask.
        if (connection.Features.Get<IStatefulReconnectFeature>() is not null) { return; }
#pragma warning restore CA2252
        if (connection.GetHttpContext() is { } request && request.Features.Get<IHttpUpgradeFeature>() is LaneUpgrade
            && connection.Features.Get<ITransferFormatFeature>() is { } format)
        {
            connection.Transport = new Pipes(connection.Transport.Input, new LaneAnswers(connection.Transport.Output, request, format));
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_buffer?.Length ?? 0) - _end);
        _end += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_buffer is not { } buffer || _end == HeaderMax) { return default; }

        // The hub speaks only after it was spoken to, so the upgrade is done.
        if (LaneUpgrade.Of(_request) is not { } lane)
        {
            _framework.Write(buffer.AsSpan(HeaderMax, _end - HeaderMax));
            GiveBack();
            return _framework.FlushAsync(cancellationToken);
        }

        // One is still on its way whose flush was given up: the connection ends.
        if (_isStuck) { return ValueTask.FromResult(new FlushResult(isCanceled: true, isCompleted: false)); }
        var write = lane.WriteAnswerAsync(Frame(buffer));
        if (write.IsCompletedSuccessfully)
        {
            GiveBack();
            return default;
        }

        // From here on the buffer is the write's, whatever becomes of this connection.
        (_buffer, _end) = (null, 0);
        return FinishAsync(write.AsTask(), buffer);
    }

    /// <summary>Who waits for a connection that takes nothing waits no longer. It is only called at the end of a connection, so it holds for good.</summary>
    public override void CancelPendingFlush()
    {
        lock (_gate)
        {
            _isCanceled = true;
            _flushing?.TrySetResult();
        }

        _framework.CancelPendingFlush();
    }

    public override void Complete(Exception? exception = null)
    {
        GiveBack();
        _framework.Complete(exception);
    }

    private async ValueTask<FlushResult> FinishAsync(Task write, byte[] buffer)
    {
        TaskCompletionSource flushing;
        lock (_gate)
        {
            _flushing = flushing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_isCanceled) { flushing.SetResult(); }
        }

        var givingBack = GiveBackAfterAsync(write, buffer);
        if (await Task.WhenAny(write, flushing.Task) != write)
        {
            _isStuck = true;
            return new FlushResult(isCanceled: true, isCompleted: false);
        }

        await givingBack;

        // Nobody reads any more, which is how many connections end and no error: the reading side ends the rest.
        return new FlushResult(isCanceled: false, isCompleted: write.IsFaulted);
    }

    private static async Task GiveBackAfterAsync(Task write, byte[] buffer)
    {
        await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>RFC 6455, 5.2, in front of the payload; the length takes no more bytes than it needs.</summary>
    private ReadOnlyMemory<byte> Frame(byte[] buffer)
    {
        var length = _end - HeaderMax;
        var header = length <= 125 ? 2 : length <= ushort.MaxValue ? 4 : HeaderMax;
        var frame = buffer.AsMemory(HeaderMax - header, header + length);
        var bytes = frame.Span;
        bytes[0] = _format.ActiveFormat == TransferFormat.Binary ? FinalBinary : FinalText;
        switch (header)
        {
            case 2:
                bytes[1] = (byte)length;
                break;
            case 4:
                bytes[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)length);
                break;
            default:
                bytes[1] = 127;
                BinaryPrimitives.WriteInt64BigEndian(bytes[2..], length);
                break;
        }

        return frame;
    }

    private void Reserve(int bytes)
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, HeaderMax + bytes));
            _end = HeaderMax;
        }
        else if (_buffer.Length - _end < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _buffer.Length, _end + bytes));
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    // Nobody keeps a buffer while nothing is written: most connections nearly never write.
    private void GiveBack()
    {
        if (_buffer is null) { return; }
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _end = 0;
    }

    private sealed class Pipes(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
