using System.Security.Cryptography;
using System.Text;

namespace LiveCommerce.Actors.Links;

/// <summary>How processes of one cluster know each other: the secret that all of them have, in the Authorization header.</summary>
public static class LinkCredential
{
    /// <summary>The value of the Authorization header.</summary>
    public static string Of(LinkOptions options) => $"Bearer {options.Secret}";

    /// <summary>Whether a header has the secret. Never without one: a process that has none knows nobody.</summary>
    public static bool Is(string given, LinkOptions options) => options.Secret.Length > 0 && CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(Of(options))));
}
