using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Customers.</summary>
internal static class Customers
{
    public static ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        if ((string?)parameters["email"] is { } email && !email.Contains('@', StringComparison.Ordinal))
        {
            return ApiAnswer.Invalid($"Invalid email address: {email}", "email", "email_invalid");
        }

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
}
