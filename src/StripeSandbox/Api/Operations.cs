using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>From an operation of api.json to what carries it out.</summary>
internal sealed class Operations(MoneyOperations money, PaymentIntents payments, SetupIntents setups, CheckoutSessions sessions)
{
    /// <summary>Carries out a checked request.</summary>
    /// <param name="id">The id in the path, if it has one.</param>
    public ApiAnswer Execute(SandboxTransaction transaction, ApiOperation operation, string id, JsonObject parameters)
    {
        var answer = operation.Name switch
        {
            "PaymentIntent.create" => payments.Create(transaction, parameters),
            "PaymentIntent.confirm" => payments.Confirm(transaction, id, parameters),
            "PaymentIntent.cancel" => PaymentIntents.Cancel(transaction, id, parameters),
            "PaymentIntent.retrieve" => Reading.Retrieve(transaction, "payment_intent", id, "intent"),
            "PaymentIntent.list" => Reading.List(transaction, "payment_intent", "/v1/payment_intents", parameters),
            "Customer.create" => Customers.Create(transaction, parameters),
            "Customer.retrieve" => Customers.Retrieve(transaction, id),
            "Customer.update" => Customers.Update(transaction, id, parameters),
            "Customer.del" => Customers.Delete(transaction, id),
            "Customer.list" => Customers.List(transaction, parameters),
            "Customer.listPaymentMethods" => PaymentMethods.ListOf(transaction, id, parameters),
            "PaymentMethod.retrieve" => PaymentMethods.Retrieve(transaction, id),
            "PaymentMethod.attach" => PaymentMethods.Attach(transaction, id, parameters),
            "PaymentMethod.detach" => PaymentMethods.Detach(transaction, id),
            "SetupIntent.create" => setups.Create(transaction, parameters),
            "SetupIntent.confirm" => setups.Confirm(transaction, id, parameters),
            "SetupIntent.cancel" => SetupIntents.Cancel(transaction, id, parameters),
            "SetupIntent.retrieve" => Reading.Retrieve(transaction, "setup_intent", id, "intent"),
            "SetupIntent.list" => SetupIntents.List(transaction, parameters),
            "Session.create" => sessions.Create(transaction, parameters),
            "Session.retrieve" => CheckoutSessions.Retrieve(transaction, id),
            "Refund.create" => Refunds.Create(transaction, parameters),
            "Refund.retrieve" => Reading.Retrieve(transaction, "refund", id, "refund"),
            "Refund.list" => Reading.List(transaction, "refund", "/v1/refunds", parameters),
            "Refund.cancel" => Refunds.Cancel(transaction, id),
            "Dispute.retrieve" => Reading.Retrieve(transaction, "dispute", id, "dispute"),
            "Dispute.list" => Reading.List(transaction, "dispute", "/v1/disputes", parameters),
            "Dispute.update" => Disputes.Update(transaction, id, parameters),
            "Dispute.close" => Disputes.Close(transaction, id),
            "EarlyFraudWarning.list" => FraudWarnings.List(transaction, parameters),
            "Charge.retrieve" => Reading.Retrieve(transaction, "charge", id, "charge"),
            "Charge.list" => Reading.List(transaction, "charge", "/v1/charges", parameters),
            "Event.retrieve" => Reading.Retrieve(transaction, "event", id, "id"),
            "Event.list" => Reading.List(transaction, "event", "/v1/events", parameters),
            _ => money.Execute(transaction, operation, id, parameters)
                ?? throw new InvalidOperationException($"Nothing carries out {operation.Name}, which api.json names."),
        };
        return answer.Status == 200 && Reading.Expand(transaction, answer.Body, parameters["expand"]) is { } refusal ? refusal : answer;
    }
}
