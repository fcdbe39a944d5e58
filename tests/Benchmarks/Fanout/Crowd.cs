using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>Where a member of the crowd is.</summary>
internal enum Place
{
    Away = 0,
    Connecting = 1,
    Upgrading = 2,
    Greeting = 3,
    Joining = 4,
    Inside = 5,
}

/// <summary>One viewer.</summary>
internal sealed class Member(int number, string? cookie)
{
    public int Number => number;

    /// <summary>Who it is; null for a guest.</summary>
    public string? Cookie => cookie;

    public int Descriptor { get; set; } = -1;

    public Place Place { get; set; }

    /// <summary>0: stays inside; 1: comes and goes.</summary>
    public int Group { get; set; }

    /// <summary>Size of its receive buffer; 0: the kernel's choice.</summary>
    public int ReceiveBytes { get; set; }

    /// <summary>It is kept out.</summary>
    public bool Stays { get; set; }

    /// <summary>The start of a frame whose end has not come.</summary>
    public byte[]? Rest { get; set; }

    public int RestLength { get; set; }

    /// <summary>The first frames of a message in several.</summary>
    public ArrayBufferWriter<byte>? Parts { get; set; }
}

/// <summary>
/// Thousands of viewers on one thread that waits for all of them at once. The same for every server that is compared: only what is said
/// on the connection differs (<see cref="Dialect"/>).
/// </summary>
internal sealed class Crowd : IDisposable
{
    private const int EventsMax = 1_024;
    private const int BufferBytes = 512 * 1024;
    private const int AddressesMax = 250;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly Dialect _dialect;
    private readonly int _port;
    private readonly int _poll = Native.CreatePoll(0);
    private readonly Member[] _members;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly PriorityQueue<Member, long> _coming = new();
    private readonly ConcurrentQueue<Action> _asked = new();
    private readonly Thread _thread;
    private readonly int _connectingMax;
    private Schedule _schedule = new(0, 1, 0, 0);
    private volatile bool _over;
    private volatile int _inside;
    private int _connecting;
    private int _pinged;
    private long _pingedAt = Stopwatch.GetTimestamp();
    private Exception? _problem;

    /// <summary>Starts its thread; nobody comes yet.</summary>
    /// <param name="cookies">Of the first members; the others are guests.</param>
    public Crowd(Uri server, Dialect dialect, int viewers, IReadOnlyList<string> cookies, int connectingMax = 500)
    {
        (_dialect, _port, _connectingMax) = (dialect, server.Port, connectingMax);
        _members = [.. Enumerable.Range(0, viewers).Select(number => new Member(number, number < cookies.Count ? cookies[number] : null))];
        _thread = new Thread(Run) { IsBackground = true, Name = "crowd" };
        _thread.Start();
    }

    public int Inside => _inside;

    public int Count => _members.Length;

    /// <summary>Connections that ended although nobody here wanted it.</summary>
    public int Lost { get; private set; }

    /// <summary>Joins that were told to come later.</summary>
    public int PutOff { get; private set; }

    /// <summary>What a server said when it sent somebody away.</summary>
    public string? FirstGoodbye { get; private set; }

    public Member this[int number] => _members[number];

    /// <summary>What is counted from now on.</summary>
    public Schedule Schedule
    {
        get => Volatile.Read(ref _schedule);
        set => Volatile.Write(ref _schedule, value);
    }

    /// <summary>Members come, and who is lost comes again.</summary>
    public Task EnterAsync(int from, int count) => AskAsync(() =>
    {
        for (var number = from; number < from + count; number++)
        {
            _members[number].Stays = true;
            _coming.Enqueue(_members[number], 0);
        }
    });

    /// <summary>Members vanish, as phones do.</summary>
    public Task VanishAsync(int from, int count) => AskAsync(() =>
    {
        for (var number = from; number < from + count; number++) { Part(_members[number], stays: false); }
    });

    /// <summary>Members read no more; their connections stay open.</summary>
    public Task StopReadingAsync(int from, int count) => AskAsync(() =>
    {
        for (var number = from; number < from + count; number++)
        {
            if (_members[number].Descriptor >= 0) { Native.Forget(_poll, _members[number].Descriptor); }
        }
    });

