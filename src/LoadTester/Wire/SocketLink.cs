using System.Buffers;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>A WebSocket on a bare socket of a <see cref="SocketLoop"/>.</summary>
internal sealed class SocketLink : ILink
{
    /// <summary>What a slow reader lets the system keep for it.</summary>
    public const int SlowBufferBytes = 4 * 1024;

    /// <summary>Payloads up to this need no array.</summary>
    private const int SmallBytes = 512;

    private const int SlowTurnBytes = 2 * 1024;
    private const int NormalClosure = 1000;
    private static uint _generations;

    private readonly SocketLoop _loop;
    private readonly ILinkSink _sink;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _request;
    private byte[]? _carry;
    private int _carried;
    private int _socket = -1;
    private int _slot = -1;
    private int _bytesPerSecond = -1;
    private bool _connected;
    private bool _upgraded;
    private bool _told;
    private int? _closeCode;

    private SocketLink(SocketLoop loop, ILinkSink sink, byte[] request)
    {
        _loop = loop;
        _sink = sink;
        _request = request;
        Generation = Interlocked.Increment(ref _generations);
    }

    /// <summary>Tells it from others that had its place.</summary>
    public uint Generation { get; }

    /// <summary>Connects and becomes a WebSocket.</summary>
    /// <param name="sink">Hears the messages, on the loop's thread.</param>
    /// <param name="from">Where it comes from; null: the system chooses.</param>
    /// <param name="request">The HTTP request.</param>
    /// <param name="small">Whether the system keeps little for it: who reads slowly must be seen to.</param>
    public static async Task<SocketLink> OpenAsync(
        SocketLoop loop, ILinkSink sink, IPAddress? from, IPEndPoint to, byte[] request, bool small, CancellationToken cancellationToken)
    {
        var link = new SocketLink(loop, sink, request);
        try
        {
            await loop.DoAsync(() => link.Connect(from, to, small), cancellationToken);
            await link._open.Task.WaitAsync(cancellationToken);
            return link;
        }
        catch
        {
            link.Close(politely: false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, bool binary, CancellationToken cancellationToken)
    {
        Send(message.Span, binary ? FrameKind.Binary : FrameKind.Text);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Pace(int? bytesPerSecond)
    {
        lock (_gate)
        {
            _bytesPerSecond = bytesPerSecond ?? -1;
            if (_socket < 0) { return; }
            if (_loop.IsHere) { Expect(_bytesPerSecond == 0 ? 0 : Native.Readable); }
            else { _loop.Ask(() => Pace(bytesPerSecond)); }
        }
    }

    /// <inheritdoc/>
    public void Close(bool politely)
    {
        if (politely)
        {
            try { Send([NormalClosure >> 8, NormalClosure & 0xff], FrameKind.Close); }
            catch (IOException) { }
        }

        Over(why: null);
    }

    /// <summary>It has paused long enough.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            if (_socket >= 0 && _bytesPerSecond != 0) { Expect(Native.Readable); }
        }
    }

    /// <summary>The system has something for it. On the loop's thread only.</summary>
    /// <param name="events">What.</param>
    /// <param name="buffer">Shared: free during the call.</param>
    public void OnReady(uint events, byte[] buffer)
    {
        try
        {
            if (!_connected && !FinishConnecting()) { return; }
            var slow = Volatile.Read(ref _bytesPerSecond);
            if (slow == 0)
            {
                // It reads nothing, and learns of its end only this way.
                if ((events & (Native.Failed | Native.HungUp)) != 0) { Over("The server closed the connection."); }
                return;
            }

            var kept = _carried;
            if (kept > 0) { _carry.AsSpan(0, kept).CopyTo(buffer); }
            var count = Receive(buffer.AsSpan(kept, slow > 0 ? SlowTurnBytes : SocketLoop.TurnBytes), out var again);
            if (again) { return; }
            if (count <= 0)
            {
                Over(_upgraded ? "The server ended the connection without a word." : "The server ended the connection before it was one.");
                return;
            }

            if (slow > 0) { Rest(count, slow); }
            Keep(buffer.AsSpan(0, kept + count), Take(buffer.AsSpan(0, kept + count)));
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException)
        {
            Refuse(broken);
            Over(broken.Message);
        }
    }

    private void Connect(IPAddress? from, IPEndPoint to, bool small)
    {
        lock (_gate)
        {
            _socket = Native.Socket((int)to.AddressFamily == (int)AddressFamily.InterNetworkV6 ? 10 : 2, Native.StreamSocket | Native.NonBlocking | Native.CloseOnExec, 0);
            if (_socket < 0) { throw Failure("No more sockets can be opened"); }
            _ = Native.SetOption(_socket, Native.LevelTcp, Native.OptionNoDelay, 1, sizeof(int));
            if (small) { _ = Native.SetOption(_socket, Native.LevelSocket, Native.OptionReceiveBuffer, SlowBufferBytes, sizeof(int)); }
            if (from is not null)
            {
                var own = new IPEndPoint(from, 0).Serialize();
                if (Native.Bind(_socket, own.Buffer.Span[..own.Size], own.Size) < 0) { throw Failure($"{from} is no address of this machine"); }
            }

            var address = to.Serialize();
            if (Native.Connect(_socket, address.Buffer.Span[..address.Size], address.Size) < 0 && Marshal.GetLastPInvokeError() != Native.InProgress)
            {
                throw Failure($"{to} can't be reached");
            }

            if (!_loop.Add(this, out _slot)) { throw Failure("The load tester holds no more sockets"); }
            Watch(Native.Add, Native.Writable);
        }
    }

    private IOException Failure(string what)
    {
        var reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
        if (_socket >= 0) { _ = Native.Close(_socket); }
        _socket = -1;
        _told = true;
        return new IOException($"{what}: {reason}.");
    }

    private bool FinishConnecting()
    {
        lock (_gate)
        {
            if (_socket < 0) { return false; }
            var (error, bytes) = (0, sizeof(int));
            if (Native.GetOption(_socket, Native.LevelSocket, Native.OptionError, ref error, ref bytes) < 0 || error != 0)
            {
                throw new IOException($"The server can't be reached: {new Win32Exception(error).Message}.");
            }

            if (Native.Send(_socket, _request, _request!.Length, Native.DontWait | Native.NoSignal) != _request.Length)
            {
                throw new IOException("The server does not take the request.");
            }

            _connected = true;
            _request = null;
            Expect(Native.Readable);
            return false;
        }
    }

    private int Receive(Span<byte> into, out bool again)
    {
        lock (_gate)
        {
            again = _socket < 0;
            if (again) { return 0; }
            var count = (int)Native.Receive(_socket, into, into.Length, Native.DontWait);
            again = count < 0 && Marshal.GetLastPInvokeError() is Native.Again or Native.Interrupted;
            return count;
        }
    }

    /// <summary>Hands on what is whole.</summary>
    /// <returns>Bytes that are done with.</returns>
    private int Take(Span<byte> received)
    {
        var done = 0;
        if (!_upgraded)
        {
            if (!Upgrade.TryRead(received, out done)) { return 0; }
            _upgraded = true;
            Courier.Tell(_open, static open => open.TrySetResult());
        }

        while (_slot >= 0 && WebSocketFrames.TryTake(received[done..], out var kind, out var message, out var used))
        {
            done += used;
            switch (kind)
            {
                case FrameKind.Text or FrameKind.Binary:
                    _sink.OnMessage(message);
                    break;
                case FrameKind.Ping:
                    Send(message, FrameKind.Pong);
                    break;
                case FrameKind.Close:
                    _closeCode = message.Length >= 2 ? (message[0] << 8) | message[1] : null;
                    Close(politely: true);
                    break;
                default:
                    break;
            }
        }

        return done;
    }

    // What is not whole yet waits in a buffer of its own: rare, and given back as soon as it is whole.
    private void Keep(ReadOnlySpan<byte> received, int done)
    {
        var rest = received[done..];
        if (rest.Length > WebSocketFrames.MessageBytesMax + WebSocketFrames.HeaderBytesMax) { throw new InvalidDataException("A message is too long."); }
        if (_carry is not null && (rest.Length == 0 || rest.Length > _carry.Length))
        {
            ArrayPool<byte>.Shared.Return(_carry);
            _carry = null;
        }

        if (rest.Length > 0)
        {
            _carry ??= ArrayPool<byte>.Shared.Rent(rest.Length);
            rest.CopyTo(_carry);
        }

        _carried = rest.Length;
    }

    private void Rest(int count, int bytesPerSecond)
    {
        lock (_gate)
        {
            if (_socket < 0) { return; }
            Expect(0);
        }

        _loop.WakeAt(this, Environment.TickCount64 + Math.Max(1, count * 1_000L / bytesPerSecond));
    }

    private void Send(ReadOnlySpan<byte> payload, FrameKind kind)
    {
        byte[]? rented = null;
        var size = payload.Length + WebSocketFrames.HeaderBytesMax;
        var frame = size <= SmallBytes ? stackalloc byte[SmallBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var mask = (uint)Random.Shared.NextInt64(1L << 32);
            var header = WebSocketFrames.WriteHeader(frame, kind, payload.Length, mask);
            payload.CopyTo(frame[header..]);
            WebSocketFrames.Mask(frame.Slice(header, payload.Length), mask);
            var bytes = header + payload.Length;
            if (!_loop.IsHere)
            {
                SendThere(frame[..bytes].ToArray());
                return;
            }

            lock (_gate)
            {
                if (_socket < 0) { throw new IOException("The connection has ended."); }
                if (Native.Send(_socket, frame[..bytes], bytes, Native.DontWait | Native.NoSignal) == bytes) { return; }
            }

            // Its buffer holds thousands of these small messages: nobody has read them for minutes.
            Over("The server does not read.");
            throw new IOException("The server does not read, or the connection is broken.");
        }
        finally
        {
            if (rented is not null) { ArrayPool<byte>.Shared.Return(rented); }
        }
    }

    private void SendThere(byte[] frame)
    {
        lock (_gate)
        {
            if (_socket < 0) { throw new IOException("The connection has ended."); }
        }

        var isAsked = _loop.Ask(() =>
        {
            lock (_gate)
            {
                if (_socket < 0 || Native.Send(_socket, frame, frame.Length, Native.DontWait | Native.NoSignal) == frame.Length) { return; }
            }

            Over("The server does not read.");
        });
        if (!isAsked) { throw new IOException("The load tester's sockets are closed."); }
    }

    private void Over(string? why)
    {
        if (!_loop.IsHere && _loop.Ask(() => Over(why))) { return; }
        lock (_gate)
        {
            if (_slot >= 0) { _loop.Remove(_slot); }

            // Elsewhere, its number is another file's. When the loop has ended, its table has gone, and the socket with it.
            if (_socket >= 0 && _loop.IsHere) { _ = Native.Close(_socket); }
            _slot = _socket = -1;
            if (_told) { return; }
            _told = true;
        }

        Refuse(new IOException(why ?? "The connection was closed."));
        _sink.OnEnd(_closeCode, _closeCode is null ? why : null);
    }

    private void Refuse(Exception why) => Courier.Tell((Open: _open, Why: why), static one =>
    {
        one.Open.TrySetException(one.Why);
        _ = one.Open.Task.Exception;
    });

    private void Expect(uint events) => Watch(Native.Change, events);

    private void Watch(int operation, uint events) => _ = Native.Watch(_loop.Handle, operation, _socket, events, ((ulong)Generation << 32) | unchecked((uint)_slot));
}
