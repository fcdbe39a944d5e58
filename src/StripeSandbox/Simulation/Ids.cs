using System.Security.Cryptography;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Ids of the sandbox: they can't be taken for those of the real service.</summary>
internal static class Ids
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static string New(string prefix) => $"{prefix}_sim_{RandomNumberGenerator.GetString(Alphabet, 20)}";

    public static string ClientSecret(string id) => $"{id}_secret_{RandomNumberGenerator.GetString(Alphabet, 24)}";
}
