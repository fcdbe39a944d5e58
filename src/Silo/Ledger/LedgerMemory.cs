using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>A bounded map: when the newer half is full, the older half is forgotten at once. Used values move to the newer half.</summary>
/// <param name="capacity">Entries at most.</param>
internal sealed class HalvingMap<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly int _half = Math.Max(1, capacity / 2);
    private Dictionary<TKey, TValue> _newer = [];
    private Dictionary<TKey, TValue> _older = [];

    public int Count => _newer.Count + _older.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_newer.TryGetValue(key, out value)) { return true; }
        if (!_older.Remove(key, out value)) { return false; }
        _newer.Add(key, value);
        return true;
    }

    /// <summary>Adds or replaces.</summary>
    /// <returns>What was forgotten for it; null when nothing was.</returns>
    public IReadOnlyDictionary<TKey, TValue>? Set(TKey key, TValue value)
    {
        _older.Remove(key);
        _newer[key] = value;
        if (_newer.Count < _half) { return null; }
        var forgotten = _older;
        (_older, _newer) = (_newer, []);
        return forgotten.Count == 0 ? null : forgotten;
    }

    public void Clear()
    {
        _newer = [];
        _older = [];
    }
}

/// <summary>
/// The keys this owner has moved, and the answer to whether a key that is not among them may be stored: keys carry their time,
/// and below a horizon the store must be asked. So new gifts need no lookup, and old ones are never forgotten.
/// </summary>
/// <remarks>Packed: a key takes about 40 bytes.</remarks>
/// <param name="capacity">Keys at most.</param>
internal sealed class KeyMemory(int capacity)
{
    private readonly int _half = Math.Max(1, capacity / 2);

    // Answers with numbers too great for the packed form: few.
    private readonly HalvingMap<Guid, RememberedAnswer> _others = new(Math.Max(2, capacity / 2));
    private CompactMap<Packed> _newer = new();
    private CompactMap<Packed> _older = new();

    // Every stored key that is not remembered has a time of at most this.
    private long _horizon = long.MaxValue;

    public int Count => _newer.Count + _older.Count + _others.Count;

    public bool TryGet(Guid key, out RememberedAnswer answer)
    {
        var bits = KeyBits.Of(key);
        if (!_newer.TryGet(bits, out var packed) && !_older.TryGet(bits, out packed)) { return _others.TryGet(key, out answer); }
        answer = new RememberedAnswer(packed.Fingerprint, LedgerOutcome.Moved, packed.Balance, packed.Amount);
        return true;
    }

    /// <summary>Whether a key that is not remembered may be stored all the same.</summary>
    public bool MayBeStored(Guid key) => LedgerRules.KeyTime(key) is not { } time || time <= _horizon;

    /// <summary>Remembers a key that has moved.</summary>
    public void Add(Guid key, RememberedAnswer answer)
    {
        if (answer.Balance is < int.MinValue or > int.MaxValue || answer.Amount is < 0 or > uint.MaxValue)
        {
            if (_others.Set(key, answer) is { } others) { Forget(others.Keys); }
            return;
        }

        _newer.Set(KeyBits.Of(key), new Packed(answer.Fingerprint, (int)answer.Balance, (uint)answer.Amount));
        if (_newer.Count < _half) { return; }
        Forget(_older.Keys.Select(bits => bits.ToGuid()));
        (_older, _newer) = (_newer, new());
    }

    /// <summary>Forgets everything.</summary>
    /// <param name="newestStored">The highest key in the store.</param>
    public void Reset(Guid? newestStored)
    {
        _newer = new();
        _older = new();
        _others.Clear();
        _horizon = newestStored is { } newest ? LedgerRules.KeyTime(newest) ?? long.MaxValue : 0;
    }

    private void Forget(IEnumerable<Guid> keys)
    {
        foreach (var key in keys) { _horizon = Math.Max(_horizon, LedgerRules.KeyTime(key) ?? long.MaxValue); }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly record struct Packed(long Fingerprint, int Balance, uint Amount);
}
