using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Customers.</summary>
internal static class Customers
{
    private const string Deleted = "deleted_customer";

    private static readonly string[] Filters = ["email"];

    private static readonly string[] Changeable =
        ["address", "business_name", "description", "email", "individual_name", "name", "phone", "preferred_locales", "shipping"];

    public static ApiAnswer Retrieve(SandboxTransaction transaction, string id) =>
        transaction.Find(Deleted, id) is { } deleted ? ApiAnswer.Ok(deleted) : Reading.Retrieve(transaction, "customer", id, "id");

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) =>
        Reading.List(transaction, "customer", "/v1/customers", parameters, Reading.Equal(parameters, Filters));

    /// <summary>Changes what is given; metadata is merged key by key.</summary>
    public static ApiAnswer Update(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.Find("customer", id) is not { } customer) { return ApiAnswer.Missing("customer", id, "id"); }
        if (RefuseEmail(parameters) is { } refusal) { return refusal; }
        foreach (var name in Changeable.Where(parameters.ContainsKey)) { customer[name] = parameters[name]?.DeepClone(); }
        Metadata.Merge(customer, parameters);
        if (parameters["invoice_settings"] is JsonObject settings && settings.ContainsKey("default_payment_method"))
        {
            var method = (string?)settings["default_payment_method"];
            if (method is not null && PaymentMethods.Find(transaction, method)?.Customer != id)
            {
                return ApiAnswer.Invalid(
                    $"PaymentMethod {method} is not attached to this customer. Attach it first.", "invoice_settings[default_payment_method]", "resource_missing");
            }

            customer["invoice_settings"]!["default_payment_method"] = method;
        }

        transaction.Update(customer);
        transaction.Emit("customer.updated", customer);
        return ApiAnswer.Ok(customer);
    }

    /// <summary>The customer's cards are detached; payments keep the id.</summary>
    public static ApiAnswer Delete(SandboxTransaction transaction, string id)
    {
        if (transaction.Find("customer", id) is not { } customer) { return ApiAnswer.Missing("customer", id, "id"); }
        PaymentMethods.DetachAll(transaction, id);
        var deleted = new JsonObject { ["id"] = id, ["object"] = "customer", ["deleted"] = true };
        transaction.Run("UPDATE objects SET kind = $kind WHERE id = $id", ("$kind", Deleted), ("$id", id));
        transaction.Update(deleted);
        transaction.Emit("customer.deleted", customer);
        return ApiAnswer.Ok(deleted);
    }

    public static ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        if (RefuseEmail(parameters) is { } refusal) { return refusal; }

        var customer = new JsonObject
        {
            ["id"] = Ids.New("cus"),
            ["object"] = "customer",
            ["address"] = parameters["address"]?.DeepClone(),
            ["balance"] = 0,
            ["business_name"] = (string?)parameters["business_name"],
            ["created"] = transaction.NowSeconds,
            ["currency"] = null,
            ["default_source"] = null,
            ["delinquent"] = false,
            ["description"] = (string?)parameters["description"],
            ["discount"] = null,
            ["email"] = (string?)parameters["email"],
            ["individual_name"] = (string?)parameters["individual_name"],
            ["invoice_prefix"] = null,
            ["invoice_settings"] = new JsonObject
            {
                ["custom_fields"] = null,
                ["default_payment_method"] = null,
                ["footer"] = null,
                ["rendering_options"] = null,
            },
            ["livemode"] = false,
            ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
            ["name"] = (string?)parameters["name"],
            ["phone"] = (string?)parameters["phone"],
            ["preferred_locales"] = parameters["preferred_locales"]?.DeepClone() ?? new JsonArray(),
            ["shipping"] = parameters["shipping"]?.DeepClone(),
            ["tax_exempt"] = "none",
            ["test_clock"] = null,
        };
        transaction.Insert("customer", customer);
        transaction.Emit("customer.created", customer);
        return ApiAnswer.Ok(customer);
    }

    private static ApiAnswer? RefuseEmail(JsonObject parameters) =>
        (string?)parameters["email"] is { } email && !email.Contains('@', StringComparison.Ordinal)
            ? ApiAnswer.Invalid($"Invalid email address: {email}", "email", "email_invalid")
            : null;
}
