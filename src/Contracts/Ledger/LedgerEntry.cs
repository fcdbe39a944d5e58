namespace LiveCommerce.Contracts.Ledger;

/// <summary>What an entry is. Numbers are stored.</summary>
public enum LedgerEntryKind
{
    Gift = 1,
    TopUp = 2,

    /// <summary>A leg of an earlier entry in mirror image; made by <see cref="IGiftLedgerGrain.Reverse"/> only.</summary>
    Reversal = 3,

    /// <summary>Takes an amount out of the debit account's spendable balance until it is posted, voided or expired. Moves nothing.</summary>
    Hold = 4,

    /// <summary>Moves what was held, or a part of it; the rest is free again. <see cref="LedgerEntry.Original"/> is the hold.</summary>
    HoldPosted = 5,

    /// <summary>Frees what was held. Moves nothing. <see cref="LedgerEntry.Original"/> is the hold.</summary>
    HoldVoided = 6,

    /// <summary>Frees what was held for too long. Moves nothing. <see cref="LedgerEntry.Original"/> is the hold.</summary>
    HoldExpired = 7,
    Payout = 8,

    // 9 and 10 were for money between shards, which there are not (ADR 12): they stay free.

    /// <summary>Earnings whose holding time is over become available.</summary>
    Maturity = 11,

    /// <summary>A correction that two operators made, or what was available to somebody who owes and repays it (its reference is a payout).</summary>
    Adjustment = 12,
    Sale = 13,

    /// <summary>The money side of a top-up or a card gift.</summary>
    Charge = 14,

    /// <summary>What the provider kept of a payment.</summary>
    ProviderFee = 15,

    /// <summary>Money that went back to a card.</summary>
    Refund = 16,

    /// <summary>Money that the provider took for a dispute, gave back, or kept.</summary>
    Dispute = 17,

    /// <summary>New earnings that pay a debt first; made by the ledger itself.</summary>
    Repayment = 18,

    /// <summary>A viewer's coins into a red packet.</summary>
    PacketFunded = 19,

    /// <summary>A share out of a red packet into the wallet of who took it. <see cref="LedgerEntry.Original"/> is the funding.</summary>
    PacketGrabbed = 20,

    /// <summary>What nobody took, back to the sender. <see cref="LedgerEntry.Original"/> is the funding.</summary>
    PacketReturned = 21,
}

/// <summary>A request to the ledger.</summary>
/// <param name="Key">UUIDv7, the entry's id. Its time must be within −24 h … +5 min of the ledger's clock.</param>
/// <param name="Fingerprint">Hash of the request that led here: the same key with another fingerprint is refused.</param>
/// <param name="Debit">Who pays.</param>
/// <param name="Credits">1 to 3 legs, each ≥ 0, the sum &gt; 0.</param>
/// <param name="Rate">Version of the shares that were applied.</param>
/// <param name="Gift">Set on gifts: what the room will be told after the commit.</param>
/// <param name="Reference">What the entry is about elsewhere: a payment, an order; such as <c>topup:ID</c>.</param>
/// <param name="Original">The entry that this one is about: the hold of a post, void or expiry; the gift of a reversal.</param>
/// <param name="ExpiresAt">Holds only: when it may be expired.</param>
/// <param name="Lot">The top-up whose coins are meant; null: the oldest coins first.</param>
public sealed record LedgerEntry(
    Guid Key,
    long Fingerprint,
    LedgerEntryKind Kind,
    LedgerAccount Debit,
    IReadOnlyList<LedgerLeg> Credits,
    int Rate,
    GiftMemo? Gift = null,
    string? Reference = null,
    Guid? Original = null,
    DateTimeOffset? ExpiresAt = null,
    Guid? Lot = null);

/// <summary>One credit.</summary>
public readonly record struct LedgerLeg(LedgerAccount Account, long Amount);

/// <summary>What a gift entry remembers of the gift.</summary>
public sealed record GiftMemo(string RoomId, Accounts.Person Sender, string GiftId, int Quantity);
