using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Who says it. Numbers are stored.</summary>
internal enum BalanceSide
{
    Provider = 0,
    Ledger = 1,
}

/// <summary>One change of what the provider holds for us, as one side tells it.</summary>
/// <param name="Id">The provider's transaction, <c>fee:</c> and its id for the fee of it, or the key of the ledger's entry.</param>
/// <param name="Reference">What it is about: both sides' items of one thing have the same.</param>
/// <param name="AmountMinor">Positive when the provider holds more after it.</param>
/// <param name="FeeOf">Of a fee, the provider's transaction.</param>
/// <param name="FeeKey">Of a fee, the key that its entry has or will have.</param>
/// <param name="IsCorrection">Of the ledger: two operators have posted it to level a break of this reference.</param>
internal sealed record BalanceItem(
    BalanceSide Side, string Id, string Reference, long AmountMinor, string Currency, DateTimeOffset At, string? FeeOf = null, Guid? FeeKey = null,
    bool IsMatched = false, bool IsCorrection = false);

/// <summary>A difference that was found.</summary>
internal sealed record FoundBreak(
    ReconciliationBreakKind Kind, string Subject, string Reference, long? ProviderMinor, long? LedgerMinor, string Currency, DateTimeOffset Since);

/// <summary>Makes items of what both sides tell.</summary>
internal static class BalanceItems
{
    /// <summary>The ledger's only currency.</summary>
    public const string Currency = "usd";

    private const string FeePrefix = "fee:";

    /// <summary>The account that says what the provider holds for us: minus that.</summary>
    public static LedgerAccount Clearing => LedgerAccount.Clearing(LedgerUnit.UsdCents);

    /// <summary>The reference of a fee's entry.</summary>
    public static string FeeReference(string transactionId) => FeePrefix + transactionId;

    public static bool IsFee(string reference) => reference.StartsWith(FeePrefix, StringComparison.Ordinal);

    /// <summary>What a transaction moved, and beside it what the provider kept.</summary>
    public static IEnumerable<BalanceItem> Of(StripeBalanceTransaction transaction, string reference, DateTimeOffset now)
    {
        // What is billed by itself is a fee as well, and nothing else has moved.
        var fee = transaction.Type == "stripe_fee" ? -transaction.Net : transaction.Fee;
        var moved = transaction.Net + fee;
        var at = DateTimeOffset.FromUnixTimeSeconds(transaction.Created);
        yield return new BalanceItem(BalanceSide.Provider, transaction.Id, reference, moved, transaction.Currency, at, IsMatched: moved == 0);
        if (fee != 0 && transaction.Currency == Currency)
        {
            var name = FeeReference(transaction.Id);
            yield return new BalanceItem(BalanceSide.Provider, name, name, -fee, transaction.Currency, at, transaction.Id, Guid.CreateVersion7(now));
        }
    }

    /// <summary>What a page of the journal did: entries of one commit and one reference are one change; a correction is one of its own.</summary>
    public static IEnumerable<BalanceItem> Of(IReadOnlyList<LedgerMovement> movements) => movements
        .GroupBy(movement => (
            movement.Place.Batch, Reference: movement.Reference ?? $"entry:{movement.EntryId:N}", IsCorrection: movement.Kind == LedgerEntryKind.Adjustment))
        .Select(commit => new BalanceItem(
            BalanceSide.Ledger, commit.First().EntryId.ToString("N"), commit.Key.Reference, -commit.Sum(movement => movement.Change), Currency, commit.First().At,
            IsCorrection: commit.Key.IsCorrection))
        .Where(item => item.AmountMinor != 0);
}
