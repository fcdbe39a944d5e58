using System.ComponentModel.DataAnnotations;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Rtmp;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video;

/// <summary>Ingest, encoding and playback. Section <c>Video</c>.</summary>
internal sealed class VideoOptions
{
    /// <summary>The FFmpeg program: a name on the PATH or a full path.</summary>
    [Required]
    public string FfmpegPath { get; set; } = "ffmpeg";

    /// <summary>Broadcasts that this gateway carries at once; one more is refused with TooManyStreams.</summary>
    [Range(1, 1000)]
    public int StreamsMax { get; set; } = 12;

    /// <summary>Ended broadcasts that can still be read to their end.</summary>
    [Range(0, 1000)]
    public int EndedStreamsMax { get; set; } = 12;

    /// <summary>Seconds for which an ended broadcast can still be read.</summary>
    [Range(0, 3600)]
    public double EndedKeepSeconds { get; set; } = 60;

    /// <summary>Seconds that a publisher may be away before its broadcast is over.</summary>
    [Range(0.1, 300)]
    public double GraceSeconds { get; set; } = 15;

    /// <summary>Seconds between two reports of a broadcast to its room.</summary>
    [Range(0.05, 4)]
    public double ReportSeconds { get; set; } = 1;

    /// <summary>Seconds without any answer of the room after which a broadcast is given up: the room has given the lease away by then.</summary>
    [Range(1, 60)]
    public double LeaseSeconds { get; set; } = 5;

    /// <summary>Seconds in which a publisher must say hello.</summary>
    [Range(0.1, 60)]
    public double HelloSeconds { get; set; } = 10;

    /// <summary>Seconds without a slice after which a publisher is taken for gone.</summary>
    [Range(0.5, 300)]
    public double PublisherIdleSeconds { get; set; } = 10;

    /// <summary>Bytes of one slice.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int SliceBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>Bytes a second that a publisher may send in the long run.</summary>
    [Range(10_000, 100_000_000)]
    public int PublishBytesPerSecond { get; set; } = 2_000_000;

    /// <summary>Bytes that a publisher may send at once after a pause.</summary>
    [Range(10_000, 500_000_000)]
    public int PublishBurstBytes { get; set; } = 12_000_000;

    /// <summary>Bytes that may wait for the encoder.</summary>
    [Range(100_000, 500_000_000)]
    public int BacklogBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>Milliseconds of recording that may wait for the encoder.</summary>
    [Range(500, 120_000)]
    public int BacklogMsMax { get; set; } = 10_000;

    /// <summary>Seconds by which a recording's own clock may be ahead of real time.</summary>
    [Range(1, 3600)]
    public double AheadSecondsMax { get; set; } = 15;

    /// <summary>Seconds in which an encoder must give its first fragment.</summary>
    [Range(1, 120)]
    public double EncoderStartSeconds { get; set; } = 20;

    /// <summary>Seconds that an encoder gets to finish after its input has ended.</summary>
    [Range(0.1, 30)]
    public double EncoderFinishSeconds { get; set; } = 3;

    /// <summary>Encoders of one broadcast that may fail in a row without one segment before the broadcast is given up.</summary>
    [Range(1, 20)]
    public int EncoderFailuresMax { get; set; } = 3;

    /// <summary>Whether a recording that browsers can play as it is passes without being encoded again.</summary>
    public bool CopyWhenPossible { get; set; } = true;

    /// <summary>Pixels of the shorter side up to which a recording is copied.</summary>
    [Range(64, 4320)]
    public int CopyShortSideMax { get; set; } = 1080;

    /// <summary>Pixels of the shorter side of an encoded picture.</summary>
    [Range(64, 2160)]
    public int EncodeShortSideMax { get; set; } = 720;

    /// <summary>Pixels (width × height) of a recording; more is refused.</summary>
    [Range(10_000, 100_000_000)]
    public int RecordingPixelsMax { get; set; } = 3840 * 2160;

    /// <summary>Kilobits a second of an encoded picture.</summary>
    [Range(100, 20_000)]
    public int VideoKilobits { get; set; } = 2500;

    /// <summary>Kilobits a second of encoded sound.</summary>
    [Range(32, 512)]
    public int AudioKilobits { get; set; } = 96;

    /// <summary>Lower rungs (480 and 240 lines) that a broadcast may have, as far as they are smaller than its picture and the cores suffice.</summary>
    [Range(0, 2)]
    public int LowerRungsMax { get; set; } = 2;

    /// <summary>Processor cores that encoding may keep busy, as estimated; 0: six tenths of this machine's. What does not fit gets no lower rungs.</summary>
    [Range(0, 1024)]
    public double EncodeCores { get; set; }

    /// <summary>Milliseconds by which an encoder may fall behind, for some seconds, before lower rungs are given up.</summary>
    [Range(200, 10_000)]
    public int BehindMsMax { get; set; } = 1500;

    /// <summary>Seconds after which a rung that was given up is tried again; twice as many each time.</summary>
    [Range(0.1, 3600)]
    public double RungReturnSeconds { get; set; } = 30;

    /// <summary>Encoders of one connection that may die in a minute and be followed by another.</summary>
    [Range(0, 100)]
    public int EncoderRestartsMax { get; set; } = 5;

    /// <summary>Slices that may be missing in one place of a recording; more, and it must begin anew.</summary>
    [Range(0, 10_000)]
    public int LostSlicesMax { get; set; } = 300;

