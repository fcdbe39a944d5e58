using System.Text.RegularExpressions;
using LiveCommerce.Media.Matroska;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>What is known of a source before its encoder starts.</summary>
/// <param name="HasPicture">False: the encoder makes a black one.</param>
/// <param name="HasSound">False: the encoder makes silence.</param>
/// <param name="CopiesPicture">H.264 that every browser plays: it may pass as it is.</param>
/// <param name="CopiesSound">AAC: it may pass as it is.</param>
/// <param name="ShortSide">Pixels of the picture's shorter side; 0 when not known.</param>
/// <param name="Reorders">Whether pictures may be decoded in another order than they are shown (B-frames).</param>
internal sealed record SourceFormat(bool HasPicture, bool HasSound, bool CopiesPicture, bool CopiesSound, int ShortSide, bool Reorders)
{
    /// <summary>A recorder's format. Browsers record sound as Opus, which MP4 players do not all play.</summary>
    public static SourceFormat Of(RecorderHeader recording) => new(
        recording.VideoCodec is not null, recording.AudioCodec is not null, recording.IsBaselineH264, false,
        Math.Min(recording.Width, recording.Height), false);
}

/// <summary>Where an encoder's media comes from, with all that FFmpeg may open for it.</summary>
internal abstract partial record EncoderInput
{
    private EncoderInput(SourceFormat format) => Format = format;

    /// <summary>What it carries.</summary>
    public SourceFormat Format { get; }

    /// <summary>Whether we write the media into FFmpeg's standard input; otherwise FFmpeg fetches it.</summary>
    public abstract bool IsFed { get; }

    /// <summary>FFmpeg's arguments up to and with <c>-i</c>.</summary>
    public abstract IReadOnlyList<string> Arguments { get; }

    /// <summary>A browser's recording: Matroska or WebM, written into FFmpeg's standard input slice by slice.</summary>
    public sealed record Recording(RecorderHeader Header) : EncoderInput(SourceFormat.Of(Header))
    {
        private const int ProbeBytesMin = 2048;

        /// <inheritdoc/>
        public override bool IsFed => true;

        /// <inheritdoc/>
        public override IReadOnlyList<string> Arguments =>
        [
            // A probe that ends with the first picture starts it sooner. Never +nobuffer: it throws away what was read for probing.
            "-fflags", "+genpts", "-probesize", $"{Math.Max(Header.PictureAt, ProbeBytesMin)}", "-analyzeduration", "0", "-protocol_whitelist", "pipe",

            // The format is named: what was checked as Matroska is never guessed to be something else.
            "-f", "matroska", "-i", "pipe:0",
        ];
    }

    /// <summary>A stream that FFmpeg fetches from an RTMP server on this machine.</summary>
    public sealed record Pulled : EncoderInput
    {
        /// <summary>Microseconds without a byte after which FFmpeg gives up.</summary>
        private const int SilenceMicroseconds = 15_000_000;

        /// <summary>Names it.</summary>
        /// <param name="address"><c>rtmp://127.0.0.1:port/application/name</c>, nothing else.</param>
        /// <exception cref="ArgumentException">Another machine, or letters that an address of ours never has.</exception>
        public Pulled(string address, SourceFormat format)
            : base(format)
        {
            if (!LoopbackAddress().IsMatch(address)) { throw new ArgumentException("Only an RTMP server on this machine is pulled from.", nameof(address)); }
            Address = address;
        }

        /// <summary>From where.</summary>
        public string Address { get; }

        /// <inheritdoc/>
        public override bool IsFed => false;

        /// <inheritdoc/>
        public override IReadOnlyList<string> Arguments =>
        [
            // Picture and sound announce themselves one after the other; the probe lasts until both have.
            "-fflags", "+genpts", "-probesize", "65536", "-analyzeduration", "1000000", "-protocol_whitelist", "rtmp,tcp",
            "-rw_timeout", $"{SilenceMicroseconds}", "-rtmp_live", "live", "-f", "flv", "-i", Address,
        ];
    }

    [GeneratedRegex(@"\Artmp://127\.0\.0\.1(:[0-9]{1,5})?(/[A-Za-z0-9_-]{1,100}){2}\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex LoopbackAddress();
}
