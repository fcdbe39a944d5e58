using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LiveCommerce.Gateway.Payments;

/// <summary>
/// Checks the signature of the payment provider's events over the raw bytes: <c>v1 = hex HMAC-SHA256(secret, "{t}." + body)</c>,
/// the whole secret string being the key. Several <c>v1</c> may be given while a secret is being replaced.
/// </summary>
internal static class WebhookSignature
{
    /// <summary>Signatures looked at in one header.</summary>
    private const int SignaturesMax = 16;

    /// <summary>Whether one of the secrets has signed this body at a time near <paramref name="now"/>.</summary>
    public static bool IsValid(string? header, ReadOnlySpan<byte> body, IEnumerable<string> secrets, DateTimeOffset now, TimeSpan tolerance)
    {
        if (Parse(header) is not var (timestamp, signatures)) { return false; }
        var age = now - DateTimeOffset.FromUnixTimeSeconds(timestamp);
        if (age.Duration() > tolerance) { return false; }

        var prefix = Encoding.ASCII.GetBytes($"{timestamp.ToString(CultureInfo.InvariantCulture)}.");
        var valid = false;
        foreach (var secret in secrets)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
            hmac.AppendData(prefix);
            hmac.AppendData(body);
            var expected = hmac.GetHashAndReset();
            foreach (var signature in signatures) { valid |= CryptographicOperations.FixedTimeEquals(expected, signature); }
        }

        return valid;
    }

    private static (long Timestamp, List<byte[]> Signatures)? Parse(string? header)
    {
        long? timestamp = null;
        List<byte[]> signatures = [];
        foreach (var item in (header ?? "").Split(','))
        {
            var split = item.IndexOf('=', StringComparison.Ordinal);
            if (split < 0) { continue; }
            var (name, value) = (item[..split].Trim(), item[(split + 1)..].Trim());
            if (name == "t")
            {
                // Two times: one could be signed and the other be looked at.
                if (timestamp is not null || !IsTime(value, out var seconds)) { return null; }
                timestamp = seconds;
            }
            else if (name == "v1" && signatures.Count < SignaturesMax && value.Length == 2 * SHA256.HashSizeInBytes && value.All(char.IsAsciiHexDigit))
            {
                signatures.Add(Convert.FromHexString(value));
            }
        }

        return timestamp is { } time && signatures.Count > 0 ? (time, signatures) : null;
    }

    // The signed text has the time as it was written, so only the one way to write it is taken.
    private static bool IsTime(string value, out long seconds) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        && seconds.ToString(CultureInfo.InvariantCulture) == value;
}
