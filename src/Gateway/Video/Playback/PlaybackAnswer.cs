using System.Buffers;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace LiveCommerce.Gateway.Video.Playback;

/// <summary>How answers to players are sent: types, lifetimes in caches, and who may read them.</summary>
internal static class PlaybackAnswer
{
    /// <summary>Bytes that are copied towards the socket before we look whether it takes them.</summary>
    private const int FlushBytes = 128 * 1024;

    private const string PlaylistType = "application/vnd.apple.mpegurl";
    private const string MediaType = "video/mp4";

    // What a part's or a segment's name means never changes.
    private const string MediaCache = "public, max-age=86400, immutable";
    private const string ThumbnailCache = "public, max-age=5";

    /// <summary>Sends a playlist, compressed if the player takes that.</summary>
    /// <param name="cacheSeconds">For how long a cache on the way may give it to others that ask with the same query.</param>
    public static Task SendAsync(HttpContext context, PlaylistBytes playlist, int cacheSeconds) =>
        SendAsync(context, playlist, PlaylistType, $"public, max-age={cacheSeconds}");

    /// <summary>The same, with what another gateway says of it.</summary>
    public static Task SendAsync(HttpContext context, PlaylistBytes playlist, string type, string cache)
    {
        var headers = context.Response.Headers;
        headers.Vary = "Accept-Encoding";
        var zipped = TakesGzip(context.Request.Headers.AcceptEncoding);
        if (zipped) { headers.ContentEncoding = "gzip"; }
        return SendAsync(context, zipped ? playlist.Zipped : playlist.Plain, type, cache);
    }

    public static Task SendThumbnailAsync(HttpContext context, ReadOnlyMemory<byte> jpeg) => SendAsync(context, jpeg, "image/jpeg", ThumbnailCache);

    public static Task SendInitAsync(HttpContext context, InitSegment init) => SendAsync(context, init.Bytes, MediaType, MediaCache);

    /// <summary>Sends fragments as they lie in memory.</summary>
    /// <param name="length">Bytes of all.</param>
    public static async Task SendAsync(HttpContext context, IReadOnlyList<Fragment> fragments, int length)
    {
        Begin(context, length, MediaType, MediaCache);
        if (HttpMethods.IsHead(context.Request.Method)) { return; }

        var body = context.Response.BodyWriter;
        var unflushed = 0;
        foreach (var fragment in fragments)
        {
            body.Write(fragment.Bytes.Span);
            unflushed += fragment.Bytes.Length;
            if (unflushed < FlushBytes) { continue; }

            unflushed = 0;
            if ((await body.FlushAsync(context.RequestAborted)).IsCompleted) { return; }
        }

        await body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Sends bytes as they are, piece by piece: of what a slow viewer does not take there is one piece in its connection, not all.</summary>
    public static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes, string type, string cache)
    {
        Begin(context, bytes.Length, type, cache);
        if (HttpMethods.IsHead(context.Request.Method)) { return; }

        var body = context.Response.BodyWriter;
        while (bytes.Length > 0)
        {
            var piece = bytes[..Math.Min(FlushBytes, bytes.Length)];
            if ((await body.WriteAsync(piece, context.RequestAborted)).IsCompleted) { return; }
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Pages of any origin may play: what is here is public, or was asked for with a pass. Age tells low-latency players how old a cached playlist is.</summary>
    public static void AllowAnyOrigin(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "Age, Date";
    }

    /// <summary>Answers what a browser asks before a request that is not simple.</summary>
    public static Task SendPreflightAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = "GET, HEAD";
        response.Headers.AccessControlAllowHeaders = "Range";
        response.Headers.AccessControlMaxAge = "86400";
        return Task.CompletedTask;
    }

    public static Task RefuseAsync(HttpContext context, int status, RefusalCode code, string message, int? retryAfterMs = null) =>
        RefusalHttp.WriteAsync(context, new Refusal(code, message) { RetryAfterMs = retryAfterMs }, status);

    /// <summary>Whether an Accept-Encoding header takes gzip.</summary>
    internal static bool TakesGzip(StringValues header)
    {
        foreach (var line in header)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var coding = line.AsSpan()[range].Trim();
                if (!coding.StartsWith("gzip", StringComparison.OrdinalIgnoreCase)) { continue; }

                var weight = coding["gzip".Length..].Trim();
                if (weight.IsEmpty) { return true; }
                if (weight[0] == ';') { return weight[1..].Trim() is not ("q=0" or "q=0.0" or "q=0.00" or "q=0.000"); }
            }
        }

        return false;
    }

    private static void Begin(HttpContext context, long length, string type, string cache)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = length;
        context.Response.Headers.CacheControl = PrivateAnswer.Cache(context, cache);
    }
}
