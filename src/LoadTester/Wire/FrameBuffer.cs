using System.Buffers;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>Cuts what a hub connection receives at the record separators of the JSON protocol. Empty, it holds no memory.</summary>
internal sealed class FrameBuffer : IDisposable
{
    /// <summary>What ends each message of the protocol.</summary>
    public const byte Separator = 0x1e;

    /// <summary>Bytes one message may have. A snapshot is some tens of kilobytes.</summary>
    public const int FrameBytesMax = 1024 * 1024;

    private const int PieceBytes = 4 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;

    /// <summary>Whether all that came has been taken.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Where the next bytes go.</summary>
    /// <exception cref="InvalidDataException">A message without an end.</exception>
    public Memory<byte> Free()
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
        if (_end < _buffer.Length) { return _buffer.AsMemory(_end); }
        if (_end - _start >= FrameBytesMax) { throw new InvalidDataException($"A message has more than {FrameBytesMax} bytes."); }

        var larger = _start > 0 && _end - _start <= _buffer.Length / 2 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        if (larger != _buffer) { ArrayPool<byte>.Shared.Return(_buffer); }
        _buffer = larger;
        _end -= _start;
        _start = 0;
        return _buffer.AsMemory(_end);
    }

    /// <summary>So many bytes have been put there.</summary>
    public void Added(int bytes) => _end += bytes;

    /// <summary>The next whole message, without its separator; valid until the next call.</summary>
    public bool TryTake(out ReadOnlySpan<byte> frame)
    {
        var waiting = _buffer.AsSpan(_start, _end - _start);
        var length = waiting.IndexOf(Separator);
        if (length < 0)
        {
            frame = default;
            return false;
        }

        frame = waiting[..length];
        _start += length + 1;
        return true;
    }

    /// <summary>Gives the memory back when nothing is in it: most viewers wait most of the time.</summary>
    public void Rest()
    {
        if (!IsEmpty || _buffer is null) { return; }
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _start = _end = 0;
        Rest();
    }
}
