using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace LiveCommerce.Gateway.Video.Passes;

/// <summary>Says that an account was let into a private room: what players put into the addresses of its media.</summary>
/// <param name="Moderates">The account moderates the whole platform.</param>
/// <param name="ExpiresAt">Whole seconds.</param>
internal sealed record Pass(string RoomId, string AccountId, bool Moderates, DateTimeOffset ExpiresAt)
{
    /// <summary>What passes are signed as.</summary>
    public const string Purpose = "video-pass";

    /// <summary>Characters of a pass in an address.</summary>
    public const int Length = 76;

    private const byte Version = 1;
    private const int IdBytes = 16;
    private const int SignedBytes = 2 + 6 + (2 * IdBytes);
    private const int MacBytes = 17;
    private const int WholeBytes = SignedBytes + MacBytes;

    /// <summary>What is signed of it.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SignedBytes];
        bytes[0] = Version;
        bytes[1] = Moderates ? (byte)1 : (byte)0;
        Span<byte> seconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(seconds, ExpiresAt.ToUnixTimeSeconds());
        seconds[2..].CopyTo(bytes.AsSpan(2));
        Convert.FromHexString(RoomId).CopyTo(bytes, 8);
        Convert.FromHexString(AccountId).CopyTo(bytes, 8 + IdBytes);
        return bytes;
    }

    /// <summary>As it stands in an address. Each pass is written in one way only.</summary>
    public static string Write(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> mac) => Base64Url.EncodeToString([.. signed, .. mac]);

    /// <summary>Takes it apart without believing any of it.</summary>
    /// <returns>False: it is none.</returns>
    public static bool TrySplit(ReadOnlySpan<char> text, out byte[] signed, out byte[] mac)
    {
        (signed, mac) = ([], []);
        Span<byte> whole = stackalloc byte[WholeBytes];
        if (text.Length != Length || Base64Url.DecodeFromChars(text, whole, out _, out var length) != OperationStatus.Done || length != WholeBytes) { return false; }

        (signed, mac) = (whole[..SignedBytes].ToArray(), whole[SignedBytes..].ToArray());
        return true;
    }

    /// <summary>Reads what was signed.</summary>
    /// <param name="mac">As it came.</param>
    /// <param name="right">As it must be.</param>
    /// <returns>Null: another signature, another version, or its time is over.</returns>
    public static Pass? Read(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> right, DateTimeOffset now)
    {
        if (signed.Length != SignedBytes || !CryptographicOperations.FixedTimeEquals(mac, right) || signed[0] != Version) { return null; }

        Span<byte> seconds = stackalloc byte[sizeof(long)];
        signed.Slice(2, 6).CopyTo(seconds[2..]);
        var until = BinaryPrimitives.ReadInt64BigEndian(seconds);
        return until <= now.ToUnixTimeSeconds() || until > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? null
            : new Pass(
                Convert.ToHexStringLower(signed.Slice(8, IdBytes)), Convert.ToHexStringLower(signed.Slice(8 + IdBytes, IdBytes)), signed[1] == 1,
                DateTimeOffset.FromUnixTimeSeconds(until));
    }

    /// <summary>Hides who it is for from logs.</summary>
    public override string ToString() => "Pass(hidden)";
}
