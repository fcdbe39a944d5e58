using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using LiveCommerce.Gateway.Accounts;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// What is secret about an invitation link: the link's id and its signature, bound to the room. It is made anew whenever the owner looks, so no database
/// keeps it; whether the link still stands, only the room knows.
/// </summary>
internal static class InvitationCode
{
    /// <summary>Characters of a code.</summary>
    public const int Length = 44;

    private const string Purpose = "invitation-1";
    private const int IdBytes = 16;

    /// <summary>The code of a link.</summary>
    public static async ValueTask<string> WriteAsync(ISigner signer, string roomId, string invitationId, CancellationToken cancellationToken)
    {
        var id = Convert.FromHexString(invitationId);
        return Base64Url.EncodeToString([.. id, .. await SignAsync(signer, roomId, id, cancellationToken)]);
    }

    /// <summary>The link that a code is of; null: it is none of this room.</summary>
    public static async ValueTask<string?> ReadAsync(ISigner signer, string roomId, string? code, CancellationToken cancellationToken)
    {
        var whole = new byte[IdBytes + SigningKeys.MacBytes];
        if (code?.Length != Length || Base64Url.DecodeFromChars(code, whole, out _, out var length) != OperationStatus.Done || length != whole.Length) { return null; }

        var id = whole[..IdBytes];
        var right = await SignAsync(signer, roomId, id, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(right, whole.AsSpan(IdBytes)) ? Convert.ToHexStringLower(id) : null;
    }

    private static ValueTask<byte[]> SignAsync(ISigner signer, string roomId, byte[] id, CancellationToken cancellationToken) =>
        signer.SignAsync(Purpose, (byte[])[.. Convert.FromHexString(roomId), .. id], cancellationToken);
}
