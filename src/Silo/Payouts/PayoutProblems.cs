using System.Globalization;
using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What is said when earnings cannot be paid out.</summary>
internal static class PayoutProblems
{
    public static readonly Refusal NotFound = new(RefusalCode.PayoutNotFound, "There is no such payout of yours.");

    public static readonly Refusal OperatorsOnly = new(RefusalCode.NotAllowed, "Only the platform's operators may do this.");

    public static readonly Refusal Own = new(RefusalCode.OwnPayout, "You asked for this payout yourself. Another operator must decide it.");

    public static readonly Refusal Decided = new(RefusalCode.PayoutDecided, "This payout does not wait for a decision. Reload the list.");

    public static readonly Refusal KeyReused = new(RefusalCode.KeyReused, "This key was used for another payout. Start again with a new one.");

    public static readonly Refusal Malformed = new(RefusalCode.Malformed, "Say how many coins and how much of your sales to pay out: neither negative, not both zero.");

    public static readonly Refusal ReasonMissing = new(RefusalCode.Malformed, "Give a reason of 1 to 200 characters: the one who asked reads it.");

    public static readonly Refusal Busy = new(RefusalCode.Busy, "The ledger is busy and nothing was reserved. Try again in a moment.") { RetryAfterMs = 1_000 };

    public static readonly Refusal Frozen = new(RefusalCode.AccountFrozen, "Your earnings are frozen while something is looked into. Ask the operator.");

    public static readonly Refusal AccountNeeded = new(RefusalCode.PayoutAccountNeeded, "Set up your payout account first, so that we know where the money goes.");

    public static readonly Refusal Running = new(RefusalCode.PayoutRunning, "Another payout of yours is not sent yet. Wait for it, then ask for the next.");

    public static readonly Refusal EmailInvalid = new(RefusalCode.PayoutEmailInvalid, "This is no e-mail address that the payment provider can write to. Correct it.");

    public static readonly Refusal CountryUnknown = new(RefusalCode.PayoutCountryUnknown, "Payouts to this country are not offered. Choose one of the list.");

    public static readonly Refusal ProviderSilent =
        new(RefusalCode.PaymentUnavailable, "The payment provider does not answer at the moment. Nothing is lost: try again in a minute.") { RetryAfterMs = 60_000 };

    public static Refusal NotReady(IReadOnlyList<string> missing, string? problem) => new(
        RefusalCode.PayoutAccountNotReady,
        missing.Count > 0 ? $"Your payout account is not ready. The payment provider still needs: {string.Join(", ", missing)}."
            : problem ?? "The payment provider is still checking your payout account. Try again later.");

    public static Refusal TooSmall(long minor, long minimum) => new(
        RefusalCode.PayoutTooSmall, $"A payout is at least {Money(minimum)} and this is {Money(minor)}. Choose more, or wait for more earnings.")
    {
        Amounts = new Dictionary<string, long> { ["amount"] = minor, ["minimum"] = minimum },
    };

    public static Refusal AboveAvailable(long coins, long salesMinor) => new(
        RefusalCode.PayoutAboveAvailable,
        string.Create(CultureInfo.InvariantCulture, $"You can withdraw at most {coins:N0} coins of gifts and {Money(salesMinor)} of sales now. Choose less."))
    {
        Amounts = new Dictionary<string, long> { ["coins"] = coins, ["salesMinor"] = salesMinor },
    };

    public static Refusal Owed(long coins, long salesMinor) => new(
        RefusalCode.PayoutOwed,
        string.Create(
            CultureInfo.InvariantCulture,
            $"After refunds you owe {coins:N0} coins and {Money(salesMinor)}. What you earn next repays that; payouts go on afterwards."))
    {
        Amounts = new Dictionary<string, long> { ["coins"] = coins, ["salesMinor"] = salesMinor },
    };

    /// <summary>Why a payout that was let in was not sent after all.</summary>
    public static string NotSent(Refusal stop) => stop.Code == RefusalCode.AccountFrozen
        ? "Your earnings were frozen before the payout was sent, so nothing was. They are still yours; ask the operator what is looked into."
        : $"Nothing was sent. {stop.Message} Ask again for what is left.";

    public static string Money(long minor) => string.Create(CultureInfo.InvariantCulture, $"${minor / 100:N0}.{minor % 100:00}");
}
