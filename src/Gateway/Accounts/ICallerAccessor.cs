using LiveCommerce.Contracts.Accounts;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Says who is asking, from the connection's authentication (cookie or bearer token) and nothing else.</summary>
internal interface ICallerAccessor
{
    /// <summary>The signed-in account; null for a guest.</summary>
    Caller? Of(HttpContext context);
}
