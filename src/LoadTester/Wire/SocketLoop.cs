using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>
/// One thread that reads all sockets given to it: it waits for any of them, reads into one buffer that all share, and hands whole
/// messages on at once. A viewer that waits costs a number and a few objects, no buffer and no task.
/// </summary>
internal sealed class SocketLoop : IDisposable
{
    /// <summary>Sockets of one loop.</summary>
    public const int SocketsMax = 65_536;

    /// <summary>Bytes taken from one socket before the next has its turn.</summary>
    public const int TurnBytes = 64 * 1024;

    /// <summary>Open files of a program that are no sockets of a loop, and are copied into a table of its own.</summary>
    public const int FilesBeside = 500;

    private const int EventsMax = 256;
    private const ulong BellMark = ulong.MaxValue;

    private readonly Lock _gate = new();
    private readonly List<SocketLink?> _links = [];
    private readonly Stack<int> _free = new();
    private readonly PriorityQueue<SocketLink, long> _paused = new();
    private readonly byte[] _buffer = new byte[WebSocketFrames.MessageBytesMax + (2 * TurnBytes)];
    private readonly byte[] _rung = new byte[sizeof(ulong)];
    private readonly byte[] _events = new byte[EventsMax * 16];
    private readonly int _epoll;
    private readonly int _bell;
    private readonly ConcurrentQueue<Action> _asked = new();
    private readonly ManualResetEvent _isReady = new(initialState: false);
    private readonly Courier? _courier;
    private readonly Thread _thread;
    private bool _isRefused;
    private bool _isStarted;
    private bool _isClosing;
    private bool _hasEnded;
    private bool _over;

    /// <summary>Makes it. Make all before the first is started: whatever table of files a thread is in, a bell has one number then.</summary>
    /// <param name="ownFiles">
    /// Whether its sockets are in a table of open files of its own: what a process may open is bounded for each such table, and nearly
    /// all programs have one. Then only the loop's own thread can do anything with them.
    /// </param>
    public SocketLoop(bool ownFiles = false)
    {
        OwnsFiles = ownFiles;
        _epoll = Native.Epoll(Native.CloseOnExec);
        _bell = Native.Bell(0, Native.NonBlocking | Native.CloseOnExec);
        if (_epoll < 0 || _bell < 0) { throw new Win32Exception(); }
        Native.Watch(_epoll, Native.Add, _bell, Native.Readable, BellMark);
        _courier = ownFiles ? new Courier() : null;
        _thread = new Thread(Run) { IsBackground = true, Name = "sockets" };
    }

    /// <summary>Starts it. Once.</summary>
    /// <exception cref="IOException">The system does not give a thread its own table of open files.</exception>
    public void Start()
    {
        _isStarted = true;
        _thread.Start();
        _isReady.WaitOne();
        if (_isRefused) { throw new IOException("The system gives threads no open files of their own."); }
    }

    /// <summary>Whether only its own thread can use its sockets.</summary>
    public bool OwnsFiles { get; }

    /// <summary>Whether this thread can use its sockets.</summary>
    public bool IsHere => !OwnsFiles || Thread.CurrentThread == _thread;

    /// <summary>Does something on the loop's thread.</summary>
    /// <returns>False: the loop has ended, and it never will.</returns>
    public bool Ask(Action what)
    {
        // Within the lock the bell is still open, and nothing comes after the last round.
        lock (_gate)
        {
            if (_hasEnded) { return false; }
            _asked.Enqueue(what);
            Ring();
            return true;
        }
    }

