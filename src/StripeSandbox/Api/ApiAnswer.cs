using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>What a call is answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Remember">False for an answer that an idempotency key must not replay: nothing was executed.</param>
internal sealed record ApiAnswer(int Status, JsonObject Body, bool Remember = true)
{
    public static ApiAnswer Ok(JsonObject body) => new(200, body);

    /// <summary>The request cannot be carried out as it is.</summary>
    public static ApiAnswer Invalid(string message, string? param = null, string? code = null, int status = 400) =>
        Error(status, "invalid_request_error", message, param, code);

    /// <summary>The same, found before anything was executed.</summary>
    public static ApiAnswer Rejected(string message, string? param = null, string? code = null, int status = 400) =>
        Invalid(message, param, code, status) with { Remember = false };

    /// <summary>There is no such object.</summary>
    public static ApiAnswer Missing(string kind, string id, string param, int status = 404) =>
        Invalid($"No such {kind}: '{id}'", param, "resource_missing", status);

    public static ApiAnswer Error(int status, string type, string message, string? param = null, string? code = null)
    {
        var error = new JsonObject { ["type"] = type, ["message"] = message };
        if (code is not null)
        {
            error["code"] = code;
            error["doc_url"] = $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}";
        }

        if (param is not null) { error["param"] = param; }
        return new ApiAnswer(status, new JsonObject { ["error"] = error });
    }
}