    /// <summary>Until so many are inside.</summary>
    public async Task WhenInsideAsync(int count)
    {
        var began = Stopwatch.GetTimestamp();
        while (_inside < count)
        {
            if (_problem is { } problem) { throw new InvalidOperationException("The crowd has ended.", problem); }
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException($"{_inside} of {count} viewers are inside after {Patience.TotalSeconds} s. {FirstGoodbye}");
            }

            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    /// <summary>One member says something. From any one thread.</summary>
    public bool Say(int member, int number, bool gift)
    {
        var from = _members[member];
        return from.Place == Place.Inside && Native.Send(from.Descriptor, Frame(_dialect.Say(number, gift), _dialect.IsBinary));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = true;
        _thread.Join();
        foreach (var member in _members) { Hang(member); }
        _ = Native.Close(_poll);
    }

    /// <summary>A client's frame. The mask of zeros is a mask, and costs nobody anything.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload, bool binary, int operation = 0)
    {
        var header = payload.Length < 126 ? 6 : 8;
        var frame = new byte[header + payload.Length];
        frame[0] = (byte)(0x80 | (operation != 0 ? operation : binary ? 2 : 1));
        frame[1] = (byte)(0x80 | (header == 6 ? payload.Length : 126));
        if (header == 8) { (frame[2], frame[3]) = ((byte)(payload.Length >> 8), (byte)(payload.Length & 0xff)); }
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>Writes on a member's connection.</summary>
    public void Send(Member member, ReadOnlySpan<byte> payload) => Native.Send(member.Descriptor, Frame(payload, _dialect.IsBinary));

    /// <summary>The member has been let in.</summary>
    public void LetIn(Member member)
    {
        if (member.Place != Place.Inside) { _inside++; }
        member.Place = Place.Inside;
    }

    /// <summary>The member has to come again.</summary>
    public void ComeLater(Member member, TimeSpan wait)
    {
        PutOff++;
        Part(member, stays: true);
        _coming.Enqueue(member, Stopwatch.GetTimestamp() + (long)(wait.TotalSeconds * Stopwatch.Frequency));
    }

    /// <summary>The server sent a member away.</summary>
    public void SentAway(ReadOnlySpan<byte> why) => FirstGoodbye ??= Encoding.UTF8.GetString(why[..Math.Min(why.Length, 300)]);

    /// <summary>Counts the messages in what a member received.</summary>
    public void Received(Member member, ReadOnlySpan<byte> message)
    {
        var schedule = Schedule;
        var tally = schedule.Groups[member.Group];
        var now = Stopwatch.GetTimestamp();
        var found = false;
        while (Mark.TryNext(ref message, out var number))
        {
            var index = number - schedule.First;
            if (index < 0 || index >= schedule.DueAt.Length) { continue; }
            var micros = (now - schedule.DueAt[index]) / (Stopwatch.Frequency / 1_000_000);
            tally.All.Record(micros);
            if (schedule.IsGift(index)) { tally.Gifts.Record(micros); }
            found = true;
        }

        if (found) { tally.Frames++; }
    }

    private Task AskAsync(Action what)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(() =>
        {
            what();
            done.SetResult();
        });
        return done.Task;
    }

    private void Run()
    {
        try
        {
            var events = new byte[EventsMax * Native.EventBytes];
            while (!_over)
            {
                while (_asked.TryDequeue(out var ask)) { ask(); }
                LetCome();
                Ping();
                var count = Native.Wait(_poll, events, EventsMax, _coming.Count > 0 ? 1 : 5);
                for (var at = 0; at < count; at++)
                {
                    var item = events.AsSpan(at * Native.EventBytes, Native.EventBytes);
                    Happened(_members[(int)BitConverter.ToInt64(item[Native.EventDataAt..])], BitConverter.ToInt32(item));
                }
            }
        }
        catch (Exception problem)
        {
            _problem = problem;
        }
    }

    private void LetCome()
    {
        var now = Stopwatch.GetTimestamp();
        while (_connecting < _connectingMax && _coming.TryPeek(out var member, out var dueAt) && dueAt <= now)
        {
            _coming.Dequeue();
            if (!member.Stays || member.Place != Place.Away) { continue; }
            var address = ((byte)1, (byte)((member.Number % AddressesMax) + 1));
            member.Descriptor = Native.Connect(_port, address, member.ReceiveBytes);
            member.Place = Place.Connecting;
            _connecting++;
            Native.Watch(_poll, member.Descriptor, member.Number, Native.WriteReady, isNew: true);
        }
    }

    // A few at a time, so that they do not all answer in one moment.
    private void Ping()
    {
        if (_dialect.Ping.IsEmpty || _members.Length == 0) { return; }
        var due = (int)(Stopwatch.GetElapsedTime(_pingedAt) / PingEvery * _members.Length);
        if (due < 50 && due < _members.Length) { return; }
        _pingedAt = Stopwatch.GetTimestamp();
        for (var i = 0; i < Math.Min(due, _members.Length); i++)
        {
            var member = _members[_pinged++ % _members.Length];
            if (member.Place == Place.Inside) { Send(member, _dialect.Ping.Span); }
        }
    }

    private void Happened(Member member, int events)
    {
        if (member.Place == Place.Away) { return; }
        if (member.Place == Place.Connecting)
        {
            if ((events & Native.Gone) != 0)
            {
                Lose(member);
                return;
            }

            member.Place = Place.Upgrading;
            Native.Watch(_poll, member.Descriptor, member.Number, Native.ReadReady, isNew: false);
            Native.Send(member.Descriptor, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"GET {_dialect.Path} HTTP/1.1\r\nHost: localhost:{_port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{(member.Cookie is { } cookie ? $"Cookie: {cookie}\r\n" : "")}\r\n")));
            return;
        }

