using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Payments;

/// <summary>Rules for the ids and the texts that clients send with a payment.</summary>
internal static class PaymentIds
{
    private const int TextLengthMax = 255;
    private const int UrlLengthMax = 2048;
    private const int UuidVersion = 7;
    private static readonly TimeSpan AgeMax = TimeSpan.FromHours(24);
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    /// <summary>Why a new id can't be taken; null when it can: a UUIDv7 as 32 lower-case hex digits, made about now.</summary>
    public static Refusal? Check(string id, DateTimeOffset now)
    {
        if (!Guid.TryParseExact(id, "N", out var guid) || guid.Version != UuidVersion || id.Any(char.IsAsciiLetterUpper))
        {
            return new Refusal(RefusalCode.Malformed, "The Idempotency-Key must be a UUID of version 7. Make a new one and try again.");
        }

        var age = now - TimeOf(guid);
        return age <= AgeMax && age >= -AheadMax
            ? null
            : new Refusal(RefusalCode.KeyOutOfTime, "The Idempotency-Key is too old or from the future. Check the clock and try again with a new key.");
    }

    /// <summary>Why the card or the page to return to can't be used; null when they can.</summary>
    public static Refusal? Check(string paymentMethod, string returnUrl)
    {
        if (paymentMethod is not { Length: > 0 and <= TextLengthMax } || !paymentMethod.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
        {
            return new Refusal(RefusalCode.Malformed, "No card was chosen. Choose a card and try again.");
        }

        return CheckReturn(returnUrl);
    }

    /// <summary>Why the page to return to can't be used; null when it can.</summary>
    public static Refusal? CheckReturn(string returnUrl) =>
        returnUrl is { Length: <= UrlLengthMax } && Uri.TryCreate(returnUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? null
            : new Refusal(RefusalCode.Malformed, "The page to return to must be a full http or https address.");

    /// <summary>A number that stands for the content of a request: the same content always gives the same.</summary>
    public static long Fingerprint(params ReadOnlySpan<object?> content)
    {
        var text = new StringBuilder();
        foreach (var part in content)
        {
            var value = part?.ToString();
            text.Append(value is null ? "-" : $"{value.Length}:{value}").Append('|');
        }

        return BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static DateTimeOffset TimeOf(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[16];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MaxValue;
    }
}
