using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What can be told of a request by looking at it alone.</summary>
internal static class LedgerRules
{
    /// <summary>How far in the past the time of a new key may be: longer than any client retries.</summary>
    public static readonly TimeSpan KeyAgeMax = TimeSpan.FromHours(24);

    /// <summary>How far in the future: clients' clocks are not exact.</summary>
    public static readonly TimeSpan KeyAheadMax = TimeSpan.FromMinutes(5);

    /// <summary>Credits of one entry.</summary>
    public const int LegsMax = 3;

    /// <summary>Characters of an owner, a room id, a sender's id and name, and a gift id.</summary>
    public const int NameLengthMax = 128;

    /// <summary>Characters of a reference.</summary>
    public const int ReferenceLengthMax = 200;

    private const int UuidVersion = 7;

    /// <summary>The time in a UUIDv7, in milliseconds since 1970 UTC; null when the key is no UUIDv7.</summary>
    public static long? KeyTime(Guid key)
    {
        if (key.Version != UuidVersion) { return null; }
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
    }

    /// <summary>Whether a new key's time is within the window around <paramref name="now"/>, both ends included.</summary>
    public static bool IsKeyInTime(Guid key, DateTimeOffset now) =>
        KeyTime(key) is { } time
        && time >= (now - KeyAgeMax).ToUnixTimeMilliseconds()
        && time <= (now + KeyAheadMax).ToUnixTimeMilliseconds();

    /// <summary>Whether an account of this kind may owe: the counterparts of the outside world.</summary>
    public static bool MayBeNegative(LedgerAccountKind kind) =>
        kind is LedgerAccountKind.TopUpClearing or LedgerAccountKind.PayoutClearing or LedgerAccountKind.Receivable;

    /// <summary>Whether the account can be stored.</summary>
    public static bool IsWellFormed(LedgerAccount account) =>
        Enum.IsDefined(account.Kind) && Enum.IsDefined(account.Unit) && IsText(account.Owner, 0, NameLengthMax);

    /// <summary>The sum of the credits, or null when the request is malformed.</summary>
    public static long? AmountOf(LedgerEntry entry)
    {
        if (!Enum.IsDefined(entry.Kind) || !IsWellFormed(entry.Debit) || entry.Credits is not { Count: >= 1 and <= LegsMax }) { return null; }
        if (!IsMemoWellFormed(entry) || entry.Rate < 0) { return null; }
        if (entry.Reference is not null && !IsText(entry.Reference, 0, ReferenceLengthMax)) { return null; }

        var sum = 0L;
        for (var leg = 0; leg < entry.Credits.Count; leg++)
        {
            var (account, amount) = entry.Credits[leg];
            if (amount < 0 || amount > long.MaxValue - sum) { return null; }
            if (!IsWellFormed(account) || account.Unit != entry.Debit.Unit || account == entry.Debit) { return null; }
            for (var earlier = 0; earlier < leg; earlier++)
            {
                if (entry.Credits[earlier].Account == account) { return null; }
            }

            sum += amount;
        }

        return sum > 0 ? sum : null;
    }

    // A gift without a memo would never be shown; a memo on anything else would be shown as a gift.
    private static bool IsMemoWellFormed(LedgerEntry entry) => entry.Gift switch
    {
        null => entry.Kind != LedgerEntryKind.Gift,
        { Sender: not null, Quantity: > 0 } memo => entry.Kind == LedgerEntryKind.Gift
            && IsText(memo.RoomId, 1, NameLengthMax)
            && IsText(memo.GiftId, 1, NameLengthMax)
            && IsText(memo.Sender.Id, 1, NameLengthMax)
            && IsText(memo.Sender.Name, 1, NameLengthMax),
        _ => false,
    };

    // A zero character or half a surrogate pair is a text that a database refuses, and with it the whole batch.
    private static bool IsText(string? text, int min, int max)
    {
        if (text is null || text.Length < min || text.Length > max) { return false; }
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var read) != OperationStatus.Done || rune.Value == 0) { return false; }
            rest = rest[read..];
        }

        return true;
    }
}
