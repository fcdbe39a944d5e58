using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>What a frame of a client is: RFC 6455, 5.2.</summary>
internal enum FrameKind
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>One frame of a client, still masked.</summary>
internal readonly record struct ClientFrame(FrameKind Kind, bool IsFinal, uint Mask, ReadOnlySequence<byte> Payload)
{
    /// <summary>Its payload as the client meant it.</summary>
    /// <param name="to">At least as long.</param>
    public void CopyTo(Span<byte> to)
    {
        Payload.CopyTo(to);
        to = to[..(int)Payload.Length];
        var words = MemoryMarshal.Cast<byte, uint>(to);
        for (var i = 0; i < words.Length; i++) { words[i] ^= Mask; }
        var mask = Mask;
        for (var i = words.Length * sizeof(uint); i < to.Length; i++)
        {
            to[i] ^= unchecked((byte)mask);
            mask = BitOperations.RotateRight(mask, 8);
        }
    }
}

/// <summary>The frames of a WebSocket client, as they come from the server's pipe.</summary>
internal static class ClientFrames
{
    /// <summary>RFC 6455, 7.4.1.</summary>
    public const int Normal = 1000;

    /// <summary>The server is going away.</summary>
    public const int GoingAway = 1001;

    /// <summary>What came is no frame.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A text is not UTF-8.</summary>
    public const int NoText = 1007;

    /// <summary>It says what it may not.</summary>
    public const int PolicyViolation = 1008;

    /// <summary>It is too long.</summary>
    public const int TooBig = 1009;

    /// <summary>The server can't go on.</summary>
    public const int Unexpected = 1011;

    private const byte Final = 0x80;
    private const byte Reserved = 0x70;
    private const byte Masked = 0x80;
    private const byte Control = 0x08;
    private const int ControlMax = 125;
    private const int HeaderMax = 14;
    private const int MaskBytes = 4;

    /// <summary>Takes one whole frame off the front.</summary>
    /// <param name="payloadMax">A longer one that is no control frame is refused as soon as it says its length.</param>
    /// <param name="wrong">0, or the code to close with: what came is no frame, or too long.</param>
    /// <returns>False: the rest of it has not come, or it is wrong.</returns>
    public static bool TryTake(ref ReadOnlySequence<byte> input, int payloadMax, out ClientFrame frame, out int wrong)
    {
        (frame, wrong) = (default, 0);
        if (input.Length < 2) { return false; }
        Span<byte> header = stackalloc byte[HeaderMax];
        var here = (int)Math.Min(input.Length, HeaderMax);
        input.Slice(0, here).CopyTo(header);

        var kind = (FrameKind)(header[0] & 0x0f);
        var isControl = (header[0] & Control) != 0;
        var isFinal = (header[0] & Final) != 0;
        long length = header[1] & ~Masked & 0xff;
        if ((header[0] & Reserved) != 0 || (header[1] & Masked) == 0 || !Enum.IsDefined(kind) || (isControl && (!isFinal || length > ControlMax)))
        {
            wrong = ProtocolError;
            return false;
        }

        var lengthBytes = length switch { 126 => 2, 127 => 8, _ => 0 };
        var headerBytes = 2 + lengthBytes + MaskBytes;
        if (here < headerBytes) { return false; }
        if (lengthBytes == 2) { length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]); }
        else if (lengthBytes == 8) { length = BinaryPrimitives.ReadInt64BigEndian(header[2..]); }
        if (length < 0 || (length > payloadMax && !isControl))
        {
            wrong = length < 0 ? ProtocolError : TooBig;
            return false;
        }

        if (input.Length < headerBytes + length) { return false; }
        frame = new ClientFrame(kind, isFinal, MemoryMarshal.Read<uint>(header[(headerBytes - MaskBytes)..]), input.Slice(headerBytes, length));
        input = input.Slice(headerBytes + length);
        return true;
    }

    /// <summary>What a client's Close frame is answered with: its own code, or the code for what is wrong with it.</summary>
    public static int AnswerToClose(ClientFrame close)
    {
        Span<byte> said = stackalloc byte[ControlMax];
        said = said[..(int)close.Payload.Length];
        close.CopyTo(said);
        if (said.IsEmpty) { return Normal; }
        if (said.Length < sizeof(ushort)) { return ProtocolError; }

        // RFC 6455, 7.4: some are never sent, and others nobody has given a meaning.
        var code = BinaryPrimitives.ReadUInt16BigEndian(said);
        if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999))) { return ProtocolError; }
        return Utf8.IsValid(said[sizeof(ushort)..]) ? code : NoText;
    }
}
