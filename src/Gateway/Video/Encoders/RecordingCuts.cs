using System.Buffers;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>A place in a recording where another encoder can begin, when it is given the header before.</summary>
/// <param name="Bytes">The recording from this place on, as far as it has come.</param>
/// <param name="Ms">The recording's own time there, counted from its first cluster.</param>
internal readonly record struct RecordingCut(ReadOnlyMemory<byte> Bytes, long Ms);

/// <summary>
/// Follows a Matroska recording (RFC 9559) as it comes in: keeps its header and finds the clusters whose first picture is a
/// keyframe. Recorders begin a cluster with each keyframe, and often between; only at the former can another encoder take over.
/// </summary>
/// <remarks>Not thread-safe. Holds the header, and the beginning of a cluster until its first picture is known.</remarks>
internal sealed class RecordingCuts
{
    /// <summary>Bytes of the header; longer: nothing can be cut.</summary>
    public const int HeaderBytesMax = 64 * 1024;

    /// <summary>Bytes of a cluster in front of its first picture; more, and it is no place to cut.</summary>
    public const int CandidateBytesMax = 128 * 1024;

    /// <summary>A block's track, time and flags.</summary>
    private const int BlockHeadBytesMax = 8 + 2 + 1;

    private const int KeyframeFlag = 0x80;

    private readonly ArrayBufferWriter<byte> _header = new(256);
    private readonly ArrayBufferWriter<byte> _candidate = new(256);
    private ulong? _pictures;
    private byte[] _carried = [];
    private long _skip;
    private long? _firstMs;
    private long _candidateMs = -1;
    private bool _isCandidate;
    private bool _inHeader = true;
    private bool _searches;

    /// <summary>All that stands before the first cluster; null until it is whole, or when it is too long.</summary>
    public ReadOnlyMemory<byte>? Header =>
        _inHeader || _header.WrittenCount > HeaderBytesMax ? (ReadOnlyMemory<byte>?)null : _header.WrittenMemory;

    /// <summary>Some of the recording is missing, or makes no sense: the next cluster is looked for.</summary>
    public void Search()
    {
        _carried = [];
        _skip = 0;
        Abandon();
        _searches = true;
    }

    /// <summary>Takes the next slice.</summary>
    /// <returns>The first place to cut that became known with it.</returns>
    public RecordingCut? Take(ReadOnlyMemory<byte> slice)
    {
        var bytes = _carried.Length == 0 ? slice : (byte[])[.. _carried, .. slice.Span];
        _carried = [];
        RecordingCut? cut = null;
        var at = 0;

        // Where the part of the candidate begins that is not in its buffer yet.
        var from = 0;
        while (at < bytes.Length)
        {
            if (_searches)
            {
                if (!Find(bytes, ref at)) { break; }
                from = at;
            }

            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, bytes.Length - at);
                KeepHeader(bytes.Span.Slice(at, skipped));
                (at, _skip) = (at + skipped, _skip - skipped);
                continue;
            }

            var rest = bytes.Span[at..];
            if (!MatroskaElement.TryRead(rest, out var element))
            {
                if (!MatroskaElement.MayFollow(rest))
                {
                    Search();
                    continue;
                }

                _carried = rest.ToArray();
                break;
            }

            var needed = element.Length + NeededOf(element);
            if (rest.Length < needed)
            {
                _carried = rest.ToArray();
                break;
            }

            switch (element.Id)
            {
                case MatroskaElement.Cluster:
                    if (_inHeader) { EndHeader(); }
                    Abandon();
                    (_isCandidate, from) = (true, at);
                    break;
                case MatroskaElement.Timestamp when _isCandidate:
                    _candidateMs = MatroskaElement.Number(rest.Slice(element.Length, (int)element.Size!.Value));
                    _firstMs ??= _candidateMs;
                    if (_pictures is null) { Resolve(isKeyframe: true); }
                    break;
                case MatroskaElement.SimpleBlock when _isCandidate:
                    if (IsPicture(rest[element.Length..], out var isKeyframe)) { Resolve(isKeyframe); }
                    break;
            }

            // Only a segment and its clusters are of unknown size; their parts are followed as if they stood side by side.
            var descends = element.Id is MatroskaElement.Segment or MatroskaElement.Cluster;
            if (!descends && element.Size is null)
            {
                Search();
                continue;
            }

            KeepHeader(rest[..element.Length]);
            at += element.Length;
            if (!descends) { _skip = element.Size!.Value; }
        }

        if (_isCandidate)
        {
            var seen = bytes.Span[Math.Min(from, at)..at];
            if (_candidate.WrittenCount + seen.Length > CandidateBytesMax) { Abandon(); }
            else { _candidate.Write(seen); }
        }

        return cut;

        void Resolve(bool isKeyframe)
        {
            if (isKeyframe && _candidateMs >= 0)
            {
                ReadOnlyMemory<byte> place = _candidate.WrittenCount == 0 ? bytes[from..] : (byte[])[.. _candidate.WrittenSpan, .. bytes.Span[from..]];
                cut ??= new RecordingCut(place, Math.Max(0, _candidateMs - _firstMs!.Value));
            }

            Abandon();
        }
    }

    private void Abandon()
    {
        _candidate.ResetWrittenCount();
        (_isCandidate, _candidateMs) = (false, -1);
    }

    private static int NeededOf(MatroskaElement element) => element switch
    {
        { Id: MatroskaElement.Timestamp, Size: <= 8 } => (int)element.Size!.Value,
        { Id: MatroskaElement.SimpleBlock, Size: not null } => (int)Math.Min(element.Size.Value, BlockHeadBytesMax),
        _ => 0,
    };

    private void KeepHeader(ReadOnlySpan<byte> bytes)
    {
        if (_inHeader && _header.WrittenCount <= HeaderBytesMax) { _header.Write(bytes); }
    }

    private void EndHeader()
    {
        _inHeader = false;
        _pictures = MatroskaElement.PictureTrackOf(_header.WrittenSpan);
    }

    private bool IsPicture(ReadOnlySpan<byte> block, out bool isKeyframe)
    {
        isKeyframe = false;
        if (!MatroskaElement.TryTrack(block, out var track, out var length) || block.Length < length + 3) { return false; }
        isKeyframe = (block[length + 2] & KeyframeFlag) != 0;
        return track == _pictures;
    }

    /// <summary>Looks for the beginning of a cluster; a frame that holds these bytes by chance is one in many years.</summary>
    private bool Find(ReadOnlyMemory<byte> bytes, ref int at)
    {
        ReadOnlySpan<byte> id = [0x1F, 0x43, 0xB6, 0x75];
        while (bytes.Span[at..].IndexOf(id) is >= 0 and var found)
        {
            at += found;
            var rest = bytes.Span[at..];
            if (!MatroskaElement.TryRead(rest, out var cluster) || !MatroskaElement.TryRead(rest[cluster.Length..], out var first))
            {
                if (MatroskaElement.MayFollow(rest))
                {
                    _carried = rest.ToArray();
                    return false;
                }
            }
            else if (first.Id is MatroskaElement.Timestamp or MatroskaElement.Checksum && first.Size <= 8)
            {
                _searches = false;
                return true;
            }

            at++;
        }

        at = Math.Max(at, bytes.Length - id.Length + 1);
        _carried = bytes[at..].ToArray();
        return false;
    }
}
