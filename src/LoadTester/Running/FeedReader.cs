using System.Buffers.Binary;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A batch or a snapshot that was read.</summary>
internal sealed class FeedFrame
{
    /// <summary>The bytes that say this.</summary>
    public required byte[] Bytes { get; init; }

    public string RoomId { get; init; } = "";

    public long Epoch { get; init; }

    public long First { get; init; }

    /// <summary>Of a snapshot: its position.</summary>
    public long Last { get; init; }

    public int Events { get; init; }

    /// <summary>What the batch itself does wrong; null: nothing.</summary>
    public string? Broken { get; init; }

    /// <summary>Of a snapshot: what is shown; null: nothing.</summary>
    public string? StreamId { get; init; }

    /// <summary>Sendings of this run in it.</summary>
    public (SendKind Kind, int Index)[] Own { get; init; } = [];

    /// <summary>When the earliest of them was scheduled; none: the largest number.</summary>
    public long OldestScheduled { get; init; } = long.MaxValue;

    /// <summary>Viewers that received it at <see cref="ReceivedAt"/> and are not in the figures yet.</summary>
    public int Receivers { get; set; }

    /// <summary>In the run's microseconds.</summary>
    public long ReceivedAt { get; set; }
}

/// <summary>
/// Reads feeds. All viewers of a room are sent the same bytes: they are read once, and for everyone else compared, which is as strict
/// and many times as fast. Each thread has its own memory of the newest.
/// </summary>
internal sealed class FeedReader(Load load)
{
    /// <summary>Receipts this close together, in microseconds, are counted as at the later end.</summary>
    private const long TogetherMicros = 250;

    private const int SlotsMax = 256;
    private const int RememberedBytesMax = 128 * 1024;

    // One thread reads for one run at a time: the runs of a test may follow one another on it.
    [ThreadStatic]
    private static Memory? _newest;

    private Memory Own => _newest?.Reader == this ? _newest : _newest = new Memory(this);

    /// <summary>A batch, for one viewer.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public FeedFrame Batch(WireProtocol protocol, ReadOnlySpan<byte> argument) => Find(argument, protocol, snapshot: false);

    /// <summary>A snapshot, for one viewer.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public FeedFrame Snapshot(WireProtocol protocol, ReadOnlySpan<byte> argument) => Find(argument, protocol, snapshot: true);

    /// <summary>A viewer has received what is in a frame, now.</summary>
    public void Received(FeedFrame frame)
    {
        if (frame.Own.Length == 0) { return; }
        var now = load.Clock.Micros;
        if (frame.Receivers > 0 && now - frame.ReceivedAt > TogetherMicros) { Count(frame); }
        if (frame.Receivers == 0)
        {
            frame.ReceivedAt = now;
            Own.Uncounted.Add(frame);
        }

        frame.Receivers++;
        if (!load.Dialer.IsLean) { CountAll(); }
    }

    /// <summary>Puts what this thread has received into the figures. After each round of messages.</summary>
    public void CountAll()
    {
        var uncounted = Own.Uncounted;
        foreach (var frame in uncounted) { Count(frame); }
        uncounted.Clear();
    }

    private void Count(FeedFrame frame)
    {
        if (frame.Receivers == 0) { return; }
        foreach (var (kind, index) in frame.Own)
        {
            load.FigureOf(kind).Record(frame.ReceivedAt + TogetherMicros - load.BookOf(kind).ScheduledAt(index), frame.Receivers);
        }

        frame.Receivers = 0;
    }

    private FeedFrame Find(ReadOnlySpan<byte> argument, WireProtocol protocol, bool snapshot)
    {
        if (argument.Length > RememberedBytesMax) { return Read(argument, protocol, snapshot); }
        var slots = Own.Slots;
        ref var slot = ref slots[SlotOf(argument)];
        if (slot is not null && argument.SequenceEqual(slot.Bytes)) { return slot; }
        if (slot is not null) { Count(slot); }
        return slot = Read(argument, protocol, snapshot);
    }

    // A few of its bytes are enough to spread them: what is found is compared as a whole.
    private static int SlotOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 16) { return 0; }
        var hash = (ulong)bytes.Length;
        for (var part = 0; part < 8; part++)
        {
            hash = unchecked((hash * 0x9E37_79B9_7F4A_7C15) + BinaryPrimitives.ReadUInt64LittleEndian(bytes[((bytes.Length - 8) * part / 7)..]));
        }

        return (int)((hash ^ (hash >> 29)) % SlotsMax);
    }

    private FeedFrame Read(ReadOnlySpan<byte> argument, WireProtocol protocol, bool snapshot)
    {
        var json = protocol == WireProtocol.Json ? argument : MessagePackJson.ToJson(argument);
        return snapshot ? ReadSnapshot(json, argument) : ReadBatch(json, argument);
    }

    private FeedFrame ReadBatch(ReadOnlySpan<byte> json, ReadOnlySpan<byte> bytes)
    {
        var batch = Own.Batch;
        batch.Read(json);
        var events = batch.Events;
        string? broken = null;
        for (var index = 1; index < events.Count && broken is null; index++)
        {
            if (events[index].Sequence != events[index - 1].Sequence + 1)
            {
                broken = $"within one batch, event {batch.Epoch}/{events[index].Sequence} came after {batch.Epoch}/{events[index - 1].Sequence}";
            }
        }

        var own = new List<(SendKind, int)>();
        foreach (var one in events.Concat(batch.Merged))
        {
            if (one.Key == Guid.Empty || !load.Keys.TryRead(one.Key, out var kind, out var index) || index >= load.BookOf(kind).Planned) { continue; }
            own.Add((kind, index));
            load.BookOf(kind).Announce(index, new RoomPosition(batch.Epoch, one.Sequence));
        }

        return new FeedFrame
        {
            Bytes = bytes.ToArray(),
            RoomId = batch.RoomId,
            Epoch = batch.Epoch,
            First = events[0].Sequence,
            Last = events[^1].Sequence,
            Events = events.Count,
            Broken = broken,
            Own = [.. own],
            OldestScheduled = own.Count == 0 ? long.MaxValue : own.Min(one => load.BookOf(one.Item1).ScheduledAt(one.Item2)),
        };
    }

    private static FeedFrame ReadSnapshot(ReadOnlySpan<byte> json, ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = WireJson.DepthMax });
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            var (position, room) = (document.RootElement.GetProperty("position"), document.RootElement.GetProperty("room"));
            var stream = room.GetProperty("stream");
            return new FeedFrame
            {
                Bytes = bytes.ToArray(),
                RoomId = room.GetProperty("roomId").GetString() ?? "",
                Epoch = position.GetProperty("epoch").GetInt64(),
                Last = position.GetProperty("sequence").GetInt64(),
                StreamId = stream.GetProperty("phase").GetString() is "live" or "interrupted" ? stream.GetProperty("streamId").GetString() : null,
            };
        }
        catch (Exception broken) when (broken is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException("A snapshot has a position and a room.", broken);
        }
    }

    private sealed class Memory(FeedReader reader)
    {
        public FeedReader Reader => reader;

        public FeedFrame?[] Slots { get; } = new FeedFrame?[SlotsMax];

        public List<FeedFrame> Uncounted { get; } = [];

        public FeedBatch Batch { get; } = new();
    }
}
