using System.Buffers;
using System.Buffers.Binary;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Writes messages to a client as WebSocket frames, RFC 6455, 5.2, into an array of the shared pool: what a server sends is not masked,
/// each message is one frame, and its length takes no more bytes than it needs. One per thread: <see cref="Take"/>.
/// </summary>
internal sealed class ServerFrames : IBufferWriter<byte>
{
    private const byte Final = 0x80;
    private const int ShortMax = 125;
    private const int MiddleMax = ushort.MaxValue;
    private const int HeaderMax = 10;
    private const int FirstBytes = 512;

    [ThreadStatic]
    private static ServerFrames? _spare;

    private byte[] _buffer = [];
    private int _end;
    private int _payload;

    private ServerFrames()
    {
    }

    /// <summary>An empty one. Given back by <see cref="Finish"/>, on the same thread.</summary>
    public static ServerFrames Take()
    {
        var frames = _spare ?? new ServerFrames();
        _spare = null;
        frames._buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
        frames._end = 0;
        return frames;
    }

    /// <summary>A frame begins: what is written from here is its payload.</summary>
    public void Begin()
    {
        Reserve(HeaderMax);
        _end += HeaderMax;
        _payload = _end;
    }

    /// <summary>The frame ends.</summary>
    public void End(FrameKind kind)
    {
        // The header's length is known only now: the payload moves up to it.
        var length = _end - _payload;
        var header = length <= ShortMax ? 2 : length <= MiddleMax ? 4 : HeaderMax;
        var start = _payload - HeaderMax;
        var frame = _buffer.AsSpan(start);
        if (header < HeaderMax) { frame.Slice(HeaderMax, length).CopyTo(frame[header..]); }
        frame[0] = (byte)(Final | (byte)kind);
        switch (header)
        {
            case 2:
                frame[1] = (byte)length;
                break;
            case 4:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)length);
                break;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteInt64BigEndian(frame[2..], length);
                break;
        }

        _end = start + header + length;
    }

    /// <summary>A Close frame.</summary>
    public void Close(int code)
    {
        Begin();
        BinaryPrimitives.WriteUInt16BigEndian(GetSpan(sizeof(ushort)), (ushort)code);
        Advance(sizeof(ushort));
        End(FrameKind.Close);
    }

    /// <summary>All that was written.</summary>
    /// <returns>Of an array of <see cref="ArrayPool{T}.Shared"/>, which is the caller's.</returns>
    public ArraySegment<byte> Finish()
    {
        var written = new ArraySegment<byte>(_buffer, 0, _end);
        _buffer = [];
        _spare = this;
        return written;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_end);
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _end >= bytes) { return; }
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _buffer.Length, _end + bytes));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
