using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>The HTTP request that becomes a WebSocket, and its answer.</summary>
internal static class Upgrade
{
    /// <summary>Bytes of an answer that is no connection; its body says why.</summary>
    public const int AnswerBytesMax = 64 * 1024;

    private const int NonceBytes = 16;

    /// <summary>The bytes of the request.</summary>
    public static byte[] Request(Uri server, string path, string? cookie)
    {
        var request = new StringBuilder(256)
            .Append("GET ").Append(path).Append(" HTTP/1.1\r\nHost: ").Append(server.Authority)
            .Append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
            .Append(Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes)));
        if (cookie is not null) { request.Append("\r\nCookie: ").Append(cookie); }
        return Encoding.ASCII.GetBytes(request.Append("\r\n\r\n").ToString());
    }

    /// <summary>Reads the answer. What follows it is WebSocket frames.</summary>
    /// <param name="received">So far.</param>
    /// <param name="used">Bytes of the answer, when it is a connection.</param>
    /// <returns>False: not all of it is there.</returns>
    /// <exception cref="ConnectionRefusedException">It is no connection.</exception>
    public static bool TryRead(ReadOnlySpan<byte> received, out int used)
    {
        used = 0;
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return received.Length <= AnswerBytesMax ? false : throw new InvalidDataException("The answer is not HTTP.");
        }

        // The accept header guards against caches that answer by themselves, and there is none that says 101.
        var head = received[..end];
        used = end + 4;
        if (head.StartsWith("HTTP/1.1 101"u8)) { return true; }
        if (!head.StartsWith("HTTP/1."u8) || !int.TryParse(Encoding.ASCII.GetString(head.Slice(9, Math.Min(3, head.Length - 9))), CultureInfo.InvariantCulture, out var status))
        {
            throw new InvalidDataException("The answer is not HTTP.");
        }

        var body = received[used..];
        if (!IsWhole(head, body) && received.Length < AnswerBytesMax) { return false; }
        throw new ConnectionRefusedException(status, ReadRefusal(body));
    }

    private static bool IsWhole(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        foreach (var line in Encoding.ASCII.GetString(head).Split("\r\n"))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                return !int.TryParse(line.AsSpan(15).Trim(), CultureInfo.InvariantCulture, out var length) || body.Length >= length;
            }

            if (line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase)) { return body.EndsWith("0\r\n\r\n"u8); }
        }

        return true;
    }

    private static Refusal? ReadRefusal(ReadOnlySpan<byte> body)
    {
        var (start, end) = (body.IndexOf((byte)'{'), body.LastIndexOf((byte)'}'));
        if (start < 0 || end < start) { return null; }
        try { return JsonSerializer.Deserialize<Refusal>(body[start..(end + 1)], WireJson.Options); }
        catch (JsonException) { return null; }
    }
}
