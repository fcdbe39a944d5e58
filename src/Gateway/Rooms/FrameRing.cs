using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>One batch with its bytes, which are made once per protocol however many viewers get them. Safe for several threads.</summary>
internal sealed class Frame(RoomBatch batch, long takenAt)
{
    private Rest? _rest;

    public RoomBatch Batch { get; } = batch;

    /// <summary>When it came, by the process's clock.</summary>
    public long TakenAt { get; } = takenAt;

    public long Epoch => Batch.Epoch;

    public long First => Batch.Events[0].Sequence;

    public long Last => Batch.Events[^1].Sequence;

    public WireMessage Message { get; } = Encode(batch);

    /// <summary>The events after a sequence: for those whose snapshot was taken in the middle of the batch. Made once for all of them.</summary>
    public WireMessage After(long sequence)
    {
        // The lambda is elsewhere: here it would cost an object for every viewer.
        if (sequence < First) { return Message; }
        return Volatile.Read(ref _rest) is { } rest && rest.After == sequence ? rest.Message : EncodeRest(sequence);
    }

    private WireMessage EncodeRest(long sequence)
    {
        var message = Encode(Batch with { Events = [.. Batch.Events.Where(happened => happened.Sequence > sequence)] });
        Volatile.Write(ref _rest, new Rest(sequence, message));
        return message;
    }

    private static WireMessage Encode(RoomBatch batch) => WireMessage.Call("batch", batch);

    private sealed class Rest(long after, WireMessage message)
    {
        public long After => after;

        public WireMessage Message => message;
    }
}

/// <summary>The newest batches of one room, in order and without a hole. Not safe for several threads.</summary>
internal sealed class FrameRing(int framesMax, TimeSpan age, TimeProvider time)
{
    private readonly Queue<Frame> _frames = new();

    public void Add(Frame frame)
    {
        _frames.Enqueue(frame);
        while (_frames.Count > framesMax || time.GetElapsedTime(_frames.Peek().TakenAt) > age) { _frames.Dequeue(); }
    }

    public void Clear() => _frames.Clear();

    /// <summary>The frames with events after a position; null when some of them are gone.</summary>
    public IReadOnlyList<Frame>? After(RoomPosition position, RoomPosition head)
    {
        if (position.Epoch != head.Epoch) { return null; }
        if (position >= head) { return []; }
        return _frames.TryPeek(out var oldest) && oldest.Epoch == head.Epoch && oldest.First <= position.Sequence + 1
            ? [.. _frames.Where(frame => frame.Last > position.Sequence)]
            : null;
    }
}
