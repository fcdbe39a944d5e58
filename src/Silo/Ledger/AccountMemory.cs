using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Accounts as they were last committed, packed: a wallet takes about 75 bytes. Bounded: when the newer half is full, the older half is
/// forgotten at once. Used accounts move to the newer half.
/// </summary>
/// <param name="capacity">Accounts at most.</param>
internal sealed class AccountMemory(int capacity)
{
    private readonly int _half = Math.Max(1, capacity / 2);

    // The platform's own accounts, and names that are no ids: few.
    private readonly HalvingMap<LedgerAccount, AccountRecord> _others = new(capacity);
    private CompactMap<Packed> _newer = new();
    private CompactMap<Packed> _older = new();

    public bool TryGet(LedgerAccount account, [MaybeNullWhen(false)] out AccountRecord record)
    {
        if (KeyOf(account) is not { } key) { return _others.TryGet(account, out record); }
        if (!_newer.TryGet(key, out var packed))
        {
            if (!_older.TryGet(key, out packed))
            {
                record = null;
                return false;
            }

            Add(key, packed);
        }

        record = packed.Unpack(account);
        return true;
    }

    /// <summary>Adds or replaces.</summary>
    public void Set(LedgerAccount account, AccountRecord record)
    {
        if (KeyOf(account) is { } key) { Add(key, Packed.Of(record)); }
        else { _others.Set(account, record); }
    }

    public void Clear()
    {
        _others.Clear();
        _newer = new();
        _older = new();
    }

    // An older value may stay behind in the older half; the newer half is asked first.
    private void Add(KeyBits key, Packed value)
    {
        _newer.Set(key, value);
        if (_newer.Count >= _half) { (_older, _newer) = (_newer, new()); }
    }

    // An account's id is a UUIDv7: six of its bits are always the same. There the kind and the unit go, so that the key says exactly
    // which account it is. What does not fit is kept elsewhere.
    private static KeyBits? KeyOf(LedgerAccount account)
    {
        const ulong Version = 0xF000;
        const int VersionShift = 12;
        const ulong Variant = 0xC000_0000_0000_0000;
        const int VariantShift = 62;
        if ((uint)account.Kind > 15 || (uint)account.Unit > 3 || account.Owner.Length != 32) { return null; }
        if (!Guid.TryParseExact(account.Owner, "N", out var id) || account.Owner.AsSpan().ContainsAnyInRange('A', 'F')) { return null; }

        var (high, low) = KeyBits.Of(id);
        if ((high & Version) >> VersionShift != 7 || low >> VariantShift != 2) { return null; }
        return new KeyBits((high & ~Version) | ((ulong)account.Kind << VersionShift), (low & ~Variant) | ((ulong)account.Unit << VariantShift));
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Packed(long Id, long Debits, long Credits, long Postings, long Held, byte Flags, bool Indebted)
    {
        public static Packed Of(AccountRecord record) =>
            new(record.Id, record.Debits, record.Credits, record.Postings, record.Held, (byte)record.Flags, record.Indebted);

        public AccountRecord Unpack(LedgerAccount account) => new(Id, account, (AccountFlags)Flags, Debits, Credits, Postings, Held, Indebted);
    }
}
