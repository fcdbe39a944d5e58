using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Contracts.Payments;

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
        if (draft.Break is not null)
        {
            return IsLevelling(draft.Debit, draft.Credit) || IsLevelling(draft.Credit, draft.Debit)
                ? null
                : NotAllowed("A break is levelled between what the provider holds and the losses, the provider's fees or what was paid for coins.");
        }

        if (draft.Debit.Kind == LedgerAccountKind.Receivable) { return NotAllowed("A debt can be forgiven, but not made. Choose another account to take from."); }
        return IsCorrectable(draft.Debit) && IsCorrectable(draft.Credit)
            ? null
            : NotAllowed("Only people's accounts, the platform's fee and its losses can be corrected: the others must agree with the payment provider. Name the break that is to be levelled.");
    }

    /// <summary>Why a draft does not level the break that it names; null: it does.</summary>
    /// <param name="named">The open breaks of that name.</param>
    public static Refusal? CheckBreak(AdjustmentDraft draft, IReadOnlyList<ReconciliationBreak> named)
    {
        if (Choose(draft, named) is not { CanBeLevelled: true } one)
        {
            return new Refusal(RefusalCode.BreakNotFound, "No such break is open that a correction can level. Reload the reconciliation; where several have one reference, name the subject.");
        }

        // The provider holds more than the ledger says: what it holds is debited, which makes its minus larger.
        var difference = draft.Debit.Kind == LedgerAccountKind.TopUpClearing ? draft.Amount : -draft.Amount;
        return difference == one.Difference ? null : NotAllowed("The correction must be of the break's difference, and in its direction.") with
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["difference"] = one.Difference },
        };
    }

    /// <summary>The break that a draft names; null: none, or it is not clear which.</summary>
    public static ReconciliationBreak? Choose(AdjustmentDraft draft, IReadOnlyList<ReconciliationBreak> named) =>
        named.Where(one => one.Subject == draft.Break).ToList() is [var only] ? only : named is [var alone] ? alone : null;

    private static bool IsLevelling(LedgerAccount held, LedgerAccount other) => held == LedgerAccount.Clearing(LedgerUnit.UsdCents)
        && other.Owner.Length == 0 && other.Kind is LedgerAccountKind.Losses or LedgerAccountKind.ProviderFees or LedgerAccountKind.CoinFloat;

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
