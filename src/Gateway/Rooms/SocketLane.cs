using System.Net.Sockets;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// The way to one viewer's socket without the server's pipes in between: a frame that thousands get is given to the kernel as it is,
/// where the pipes would copy it three times and change threads twice for each of them. Three write, each one frame at a time: the
/// framework (control frames, the end), the hub's answers and the fan-out; nobody comes between the frames of one message of the
/// framework. After a Close frame nobody else writes any more: RFC 6455, 5.5.1.
/// </summary>
/// <param name="socket">Nobody else writes to it from now on.</param>
internal sealed class SocketLane(Socket socket)
{
    private const byte Final = 0x80;
    private const byte Control = 0x08;
    private const byte Opcode = 0x0F;
    private const byte Close = 0x08;

    private readonly Lock _gate = new();
    private TaskCompletionSource? _frameworkWaits;
    private TaskCompletionSource? _answersWait;
    private TaskCompletionSource? _fanOutWaits;
    private bool _busy;
    private bool _inMessage;
    private volatile bool _broken;
    private volatile bool _closed;

    private enum Writer
    {
        Framework = 0,
        Answers = 1,
        FanOut = 2,
    }

    /// <summary>Writes a frame of the fan-out. One at a time.</summary>
    /// <returns>Completed when the kernel has all of it; failed when the connection has ended, or its Close frame is out.</returns>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frame) => WriteAsync(frame, Writer.FanOut);

    /// <summary>Writes a frame with an answer of the hub: one whole message, one at a time.</summary>
    /// <returns>As <see cref="WriteAsync(ReadOnlyMemory{byte})"/>.</returns>
    public ValueTask WriteAnswerAsync(ReadOnlyMemory<byte> frame) => WriteAsync(frame, Writer.Answers);

    /// <summary>Writes a frame of the framework: one whole WebSocket frame, one at a time.</summary>
    public ValueTask WriteOfFrameworkAsync(ReadOnlyMemory<byte> frame) => WriteAsync(frame, Writer.Framework);

    private ValueTask WriteAsync(ReadOnlyMemory<byte> frame, Writer writer)
    {
        lock (_gate)
        {
            if (_busy || (_inMessage && writer != Writer.Framework))
            {
                var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                switch (writer)
                {
                    case Writer.Framework: _frameworkWaits = turn; break;
                    case Writer.Answers: _answersWait = turn; break;
                    default: _fanOutWaits = turn; break;
                }

                return WaitAsync(turn, frame, writer);
            }

            _busy = true;
        }

        return SendAsync(frame, writer);
    }

    // Whoever is woken has been given the lane.
    private async ValueTask WaitAsync(TaskCompletionSource turn, ReadOnlyMemory<byte> frame, Writer writer)
    {
        await turn.Task;
        await SendAsync(frame, writer);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> frame, Writer writer)
    {
        if (writer == Writer.Framework && frame.Length > 0) { Follow(frame.Span[0]); }
        if (_closed && writer != Writer.Framework)
        {
            Release();
            return ValueTask.FromException(new IOException("The connection is being closed."));
        }

        var sent = 0;
        if (!_broken)
        {
            try
            {
                sent = socket.Send(frame.Span, SocketFlags.None, out var error);
                if (error is SocketError.WouldBlock) { sent = 0; }
                else if (error is not SocketError.Success) { _broken = true; }
            }
            catch (ObjectDisposedException)
            {
                _broken = true;
            }
        }

        if (_broken)
        {
            Release();
            return ValueTask.FromException(new IOException("The connection has ended."));
        }

        if (sent < frame.Length) { return FinishAsync(frame[sent..]); }
        Release();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishAsync(ReadOnlyMemory<byte> rest)
    {
        try
        {
            while (rest.Length > 0) { rest = rest[await socket.SendAsync(rest, SocketFlags.None)..]; }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            _broken = true;
            throw new IOException("The connection has ended.", ended);
        }
        finally
        {
            Release();
        }
    }

    // A message in several frames lets control frames in between, and nothing else.
    private void Follow(byte first)
    {
        if ((first & Control) != 0)
        {
            if ((first & Opcode) == Close) { _closed = true; }
            return;
        }

        lock (_gate) { _inMessage = (first & Final) == 0; }
    }

    private void Release()
    {
        TaskCompletionSource? next;
        lock (_gate)
        {
            if (_frameworkWaits is not null) { (next, _frameworkWaits) = (_frameworkWaits, null); }
            else if (_answersWait is not null && !_inMessage) { (next, _answersWait) = (_answersWait, null); }
            else if (_fanOutWaits is not null && !_inMessage) { (next, _fanOutWaits) = (_fanOutWaits, null); }
            else
            {
                _busy = false;
                return;
            }
        }

        next.SetResult();
    }
}
