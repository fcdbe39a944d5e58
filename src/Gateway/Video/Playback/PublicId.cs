using System.Buffers;

namespace LiveCommerce.Gateway.Video.Playback;

/// <summary>Ids of rooms and streams.</summary>
internal static class PublicId
{
    private const int Length = 32;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether it is a UUID as 32 lower-case hex digits.</summary>
    public static bool IsOne(string text) => text.Length == Length && !text.AsSpan().ContainsAnyExcept(Digits);
}
