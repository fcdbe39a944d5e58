using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Media.Matroska;

namespace LiveCommerce.Gateway.Video.Publishing;

/// <summary>Takes slices off a publisher's socket and checks each: size, order, rate, time. Says goodbye to what breaks a rule.</summary>
internal sealed class SliceIntake(PublishSocket socket, VideoOptions options, TimeProvider time)
{
    private readonly ByteRate _rate = new(options.PublishBytesPerSecond, options.PublishBurstBytes, time);
    private readonly Queue<Slice> _slices = new();
    private readonly byte[] _beginning = new byte[RecorderHeaderReader.BytesMax];
    private int _beginningLength;
    private uint _next;
    private long _bytes;
    private long _ms;
    private long _lost;
    private bool _gap;

    /// <summary>Bytes of recording so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Milliseconds of recording so far, as the recorder says.</summary>
    public long Ms => Interlocked.Read(ref _ms);

    /// <summary>Slices that never came: their numbers were passed over.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>When the recorder started, as far as the first slice tells.</summary>
    public DateTimeOffset RecordedAt { get; private set; }

    /// <summary>The recording's first bytes, up to what its header may have.</summary>
    public ReadOnlySpan<byte> Beginning => _beginning.AsSpan(0, _beginningLength);

    /// <summary>Slices that were taken and not given on.</summary>
    public bool TryDequeue(out Slice slice) => _slices.TryDequeue(out slice);

    /// <summary>Waits for the next message and takes it. Null: a slice was taken.</summary>
    public async Task<Goodbye?> NextAsync(CancellationToken cancellationToken)
    {
        Incoming incoming;
        try
        {
            incoming = await socket.ReceiveAsync(TimeSpan.FromSeconds(options.PublisherIdleSeconds), cancellationToken);
        }
        catch (TimeoutException)
        {
            return Goodbye.Retry(new Refusal(RefusalCode.StreamNotLive, $"Nothing was recorded for {options.PublisherIdleSeconds:0} s. Start the recording anew."));
        }

        return incoming.Kind switch
        {
            IncomingKind.Gone => Goodbye.Lost,
            IncomingKind.TooLarge => Goodbye.Of(new Refusal(RefusalCode.TooLarge, $"A message may have at most {options.SliceBytesMax} bytes. Record shorter slices.")),
            IncomingKind.Text => PublishBye.IsIt(incoming.Bytes.Span) ? Goodbye.Over : Malformed("After hello the only text is a bye."),
            _ => Take(incoming.Bytes),
        };
    }

    private Goodbye? Take(ReadOnlyMemory<byte> message)
    {
        if (SliceHeader.Parse(message.Span) is not { } header) { return Malformed("A slice begins with 12 bytes: its number and its time."); }
        if (header.Sequence < _next || header.Sequence - _next > options.LostSlicesMax)
        {
            return Malformed($"Slice {_next} was expected and {header.Sequence} came. Start the recording anew.");
        }

        if (header.Ms < Ms) { return Malformed("The recording's time ran backwards. Start it anew."); }
        if (!_rate.TryTake(message.Length + Encoder.SliceOverhead))
        {
            return Goodbye.Of(new Refusal(
                RefusalCode.MediaTooFast, $"More than {options.PublishBytesPerSecond / 1000} kB a second came in. Lower the recording's bit rate."));
        }

        if (header.Sequence > _next)
        {
            // Without its beginning a recording can't be read; a hole later on costs what lies between two keyframes.
            if (_next == 0 || _beginningLength == 0) { return Malformed("The recording's first slice did not come. Start it anew."); }
            Interlocked.Add(ref _lost, header.Sequence - _next);
            _gap = true;
        }

        // A recording has fewer slices than this in four years.
        _next = unchecked(header.Sequence + 1);
        var bytes = message[SliceHeader.Length..].ToArray();
        if (_bytes == 0 && header.Sequence == 0) { RecordedAt = time.GetUtcNow() - FirstSliceLength(header.Ms); }
        if (_beginningLength < _beginning.Length)
        {
            var count = Math.Min(bytes.Length, _beginning.Length - _beginningLength);
            bytes.AsSpan(0, count).CopyTo(_beginning.AsSpan(_beginningLength));
            _beginningLength += count;
        }

        Interlocked.Add(ref _bytes, bytes.Length);
        Interlocked.Exchange(ref _ms, header.Ms);
        if (bytes.Length > 0)
        {
            _slices.Enqueue(new Slice(bytes, header.Ms, _gap));
            _gap = false;
        }

        return null;
    }

    /// <summary>A first slice is some hundred milliseconds long; a claim of more is not believed.</summary>
    private static TimeSpan FirstSliceLength(long ms) => TimeSpan.FromMilliseconds(Math.Min(ms, 2000));

    private static Goodbye Malformed(string message) => Goodbye.Of(new Refusal(RefusalCode.Malformed, message));
}
