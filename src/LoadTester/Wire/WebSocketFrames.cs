using System.Buffers.Binary;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>What a frame is (RFC 6455, 11.8).</summary>
internal enum FrameKind
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>Reads and writes WebSocket frames in place: what is read is never copied unless it came in pieces.</summary>
internal static class WebSocketFrames
{
    /// <summary>Bytes of one message at most. A snapshot is some tens of kilobytes.</summary>
    public const int MessageBytesMax = 1024 * 1024;

    /// <summary>Bytes of a header at most: a client's has a mask.</summary>
    public const int HeaderBytesMax = 14;

    private const byte Final = 0x80;
    private const byte Masked = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    /// <summary>
    /// Takes the next whole message, or control frame, off the front of what was received. A message in several frames is moved
    /// together in the buffer, once it is whole.
    /// </summary>
    /// <param name="received">What came; may be rearranged.</param>
    /// <param name="used">Bytes of it that are done with when a message was taken.</param>
    /// <returns>False: it is not whole yet.</returns>
    /// <exception cref="InvalidDataException">Not WebSocket frames, or too long.</exception>
    public static bool TryTake(Span<byte> received, out FrameKind kind, out ReadOnlySpan<byte> message, out int used)
    {
        kind = default;
        message = default;
        used = 0;
        var pieces = 0;
        for (var (at, total) = (0, 0); TryReadHeader(received[at..], out var final, out var part, out var header, out var bytes);)
        {
            if (received.Length - at - header < bytes) { return false; }
            at += header + bytes;
            if (pieces == 0)
            {
                if (part == FrameKind.Continuation) { throw new InvalidDataException("A message went on that had not begun."); }
                kind = part;
            }
            else if (part is FrameKind.Text or FrameKind.Binary) { throw new InvalidDataException("A new message began within another."); }
            else if (part >= FrameKind.Close)
            {
                // Between the frames of a message: servers of this product send none there, and a ping comes again.
                continue;
            }

            pieces++;
            total += bytes;
            if (total > MessageBytesMax) { throw new InvalidDataException($"A message has more than {MessageBytesMax} bytes."); }
            if (!final) { continue; }
            message = pieces == 1 ? received.Slice(header, bytes) : Gather(received[..at]);
            used = at;
            return true;
        }

        return false;
    }

    /// <summary>Writes the header of a client's frame.</summary>
    /// <param name="bytes">Of the payload.</param>
    /// <returns>Bytes of the header.</returns>
    public static int WriteHeader(Span<byte> output, FrameKind kind, int bytes, uint mask)
    {
        output[0] = (byte)(Final | (byte)kind);
        var at = 2;
        if (bytes < Length16) { output[1] = (byte)(Masked | bytes); }
        else if (bytes <= ushort.MaxValue)
        {
            output[1] = Masked | Length16;
            BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)bytes);
            at = 4;
        }
        else
        {
            output[1] = Masked | Length64;
            BinaryPrimitives.WriteUInt64BigEndian(output[2..], (ulong)bytes);
            at = 10;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(output[at..], mask);
        return at + 4;
    }

    /// <summary>Masks a payload in place, as clients must.</summary>
    public static void Mask(Span<byte> payload, uint mask)
    {
        for (var at = 0; at < payload.Length; at++) { payload[at] ^= unchecked((byte)(mask >> (8 * (at & 3)))); }
    }

    /// <summary>Moves the pieces of a message together.</summary>
    private static ReadOnlySpan<byte> Gather(Span<byte> frames)
    {
        var start = -1;
        var length = 0;
        for (var at = 0; TryReadHeader(frames[at..], out _, out var part, out var header, out var bytes); at += header + bytes)
        {
            if (start < 0) { start = at + header; }
            else if (part >= FrameKind.Close) { continue; }
            else { frames.Slice(at + header, bytes).CopyTo(frames[(start + length)..]); }
            length += bytes;
        }

        return frames.Slice(start, length);
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> from, out bool final, out FrameKind kind, out int header, out int bytes)
    {
        final = false;
        kind = default;
        header = 2;
        bytes = 0;
        if (from.Length < header) { return false; }
        if ((from[0] & 0x70) != 0 || (from[1] & Masked) != 0) { throw new InvalidDataException("Not a WebSocket frame of a server."); }
        final = (from[0] & Final) != 0;
        kind = (FrameKind)(from[0] & 0x0f);
        bytes = from[1];
        if (bytes == Length16)
        {
            header = 4;
            if (from.Length < header) { return false; }
            bytes = BinaryPrimitives.ReadUInt16BigEndian(from[2..]);
        }
        else if (bytes == Length64)
        {
            header = 10;
            if (from.Length < header) { return false; }
            var length = BinaryPrimitives.ReadUInt64BigEndian(from[2..]);
            if (length > MessageBytesMax) { throw new InvalidDataException($"A message has more than {MessageBytesMax} bytes."); }
            bytes = (int)length;
        }

        return true;
    }
}
