using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LiveCommerce.Silo.Ledger;

/// <summary>128 bits of a key. Hashed with secret numbers, because clients choose them.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct KeyBits(ulong High, ulong Low)
{
    private static readonly ulong[] Secret = MakeSecret();

    /// <summary>As spread as if it were drawn.</summary>
    public uint Hash
    {
        get
        {
            var mixed = unchecked(((High + Secret[0]) * Secret[1]) ^ ((Low + Secret[2]) * Secret[3]));
            mixed ^= mixed >> 29;
            return (uint)(unchecked(mixed * Secret[4]) >> 32);
        }
    }

    public static KeyBits Of(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return new KeyBits(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return new Guid(bytes, bigEndian: true);
    }

    private static ulong[] MakeSecret()
    {
        var numbers = MemoryMarshal.Cast<byte, ulong>(RandomNumberGenerator.GetBytes(5 * sizeof(ulong))).ToArray();
        for (var i = 1; i < numbers.Length; i++) { numbers[i] |= 1; }
        return numbers;
    }
}

/// <summary>
/// A map that only grows and takes hardly more memory than what is in it: rows in small blocks, each chained to the next of its bucket
/// by a number. No object per entry, nothing that is copied to grow but the buckets.
/// </summary>
internal sealed class CompactMap<TValue>
    where TValue : unmanaged
{
    // Small enough that a block is an ordinary object to the garbage collector, whatever the value.
    private const int BlockBits = 9;
    private const int BlockSize = 1 << BlockBits;
    private const int BucketsMin = 16;

    // Entries a bucket, on average, before there are twice as many buckets.
    private const int ChainMax = 4;

    private readonly List<Row[]> _blocks = [];
    private int[] _buckets = new int[BucketsMin];

    public int Count { get; private set; }

    /// <summary>Every key.</summary>
    public IEnumerable<KeyBits> Keys
    {
        get
        {
            for (var i = 0; i < Count; i++) { yield return At(i).Key; }
        }
    }

    public bool TryGet(KeyBits key, out TValue value)
    {
        for (var next = _buckets[BucketOf(key)]; next != 0;)
        {
            ref var row = ref At(next - 1);
            if (row.Key == key)
            {
                value = row.Value;
                return true;
            }

            next = row.Next;
        }

        value = default;
        return false;
    }

    /// <summary>Adds or replaces.</summary>
    public void Set(KeyBits key, TValue value)
    {
        var bucket = BucketOf(key);
        for (var next = _buckets[bucket]; next != 0;)
        {
            ref var row = ref At(next - 1);
            if (row.Key == key)
            {
                row.Value = value;
                return;
            }

            next = row.Next;
        }

        if (Count == _buckets.Length * ChainMax)
        {
            Grow();
            bucket = BucketOf(key);
        }

        if (Count == _blocks.Count * BlockSize) { _blocks.Add(new Row[BlockSize]); }
        At(Count) = new Row { Key = key, Value = value, Next = _buckets[bucket] };
        _buckets[bucket] = ++Count;
    }

    private ref Row At(int index) => ref _blocks[index >> BlockBits][index & (BlockSize - 1)];

    private int BucketOf(KeyBits key) => (int)(key.Hash & (uint)(_buckets.Length - 1));

    private void Grow()
    {
        _buckets = new int[_buckets.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            ref var row = ref At(i);
            ref var bucket = ref _buckets[BucketOf(row.Key)];
            row.Next = bucket;
            bucket = i + 1;
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Row
    {
        public KeyBits Key;
        public TValue Value;

        /// <summary>The place of the next row of its bucket, plus one; 0: there is none.</summary>
        public int Next;
    }
}
