using LiveCommerce.Media.Matroska;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>What FFmpeg is told to do with one recording.</summary>
/// <param name="Copies">The picture passes as it is.</param>
/// <param name="Arguments">Reads pipe:0, writes fragmented MP4 with one H.264 and one AAC track to pipe:1.</param>
internal sealed record EncoderPlan(bool Copies, IReadOnlyList<string> Arguments)
{
    /// <summary>Frames a second of an encoded picture: fewer are filled up, more are left out.</summary>
    private const int FramesPerSecond = 30;

    /// <summary>The plan for a recording.</summary>
    /// <param name="mayCopy">False after a copy of this broadcast has failed.</param>
    /// <remarks>
    /// The output always has a picture and a sound: a player that has begun with both stalls when a recorder comes back without one.
    /// Silence and black are cheap.
    /// </remarks>
    public static EncoderPlan For(RecorderHeader recording, VideoOptions options, bool mayCopy)
    {
        var copies = mayCopy && options.CopyWhenPossible && recording.IsBaselineH264
            && Math.Min(recording.Width, recording.Height) <= options.CopyShortSideMax;
        List<string> arguments =
        [
            "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning",

            // A small probe starts the picture sooner. Never +nobuffer: it throws away what was read for probing.
            "-fflags", "+genpts", "-probesize", "8192", "-analyzeduration", "0",
            "-protocol_whitelist", "pipe", "-thread_queue_size", "64", "-max_pixels", $"{options.RecordingPixelsMax}",

            // The format is named: what was checked as Matroska is never guessed to be something else.
            "-f", "matroska", "-i", "pipe:0",
        ];

        if (recording.AudioCodec is null) { arguments.AddRange(["-f", "lavfi", "-thread_queue_size", "64", "-i", "anullsrc=r=48000:cl=stereo"]); }
        if (recording.VideoCodec is null) { arguments.AddRange(["-f", "lavfi", "-thread_queue_size", "64", "-i", "color=c=black:s=640x360:r=15"]); }
        arguments.AddRange(["-map", recording.VideoCodec is null ? "1:v:0" : "0:v:0", "-map", recording.AudioCodec is null ? "1:a:0" : "0:a:0"]);

        // A made-up track has no end of its own.
        if (recording.AudioCodec is null || recording.VideoCodec is null) { arguments.Add("-shortest"); }

        arguments.AddRange(copies ? Copy() : Encode(recording, options));
        arguments.AddRange(
        [
            // Gaps in the sound (a muted tab, lost slices) are filled, so that it stays with the picture.
            "-c:a", "aac", "-b:a", $"{options.AudioKilobits}k", "-ar", "48000", "-ac", "2", "-af", "aresample=async=1000",
            "-map_metadata", "-1", "-max_interleave_delta", "1000000",
            "-f", "mp4", "-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-frag_duration", "50000", "-flush_packets", "1", "pipe:1",
        ]);
        return new EncoderPlan(copies, arguments);
    }

    // While FFmpeg does not know the frame rate yet it gives several frames one decode time. A baseline recording never
    // reorders its frames, so each is decoded when it is shown.
    private static string[] Copy() => ["-c:v", "copy", "-bsf:v", "setts=ts=PTS"];

    private static string[] Encode(RecorderHeader recording, VideoOptions options)
    {
        var side = options.EncodeShortSideMax / 2 * 2;
        var scale = $"scale=w='if(gt(iw,ih),-2,min({side},trunc(iw/2)*2))':h='if(gt(iw,ih),min({side},trunc(ih/2)*2),-2)'";
        var rate = recording.VideoCodec is null ? "" : $"fps={FramesPerSecond},";
        return
        [
            "-vf", $"{rate}{scale},format=yuv420p",
            "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "main",
            "-g", $"{FramesPerSecond * 2}", "-sc_threshold", "0", "-force_key_frames", "expr:gte(t,n_forced)",
            "-b:v", $"{options.VideoKilobits}k", "-maxrate", $"{options.VideoKilobits * 6 / 5}k", "-bufsize", $"{options.VideoKilobits}k",
        ];
    }
}
