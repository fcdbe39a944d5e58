using System.Numerics;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>Latencies in buckets that grow with the value, within 1.6 %. One thread records: a locked count a message would be felt.</summary>
internal sealed class Latencies
{
    private const int SubBits = 6;
    private readonly long[] _counts = new long[(64 - SubBits) << SubBits];

    public long Count { get; private set; }

    /// <summary>Records one.</summary>
    public void Record(long microseconds)
    {
        var value = (ulong)Math.Max(0, microseconds);
        var shift = value < 1 << SubBits ? 0 : BitOperations.Log2(value) - SubBits;
        _counts[(shift << SubBits) + (int)(value >> shift)]++;
        Count++;
    }

    /// <summary>Milliseconds that a share of all does not exceed; 0 when there are none.</summary>
    public double Percentile(double percent)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        long passed = 0;
        for (var index = 0; index < _counts.Length && Count > 0; index++)
        {
            passed += _counts[index];
            if (passed < rank) { continue; }
            var shift = index < 2 << SubBits ? 0 : (index >> SubBits) - 1;
            return (((long)(index - (shift << SubBits)) + 1) << shift) / 1000.0;
        }

        return 0;
    }
}

/// <summary>What a group of viewers received in one run.</summary>
internal sealed class Tally
{
    /// <summary>From the scheduled sending to a viewer, in microseconds.</summary>
    public Latencies All { get; } = new();

    /// <summary>Of those, gifts.</summary>
    public Latencies Gifts { get; } = new();

    /// <summary>Frames with messages.</summary>
    public long Frames { get; set; }

    /// <summary>Snapshots given to somebody who was inside.</summary>
    public long Skips { get; set; }
}

/// <summary>What is sent in one run and when each message was due.</summary>
internal sealed class Schedule
{
    // Only the calls' answers that came back; what went wrong with the others is told in words.
    private long _answered;
    private long _refused;
    private string? _firstRefusal;

    /// <summary>Due times are filled in by who speaks.</summary>
    /// <param name="first">Number of the first message; those of earlier runs are lower.</param>
    public Schedule(int first, int perSecond, double seconds, int giftEvery)
    {
        First = first;
        PerSecond = perSecond;
        GiftEvery = giftEvery;
        DueAt = new long[(int)Math.Ceiling(perSecond * seconds)];
        Groups = [new Tally(), new Tally()];
    }

    public int First { get; }

    public int PerSecond { get; }

    /// <summary>Every so many messages one is a gift; 0: none.</summary>
    public int GiftEvery { get; }

    /// <summary>By the monotonic clock.</summary>
    public long[] DueAt { get; }

    /// <summary>Viewers who are inside, and those who come and go.</summary>
    public Tally[] Groups { get; }

    /// <summary>Messages that were sent.</summary>
    public int Sent { get; set; }

    public long Answered => Interlocked.Read(ref _answered);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>What a refused call was told.</summary>
    public string? FirstRefusal => _firstRefusal;

    public bool IsGift(int index) => GiftEvery > 0 && index % GiftEvery == GiftEvery - 1;

    /// <summary>A call has its answer.</summary>
    public void Answer(ReadOnlySpan<byte> refusal)
    {
        if (!refusal.IsEmpty)
        {
            Interlocked.Increment(ref _refused);
            _firstRefusal ??= System.Text.Encoding.UTF8.GetString(refusal);
        }

        Interlocked.Increment(ref _answered);
    }
}
