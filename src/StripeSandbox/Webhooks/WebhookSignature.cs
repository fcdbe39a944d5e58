using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LiveCommerce.StripeSandbox.Webhooks;

/// <summary>Signs webhooks as the real service does.</summary>
public static class WebhookSignature
{
    /// <summary>The header's name.</summary>
    public const string HeaderName = "Stripe-Signature";

    /// <summary>The header's value for a body sent at a moment. The whole secret, with its <c>whsec_</c>, is the key.</summary>
    public static string Header(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.ASCII.GetBytes(time));
        hash.AppendData("."u8);
        hash.AppendData(body);
        return $"t={time},v1={Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
