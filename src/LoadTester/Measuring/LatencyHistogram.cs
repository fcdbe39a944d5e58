using System.Numerics;

namespace LiveCommerce.LoadTester.Measuring;

/// <summary>
/// Counts latencies in buckets that grow with the value, so that a fixed amount of memory answers every percentile within 1.6 %.
/// Any number of threads may record.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>What is longer counts as this: an hour, in microseconds.</summary>
    public const long MicrosecondsMax = 3_600_000_000;

    // Each power of two is cut into 64 buckets.
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;

    private static readonly int Buckets = IndexOf(MicrosecondsMax) + 1;

    private readonly long[] _counts = new long[Buckets];
    private long _count;
    private long _max;

    /// <summary>Latencies recorded.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The longest, exactly, in microseconds.</summary>
    public long Max => Volatile.Read(ref _max);

    /// <summary>Records one. Negative counts as 0: two clocks' readings may cross.</summary>
    public void Record(long microseconds) => Record(microseconds, 1);

    /// <summary>Records the same several times.</summary>
    public void Record(long microseconds, int times)
    {
        var value = Math.Clamp(microseconds, 0, MicrosecondsMax);
        Interlocked.Add(ref _counts[IndexOf(value)], times);
        Interlocked.Add(ref _count, times);
        Raise(value);
    }

    /// <summary>Adds all of another: as if everything had been recorded here.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var index = 0; index < _counts.Length; index++)
        {
            var more = Volatile.Read(ref other._counts[index]);
            if (more == 0) { continue; }
            Interlocked.Add(ref _counts[index], more);
            Interlocked.Add(ref _count, more);
        }

        Raise(other.Max);
    }

    /// <summary>As it is now.</summary>
    public LatencyHistogram Copy()
    {
        var copy = new LatencyHistogram();
        copy.Add(this);
        return copy;
    }

    /// <summary>What was recorded after a copy was taken. The longest is known as its bucket's end.</summary>
    public LatencyHistogram Since(LatencyHistogram earlier)
    {
        var later = new LatencyHistogram();
        for (var index = 0; index < _counts.Length; index++)
        {
            var more = Volatile.Read(ref _counts[index]) - earlier._counts[index];
            if (more <= 0) { continue; }
            later._counts[index] = more;
            later._count += more;
            later._max = Math.Min(EndOf(index), Max);
        }

        return later;
    }

    /// <summary>The value that a share of all latencies does not exceed, rounded up to its bucket's end; 0 when nothing was recorded.</summary>
    /// <param name="percent">0 to 100.</param>
    public long Percentile(double percent)
    {
        var count = Count;
        if (count == 0) { return 0; }

        var rank = Math.Clamp((long)Math.Ceiling(count * percent / 100), 1, count);
        long passed = 0;
        for (var index = 0; index < _counts.Length; index++)
        {
            passed += Volatile.Read(ref _counts[index]);
            if (passed >= rank) { return Math.Min(EndOf(index), Max); }
        }

        return Max;
    }

    private void Raise(long value)
    {
        var seen = Volatile.Read(ref _max);
        while (value > seen)
        {
            var before = Interlocked.CompareExchange(ref _max, value, seen);
            if (before == seen) { return; }
            seen = before;
        }
    }

    /// <summary>The bucket of a value.</summary>
    private static int IndexOf(long value)
    {
        if (value < SubBuckets) { return (int)value; }
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return (shift * SubBuckets) + (int)(value >> shift);
    }

    /// <summary>The largest value of a bucket.</summary>
    private static long EndOf(int index)
    {
        if (index < 2 * SubBuckets) { return index; }
        var shift = (index / SubBuckets) - 1;
        return (((long)(index - (shift * SubBuckets)) + 1) << shift) - 1;
    }
}
