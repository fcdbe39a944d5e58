using System.Net.Sockets;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// The way to one viewer's socket without the server's pipes in between: a frame that thousands get is given to the kernel as it is,
/// where the pipes would copy it three times and change threads twice for each of them. Frames are written one after the other: the
/// framework's where the connection is its own, then answers in their order, then the fan-out, and nobody comes between the frames of
/// one message of the framework. After a Close frame nobody else writes any more: RFC 6455, 5.5.1.
/// </summary>
/// <param name="socket">Does not block, and nobody else writes to it.</param>
internal sealed class SocketLane(Socket socket, TimeProvider time)
{
    private const byte Final = 0x80;
    private const byte Control = 0x08;
    private const byte Opcode = 0x0F;
    private const byte Close = 0x08;

    private readonly Lock _gate = new();
    private TaskCompletionSource? _frameworkWaits;
    private Queue<TaskCompletionSource>? _answersWait; // few connections ever need one
    private TaskCompletionSource? _fanOutWaits;
    private bool _busy;
    private bool _inMessage;
    private volatile bool _broken;
    private volatile bool _closed;
    private long _waitsSince;

    private enum Writer
    {
        FanOut = 0,
        Answer = 1,
        Last = 2,
        Framework = 3,
    }

    /// <summary>Writes a frame of the fan-out. One at a time.</summary>
    /// <returns>Completed when the kernel has all of it; failed when the connection has ended, or its last words are out.</returns>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frame) => WriteAsync(frame, Writer.FanOut);

    /// <summary>Writes a frame with an answer; several may wait.</summary>
    /// <returns>As <see cref="WriteAsync(ReadOnlyMemory{byte})"/>.</returns>
    public ValueTask WriteAnswerAsync(ReadOnlyMemory<byte> frame) => WriteAsync(frame, Writer.Answer);

    /// <summary>Writes the last frames, the Close frame among them: after the answers that wait, before what waits of the fan-out.</summary>
    /// <returns>As <see cref="WriteAsync(ReadOnlyMemory{byte})"/>.</returns>
    public ValueTask WriteLastAsync(ReadOnlyMemory<byte> frames) => WriteAsync(frames, Writer.Last);

    /// <summary>Writes a frame of the framework: one whole WebSocket frame, one at a time.</summary>
    public ValueTask WriteOfFrameworkAsync(ReadOnlyMemory<byte> frame) => WriteAsync(frame, Writer.Framework);

    /// <summary>How long the kernel has not taken what is being written; zero when nothing waits for it.</summary>
    public TimeSpan WaitsFor() => Volatile.Read(ref _waitsSince) is not 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

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
                    case Writer.FanOut: _fanOutWaits = turn; break;
                    default: (_answersWait ??= new Queue<TaskCompletionSource>()).Enqueue(turn); break;
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
        else if (_closed)
        {
            Release();
            return ValueTask.FromException(new IOException("The connection is being closed."));
        }

        if (writer == Writer.Last) { _closed = true; }
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
            Volatile.Write(ref _waitsSince, Math.Max(1, time.GetTimestamp()));
            while (rest.Length > 0) { rest = rest[await socket.SendAsync(rest, SocketFlags.None)..]; }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            _broken = true;
            throw new IOException("The connection has ended.", ended);
        }
        finally
        {
            Volatile.Write(ref _waitsSince, 0);
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
            if (_frameworkWaits is not null)
            {
                (next, _frameworkWaits) = (_frameworkWaits, null);
            }
            else if (!_inMessage && _answersWait is not null && _answersWait.TryDequeue(out next))
            {
                if (_answersWait.Count == 0) { _answersWait = null; }
            }
            else if (!_inMessage && _fanOutWaits is not null)
            {
                (next, _fanOutWaits) = (_fanOutWaits, null);
            }
            else
            {
                _busy = false;
                return;
            }
        }

        next.SetResult();
    }
}