        Read(member);
    }

    private void Read(Member member)
    {
        var start = member.RestLength;
        if (start > 0) { member.Rest.AsSpan(0, start).CopyTo(_buffer); }
        var count = Native.Receive(member.Descriptor, _buffer.AsSpan(start), out var again);
        if (count <= 0)
        {
            if (!again) { Lose(member); }
            return;
        }

        var here = _buffer.AsSpan(0, start + count);
        var taken = Take(member, here);
        if (member.Place == Place.Away) { return; }
        Keep(member, here[taken..]);
    }

    private static void Keep(Member member, ReadOnlySpan<byte> rest)
    {
        if (member.Rest is { } held && (rest.IsEmpty || held.Length < rest.Length))
        {
            ArrayPool<byte>.Shared.Return(held);
            member.Rest = null;
        }

        member.RestLength = rest.Length;
        if (rest.IsEmpty) { return; }
        member.Rest ??= ArrayPool<byte>.Shared.Rent(rest.Length);
        rest.CopyTo(member.Rest);
    }

    /// <summary>Takes whole frames.</summary>
    /// <returns>Bytes that were taken.</returns>
    private int Take(Member member, ReadOnlySpan<byte> here)
    {
        var at = 0;
        if (member.Place == Place.Upgrading)
        {
            var end = here.IndexOf("\r\n\r\n"u8);
            if (end < 0) { return 0; }
            if (!here.StartsWith("HTTP/1.1 101"u8))
            {
                SentAway(here);
                ComeLater(member, _dialect.RetryAfter(here) ?? RetryAfter);
                return 0;
            }

            at = end + 4;
            member.Place = Place.Greeting;
            _connecting--;
            _dialect.Greet(this, member);
        }

        while (member.Place != Place.Away && TryFrame(here[at..], out var header, out var length))
        {
            var payload = here.Slice(at + header, length);
            TakeFrame(member, here[at], payload);
            at += header + length;
        }

        return at;
    }

    private static bool TryFrame(ReadOnlySpan<byte> here, out int header, out int length)
    {
        (header, length) = (2, 0);
        if (here.Length < 2) { return false; }
        length = here[1] & 0x7f;
        if (length == 126)
        {
            header = 4;
            if (here.Length < header) { return false; }
            length = (here[2] << 8) | here[3];
        }
        else if (length == 127)
        {
            header = 10;
            if (here.Length < header) { return false; }
            length = (int)System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(here[2..]);
        }

        return here.Length >= header + length;
    }

    private void TakeFrame(Member member, byte first, ReadOnlySpan<byte> payload)
    {
        var (operation, whole) = (first & 0x0f, (first & 0x80) != 0);
        switch (operation)
        {
            case 8:
                Lose(member);
                break;
            case 9:
                Native.Send(member.Descriptor, Frame(payload, binary: false, operation: 10));
                break;
            case 10:
                break;
            case var _ when !whole:
                (member.Parts ??= new ArrayBufferWriter<byte>()).Write(payload);
                break;
            case var _ when member.Parts is { } parts:
                parts.Write(payload);
                member.Parts = null;
                _dialect.Hear(this, member, parts.WrittenSpan);
                break;
            default:
                _dialect.Hear(this, member, payload);
                break;
        }
    }

    private void Lose(Member member)
    {
        var stays = member.Stays;
        Part(member, stays);
        if (!stays) { return; }
        Lost++;
        _coming.Enqueue(member, Stopwatch.GetTimestamp() + (long)(RetryAfter.TotalSeconds * Random.Shared.NextDouble() * Stopwatch.Frequency));
    }

    private void Part(Member member, bool stays)
    {
        member.Stays = stays;
        if (member.Place == Place.Inside) { _inside--; }
        if (member.Place is Place.Connecting or Place.Upgrading) { _connecting--; }
        Hang(member);
    }

    private static void Hang(Member member)
    {
        member.Place = Place.Away;
        if (member.Descriptor >= 0) { _ = Native.Close(member.Descriptor); }
        member.Descriptor = -1;
        member.RestLength = 0;
        member.Parts = null;
    }
}
