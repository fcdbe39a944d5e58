using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;

namespace LiveCommerce.StripeSandbox.Pages;

/// <summary>What cardholders and their banks do, on request: tests and an operator of the sandbox play them.</summary>
internal sealed class AdminActions(SandboxStore store, WebhookSender sender, SandboxClockwork clockwork)
{
    /// <summary>A cardholder takes a payment back, or the bank asks about it.</summary>
    /// <param name="payment">The id of a charge or of a PaymentIntent.</param>
    public Task<ApiAnswer> OpenDispute(string payment, string reason, long? amount, bool inquiry) => Do(transaction =>
        ChargeOf(transaction, payment) is { } charge ? Disputes.Open(transaction, charge, reason, amount, inquiry) : ApiAnswer.Missing("charge", payment, "payment"));

    /// <summary>The bank decides.</summary>
    public Task<ApiAnswer> DecideDispute(string dispute, DisputeOutcome outcome) => Do(transaction => Disputes.Decide(transaction, dispute, outcome));

    /// <summary>The bank warns that a payment was fraud.</summary>
    /// <param name="payment">The id of a charge or of a PaymentIntent.</param>
    public Task<ApiAnswer> WarnOfFraud(string payment, string fraudType) => Do(transaction =>
        ChargeOf(transaction, payment) is { } charge ? FraudWarnings.Warn(transaction, charge, fraudType) : ApiAnswer.Missing("charge", payment, "payment"));

    private async Task<ApiAnswer> Do(Func<SandboxTransaction, ApiAnswer> work)
    {
        List<long> early = [];
        var answer = store.Transact(transaction =>
        {
            var result = work(transaction);
            early = transaction.SendBeforeAnswer;
            return result;
        });
        await sender.SendNow(early, CancellationToken.None);
        clockwork.Wake();
        return answer;
    }

    private static JsonObject? ChargeOf(SandboxTransaction transaction, string payment) =>
        transaction.Find("charge", (string?)transaction.Find("payment_intent", payment)?["latest_charge"] ?? payment);
}
