using System.Globalization;
using System.Text;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// Makes the pictures of a replay after its broadcast: a poster, and sheets of small pictures for seeking with a list of what is
/// where. Keyframes only, one short FFmpeg call a sheet; begun again after a restart, it goes on with the first sheet that is missing.
/// </summary>
internal sealed partial class ReplayPictures(FfmpegCall ffmpeg, IRecordingStore store, RecordingOptions options, ILogger logger)
{
    /// <summary>Name of the poster.</summary>
    public const string PosterName = "poster.jpg";

    /// <summary>Name of the list of seeking pictures (WebVTT). There last of all.</summary>
    public const string ListName = "sprites.vtt";

    /// <summary>Pictures of one replay; a long one has them further apart.</summary>
    public const int PicturesMax = 600;

    /// <summary>Pictures in a row, and rows, of a sheet.</summary>
    public const int Side = 5;

    private const int Width = 160;
    private const int Height = 90;
    private const int SheetBytesMax = 2 * 1024 * 1024;
    private const int KeyframesBytesMax = 96 * 1024 * 1024;

    /// <summary>Name of a sheet.</summary>
    public static string SheetName(int number) => string.Create(CultureInfo.InvariantCulture, $"sprite-{number}.jpg");

    /// <summary>Drops the pictures for seeking of a recording that goes on: they are made of the whole when it is over.</summary>
    public static void Forget(IRecordingStore store, string recordingId)
    {
        foreach (var name in store.ListFiles(recordingId).Where(name => name.StartsWith("sprite", StringComparison.Ordinal))) { store.Delete(recordingId, name); }
    }

    /// <summary>Makes what is missing.</summary>
    /// <param name="goesOn">Whether the recording has begun again meanwhile, also if it is over by now: its pictures are made then.</param>
    /// <returns>Whether there are pictures now: sound alone has none.</returns>
    public async Task<bool> MakeAsync(Replay replay, Func<bool> goesOn, CancellationToken cancellationToken)
    {
        var there = store.ListFiles(replay.RecordingId).ToHashSet(StringComparer.Ordinal);
        if (there.Contains(ListName)) { return there.Contains(PosterName); }

        var every = Math.Max(1, (replay.Segments.Count + PicturesMax - 1) / PicturesMax);
        var chosen = replay.Segments.Where((_, index) => index % every == 0).ToList();
        var list = new StringBuilder("WEBVTT\n");
        var sheet = 0;
        for (var at = 0; at < chosen.Count;)
        {
            // A sheet is of one run: its pictures need one header.
            var of = chosen.Skip(at).TakeWhile(segment => segment.Entry.Run == chosen[at].Entry.Run).Take(Side * Side).ToList();
            var name = SheetName(sheet);
            if (goesOn()) { return false; }
            var isThere = there.Contains(name) || await MakeSheetAsync(replay, of, name, cancellationToken);
            if (goesOn())
            {
                // Made after what was there had been dropped: nobody may take it for one of the whole.
                Forget(store, replay.RecordingId);
                return false;
            }

            if (isThere)
            {
                for (var i = 0; i < of.Count; i++)
                {
                    var next = at + i + 1 < chosen.Count ? chosen[at + i + 1].StartMs : replay.DurationMs;
                    list.Append(CultureInfo.InvariantCulture, $"\n{Time(of[i].StartMs)} --> {Time(next)}\n")
                        .Append(CultureInfo.InvariantCulture, $"{name}#xywh={i % Side * Width},{i / Side * Height},{Width},{Height}\n");
                }

                sheet++;
            }

            at += of.Count;
        }

        var hasPoster = await MakePosterAsync(replay, cancellationToken);
        if (goesOn()) { return false; }
        store.Put(replay.RecordingId, ListName, Encoding.UTF8.GetBytes(list.ToString()));
        return hasPoster;
    }

    private static string Time(long ms) => TimeSpan.FromMilliseconds(ms).ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture);

    private async Task<bool> MakePosterAsync(Replay replay, CancellationToken cancellationToken)
    {
        // Not the first picture: a camera's first is often dark.
        var segment = replay.Segments[replay.IndexAt(replay.DurationMs / 10)];
        var made = await MakeAsync(
            replay, [segment],
            $"scale=w={Thumbnailer.SideMax}:h={Thumbnailer.SideMax}:force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuvj420p",
            PosterName, cancellationToken);
        return made;
    }

    private Task<bool> MakeSheetAsync(Replay replay, List<ReplaySegment> segments, string name, CancellationToken cancellationToken) => MakeAsync(
        replay, segments,
        $"scale=w={Width}:h={Height}:force_original_aspect_ratio=decrease,pad={Width}:{Height}:-1:-1,format=yuvj420p,tile={Side}x{Side}",
        name, cancellationToken);

    private async Task<bool> MakeAsync(Replay replay, List<ReplaySegment> segments, string filter, string name, CancellationToken cancellationToken)
    {
        if (await ReadKeyframesAsync(replay, segments, cancellationToken) is not { } input) { return false; }

        string[] arguments =
        [
            "-protocol_whitelist", "pipe", "-skip_frame", "nokey", "-threads", "1", "-f", "mp4", "-i", "pipe:0", "-map", "0:v:0",
            "-vf", filter, "-fps_mode", "passthrough", "-frames:v", "1", "-threads", "1", "-c:v", "mjpeg", "-q:v", "6", "-f", "image2pipe", "pipe:1",
        ];
        var answer = await ffmpeg.RunAsync(arguments, input, SheetBytesMax, TimeSpan.FromSeconds(options.FfmpegSeconds), cancellationToken);
        if (answer.Outcome != FfmpegOutcome.Done || answer.Output.Length == 0)
        {
            Log.Failed(logger, replay.RecordingId, name, answer.Outcome, answer.Complaints);
            return false;
        }

        store.Put(replay.RecordingId, name, answer.Output.Span);
        return true;
    }

    private async Task<byte[]?> ReadKeyframesAsync(Replay replay, List<ReplaySegment> segments, CancellationToken cancellationToken)
    {
        var run = replay.Runs[segments[0].Entry.Run];
        var length = run.Length + segments.Sum(segment => (long)segment.Entry.KeyframeLength);
        if (length > KeyframesBytesMax) { return null; }

        using var file = store.Open(replay.RecordingId, RecordingIndex.RunName(run.Run));
        if (file is null) { return null; }

        var input = new byte[length];
        var at = await file.ReadAsync(input.AsMemory(0, run.Length), 0, cancellationToken);
        foreach (var (entry, _) in segments) { at += await file.ReadAsync(input.AsMemory(at, entry.KeyframeLength), entry.Offset, cancellationToken); }
        return at == length ? input : null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3821, Level = LogLevel.Debug, Message = "No {Name} of replay {RecordingId} ({Outcome}): {Complaints}")]
        public static partial void Failed(ILogger logger, string recordingId, string name, FfmpegOutcome outcome, string complaints);
    }
}
