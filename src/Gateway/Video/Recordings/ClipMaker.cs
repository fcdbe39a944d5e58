using System.Collections.Concurrent;
using System.Globalization;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>
/// Cuts clips: whole segments of one run, so that each begins with a keyframe, put into one MP4 by FFmpeg without encoding anything.
/// A bounded number at once; nothing is left behind when it fails.
/// </summary>
internal sealed partial class ClipMaker(
    RecordingHome home, EdgeRecordings edges, Broadcasts broadcasts, IRecordingDesk desk, FfmpegCall ffmpeg, IOptions<VideoOptions> options, ILogger<ClipMaker> logger) : IDisposable
{
    /// <summary>Where clips lie.</summary>
    public const string Folder = "clips";

    /// <summary>Bytes of the media of one clip.</summary>
    private const int BytesMax = 96 * 1024 * 1024;

    private const int PosterBytesMax = 512 * 1024;

    /// <summary>Across all gateways of this process: whoever tidies leaves them alone.</summary>
    private static readonly ConcurrentDictionary<string, bool> Making = new(StringComparer.Ordinal);

    private readonly SemaphoreSlim _places = new(options.Value.Recordings.ClipsAtOnce);

    /// <summary>Name of a clip's file.</summary>
    public static string FileName(string clipId) => clipId + ".mp4";

    /// <summary>Name of a clip's picture.</summary>
    public static string PosterName(string clipId) => clipId + ".jpg";

    /// <summary>Whether a clip is being made now.</summary>
    public static bool IsMaking(string clipId) => Making.ContainsKey(clipId);

    /// <summary>Removes a clip's files.</summary>
    public static void Delete(IRecordingStore store, string clipId)
    {
        store.Delete(Folder, FileName(clipId));
        store.Delete(Folder, PosterName(clipId));
    }

    /// <summary>For another gateway, whose viewer asks. Never asks a third.</summary>
    public async Task<Result<ClipView>> CutHereAsync(EdgeClipOrder order, CancellationToken cancellationToken)
    {
        if (order.FromMs is not { } fromMs)
        {
            return await CutLiveAsync(order.Caller, order.ClipId, order.RoomId, order.MediaId, order.Seconds, order.Title, cancellationToken, mayAsk: false);
        }

        var recording = await desk.Recording(order.MediaId).Get(order.Caller);
        return recording.Ok
            ? await CutReplayAsync(order.Caller, order.ClipId, recording.Value, fromMs, order.Seconds, order.Title, cancellationToken, mayAsk: false)
            : recording.Refusal;
    }

    /// <summary>Of the newest moments of a running broadcast.</summary>
    /// <param name="mayAsk">Whether another gateway may be asked.</param>
    public async Task<Result<ClipView>> CutLiveAsync(Caller caller, string clipId, string roomId, string? streamId, int seconds, string? title, CancellationToken cancellationToken, bool mayAsk = true)
    {
        if (streamId is null || broadcasts.Find(streamId) is not { EndedBecause: null } broadcast)
        {
            if (streamId is not null && mayAsk && await edges.CutAsync(new EdgeClipOrder(caller, clipId, roomId, streamId, null, seconds, title), cancellationToken) is { } cut)
            {
                return cut;
            }

            return await KnownAsync(caller, clipId) ?? (Result<ClipView>)new Refusal(RefusalCode.StreamNotLive, "Nothing is broadcast here now. Make a clip of the replay.");
        }

        if (home.Store is null) { return Off(); }
        var pieces = ClipPieces.Newest(broadcast.Source.View, home.FindRecorder(streamId), seconds);
        return await CutAsync(caller, clipId, roomId, streamId, seconds, title, pieces, cancellationToken);
    }

    /// <summary>From a moment of a replay on.</summary>
    /// <param name="mayAsk">Whether another gateway may be asked.</param>
    public async Task<Result<ClipView>> CutReplayAsync(
        Caller caller, string clipId, RecordingView recording, long fromMs, int seconds, string? title, CancellationToken cancellationToken, bool mayAsk = true)
    {
        if (await home.FindReplayAsync(recording.RecordingId, cancellationToken) is not { } replay)
        {
            if (mayAsk && await edges.CutAsync(
                new EdgeClipOrder(caller, clipId, recording.RoomId, recording.RecordingId, fromMs, seconds, title), cancellationToken) is { } cut)
            {
                return cut;
            }

            if (home.Store is null) { return Off(); }
            return new Refusal(RefusalCode.RecordingNotReady, "The media of this replay are not on this server. Try again in a minute.");
        }

        var first = replay.IndexAt(Math.Clamp(fromMs, 0, replay.DurationMs));
        var run = replay.Runs[replay.Segments[first].Entry.Run];
        var pieces = new List<ClipPiece> { new(run.At, TimeSpan.Zero, run.Length, null, run) };
        var length = TimeSpan.Zero;
        for (var i = first; i < replay.Segments.Count && length.TotalSeconds < seconds && replay.Segments[i].Entry.Run == run.Run; i++)
        {
            var entry = replay.Segments[i].Entry;
            pieces.Add(new ClipPiece(entry.At, entry.Duration, entry.Length, null, entry));
            length += entry.Duration;
        }

        return await CutAsync(caller, clipId, recording.RoomId, recording.RecordingId, seconds, title, pieces, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private static Refusal Off() => new(RefusalCode.RecordingOff, "This server keeps no recordings, and so no clips.");

    /// <summary>A repeat may come when the broadcast is over: the clip that is there is the answer.</summary>
    private async Task<Result<ClipView>?> KnownAsync(Caller caller, string clipId) =>
        await desk.Clip(clipId).Get(caller) is { Ok: true } known && known.Value.By.Id == caller.Id ? known : null;

    private async Task<Result<ClipView>> CutAsync(
        Caller caller, string clipId, string roomId, string recordingId, int seconds, string? title, List<ClipPiece> pieces, CancellationToken cancellationToken)
    {
        var length = ClipPieces.LengthOf(pieces);
        if (length < ClipPieces.Shortest) { return new Refusal(RefusalCode.ClipTooSoon, "There is nothing to make a clip of yet. Try again in some seconds.") { RetryAfterMs = 5_000 }; }

        var store = home.Store!;
        if (!Making.TryAdd(clipId, true)) { return new Refusal(RefusalCode.Busy, "This clip is being made. Ask again in a second.") { RetryAfterMs = 1_000 }; }
        try
        {
            var begun = await desk.Clip(clipId).Begin(caller, new ClipBegun(roomId, recordingId, store.PlaceId, pieces[0].At, seconds, title));
            if (!begun.Ok || begun.Value.IsReady) { return begun; }
            if (!_places.Wait(0, CancellationToken.None))
            {
                await desk.Clip(clipId).Failed();
                return new Refusal(RefusalCode.Busy, "Other clips are being made. Try again in some seconds.") { RetryAfterMs = 3_000 };
            }

            try
            {
                // Who hangs up has used a try all the same, or it would cost nothing to try without end.
                return await MakeAsync(clipId, recordingId, pieces, length, CancellationToken.None) is { } bytes
                    ? await desk.Clip(clipId).Made((long)length.TotalMilliseconds, bytes)
                    : await FailAsync(clipId);
            }
            catch
            {
                await FailAsync(clipId);
                throw;
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            Making.TryRemove(clipId, out _);
        }
    }

    private async Task<Refusal> FailAsync(string clipId)
    {
        Delete(home.Store!, clipId);
        await desk.Clip(clipId).Failed();
        return new Refusal(RefusalCode.EncoderFailed, "The clip could not be made. Try again.");
    }

    /// <summary>Puts the pieces into one file.</summary>
    /// <returns>Bytes of the file; null: it could not be made.</returns>
    private async Task<long?> MakeAsync(string clipId, string recordingId, List<ClipPiece> pieces, TimeSpan length, CancellationToken cancellationToken)
    {
        var store = home.Store!;
        var total = pieces.Sum(piece => (long)piece.Length);
        if (total > BytesMax || !await home.Space!.MakeAsync(total)) { return null; }

        var input = new byte[total];
        var at = 0;
        foreach (var piece in pieces)
        {
            if (piece.Memory is { } memory)
            {
                foreach (var bytes in memory)
                {
                    bytes.CopyTo(input.AsMemory(at));
                    at += bytes.Length;
                }
            }
            else
            {
                // A run's header lies at the beginning of its file.
                var entry = piece.Entry;
                if (await RecordingReader.ReadAsync(store, recordingId, entry.Run, entry.Offset, entry.Length, cancellationToken) is not { } bytes) { return null; }
                bytes.CopyTo(input.AsMemory(at));
                at += bytes.Length;
            }
        }

        var file = Path.Combine(store.TemporaryFolder, FileName(clipId));
        string[] arguments =
        [
            "-protocol_whitelist", "pipe,file", "-f", "mp4", "-i", "pipe:0", "-map", "0", "-c", "copy", "-avoid_negative_ts", "make_zero",
            "-t", length.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture), "-movflags", "+faststart",
            "-fs", (2L * BytesMax).ToString(CultureInfo.InvariantCulture), "-f", "mp4", "-y", file,
        ];
        try
        {
            var answer = await ffmpeg.RunAsync(
                arguments, input, 1024, TimeSpan.FromSeconds(options.Value.Recordings.FfmpegSeconds), cancellationToken, fileBytesMax: 2L * BytesMax);
            if (answer.Outcome != FfmpegOutcome.Done || !File.Exists(file))
            {
                Log.Failed(logger, clipId, answer.Outcome, answer.Complaints);
                return null;
            }

            var bytes = new FileInfo(file).Length;
            await MakePosterAsync(clipId, input, cancellationToken);
            store.Take(Folder, FileName(clipId), file);
            return bytes;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task MakePosterAsync(string clipId, byte[] input, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-protocol_whitelist", "pipe", "-threads", "1", "-f", "mp4", "-i", "pipe:0", "-map", "0:v:0", "-frames:v", "1",
            "-vf", $"scale=w={Thumbnailer.SideMax}:h={Thumbnailer.SideMax}:force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuvj420p",
            "-threads", "1", "-c:v", "mjpeg", "-q:v", "5", "-f", "image2pipe", "pipe:1",
        ];
        var answer = await ffmpeg.RunAsync(arguments, input, PosterBytesMax, TimeSpan.FromSeconds(options.Value.Recordings.FfmpegSeconds), cancellationToken);
        if (answer.Outcome == FfmpegOutcome.Done && answer.Output.Length > 0) { home.Store!.Put(Folder, PosterName(clipId), answer.Output.Span); }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3841, Level = LogLevel.Warning, Message = "Clip {ClipId} could not be cut ({Outcome}): {Complaints}")]
        public static partial void Failed(ILogger logger, string clipId, FfmpegOutcome outcome, string complaints);
    }
}
