using System.Buffers;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Bytes one after the other in a borrowed array that grows.</summary>
/// <param name="capacity">About how many there will be.</param>
internal sealed class ByteBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    /// <summary>What was written so far. Until the next call.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Room for the next bytes, to be filled at once.</summary>
    public Span<byte> Take(int count)
    {
        if (count > _bytes.Length - _length) { Grow(count); }
        var room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0) { ArrayPool<byte>.Shared.Return(bytes); }
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, _bytes.Length * 2));
        Written.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
