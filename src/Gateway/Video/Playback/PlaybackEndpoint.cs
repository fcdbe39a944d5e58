using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Hls;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Video.Playback;

/// <summary><c>/live/{streamId}/…</c>: what players fetch. Everything comes from memory, the same bytes for everyone.</summary>
internal static class PlaybackEndpoint
{
    /// <summary>Name of the multivariant playlist.</summary>
    public const string MainName = "main.m3u8";

    /// <summary>Name of the thumbnail.</summary>
    public const string ThumbnailName = "thumbnail.jpg";

    /// <summary>Target durations for which the answer to a request that names its segment may be cached: what the draft's appendix advises.</summary>
    private const int BlockingCacheTargets = 6;

    private const int RetryMs = 1_000;

    /// <summary><c>/live/{streamId}/{file}</c>: what belongs to the whole broadcast.</summary>
    public static Task HandleAsync(HttpContext context)
    {
        PlaybackAnswer.AllowAnyOrigin(context);
        if (HttpMethods.IsOptions(context.Request.Method)) { return PlaybackAnswer.SendPreflightAsync(context); }
        return FindBroadcast(context) is { } broadcast ? AdmitAsync(context, broadcast, AnswerAsync) : ElsewhereAsync(context, null);
    }

    /// <summary>What belongs to a whole broadcast of this gateway.</summary>
    public static Task AnswerAsync(HttpContext context, Broadcast broadcast) =>
        (context.Request.RouteValues["file"] as string) switch
        {
            MainName when broadcast.Main is { } main => PlaybackAnswer.SendAsync(context, main, UnnamedCacheSeconds(broadcast.Source)),
            MainName => SendFirstMainAsync(context, broadcast),
            ThumbnailName when broadcast.Thumbnail is { } jpeg => PlaybackAnswer.SendThumbnailAsync(context, jpeg),
            _ => GoneAsync(context),
        };

    /// <summary><c>/live/{streamId}/{rung}/{file}</c>: what belongs to one quality.</summary>
    public static Task HandleRungAsync(HttpContext context)
    {
        PlaybackAnswer.AllowAnyOrigin(context);
        if (HttpMethods.IsOptions(context.Request.Method)) { return PlaybackAnswer.SendPreflightAsync(context); }
        return FindBroadcast(context) is { } broadcast
            ? AdmitAsync(context, broadcast, AnswerRungAsync)
            : ElsewhereAsync(context, context.Request.RouteValues["rung"] as string ?? "");
    }

    /// <summary>What belongs to one quality of a broadcast of this gateway.</summary>
    public static Task AnswerRungAsync(HttpContext context, Broadcast broadcast)
    {
        if (broadcast.FindRung(context.Request.RouteValues["rung"] as string ?? "") is not { } rung) { return GoneAsync(context); }

        var name = context.Request.RouteValues["file"] as string ?? "";
        if (name == PlaylistWriter.MediaName) { return HandlePlaylistAsync(context, broadcast, rung); }

        var file = MediaFile.Parse(name);
        var view = rung.View;
        switch (file.Kind)
        {
            case MediaFileKind.Init when file.Number <= int.MaxValue && view.Inits.TryGetValue((int)file.Number, out var init):
                return PlaybackAnswer.SendInitAsync(context, init);
            case MediaFileKind.Segment when view.Find(file.Number) is { IsGap: false } segment:
                return PlaybackAnswer.SendAsync(context, segment.Body.Fragments, segment.Body.Bytes);
            case MediaFileKind.Part when view.FindPart(file.Number, file.Part) is { } part:
                return PlaybackAnswer.SendAsync(context, part.Fragments, part.Bytes);

            // The next part is promised by the playlist's preload hint: whoever asks gets it as soon as it is whole.
            case MediaFileKind.Part when view.Hint == (file.Number, file.Part):
                return SendHintedAsync(context, rung, file);
            default:
                return SendRecordedAsync(context, broadcast, rung, name);
        }
    }

    /// <summary>The broadcast that the address names, if this gateway carries it.</summary>
    public static Broadcast? FindBroadcast(HttpContext context)
    {
        var streamId = context.Request.RouteValues["streamId"] as string ?? "";
        return PublicId.IsOne(streamId) ? context.RequestServices.GetRequiredService<Broadcasts>().Find(streamId) : null;
    }

    /// <summary>Refuses one who would have to wait behind too many others.</summary>
    public static Task TooManyAsync(HttpContext context) => PlaybackAnswer.RefuseAsync(
        context, StatusCodes.Status503ServiceUnavailable, RefusalCode.Busy, "More players wait for this broadcast than may. Ask again in a second.", RetryMs);

