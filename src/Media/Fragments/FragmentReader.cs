using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Media.Boxes;

namespace LiveCommerce.Media.Fragments;

/// <summary>
/// Takes a fragmented MP4 in pieces of any size and gives its header and fragments as soon as they are whole.
/// Holds at most one unit and the piece behind it; a size above the bounds is refused before it is waited for.
/// </summary>
/// <remarks>Not thread-safe. After a problem it gives nothing more.</remarks>
public sealed class FragmentReader
{
    /// <summary>Bytes of ftyp and of moov. FFmpeg's have about 1,300 together.</summary>
    public const int InitBytesMax = 256 * 1024;

    /// <summary>Bytes of a moof with its mdat. 50 ms at 20 Mbit/s are 125 kB; a keyframe may be larger.</summary>
    public const int FragmentBytesMax = 16 * 1024 * 1024;

    /// <summary>Bytes of one <see cref="Append"/>.</summary>
    public const int PieceBytesMax = 1024 * 1024;

    private const int FirstBufferBytes = 128 * 1024;

    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _start;
    private int _end;
    private ulong _skip;
    private byte[] _ftyp = [];
    private InitSegment? _init;

    /// <summary>Why the reader stopped; null while it works.</summary>
    public MediaProblem? Problem { get; private set; }

    /// <summary>Whether the bytes so far end between two boxes, so that an end of input here loses nothing.</summary>
    public bool IsAtBoundary => _start == _end && _skip == 0;

    /// <summary>Bytes held.</summary>
    internal int BufferBytes => _buffer.Length;

    /// <summary>Takes the next piece. Read all units with <see cref="TryRead"/> before the next.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        if (Problem is not null) { return; }
        if (piece.Length > PieceBytesMax) { throw new ArgumentException($"More than {PieceBytesMax} bytes at once.", nameof(piece)); }

        if (_skip > 0)
        {
            var skipped = (int)Math.Min(_skip, (ulong)piece.Length);
            _skip -= (ulong)skipped;
            piece = piece[skipped..];
        }

        MakeRoom(piece.Length);
        if (Problem is not null) { return; }
        piece.CopyTo(_buffer.AsSpan(_end));
        _end += piece.Length;
    }

    /// <summary>The next whole unit. False: more bytes are needed, or there is a <see cref="Problem"/>.</summary>
    public bool TryRead([NotNullWhen(true)] out MediaUnit? unit)
    {
        unit = null;
        while (Problem is null && unit is null)
        {
            var bytes = _buffer.AsSpan(_start, _end - _start);
            if (!BoxHeader.TryRead(bytes, out var header)) { return false; }
            if (header.Size < (ulong)header.Length)
            {
                return Fail(MediaFault.Malformed, $"A {BoxType.Name(header.Type)} box of {header.Size} bytes at the top.");
            }

            var went = header.Type switch
            {
                BoxType.Ftyp => TakeFtyp(bytes, header),
                BoxType.Moov => TakeInit(bytes, header, out unit),
                BoxType.Moof => TakeFragment(bytes, header, out unit),
                BoxType.Mdat => Fail(MediaFault.Malformed, "Samples without a fragment in front of them."),
                _ => SkipBox(header),
            };
            if (!went) { return false; }
        }

        return unit is not null;
    }

    private bool TakeFtyp(ReadOnlySpan<byte> bytes, BoxHeader header)
    {
        if (header.Size > InitBytesMax) { return Fail(MediaFault.TooLarge, $"A file type box of {header.Size} bytes."); }
        var size = (int)header.Size;
        if (bytes.Length < size) { return false; }

        _ftyp = bytes[..size].ToArray();
        _start += size;
        return true;
    }

    private bool TakeInit(ReadOnlySpan<byte> bytes, BoxHeader header, out MediaUnit? unit)
    {
        unit = null;
        if (header.Size > InitBytesMax) { return Fail(MediaFault.TooLarge, $"A header of {header.Size} bytes."); }
        var size = (int)header.Size;
        if (bytes.Length < size) { return false; }

        var moov = bytes[..size];
        var whole = new byte[_ftyp.Length + size];
        _ftyp.CopyTo(whole, 0);
        moov.CopyTo(whole.AsSpan(_ftyp.Length));
        _init = InitParser.Parse(moov[header.Length..], whole, out var problem);
        Problem = problem;
        _start += size;
        unit = _init;
        return problem is null;
    }

    private bool TakeFragment(ReadOnlySpan<byte> bytes, BoxHeader moof, out MediaUnit? unit)
    {
        unit = null;
        if (_init is null) { return Fail(MediaFault.Malformed, "A fragment before the header."); }
        if (moof.Size > FragmentBytesMax) { return Fail(MediaFault.TooLarge, $"A fragment header of {moof.Size} bytes."); }

        var moofSize = (int)moof.Size;
        if (bytes.Length < moofSize || !BoxHeader.TryRead(bytes[moofSize..], out var mdat)) { return false; }
        if (mdat.Type != BoxType.Mdat || mdat.Size < (ulong)mdat.Length)
        {
            return Fail(MediaFault.Malformed, $"A fragment is followed by {BoxType.Name(mdat.Type)} instead of its samples.");
        }

        if (mdat.Size > (ulong)(FragmentBytesMax - moofSize)) { return Fail(MediaFault.TooLarge, $"Samples of {mdat.Size} bytes in one fragment."); }
        var size = moofSize + (int)mdat.Size;
        if (bytes.Length < size) { return false; }

        var whole = bytes[..size].ToArray();
        unit = FragmentParser.Parse(_init, whole.AsSpan(moof.Length, moofSize - moof.Length), whole, out var problem);
        Problem = problem;
        _start += size;
        return problem is null;
    }

    /// <summary>styp, sidx, free, mfra and what else may stand at the top: not needed, and not kept while it passes.</summary>
    private bool SkipBox(BoxHeader header)
    {
        var here = (ulong)(_end - _start);
        var now = Math.Min(header.Size, here);
        _start += (int)now;
        _skip = header.Size - now;
        return true;
    }

    private void MakeRoom(int bytes)
    {
        if (_end + bytes <= _buffer.Length) { return; }

        var held = _end - _start;
        var needed = held + bytes;
        if (needed > FragmentBytesMax + (2 * PieceBytesMax))
        {
            Fail(MediaFault.TooLarge, "Units are not read as fast as bytes are appended.");
            return;
        }

        var target = needed <= _buffer.Length ? _buffer : new byte[Math.Max(needed, Math.Min(_buffer.Length * 2, FragmentBytesMax))];
        _buffer.AsSpan(_start, held).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = held;
    }

    private bool Fail(MediaFault fault, string message)
    {
        Problem = new MediaProblem(fault, message);
        return false;
    }
}
