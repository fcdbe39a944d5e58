using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;

namespace LiveCommerce.Silo.Operations;

/// <summary>What operators may correct. Pure.</summary>
internal static class AdjustmentRules
{
    private const int ReasonLengthMin = 5;

    /// <summary>Why somebody may not do it at all; null: an operator.</summary>
    public static Refusal? CheckRole(Caller caller) => caller.Role >= PlatformRole.Operator
        ? null
        : new Refusal(RefusalCode.NotAllowed, "Only operators of the platform may do this.");

    /// <summary>Why a draft cannot be proposed; null: it can.</summary>
    public static Refusal? Check(AdjustmentDraft draft)
    {
        if (CheckReason(draft.Reason) is { } badReason) { return badReason; }
        if (draft.Amount <= 0) { return NotAllowed("The amount must be more than nothing."); }
        if (draft.Debit == draft.Credit || draft.Debit.Unit != draft.Credit.Unit) { return NotAllowed("Both accounts must count the same unit and be different."); }
        if (draft.Debit.Kind == LedgerAccountKind.Receivable) { return NotAllowed("A debt can be forgiven, but not made. Choose another account to take from."); }
        return IsCorrectable(draft.Debit) && IsCorrectable(draft.Credit)
            ? null
            : NotAllowed("Only people's accounts, the platform's fee and its losses can be corrected: the others must agree with the payment provider.");
    }

    /// <summary>Why a reason is not one; null: it is.</summary>
    public static Refusal? CheckReason(string? reason) => reason?.Trim() is { Length: >= ReasonLengthMin and <= AdjustmentDraft.ReasonLengthMax } text && !text.Any(char.IsControl)
        ? null
        : NotAllowed($"Say why in {ReasonLengthMin} to {AdjustmentDraft.ReasonLengthMax} characters.");

    private static bool IsCorrectable(LedgerAccount account) => account.Kind switch
    {
        LedgerAccountKind.Viewer or LedgerAccountKind.Streamer or LedgerAccountKind.Agency or LedgerAccountKind.Available => IsId(account.Owner),

        // A debt may be forgiven; that none is made by hand is checked before.
        LedgerAccountKind.Receivable => IsId(account.Owner),
        LedgerAccountKind.Fee or LedgerAccountKind.Losses => account.Owner.Length == 0,
        _ => false,
    };

    private static bool IsId(string? owner) => owner is { Length: 32 } && owner.All(char.IsAsciiHexDigitLower);

    private static Refusal NotAllowed(string sentence) => new(RefusalCode.AdjustmentNotAllowed, sentence);
}