    /// <summary>Megabytes of address space of one FFmpeg.</summary>
    [Range(400, 100_000)]
    public int EncoderMegabytesMax { get; set; } = 1024;

    /// <summary>Seconds of a segment.</summary>
    [Range(1, 10)]
    public double SegmentSeconds { get; set; } = 2;

    /// <summary>
    /// Seconds that no part of a segment exceeds. A part is sent when it has 85 % of it; at 0.35 the usual frame rates all fit.
    /// </summary>
    [Range(0.1, 1)]
    public double PartSeconds { get; set; } = 0.35;

    /// <summary>Requests of one broadcast that may wait for a part; one more is refused with Busy.</summary>
    [Range(10, 1_000_000)]
    public int WaitingRequestsMax { get; set; } = 20_000;

    /// <summary>Segments in a playlist.</summary>
    [Range(3, 1000)]
    public int ListedSegments { get; set; } = 15;

    /// <summary>Segments in memory a broadcast.</summary>
    [Range(4, 2000)]
    public int KeptSegments { get; set; } = 24;

    /// <summary>Bytes of segments in memory a broadcast, all its rungs together.</summary>
    [Range(1_000_000, 4_000_000_000)]
    public long KeptBytes { get; set; } = 96L * 1024 * 1024;

    /// <summary>Viewers of this gateway who get every fragment as it comes; one more is sent to HLS.</summary>
    [Range(0, 100_000)]
    public int InstantViewersMax { get; set; } = 1000;

    /// <summary>The same of one broadcast.</summary>
    [Range(0, 100_000)]
    public int InstantViewersPerStreamMax { get; set; } = 300;

    /// <summary>The same of one address. A whole office may share one.</summary>
    [Range(1, 100_000)]
    public int InstantViewersPerAddressMax { get; set; } = 300;

    /// <summary>Seconds by which an instant viewer may be behind before it goes on at the newest keyframe.</summary>
    [Range(0.5, 60)]
    public double InstantBehindSeconds { get; set; } = 3;

    /// <summary>Times a minute that an instant viewer may have to skip before it is sent to HLS.</summary>
    [Range(0, 1000)]
    public int InstantSkipsMax { get; set; } = 6;

    /// <summary>Seconds for which an instant viewer may take nothing before its connection ends.</summary>
    [Range(0.5, 300)]
    public double InstantStuckSeconds { get; set; } = 10;

    /// <summary>Bytes of frames in memory for the instant viewers of one rung.</summary>
    [Range(100_000, 1_000_000_000)]
    public long InstantBytesMax { get; set; } = 24 * 1024 * 1024;

    /// <summary>Seconds between two thumbnails of a broadcast that nobody has asked for meanwhile.</summary>
    [Range(0.5, 3600)]
    public double ThumbnailUnaskedSeconds { get; set; } = 30;

    /// <summary>Seconds between two thumbnails of a broadcast.</summary>
    [Range(0.5, 3600)]
    public double ThumbnailSeconds { get; set; } = 5;

    /// <summary>Thumbnails made at once by this gateway; a broadcast that finds no place waits for its next segment.</summary>
    [Range(1, 32)]
    public int ThumbnailsAtOnce { get; set; } = 1;

    /// <summary>Uploaded pictures converted at once.</summary>
    [Range(1, 32)]
    public int PicturesAtOnce { get; set; } = 2;

    /// <summary>Seconds that converting an uploaded picture may take, waiting included.</summary>
    [Range(1, 60)]
    public double PictureSeconds { get; set; } = 10;

    /// <summary>Minutes that a viewer can go back in a running broadcast that is recorded.</summary>
    [Range(1, 1440)]
    public double DvrMinutes { get; set; } = 120;

    /// <summary>Recording to disk.</summary>
    [ValidateObjectMembers]
    public RecordingOptions Recordings { get; set; } = new();

    /// <summary>Broadcasts that arrive at other gateways.</summary>
    [ValidateObjectMembers]
    public EdgeOptions Edge { get; set; } = new();

    /// <summary>Passes into private rooms.</summary>
    [ValidateObjectMembers]
    public PassOptions Passes { get; set; } = new();

    /// <summary>Programs such as OBS.</summary>
    [ValidateObjectMembers]
    public RtmpOptions Rtmp { get; set; } = new();
}

/// <summary>Checked at start; the rules that span two settings follow the ranges.</summary>
[OptionsValidator]
internal sealed partial class VideoOptionsValidator : IValidateOptions<VideoOptions>;

/// <summary>Rules across two settings.</summary>
internal sealed class VideoOptionsRules : IValidateOptions<VideoOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, VideoOptions options) =>
        options.KeptSegments <= options.ListedSegments
            ? ValidateOptionsResult.Fail("Video:KeptSegments must be above Video:ListedSegments: players still fetch what has just left the list.")
            : options.PartSeconds * 2 > options.SegmentSeconds
                ? ValidateOptionsResult.Fail("Video:PartSeconds must be at most half of Video:SegmentSeconds: a part is a piece of a segment.")
            : options.ReportSeconds * 2 > options.LeaseSeconds
                ? ValidateOptionsResult.Fail("Video:LeaseSeconds must be at least twice Video:ReportSeconds, or one lost report ends a broadcast.")
                : ValidateOptionsResult.Success;
}
