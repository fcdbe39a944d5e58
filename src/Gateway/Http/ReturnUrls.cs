using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Http;

/// <summary>Where a payer comes back to after the bank: one of our own pages and nothing else.</summary>
internal sealed class ReturnUrls(IOptions<GatewayOptions> options)
{
    private const int LengthMax = 500;

    /// <summary>The absolute address of a path of ours, or of an address that is ours already; else Malformed.</summary>
    public Result<string> Resolve(HttpRequest request, string returnUrl)
    {
        var own = $"{request.Scheme}://{request.Host.Value}";
        if (returnUrl.Length <= LengthMax && Uri.TryCreate(new Uri(own), returnUrl, out var address) && address.Scheme is "http" or "https")
        {
            var origin = address.GetLeftPart(UriPartial.Authority);
            var isOurs = string.Equals(address.Authority, new Uri(own).Authority, StringComparison.OrdinalIgnoreCase)
                || options.Value.PublicOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
            if (isOurs) { return address.AbsoluteUri; }
        }

        return new Refusal(RefusalCode.Malformed, "returnUrl must be a page of this site.");
    }
}
