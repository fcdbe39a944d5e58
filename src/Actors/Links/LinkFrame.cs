using System.Buffers;
using System.Buffers.Binary;

namespace LiveCommerce.Actors.Links;

/// <summary>What a frame between two processes says. The numbers are the wire's.</summary>
internal enum FrameKind : byte
{
    /// <summary>The process that connects says who it is: a <see cref="LinkHello"/>. First of all.</summary>
    Hello = 1,

    /// <summary>A call: <c>["Room","r1","Say",generation,[arguments]]</c>.</summary>
    Call = 2,

    /// <summary>The result of a call; empty when it has none. Gives the call's credit back, as every answer does.</summary>
    Answer = 4,

    /// <summary>The exception of a call.</summary>
    Failure = 5,

    /// <summary>The grain is served elsewhere; nothing was done: the owner, or null.</summary>
    Moved = 6,

    /// <summary>A call of an observer, to the process that holds it: <c>["observer","OnBatch",[arguments]]</c>.</summary>
    Notice = 7,

    /// <summary>The silo takes the process in, and grants it credit: a <see cref="LinkWelcome"/>.</summary>
    Welcome = 8,

    /// <summary>The silo does not take the process in, or ends the link: a sentence.</summary>
    Farewell = 9,
}

/// <summary>
/// One frame: length of what follows (4 bytes), kind (1), the number of the call it belongs to (8), then UTF-8 JSON. Integers are little
/// endian. One WebSocket message carries as many frames as had gathered while the one before was sent, as far as they fit.
/// </summary>
internal readonly ref struct LinkFrame(FrameKind kind, long call, ReadOnlySpan<byte> json)
{
    /// <summary>Bytes in front of the JSON.</summary>
    public const int HeadLength = 13;

    public FrameKind Kind { get; } = kind;

    public long Call { get; } = call;

    public ReadOnlySpan<byte> Json { get; } = json;

    /// <summary>Writes one.</summary>
    public static void Write(IBufferWriter<byte> target, FrameKind kind, long call, ReadOnlySpan<byte> json)
    {
        var span = target.GetSpan(HeadLength + json.Length);
        BinaryPrimitives.WriteInt32LittleEndian(span, HeadLength - sizeof(int) + json.Length);
        span[sizeof(int)] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], call);
        json.CopyTo(span[HeadLength..]);
        target.Advance(HeadLength + json.Length);
    }

    /// <summary>How many bytes of <paramref name="frames"/> make one message of at most <paramref name="most"/>: whole frames, and at least one.</summary>
    public static int MessageLength(ReadOnlySpan<byte> frames, int most)
    {
        var length = 0;
        while (length < frames.Length)
        {
            var next = length + sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(frames[length..]);
            if (length > 0 && next > most) { break; }
            length = next;
        }

        return length;
    }

    /// <summary>Takes the first frame off <paramref name="message"/>. False: what is there is no frame.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> message, out LinkFrame frame)
    {
        frame = default;
        if (message.Length < HeadLength) { return false; }

        var length = BinaryPrimitives.ReadInt32LittleEndian(message);
        if (length < HeadLength - sizeof(int) || length > message.Length - sizeof(int)) { return false; }

        frame = new LinkFrame((FrameKind)message[sizeof(int)], BinaryPrimitives.ReadInt64LittleEndian(message[5..]), message[HeadLength..(sizeof(int) + length)]);
        message = message[(sizeof(int) + length)..];
        return true;
    }
}
