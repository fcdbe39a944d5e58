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

    /// <summary>Entries beside a reversal in its commit.</summary>
    public const int ReversalTogetherMax = 3;

    /// <summary>Characters of an owner, a room id, a sender's id and name, and a gift id.</summary>
    public const int NameLengthMax = 128;

    /// <summary>Characters of a reference.</summary>
    public const int ReferenceLengthMax = 200;

    private const int UuidVersion = 7;
    private const int OwnUuidVersion = 8;

    /// <summary>The time in a UUIDv7 or in a key of the ledger's own, in milliseconds since 1970 UTC; null when the key is neither.</summary>
    public static long? KeyTime(Guid key)
    {
        if (key.Version is not (UuidVersion or OwnUuidVersion)) { return null; }
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
    }

    /// <summary>Whether a new key's time is within the window around <paramref name="now"/>, both ends included.</summary>
    public static bool IsKeyInTime(Guid key, DateTimeOffset now) =>
        key.Version == UuidVersion
        && KeyTime(key) is { } time
        && time >= (now - KeyAgeMax).ToUnixTimeMilliseconds()
        && time <= (now + KeyAheadMax).ToUnixTimeMilliseconds();

    /// <summary>Whether an account of this kind may owe: the counterparts of the outside world.</summary>
    public static bool MayBeNegative(LedgerAccountKind kind) =>
        kind is LedgerAccountKind.TopUpClearing or LedgerAccountKind.PayoutClearing or LedgerAccountKind.Receivable
            or LedgerAccountKind.CoinFloat or LedgerAccountKind.ProviderFees or LedgerAccountKind.Disputed or LedgerAccountKind.Losses;

    /// <summary>Whether an account of this kind receives earnings, which repay what their owner owes.</summary>
    public static bool IsEarning(LedgerAccountKind kind) => kind is LedgerAccountKind.Streamer or LedgerAccountKind.Agency;

    /// <summary>Whether entries of this kind bring new earnings.</summary>
    public static bool BringsEarnings(LedgerEntryKind kind) => kind is LedgerEntryKind.Gift or LedgerEntryKind.Sale
        or LedgerEntryKind.HoldPosted or LedgerEntryKind.Adjustment;

    /// <summary>Whether entries of this kind free a hold and move nothing.</summary>
    public static bool Frees(LedgerEntryKind kind) => kind is LedgerEntryKind.HoldVoided or LedgerEntryKind.HoldExpired;

    /// <summary>Whether entries of this kind move what they say; the others hold it or free it.</summary>
    public static bool Moves(LedgerEntryKind kind) => kind != LedgerEntryKind.Hold && !Frees(kind);

    /// <summary>Whether the account can be stored.</summary>
    public static bool IsWellFormed(LedgerAccount account) =>
        Enum.IsDefined(account.Kind) && Enum.IsDefined(account.Unit) && IsText(account.Owner, 0, NameLengthMax);

    /// <summary>Whether everything but the amounts is as the kind wants it. The ledger's own kinds no request may have.</summary>
    public static bool IsHeadWellFormed(LedgerEntry entry)
    {
        if (!Enum.IsDefined(entry.Kind) || entry.Kind is LedgerEntryKind.Reversal or LedgerEntryKind.Repayment) { return false; }
        if (!IsWellFormed(entry.Debit) || !IsMemoWellFormed(entry) || entry.Rate < 0) { return false; }
        if ((entry.Kind == LedgerEntryKind.Hold) != entry.ExpiresAt.HasValue) { return false; }
        if (entry.Original is null && (entry.Kind == LedgerEntryKind.HoldPosted || Frees(entry.Kind))) { return false; }
        return entry.Reference is null || IsText(entry.Reference, 0, ReferenceLengthMax);
    }

    /// <summary>Whether the freeze can be stored.</summary>
    public static bool IsWellFormed(LedgerFreeze freeze) => IsWellFormed(freeze.Account)
        && IsText(freeze.By, 1, NameLengthMax) && IsText(freeze.Reason, 1, ReferenceLengthMax);

    /// <summary>Whether the reversal can be stored, whatever its original is.</summary>
    public static bool IsWellFormed(LedgerReversal reversal) => reversal.Amount is null or > 0
        && IsText(reversal.Reference, 1, ReferenceLengthMax) && reversal.Together is not { Count: > ReversalTogetherMax };

    /// <summary>The sum of the credits, or null when the request is malformed.</summary>
    public static long? AmountOf(LedgerEntry entry)
    {
        if (!IsHeadWellFormed(entry) || entry.Credits is not { Count: >= 1 and <= LegsMax }) { return null; }

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

        return sum > 0 && PacketRules.IsWellFormed(entry) ? sum : null;
    }

    // A gift without a memo would never be shown; a memo on anything but a gift or a settled card gift would be shown as one.
    private static bool IsMemoWellFormed(LedgerEntry entry) => entry.Gift switch
    {
        null => entry.Kind != LedgerEntryKind.Gift,
        { Sender: not null, Quantity: > 0 } memo => entry.Kind is LedgerEntryKind.Gift or LedgerEntryKind.HoldPosted
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
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) { return !text.Contains('\0', StringComparison.Ordinal); }
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var read) != OperationStatus.Done || rune.Value == 0) { return false; }
            rest = rest[read..];
        }

        return true;
    }
}