    /// <summary>Does something where the sockets can be used.</summary>
    /// <returns>When it is done; with its failure. Canceled: it may be done all the same.</returns>
    public Task DoAsync(Action what, CancellationToken cancellationToken)
    {
        if (IsHere)
        {
            what();
            return Task.CompletedTask;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isAsked = Ask(() =>
        {
            try
            {
                what();
                Courier.Tell(done, static done => done.SetResult());
            }
            catch (IOException failure)
            {
                Courier.Tell((done, failure), static one =>
                {
                    one.done.SetException(one.failure);
                    _ = one.done.Task.Exception;
                });
            }
        });
        return isAsked ? done.Task.WaitAsync(cancellationToken) : Task.FromException(new IOException("The load tester's sockets are closed."));
    }

    /// <summary>Called on the loop's thread after each round of messages.</summary>
    public Action? AfterRound { get; set; }

    /// <summary>The number that the system knows it by.</summary>
    public int Handle => _epoll;

    /// <summary>Connects a socket. Its link hears of everything from then on.</summary>
    /// <returns>False: the loop is full or over.</returns>
    public bool Add(SocketLink link, out int slot)
    {
        lock (_gate)
        {
            slot = -1;
            if (_isClosing) { return false; }
            if (_free.TryPop(out slot)) { _links[slot] = link; }
            else if (_links.Count < SocketsMax)
            {
                slot = _links.Count;
                _links.Add(link);
            }

            return slot >= 0;
        }
    }

    /// <summary>A socket is closed: its place is another's.</summary>
    public void Remove(int slot)
    {
        lock (_gate)
        {
            _links[slot] = null;
            _free.Push(slot);
        }
    }

    /// <summary>Gives a link its next turn later.</summary>
    /// <param name="ticks">When, in <see cref="Environment.TickCount64"/>.</param>
    public void WakeAt(SocketLink link, long ticks)
    {
        lock (_gate)
        {
            _paused.Enqueue(link, ticks);
            if (Thread.CurrentThread != _thread && !_hasEnded) { Ring(); }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SocketLink?[] left;
        lock (_gate)
        {
            if (_isClosing) { return; }
            _isClosing = true;
            left = [.. _links];
        }

        // The end is asked for after all that was asked for before it.
        foreach (var link in left) { link?.Close(politely: false); }
        Ask(() => _over = true);
        if (_isStarted) { _thread.Join(); }
        _courier?.Dispose();
        _isReady.Dispose();
        _ = Native.Close(_bell);
        _ = Native.Close(_epoll);
    }

    private void Ring()
    {
        Span<byte> one = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(one, 1);
        _ = Native.Write(_bell, one, one.Length);
    }

    private void Run()
    {
        // Its end closes what is open in its own table.
        _isRefused = OwnsFiles && !Native.TryOwnFiles();
        _courier?.ServeThisThread();
        _isReady.Set();
        try
        {
            if (!_isRefused) { Serve(); }
        }
        finally
        {
            lock (_gate) { _hasEnded = true; }
            while (_asked.TryDequeue(out var ask)) { ask(); }
        }
    }

    private void Serve()
    {
        while (!_over)
        {
            var count = Native.Wait(_epoll, _events, EventsMax, Patience());
            if (count < 0 && Marshal.GetLastPInvokeError() != Native.Interrupted) { return; }
            for (var index = 0; index < count; index++)
            {
                var one = _events.AsSpan(index * Native.EventBytes, Native.EventBytes);
                var data = BinaryPrimitives.ReadUInt64LittleEndian(one[(Native.EventBytes - 8)..]);
                if (data == BellMark)
                {
                    _ = Native.Read(_bell, _rung, _rung.Length);
                    continue;
                }

                Find((int)(data & uint.MaxValue), (uint)(data >> 32))?.OnReady(BinaryPrimitives.ReadUInt32LittleEndian(one), _buffer);
            }

            while (_asked.TryDequeue(out var ask)) { ask(); }
            AfterRound?.Invoke();
        }
    }

    // A socket that took the place of another within one round must not hear what was meant for that.
    private SocketLink? Find(int slot, uint generation)
    {
        lock (_gate) { return slot < _links.Count && _links[slot] is { } link && link.Generation == generation ? link : null; }
    }

    /// <summary>Wakes who has paused long enough, and says how long there is nothing to do.</summary>
    private int Patience()
    {
        while (true)
        {
            SocketLink? due;
            lock (_gate)
            {
                if (!_paused.TryPeek(out due, out var at)) { return -1; }
                var left = at - Environment.TickCount64;
                if (left > 0) { return (int)Math.Min(left, 1_000); }
                _paused.Dequeue();
            }

            due.Resume();
        }
    }
}
