using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.LoadTester.Checks;

/// <summary>What became of one sending.</summary>
internal enum SendState : byte
{
    Planned = 0,
    Sent = 1,
    Acknowledged = 2,
    Refused = 3,

    /// <summary>No answer came: it may have happened.</summary>
    Unknown = 4,
}

/// <summary>Every sending of one kind, planned before the run, so that its memory is known.</summary>
internal sealed class SendBook(int planned)
{
    private readonly long[] _scheduled = new long[planned];
    private readonly byte[] _states = new byte[planned];
    private readonly int[] _senders = new int[planned];
    private readonly int[] _rooms = new int[planned];
    private readonly RoomPosition[] _announced = new RoomPosition[planned];
    private readonly Lock _gate = new();
    private int _sent;
    private int _acknowledged;
    private int _refused;
    private int _unknown;
    private int _repeats;

    /// <summary>How many there can be.</summary>
    public int Planned => planned;

    public int Sent => Volatile.Read(ref _sent);

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public int Refused => Volatile.Read(ref _refused);

    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>Sendings that stand in a feed more than once.</summary>
    public int Repeats => Volatile.Read(ref _repeats);

    /// <summary>Whether each that was sent has its outcome.</summary>
    public bool Settled => Sent == Acknowledged + Refused + Unknown;

    /// <summary>Before it goes out.</summary>
    public void Send(int index, int sender, int room, long scheduledMicros)
    {
        _senders[index] = sender;
        _rooms[index] = room;
        Volatile.Write(ref _scheduled[index], scheduledMicros);
        Volatile.Write(ref _states[index], (byte)SendState.Sent);
        Interlocked.Increment(ref _sent);
    }

    /// <summary>When its answer is known, or will not come.</summary>
    public void Settle(int index, SendState outcome)
    {
        Volatile.Write(ref _states[index], (byte)outcome);
        Interlocked.Increment(ref outcome == SendState.Acknowledged ? ref _acknowledged : ref outcome == SendState.Refused ? ref _refused : ref _unknown);
    }

    /// <summary>It stands in its room's feed, at a place.</summary>
    public void Announce(int index, RoomPosition at)
    {
        lock (_gate)
        {
            if (_announced[index] == default) { _announced[index] = at; }
            else if (_announced[index] != at) { _repeats++; }
        }
    }

    public SendState StateOf(int index) => (SendState)Volatile.Read(ref _states[index]);

    /// <summary>When it should have gone out.</summary>
    public long ScheduledAt(int index) => Volatile.Read(ref _scheduled[index]);

    /// <summary>Who sent it.</summary>
    public int SenderOf(int index) => _senders[index];

    /// <summary>In which room.</summary>
    public int RoomOf(int index) => _rooms[index];

    /// <summary>Where it stands in its room's feed; null: nobody saw it there.</summary>
    public RoomPosition? AnnouncedAt(int index)
    {
        lock (_gate) { return _announced[index] == default ? null : _announced[index]; }
    }

    /// <summary>The indices in a state.</summary>
    public IEnumerable<int> In(SendState state) => Enumerable.Range(0, planned).Where(index => StateOf(index) == state);
}
