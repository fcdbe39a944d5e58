namespace LiveCommerce.LoadTester.Checks;

/// <summary>Which gifts of the run a viewer has seen: one bit each.</summary>
internal sealed class SeenSet(int planned)
{
    private readonly ulong[] _bits = new ulong[(planned + 63) / 64];

    /// <summary>How often a gift came that was seen already. The protocol announces at least once, and players drop repeats.</summary>
    public int Repeats { get; private set; }

    /// <summary>Bytes of memory.</summary>
    public static long BytesFor(int planned) => (planned + 63) / 64 * 8L;

    public bool Contains(int index) => (Volatile.Read(ref _bits[index / 64]) & (1UL << (index % 64))) != 0;

    /// <summary>Adds one from a batch or a snapshot. One thread at a time.</summary>
    /// <param name="index">Of the gift.</param>
    /// <param name="announced">True for a batch: there a known one is a repeat. A snapshot tells the last gifts again by design.</param>
    /// <returns>Whether it is new.</returns>
    public bool Add(int index, bool announced)
    {
        if (Contains(index))
        {
            if (announced) { Repeats++; }
            return false;
        }

        Volatile.Write(ref _bits[index / 64], _bits[index / 64] | (1UL << (index % 64)));
        return true;
    }
}