    /// <summary>Refuses because the gateway that has it does not answer.</summary>
    public static Task OutOfReachAsync(HttpContext context) => PlaybackAnswer.RefuseAsync(
        context, StatusCodes.Status503ServiceUnavailable, RefusalCode.Unavailable, "The server that carries this broadcast does not answer. Ask again in a second.", RetryMs);

    /// <summary>Refuses because there is no such broadcast.</summary>
    public static Task NotLiveAsync(HttpContext context) => Missing(context, RefusalCode.StreamNotLive, "This broadcast is over or has never been.");

    /// <summary>The rest of what is over and was not recorded: not of a room that was private then and was opened since.</summary>
    public static async Task AnswerRestAsync(HttpContext context, Broadcast broadcast, Func<HttpContext, Broadcast, Task> answer)
    {
        var isHidden = await context.RequestServices.GetRequiredService<VideoDoor>().HidesRestAsync(broadcast.RoomId, broadcast.EndedAt);
        await (isHidden ? NotLiveAsync(context) : answer(context, broadcast));
    }

    /// <summary>Refuses because there is no such piece (any more).</summary>
    public static Task GoneAsync(HttpContext context) =>
        Missing(context, RefusalCode.NotFound, "This piece of the broadcast is gone, or not there yet. Load the playlist again.");

    private static Task AnswerHereAsync(HttpContext context, Broadcast broadcast, Func<HttpContext, Broadcast, Task> answer) =>
        broadcast.EndedBecause is null ? answer(context, broadcast) : AnswerEndedAsync(context, broadcast, answer);

    /// <summary>What is over and was recorded is a replay: it may have been deleted, or taken down at any gateway.</summary>
    private static async Task AnswerEndedAsync(HttpContext context, Broadcast broadcast, Func<HttpContext, Broadcast, Task> answer)
    {
        if (!ReplayEndpoints.IsReplay(context, broadcast))
        {
            await AnswerRestAsync(context, broadcast, answer);
            return;
        }

        var refusal = await ReplayEndpoints.RefuseEndedAsync(context, broadcast.StreamId);
        await (refusal is null ? answer(context, broadcast) : RefusalHttp.WriteAsync(context, refusal));
    }

    /// <summary>Answers whoever may watch the room of the broadcast.</summary>
    private static Task AdmitAsync(HttpContext context, Broadcast broadcast, Func<HttpContext, Broadcast, Task> answer)
    {
        var asked = context.RequestServices.GetRequiredService<VideoDoor>().RefuseAsync(context, broadcast.RoomId);
        return asked is { IsCompletedSuccessfully: true, Result: null } ? AnswerHereAsync(context, broadcast, answer) : AdmitSlowlyAsync(asked);

        async Task AdmitSlowlyAsync(ValueTask<Refusal?> answering) =>
            await (await answering is { } refusal ? RefusalHttp.WriteAsync(context, refusal) : AnswerHereAsync(context, broadcast, answer));
    }

    private static async Task SendRecordedAsync(HttpContext context, Broadcast broadcast, Rung rung, string file)
    {
        if (!await ReplayEndpoints.TryHandleLiveAsync(context, broadcast, rung, file)) { await GoneAsync(context); }
    }

    /// <summary>A broadcast that has just begun has its first segment in a moment: whoever is that early waits for it.</summary>
    private static async Task SendFirstMainAsync(HttpContext context, Broadcast broadcast)
    {
        if (await WaitForFirstAsync(context, broadcast, broadcast.Source) is not { } wait) { return; }
        if (broadcast.Main is { } main) { await PlaybackAnswer.SendAsync(context, main, UnnamedCacheSeconds(broadcast.Source)); }
        else if (wait == RungWait.There) { await NoPicture(context); }
        else { await RefuseAsync(context, wait); }
    }

    private static async Task SendFirstPlaylistAsync(HttpContext context, Broadcast broadcast, Rung rung)
    {
        if (await WaitForFirstAsync(context, broadcast, rung) is not { } wait) { return; }
        if (rung.Now is { View.HasMedia: true } now) { await SendPlaylistAsync(context, now, default, UnnamedCacheSeconds(rung)); }
        else if (wait == RungWait.There) { await NoPicture(context); }
        else { await RefuseAsync(context, wait); }
    }

    /// <summary>Null: who asked is gone. A publisher who has sent nothing yet is not waited for.</summary>
    private static async ValueTask<RungWait?> WaitForFirstAsync(HttpContext context, Broadcast broadcast, Rung rung)
    {
        if (broadcast.Phase != StreamPhase.Live) { return RungWait.There; }
        try { return await rung.WaitForFirstAsync(context.RequestAborted); }
        catch (OperationCanceledException) { return null; }
    }

