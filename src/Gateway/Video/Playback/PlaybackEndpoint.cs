using System.Globalization;
using System.Text;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Video.Playback;

/// <summary><c>GET /live/{streamId}/…</c>: what players fetch. Everything comes from memory, the same bytes for everyone.</summary>
internal static class PlaybackEndpoint
{
    /// <summary>Name of the multivariant playlist.</summary>
    public const string MainName = "main.m3u8";

    /// <summary>Name of the thumbnail.</summary>
    public const string ThumbnailName = "thumbnail.jpg";

    private const string PlaylistType = "application/vnd.apple.mpegurl";
    private const string MediaType = "video/mp4";

    // A playlist is as good as old after one segment; a copy on the way must ask us each time.
    private const string PlaylistCache = "no-cache";
    private const string MediaCache = "public, max-age=86400, immutable";
    private const string ThumbnailCache = "public, max-age=5";

    /// <summary><c>/live/{streamId}/{file}</c>: what belongs to the whole broadcast.</summary>
    public static Task HandleAsync(HttpContext context)
    {
        if (FindBroadcast(context) is not { } broadcast) { return NotLive(context); }

        return (context.Request.RouteValues["file"] as string) switch
        {
            MainName when broadcast.HasMedia => SendAsync(context, WriteMain(broadcast), PlaylistType, PlaylistCache),
            MainName => NoPicture(context),
            ThumbnailName when broadcast.Thumbnail is { } jpeg => SendAsync(context, jpeg, "image/jpeg", ThumbnailCache),
            _ => Gone(context),
        };
    }

    /// <summary><c>/live/{streamId}/{rung}/{file}</c>: what belongs to one quality.</summary>
    public static Task HandleRungAsync(HttpContext context)
    {
        if (FindBroadcast(context) is not { } broadcast) { return NotLive(context); }
        if (broadcast.FindRung(context.Request.RouteValues["rung"] as string ?? "") is not { } rung) { return Gone(context); }

        var view = rung.View;
        var file = context.Request.RouteValues["file"] as string ?? "";
        if (file == PlaylistWriter.MediaName)
        {
            return view.HasMedia ? SendAsync(context, view.Media, PlaylistType, PlaylistCache) : NoPicture(context);
        }

        if (FindInit(view, file) is { } init) { return SendAsync(context, init.Bytes, MediaType, MediaCache); }
        return FindSegment(view, file) is { } segment ? SendAsync(context, segment) : SendRecordedAsync(context, broadcast, rung, file);
    }

    private static async Task SendRecordedAsync(HttpContext context, Broadcast broadcast, Rung rung, string file)
    {
        if (!await ReplayEndpoints.TryHandleLiveAsync(context, broadcast, rung, file)) { await Gone(context); }
    }

    private static Broadcast? FindBroadcast(HttpContext context)
    {
        var streamId = context.Request.RouteValues["streamId"] as string ?? "";
        return PublicId.IsOne(streamId) ? context.RequestServices.GetRequiredService<Broadcasts>().Find(streamId) : null;
    }

    private static byte[] WriteMain(Broadcast broadcast)
    {
        var renditions = new List<(string, Rendition)>(Broadcast.RungsMax);
        foreach (var rung in broadcast.Rungs)
        {
            if (rung.View.Rendition is { } rendition) { renditions.Add((rung.Name, rendition)); }
        }

        return Encoding.UTF8.GetBytes(PlaylistWriter.WriteMultivariant(renditions));
    }

    private static InitSegment? FindInit(TimelineView view, string file) =>
        file.StartsWith("init-", StringComparison.Ordinal) && file.EndsWith(".mp4", StringComparison.Ordinal)
        && int.TryParse(file.AsSpan(5, file.Length - 9), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? view.Inits.GetValueOrDefault(number)
            : null;

    private static Segment? FindSegment(TimelineView view, string file) =>
        file.EndsWith(".m4s", StringComparison.Ordinal)
        && long.TryParse(file.AsSpan(0, file.Length - 4), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? view.Find(number)
            : null;

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes, string type, string cache)
    {
        Begin(context, bytes.Length, type, cache);
        if (!HttpMethods.IsHead(context.Request.Method)) { await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted); }
    }

    private static async Task SendAsync(HttpContext context, Segment segment)
    {
        Begin(context, segment.Body.Bytes, MediaType, MediaCache);
        if (HttpMethods.IsHead(context.Request.Method)) { return; }
        foreach (var fragment in segment.Body.Fragments) { await context.Response.BodyWriter.WriteAsync(fragment.Bytes, context.RequestAborted); }
    }

    private static void Begin(HttpContext context, long length, string type, string cache)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = length;
        context.Response.Headers.CacheControl = cache;
    }

    private static Task NotLive(HttpContext context) =>
        Missing(context, RefusalCode.StreamNotLive, "This broadcast is over or has never been.");

    private static Task NoPicture(HttpContext context) =>
        Missing(context, RefusalCode.StreamNotLive, "The broadcast has no picture yet. Ask again in a second.");

    private static Task Gone(HttpContext context) =>
        Missing(context, RefusalCode.NotFound, "This piece of the broadcast is gone, or not there yet. Load the playlist again.");

    private static Task Missing(HttpContext context, RefusalCode code, string message) =>
        RefusalHttp.WriteAsync(context, new Refusal(code, message), StatusCodes.Status404NotFound);
}
