using System.Globalization;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>What players fetch of recordings: <c>/replays/{id}/…</c>, <c>/clips/…</c>, and the way back in <c>/live/{id}/source/…</c>.</summary>
internal static class ReplayEndpoints
{
    /// <summary>Name of what happened in the room meanwhile.</summary>
    public const string ChatName = "chat";

    private const string PlaylistType = "application/vnd.apple.mpegurl";
    private const string MediaType = "video/mp4";
    private const string PictureType = "image/jpeg";

    // A replay never changes; that it is gone is told by the room's list, and by us to whoever asks again.
    // A replay may be deleted or taken down, and a viewer banned: no cache on the way may answer for us then.
    private const string KeptCache = "private, max-age=60";
    private const string PlaylistCache = "private, no-cache";
    private const string DvrCache = "public, max-age=1";

    /// <summary><c>/replays/{recordingId}/{file}</c>.</summary>
    public static async Task HandleReplayAsync(HttpContext context)
    {
        var id = context.Request.RouteValues["recordingId"] as string ?? "";
        var file = context.Request.RouteValues["file"] as string ?? "";
        var services = context.RequestServices;
        var home = services.GetRequiredService<RecordingHome>();
        var edges = services.GetRequiredService<EdgeRecordings>();
        if (!PublicId.IsOne(id) || (home.Store is null && !edges.IsOn))
        {
            await MissingAsync(context);
            return;
        }

        var desk = services.GetRequiredService<ReplayDesk>();
        if (file == ChatName)
        {
            // For pages, whose viewers have sessions: a pass is for media.
            await ChatAsync(context, desk, services.GetRequiredService<ICallerAccessor>().Of(context), id);
            return;
        }

        var (caller, onlyOf) = await services.GetRequiredService<PassDesk>().ViewerAsync(context);
        if (await desk.RefuseAsync(caller, id, onlyOf) is { } refusal)
        {
            await RefusalHttp.WriteAsync(context, refusal);
            return;
        }

        var (replay, open) = (await home.FindReplayAsync(id, context.RequestAborted), Here(home.Store));
        if (replay is null)
        {
            var place = await edges.FindAsync(id, isClip: false, context.RequestAborted);
            var (found, why) = place is null ? (null, EdgeRefusals.Missing) : await edges.FindReplayAsync(id, context.RequestAborted);
            (replay, open) = (found, There(context, edges, place));
            if (replay is null)
            {
                await RefusalHttp.WriteAsync(context, why ?? EdgeRefusals.NotAnswering);
                return;
            }
        }

        switch (file)
        {
            case RecordedPlaylist.MainName: await SendAsync(context, replay.Main, PlaylistType, PlaylistCache); return;
            case RecordedPlaylist.MediaName: await SendAsync(context, replay.Media, PlaylistType, PlaylistCache); return;
            case ReplayPictures.ListName: await SendFileAsync(context, open, id, file, "text/vtt; charset=utf-8", KeptCache); return;
            case ReplayPictures.PosterName: await SendFileAsync(context, open, id, file, PictureType, KeptCache); return;
        }

        if (TryNumber(file, "sprite-", ".jpg", out var sheet)) { await SendFileAsync(context, open, id, ReplayPictures.SheetName((int)Math.Min(sheet, int.MaxValue)), PictureType, KeptCache); }
        else if (TryNumber(file, "init-", ".mp4", out var run) && run <= int.MaxValue && replay.Runs.TryGetValue((int)run, out var header)) { await SendAsync(context, open, id, header); }
        else if (TryNumber(file, "", ".m4s", out var number) && replay.Find(number) is { } segment) { await SendAsync(context, open, id, segment); }
        else { await MissingAsync(context); }
    }

    /// <summary><c>/clips/{file}</c>.</summary>
    public static async Task HandleClipAsync(HttpContext context)
    {
        var file = context.Request.RouteValues["file"] as string ?? "";
        var id = Path.GetFileNameWithoutExtension(file);
        var services = context.RequestServices;
        var (home, edges) = (services.GetRequiredService<RecordingHome>(), services.GetRequiredService<EdgeRecordings>());
        if (!PublicId.IsOne(id) || (home.Store is null && !edges.IsOn))
        {
            await MissingAsync(context);
            return;
        }

        var (caller, onlyOf) = await services.GetRequiredService<PassDesk>().ViewerAsync(context);
        if (await services.GetRequiredService<ReplayDesk>().RefuseClipAsync(caller, id, onlyOf) is { } refusal)
        {
            await RefusalHttp.WriteAsync(context, refusal);
            return;
        }

        var place = await edges.FindAsync(id, isClip: true, context.RequestAborted);
        var open = place is null ? Here(home.Store) : There(context, edges, place);
        if (place is { Address: null }) { await RefusalHttp.WriteAsync(context, EdgeRefusals.NotAnswering); }
        else if (file == ClipMaker.FileName(id)) { await SendFileAsync(context, open, ClipMaker.Folder, file, MediaType, KeptCache); }
        else if (file == ClipMaker.PosterName(id)) { await SendFileAsync(context, open, ClipMaker.Folder, file, PictureType, KeptCache); }
        else { await MissingAsync(context); }
    }