    private static Task HandlePlaylistAsync(HttpContext context, Broadcast broadcast, Rung rung)
    {
        if (!PlaylistDirectives.TryRead(context.Request.QueryString.Value, out var directives, out var mistake))
        {
            return PlaybackAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, RefusalCode.Malformed, mistake);
        }

        var now = rung.Now;
        if (!now.View.HasMedia) { return SendFirstPlaylistAsync(context, broadcast, rung); }
        if (directives.Number is not { } number) { return SendPlaylistAsync(context, now, directives, UnnamedCacheSeconds(rung)); }
        return now.View.Has(number, directives.Part)
            ? SendPlaylistAsync(context, now, directives, NamedCacheSeconds(rung))
            : SendLaterAsync(context, rung, directives);
    }

    private static async Task SendLaterAsync(HttpContext context, Rung rung, PlaylistDirectives directives)
    {
        var wait = await WaitAsync(context, rung, directives.Number!.Value, directives.Part);
        if (wait == RungWait.There) { await SendPlaylistAsync(context, rung.Now, directives, NamedCacheSeconds(rung)); }
        else if (wait is { } refused) { await RefuseAsync(context, refused); }
    }

    private static async Task SendHintedAsync(HttpContext context, Rung rung, MediaFile file)
    {
        var wait = await WaitAsync(context, rung, file.Number, file.Part);
        if (wait == RungWait.There && rung.View.FindPart(file.Number, file.Part) is { } part)
        {
            await PlaybackAnswer.SendAsync(context, part.Fragments, part.Bytes);
        }
        else if (wait == RungWait.There)
        {
            // The segment ended before this part, which was promised too early.
            await GoneAsync(context);
        }
        else if (wait is { } refused)
        {
            await RefuseAsync(context, refused);
        }
    }

    /// <summary>Null: who asked is gone, and there is nobody to answer.</summary>
    private static async ValueTask<RungWait?> WaitAsync(HttpContext context, Rung rung, long number, int? part)
    {
        try { return await rung.WaitForAsync(number, part, context.RequestAborted); }
        catch (OperationCanceledException) { return null; }
    }

    private static Task SendPlaylistAsync(HttpContext context, RungMoment now, PlaylistDirectives directives, int cacheSeconds) =>
        PlaybackAnswer.SendAsync(context, directives.Skip ? now.Playlists.Delta : now.Playlists.Full, cacheSeconds);

    private static int NamedCacheSeconds(Rung rung) => BlockingCacheTargets * rung.View.Rules.TargetSeconds;

    /// <summary>A playlist that is asked for without naming a segment is old after half a target duration.</summary>
    private static int UnnamedCacheSeconds(Rung rung) => Math.Max(1, rung.View.Rules.TargetSeconds / 2);

    private static Task RefuseAsync(HttpContext context, RungWait wait) => wait switch
    {
        RungWait.TooFar => PlaybackAnswer.RefuseAsync(
            context, StatusCodes.Status400BadRequest, RefusalCode.Malformed, "That is too far ahead. Load the playlist without _HLS_msn first."),
        RungWait.TooMany => TooManyAsync(context),
        _ => PlaybackAnswer.RefuseAsync(
            context, StatusCodes.Status503ServiceUnavailable, RefusalCode.Unavailable, "Nothing new came in time. Ask again in a second.", RetryMs),
    };

    /// <summary>The broadcast is not at this gateway: perhaps it is at another.</summary>
    private static Task ElsewhereAsync(HttpContext context, string? rung)
    {
        var edges = context.RequestServices.GetRequiredService<EdgeDesk>();
        var (streamId, name) = (context.Request.RouteValues["streamId"] as string ?? "", context.Request.RouteValues["file"] as string ?? "");
        if (!edges.IsOn || !PublicId.IsOne(streamId)) { return NotLiveAsync(context); }
        if (EdgeFile.Read(rung, name, context.Request.QueryString.Value, out var mistake) is { } file) { return edges.HandleAsync(context, streamId, file); }
        return mistake.Length > 0 ? PlaybackAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, RefusalCode.Malformed, mistake) : GoneAsync(context);
    }

    private static Task NoPicture(HttpContext context) =>
        Missing(context, RefusalCode.StreamNotLive, "The broadcast has no picture yet. Ask again in a second.");

    private static Task Missing(HttpContext context, RefusalCode code, string message) =>
        PlaybackAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, code, message);
}
