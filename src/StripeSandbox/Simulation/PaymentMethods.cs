using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>A card that is about to pay or to be saved: one that everybody has, or somebody's saved one.</summary>
/// <param name="Card">What it does.</param>
/// <param name="Method">The payment method as it is told.</param>
/// <param name="IsSaved">Whether it is a payment method of its own.</param>
/// <param name="IsSetUp">Whether the cardholder agreed to payments without them.</param>
internal sealed record PayingCard(TestCard Card, JsonObject Method, bool IsSaved, bool IsSetUp)
{
    public string Id => (string)Method["id"]!;

    /// <summary>Null when it is nobody's.</summary>
    public string? Customer => (string?)Method["customer"];

    /// <summary>Whether the cardholder must be asked before it does something.</summary>
    public bool Asks => Card.Outcome == CardOutcome.AsksTheCardholder && !(Card.AsksUntilSaved && IsSetUp);
}

/// <summary>Cards: found, saved for a customer, and taken away.</summary>
internal static class PaymentMethods
{
    private const string Kind = "payment_method";

    /// <summary>Says of a saved card that the cardholder agreed to payments without them.</summary>
    private const string SetUpKind = "card_set_up";

    public static PayingCard? Find(SandboxTransaction transaction, string id)
    {
        if (TestCards.Find(id) is { } card) { return new PayingCard(card, card.ToPaymentMethod(), IsSaved: false, IsSetUp: false); }
        if (transaction.Find(Kind, id) is not { } method) { return null; }
        return new PayingCard(
            TestCards.WithFingerprint((string)method["card"]!["fingerprint"]!)!, method, IsSaved: true, transaction.Find(SetUpKind, $"set_up:{id}") is not null);
    }

    /// <summary>A card as it is told: a saved one, or one that everybody has.</summary>
    public static ApiAnswer Retrieve(SandboxTransaction transaction, string id) =>
        Find(transaction, id) is { } paying ? ApiAnswer.Ok(paying.Method) : ApiAnswer.Missing(Kind, id, "payment_method");

    /// <summary>Why this card cannot be used for this customer; null when it can.</summary>
    /// <param name="customer">Null for a payment of nobody.</param>
    public static ApiAnswer? RefuseUse(PayingCard paying, string? customer)
    {
        if (!paying.IsSaved) { return null; }
        if (paying.Customer is null)
        {
            return ApiAnswer.Invalid(
                $"PaymentMethod {paying.Id} was detached from its customer and may not be used again.", "payment_method", "payment_method_unexpected_state");
        }

        return paying.Customer == customer
            ? null
            : ApiAnswer.Invalid(
                customer is null
                    ? $"PaymentMethod {paying.Id} belongs to a customer. Send that customer with the payment."
                    : $"PaymentMethod {paying.Id} does not belong to customer {customer}.",
                "payment_method");
    }

    /// <summary>Keeps a card for a customer.</summary>
    /// <param name="paying">One that everybody has, or one that this customer saved before.</param>
    /// <param name="setUp">The cardholder agreed to payments without them.</param>
    /// <returns>The kept one: a card that everybody has becomes a payment method of its own.</returns>
    public static PayingCard Save(SandboxTransaction transaction, PayingCard paying, string customer, bool setUp)
    {
        var kept = paying;
        if (!paying.IsSaved)
        {
            var method = paying.Card.ToPaymentMethod();
            method["id"] = Ids.New("pm");
            method["created"] = transaction.NowSeconds;
            method["customer"] = customer;
            transaction.Insert(Kind, method);
            kept = new PayingCard(paying.Card, method, IsSaved: true, IsSetUp: false);
            transaction.Emit("payment_method.attached", method);
        }

        if (setUp && !kept.IsSetUp)
        {
            transaction.Insert(SetUpKind, new JsonObject { ["id"] = $"set_up:{kept.Id}", ["created"] = transaction.NowSeconds });
            kept = kept with { IsSetUp = true };
        }

        return kept;
    }

    public static ApiAnswer Attach(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (Find(transaction, id) is not { } paying) { return ApiAnswer.Missing("PaymentMethod", id, "payment_method"); }
        if ((string?)parameters["customer"] is not { } customer) { return ApiAnswer.Rejected("Missing required param: customer.", "customer", "parameter_missing"); }
        if (transaction.Find("customer", customer) is null) { return ApiAnswer.Missing("customer", customer, "customer", status: 400); }
        if (paying.IsSaved)
        {
            if (paying.Customer == customer) { return ApiAnswer.Ok(paying.Method); }
            return ApiAnswer.Invalid(
                paying.Customer is null
                    ? $"PaymentMethod {id} was detached from its customer and may not be used again."
                    : $"PaymentMethod {id} is already attached to a customer.",
                "payment_method", "payment_method_unexpected_state");
        }

        return DeclineToSave(paying) ?? ApiAnswer.Ok(Save(transaction, paying, customer, setUp: false).Method);
    }

    public static ApiAnswer Detach(SandboxTransaction transaction, string id)
    {
        if (Find(transaction, id) is not { } paying) { return ApiAnswer.Missing("PaymentMethod", id, "payment_method"); }
        if (paying.Customer is null)
        {
            return ApiAnswer.Invalid(
                $"PaymentMethod {id} is not attached to a customer, so it cannot be detached.", "payment_method", "payment_method_unexpected_state");
        }

        LetGo(transaction, paying.Method);
        return ApiAnswer.Ok(paying.Method);
    }

    /// <summary>The cards of a customer, newest first.</summary>
    public static ApiAnswer ListOf(SandboxTransaction transaction, string customer, JsonObject parameters)
    {
        if (transaction.Find("customer", customer) is null) { return ApiAnswer.Missing("customer", customer, "customer"); }
        var narrowed = parameters.DeepClone().AsObject();
        narrowed["customer"] = customer;
        return Reading.List(transaction, Kind, $"/v1/customers/{customer}/payment_methods", narrowed);
    }

    /// <summary>Takes every card away from a customer who is deleted.</summary>
    public static void DetachAll(SandboxTransaction transaction, string customer)
    {
        while (transaction.List(new ListQuery(Kind) { Customer = customer, Limit = 100 })!.Value is { Items: { Count: > 0 } methods })
        {
            foreach (var method in methods) { LetGo(transaction, method); }
        }
    }

    /// <summary>The bank's no to a card that is to be saved; null when it agrees.</summary>
    public static ApiAnswer? DeclineToSave(PayingCard paying)
    {
        var card = paying.Card;
        if (card.Outcome != CardOutcome.Declines || card.CanBeSaved) { return null; }
        var answer = ApiAnswer.Error(402, "card_error", card.Message!, code: card.ErrorCode);
        answer.Body["error"]!["decline_code"] = card.DeclineCode;
        return answer;
    }

    private static void LetGo(SandboxTransaction transaction, JsonObject method)
    {
        method["customer"] = null;
        transaction.Update(method);
        transaction.Emit("payment_method.detached", method);
    }
}