    /// <summary>What the source of a broadcast has beyond its memory: the playlist back into it, and what that lists.</summary>
    /// <returns>False: nothing of that name.</returns>
    public static async Task<bool> TryHandleLiveAsync(HttpContext context, Broadcast broadcast, Rung rung, string file)
    {
        if (rung.Name != Rung.SourceName) { return false; }

        var home = context.RequestServices.GetRequiredService<RecordingHome>();
        var recorder = home.FindRecorder(broadcast.StreamId);
        if (file == RecordedPlaylist.DvrName)
        {
            if (rung.View is not { HasMedia: true } view || recorder is { IsReading: true }) { return false; }

            if (await RefuseBackAsync(context, broadcast.StreamId, recorder) is { } refusal) { return await TryWriteOutageAsync(context, refusal); }
            await SendAsync(context, home.DvrOf(broadcast.StreamId).Write(view, recorder), PlaylistType, DvrCache);
            return true;
        }

        if (recorder is null || home.Store is not { } store) { return false; }

        var entry = TryNumber(file, "init-", ".mp4", out var init) && init <= int.MaxValue ? recorder.FindInit((int)init)
            : TryNumber(file, "", ".m4s", out var number) ? recorder.Find(number)
            : null;
        if (entry is null) { return false; }
        if (await RefuseBackAsync(context, broadcast.StreamId, recorder) is { } notBack) { return await TryWriteOutageAsync(context, notBack); }

        await SendAsync(context, Here(store), broadcast.StreamId, entry.Value);
        return true;
    }

    /// <summary>
    /// Why who asks may not have what was recorded of a broadcast that runs; null: may. Of one that was private before, guests only; of one that was deleted,
    /// nobody.
    /// </summary>
    public static async ValueTask<Refusal?> RefuseBackAsync(HttpContext context, string streamId)
    {
        var desk = context.RequestServices.GetRequiredService<ReplayDesk>();
        if (await desk.RefuseBackAsync(null, streamId) is not { } refusal) { return null; }

        PrivateAnswer.Set(context);
        var (caller, onlyOf) = await context.RequestServices.GetRequiredService<PassDesk>().ViewerAsync(context);
        return caller is null && onlyOf is null ? refusal : await desk.RefuseBackAsync(caller, streamId, onlyOf);
    }

