using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>What becomes of old replays when there is no space for a new one.</summary>
internal enum WhenFull
{
    /// <summary>The oldest replay is given up.</summary>
    DropOldest = 0,

    /// <summary>Nothing more is recorded.</summary>
    Stop = 1,
}

/// <summary>Recording to disk. Section <c>Video:Recordings</c>.</summary>
[SuppressMessage("Design", "CA1812", Justification = "Bound from the configuration.")]
internal sealed class RecordingOptions
{
    /// <summary>Where recordings lie; empty: nothing is recorded, and nobody can go back further than what is in memory.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Whether broadcasts are recorded unless their room says otherwise.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Bytes of all recordings and clips of the folder.</summary>
    [Range(1_000_000, long.MaxValue)]
    public long TotalBytesMax { get; set; } = 50L * 1024 * 1024 * 1024;

    /// <summary>Bytes of one broadcast's recording; what comes later is not recorded.</summary>
    [Range(100_000, long.MaxValue)]
    public long BroadcastBytesMax { get; set; } = 20L * 1024 * 1024 * 1024;

    /// <summary>Bytes that stay free on the disk: recording stops before that, the broadcast goes on.</summary>
    [Range(0, long.MaxValue)]
    public long FreeBytesMin { get; set; } = 1024L * 1024 * 1024;

    /// <summary>What happens when one of the bounds is reached.</summary>
    public WhenFull WhenFull { get; set; } = WhenFull.DropOldest;

    /// <summary>Days for which a replay is kept when its room has not chosen; 0: until it is deleted.</summary>
    [Range(0, 3650)]
    public int KeepDays { get; set; } = 30;

    /// <summary>Segments of one broadcast that may wait for the disk; further ones are missing in the recording.</summary>
    [Range(2, 1000)]
    public int WaitingSegmentsMax { get; set; } = 60;

    /// <summary>Bytes of one broadcast that may wait for the disk.</summary>
    [Range(1_000_000, 2_000_000_000)]
    public long WaitingBytesMax { get; set; } = 64L * 1024 * 1024;

    /// <summary>Seconds between two looks at what should lie in the folder and what does.</summary>
    [Range(0.1, 86_400)]
    public double TidySeconds { get; set; } = 60;

    /// <summary>
    /// Days since they were last written for which files without a row are kept: after an older copy of the database was restored, these
    /// are the recordings that were made since the copy.
    /// </summary>
    [Range(0.0, 3650.0)]
    public double OrphanKeepDays { get; set; } = 7;

    /// <summary>Seconds that making one sheet of seeking pictures, or one clip, may take.</summary>
    [Range(1, 600)]
    public double FfmpegSeconds { get; set; } = 60;

    /// <summary>
    /// Seconds for which is waited to hear who may go back in a broadcast that runs; then the last answer counts, or who asks is told to ask again.
    /// </summary>
    [Range(0.1, 60)]
    public double AnswerSeconds { get; set; } = 1;

    /// <summary>Clips that are cut at once.</summary>
    [Range(1, 32)]
    public int ClipsAtOnce { get; set; } = 2;
}
