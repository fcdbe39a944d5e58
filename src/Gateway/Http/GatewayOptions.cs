using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Http;

/// <summary>The gateway as a server. Section <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Origins (<c>https://shop.example</c>) whose pages may change things here, beside the server's own address.</summary>
    public IList<string> PublicOrigins { get; } = [];

    /// <summary>Addresses of reverse proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>Hub connections of one address. A whole office may share one.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddressMax { get; set; } = 1_000;

    /// <summary>Hub connections of this gateway.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsMax { get; set; } = 50_000;

    /// <summary>Bytes of a JSON body.</summary>
    [Range(1_024, 1_048_576)]
    public int JsonBytesMax { get; set; } = 64 * 1024;

    /// <summary>Seconds that a money command whose outcome is unknown is repeated with the same key.</summary>
    [Range(0, 60)]
    public int RetrySeconds { get; set; } = 10;
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