    /// <summary>
    /// Says that it cannot be said at the moment who may go back. For all others whom it is refused it is as if nothing were kept, and they watch it live.
    /// </summary>
    /// <returns>False: it is refused for good, and nothing has been written.</returns>
    public static async ValueTask<bool> TryWriteOutageAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.Code != RefusalCode.Unavailable) { return false; }
        await RefusalHttp.WriteAsync(context, refusal);
        return true;
    }

    /// <summary>Whether a broadcast is over and was recorded.</summary>
    public static bool IsReplay(HttpContext context, Broadcast broadcast) =>
        broadcast.EndedBecause is not null
        && context.RequestServices.GetRequiredService<RecordingHome>() is { Records: true } home

        // Without its recorder, which is let go of when it is deleted or taken down, it is for those who may see a replay, too.
        && home.FindRecorder(broadcast.StreamId) is not { IsUnwanted: true };

    /// <summary>Why who asks may not see a broadcast that is over; null: may.</summary>
    public static async ValueTask<Refusal?> RefuseEndedAsync(HttpContext context, string recordingId)
    {
        var (caller, onlyOf) = await context.RequestServices.GetRequiredService<PassDesk>().ViewerAsync(context);
        var refusal = await context.RequestServices.GetRequiredService<ReplayDesk>().RefuseAsync(caller, recordingId, onlyOf);
        return refusal?.Code switch
        {
            RefusalCode.RecordingNotReady => null,

            // Another gateway asks for those whom it has let in.
            RefusalCode.RoomPrivate when EdgeEndpoints.IsColleague(context) => null,
            _ => refusal,
        };
    }

    private static ValueTask<Refusal?> RefuseBackAsync(HttpContext context, string streamId, Recorder? recorder)
    {
        // Until something is recorded there is only what everybody has live, and perhaps no row that could be asked about.
        if (recorder is not { IsUnwanted: false, HasAny: true }) { return default; }
        if (!EdgeEndpoints.IsColleague(context)) { return RefuseBackAsync(context, streamId); }

        // Another gateway asks for many: it asks for each of them itself.
        context.Response.Headers[EdgeEndpoints.RecordedHeader] = "1";
        return default;
    }

    private static async Task ChatAsync(HttpContext context, ReplayDesk desk, Caller? caller, string id)
    {
        if (!TryQuery(context, "from", 0, out var from) || !TryQuery(context, "to", long.MaxValue, out var to) || !TryQuery(context, "after", null, out var after))
        {
            await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.Malformed, "Ask for a time of the replay: from and to in milliseconds."));
            return;
        }

        var chat = await desk.ReadChatAsync(caller, id, from!.Value, to!.Value, after, context.RequestAborted);
        if (!chat.Ok)
        {
            await RefusalHttp.WriteAsync(context, chat.Refusal);
            return;
        }

        // What is deleted now must be gone with the next look.
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(chat.Value, WireJson.Options, context.RequestAborted);
    }

    private static bool TryQuery(HttpContext context, string name, long? otherwise, out long? value)
    {
        value = otherwise;
        if (context.Request.Query[name] is not [{ } text]) { return context.Request.Query[name].Count == 0; }
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) { return false; }

        value = number;
        return true;
    }

    private static bool TryNumber(string file, string before, string after, out long number)
    {
        number = 0;
        return file.Length > before.Length + after.Length && file.StartsWith(before, StringComparison.Ordinal) && file.EndsWith(after, StringComparison.Ordinal)
            && long.TryParse(file.AsSpan(before.Length, file.Length - before.Length - after.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes, string type, string cache)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = PrivateAnswer.Cache(context, cache);
        if (!HttpMethods.IsHead(context.Request.Method)) { await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted); }
    }

    /// <summary>Opens files that lie here.</summary>
    private static Opener Here(IRecordingStore? store) => (folder, name, _, _) => Task.FromResult((store?.Open(folder, name), (Refusal?)null));

    /// <summary>Opens files that lie at another gateway.</summary>
    private static Opener There(HttpContext context, EdgeRecordings edges, EdgePlace? place) => async (folder, name, offset, length) =>
    {
        if (place?.Address is not { } address) { return (null, EdgeRefusals.NotAnswering); }
        var opened = await edges.OpenAsync(address, folder, name, offset, length, context.RequestAborted);
        return (opened.Value, opened.Refusal);
    };

    private static async Task SendAsync(HttpContext context, Opener open, string folder, RecordingEntry entry) =>
        await SendAsync(context, await open(folder, RecordingIndex.RunName(entry.Run), entry.Offset, entry.Length), entry.Offset, entry.Length, MediaType, KeptCache);

    private static async Task SendFileAsync(HttpContext context, Opener open, string folder, string name, string type, string cache)
    {
        var opened = await open(folder, name, 0, null);
        await SendAsync(context, opened, 0, opened.File?.Length ?? 0, type, cache);
    }

    private static async Task SendAsync(
        HttpContext context, (IRecordedFile? File, Refusal? Refusal) opened, long offset, long length, string type, string cache)
    {
        if (opened.File is not { } file)
        {
            await RefusalHttp.WriteAsync(context, opened.Refusal ?? EdgeRefusals.Missing);
            return;
        }

        if (file.Length < offset + length)
        {
            file.Dispose();
            await MissingAsync(context);
            return;
        }

        context.Response.Headers.CacheControl = PrivateAnswer.Cache(context, cache);
        await TypedResults.Stream(new SliceStream(file, offset, length), type, enableRangeProcessing: true).ExecuteAsync(context);
    }

    private static Task MissingAsync(HttpContext context) => RefusalHttp.WriteAsync(context, EdgeRefusals.Missing);

    /// <summary>Opens a file of a folder, to be read from a place on, so much of it (null: to its end).</summary>
    private delegate Task<(IRecordedFile? File, Refusal? Refusal)> Opener(string folder, string name, long offset, long? length);
}
