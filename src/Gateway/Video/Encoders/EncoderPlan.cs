using LiveCommerce.Gateway.Video.Ffmpeg;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>What FFmpeg is told to do.</summary>
/// <param name="IsFed">Whether its media goes into its standard input.</param>
/// <param name="Copies">The picture passes as it is.</param>
/// <param name="Arguments">Fragmented MP4 with one H.264 and one AAC track comes out of pipe:1.</param>
internal sealed record EncoderPlan(bool IsFed, bool Copies, IReadOnlyList<string> Arguments)
{
    /// <summary>Seconds by which two pictures differ at least: more than 80 a second are left out.</summary>
    private const double PictureSecondsMin = 0.0125;

    private const string Fragmented = "+empty_moov+default_base_moof+frag_keyframe";

    // A frame thread holds a picture back, and a second slice thread costs more than it saves on pictures of this size.
    private static readonly string[] OneThread = ["-threads", "1"];

    /// <summary>The plan for a source.</summary>
    /// <param name="mayCopy">False after a copy of this broadcast has failed.</param>
    /// <remarks>
    /// The output always has a picture and a sound: a player that has begun with both stalls when a recorder comes back without one.
    /// Silence and black are cheap.
    /// </remarks>
    public static EncoderPlan For(EncoderInput input, VideoOptions options, bool mayCopy)
    {
        var format = input.Format;
        var copies = mayCopy && options.CopyWhenPossible && format.CopiesPicture && format.ShortSide <= options.CopyShortSideMax;
        List<string> arguments = ["-hide_banner", "-nostats", "-loglevel", "warning", "-max_alloc", FfmpegArguments.EncoderAllocationMax, "-filter_threads", "1"];

        // An FFmpeg that fetches is ended by a letter on its standard input.
        if (input.IsFed) { arguments.Add("-nostdin"); }
        arguments.AddRange(["-thread_queue_size", "64", "-max_pixels", $"{options.RecordingPixelsMax}", .. OneThread]);
        arguments.AddRange(input.Arguments);
        if (!format.HasSound) { arguments.AddRange(["-f", "lavfi", "-thread_queue_size", "64", "-i", "anullsrc=r=48000:cl=stereo"]); }
        if (!format.HasPicture) { arguments.AddRange(["-f", "lavfi", "-thread_queue_size", "64", "-i", "color=c=black:s=640x360:r=15"]); }
        arguments.AddRange(["-map", format.HasPicture ? "0:v:0" : "1:v:0", "-map", format.HasSound ? "0:a:0" : "1:a:0"]);

        // A made-up track has no end of its own.
        if (!format.HasSound || !format.HasPicture) { arguments.Add("-shortest"); }

        arguments.AddRange(copies ? Copy(format) : Encode(options));
        arguments.AddRange(mayCopy && format.CopiesSound
            ? ["-c:a", "copy"]

            // Gaps in the sound (a muted tab, lost slices) are filled, so that it stays with the picture.
            : ["-c:a", "aac", "-b:a", $"{options.AudioKilobits}k", "-ar", "48000", "-ac", "2", "-af", "aresample=async=1000"]);
        arguments.AddRange(Output(Fragmented));
        return new EncoderPlan(input.IsFed, copies, arguments);
    }

    /// <summary>The plan for a lower rung: reads what the source's encoder gave, from any keyframe on.</summary>
    /// <remarks>
    /// Times stay what they are, and a keyframe stands wherever the source has one, so that both are cut at the same places.
    /// The sound passes as it is.
    /// </remarks>
    public static EncoderPlan Lower(RungSize size, VideoOptions options) => new(
        true,
        false,
        [
            "-hide_banner", "-nostats", "-nostdin", "-loglevel", "warning", "-max_alloc", FfmpegArguments.EncoderAllocationMax, "-filter_threads", "1",
            "-copyts", "-probesize", "2048", "-analyzeduration", "0", "-protocol_whitelist", "pipe", "-max_pixels", $"{options.RecordingPixelsMax}",
            .. OneThread, "-f", "mp4", "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0",
            "-vf", $"scale={size.Width}:{size.Height},format=yuv420p", .. X264(size.Kilobits), "-g", "600", "-force_key_frames", "source",
            "-c:a", "copy",

            // Without this the first picture of a rung that begins later would be shown from the very beginning on.
            "-avoid_negative_ts", "disabled", .. Output(Fragmented + "+frag_discont"),
        ]);

    private static string[] Output(string flags) =>
    [
        "-map_metadata", "-1", "-max_interleave_delta", "1000000",
        "-f", "mp4", "-movflags", flags, "-frag_duration", "50000", "-flush_packets", "1", "pipe:1",
    ];

    // While FFmpeg does not know the frame rate yet it gives several frames one decode time. Where pictures are never
    // reordered, each is decoded when it is shown.
    private static string[] Copy(SourceFormat format) => format.Reorders ? ["-c:v", "copy"] : ["-c:v", "copy", "-bsf:v", "setts=ts=PTS"];

    private static string[] Encode(VideoOptions options)
    {
        var side = options.EncodeShortSideMax / 2 * 2;
        var scale = $"scale=w='if(gt(iw,ih),-2,min({side},trunc(iw/2)*2))':h='if(gt(iw,ih),min({side},trunc(ih/2)*2),-2)'";
        return
        [
            "-vf", $"select='if(isnan(prev_selected_t),1,gte(t-prev_selected_t,{PictureSecondsMin}))',{scale},format=yuv420p",
            .. X264(options.VideoKilobits),

            // A keyframe a second, whatever the frame rate.
            "-g", "600", "-force_key_frames", "expr:gte(t,n_forced)",
        ];
    }

    /// <summary>
    /// x264 without delay. Pictures keep the times that they came with: a recorder's rate varies, and x264 is told so
    /// (its zerolatency setting assumes a constant one, and would spend bits by a rate that is not there).
    /// </summary>
    private static string[] X264(int kilobits) =>
    [
        "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "main", "-sc_threshold", "0",
        "-x264-params", "force-cfr=0", .. OneThread, "-fps_mode", "passthrough", "-enc_time_base", "-1",
        "-b:v", $"{kilobits}k", "-maxrate", $"{kilobits * 6 / 5}k", "-bufsize", $"{kilobits}k",
    ];
}
