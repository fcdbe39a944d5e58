using System.Diagnostics.CodeAnalysis;

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
/// <param name="capacity">Keys at most.</param>
internal sealed class KeyMemory(int capacity)
{
    private readonly HalvingMap<Guid, RememberedAnswer> _keys = new(capacity);

    // Every stored key that is not in _keys has a time of at most this.
    private long _horizon = long.MaxValue;

    public int Count => _keys.Count;

    public bool TryGet(Guid key, out RememberedAnswer answer) => _keys.TryGet(key, out answer);

    /// <summary>Whether a key that is not remembered may be stored all the same.</summary>
    public bool MayBeStored(Guid key) => LedgerRules.KeyTime(key) is not { } time || time <= _horizon;

    public void Add(Guid key, RememberedAnswer answer)
    {
        if (_keys.Set(key, answer) is not { } forgotten) { return; }
        foreach (var old in forgotten.Keys) { _horizon = Math.Max(_horizon, LedgerRules.KeyTime(old) ?? long.MaxValue); }
    }

    /// <summary>Forgets everything.</summary>
    /// <param name="newestStored">The highest key in the store.</param>
    public void Reset(Guid? newestStored)
    {
        _keys.Clear();
        _horizon = newestStored is { } newest ? LedgerRules.KeyTime(newest) ?? long.MaxValue : 0;
    }
}
