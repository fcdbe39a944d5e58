using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Payments.Disputes;

/// <summary>What is said to operators of disputes.</summary>
internal static class DisputeProblems
{
    public static readonly Refusal OperatorsOnly = new(RefusalCode.NotAllowed, "Only the platform's operators may do this.");

    public static readonly Refusal NotFound = new(RefusalCode.DisputeNotFound, "There is no such dispute. Reload the list.");

    public static readonly Refusal Closed = new(RefusalCode.DisputeClosed, "The bank takes nothing more on this dispute. Reload it to see how it stands.");

    public static readonly Refusal Sent = new(RefusalCode.DisputeClosed, "The evidence was sent to the bank already. Wait for its decision.");

    public static readonly Refusal NotAWarning = new(RefusalCode.DisputeClosed, "Only an open early fraud warning can be released. A dispute ends with the bank's decision.");

    public static readonly Refusal Unanswered =
        new(RefusalCode.PaymentUnavailable, "The payment provider did not answer, so it is not known whether it took this. Try again in a moment.");

    public static Refusal TooLong(int max) => new(RefusalCode.Malformed, $"Give the evidence as texts of at most {max:N0} characters each.");
}
