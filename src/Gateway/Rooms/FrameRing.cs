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

    /// <summary>This and what follows on it.</summary>
    public Frame With(RoomBatch later) => new(Batch with { Events = [.. Batch.Events, .. later.Events.Where(happened => happened.Sequence > Last)] }, TakenAt);

    /// <summary>What viewers are told of a batch.</summary>
    public static WireMessage Encode(RoomBatch batch) => WireMessage.Call("batch", batch.HoldMs is null ? batch : batch with { HoldMs = null });

    private sealed class Rest(long after, WireMessage message)
    {
        public long After => after;

        public WireMessage Message => message;
    }
}

/// <summary>
/// The newest batches of one room, in order and without a hole. Of those that are told by turns, the batches of a round are kept as one. Not
/// safe for several threads, except where it says so.
/// </summary>
internal sealed class FrameRing(int framesMax, TimeSpan age, TimeProvider time)
{
    /// <summary>Events of a frame made of several batches; a few hundred kilobytes at most.</summary>
    public const int JoinedEventsMax = 2_048;

    /// <summary>Places that something was told from, of the same newest batch, that are remembered.</summary>
    private const int TailsMax = 64;

    private readonly List<Frame> _frames = [];
    private readonly Dictionary<long, WireMessage> _tails = [];

    public void Add(Frame frame)
    {
        _tails.Clear();
        if (frame.Batch.HoldMs is not null && _frames.Count > 0 && TakesMore(_frames[^1], frame))
        {
            _frames[^1] = _frames[^1].With(frame.Batch);
            return;
        }

        _frames.Add(frame);
        while (_frames.Count > framesMax || time.GetElapsedTime(_frames[0].TakenAt) > age) { _frames.RemoveAt(0); }
    }

    public void Clear()
    {
        _frames.Clear();
        _tails.Clear();
    }

    /// <summary>The frames with events after a position; null when some of them are gone.</summary>
    public IReadOnlyList<Frame>? After(RoomPosition position, RoomPosition head)
    {
        if (position.Epoch != head.Epoch) { return null; }
        if (position >= head) { return []; }
        return _frames.Count > 0 && _frames[0] is var oldest && oldest.Epoch == head.Epoch && oldest.First <= position.Sequence + 1
            ? [.. _frames.Where(frame => frame.Last > position.Sequence)]
            : null;
    }

    /// <summary>All that came after a position as one message, made once for all who are there. Safe for several threads while nothing is added.</summary>
    /// <returns>Null when some of it is gone, or it is too much for one.</returns>
    public WireMessage? Tail(RoomPosition position, RoomPosition head)
    {
        lock (_tails)
        {
            if (_tails.TryGetValue(position.Sequence, out var made)) { return made; }
            if (After(position, head) is not { Count: > 0 } frames || frames.Sum(frame => frame.Batch.Events.Count) > JoinedEventsMax) { return null; }

            made = frames.Count == 1
                ? frames[0].After(position.Sequence)
                : Frame.Encode(frames[0].Batch with { Events = [.. frames.SelectMany(frame => frame.Batch.Events).Where(happened => happened.Sequence > position.Sequence)] });
            if (_tails.Count >= TailsMax) { _tails.Clear(); }
            _tails[position.Sequence] = made;
            return made;
        }
    }

    private bool TakesMore(Frame newest, Frame next) =>
        newest.Batch.HoldMs is not null && newest.Epoch == next.Epoch && time.GetElapsedTime(newest.TakenAt).TotalMilliseconds < next.Batch.HoldMs
        && newest.Batch.Events.Count + next.Batch.Events.Count <= JoinedEventsMax;
}
