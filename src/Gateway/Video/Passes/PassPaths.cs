using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Video.Passes;

/// <summary>
/// Takes the pass out of an address before anything else sees it: <c>/live/{streamId}~{pass}/…</c> goes on as <c>/live/{streamId}/…</c>. It stands in
/// the path, so that the addresses in playlists, which are relative, carry it on without being written anew for anybody.
/// </summary>
internal static class PassPaths
{
    private const char Mark = '~';
    private static readonly string[] Prefixes = ["/live/", "/replays/", "/clips/"];
    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Before routing.</summary>
    public static void UsePasses(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        Take(context);
        return next(context);
    });

    private static void Take(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (path.IndexOf(Mark, StringComparison.Ordinal) is var mark && mark < 0) { return; }

        // Routes do not mind the case.
        var prefix = Array.Find(Prefixes, known => path.StartsWith(known, StringComparison.OrdinalIgnoreCase));
        if (prefix is null || path.AsSpan(prefix.Length, Math.Max(0, mark - prefix.Length)).Contains('/') || mark < prefix.Length) { return; }

        var rest = path.AsSpan(mark + 1);
        var length = rest.IndexOfAnyExcept(Letters) is >= 0 and var end ? end : rest.Length;
        context.Features.Set(new PassText(path.Substring(mark + 1, length)));
        context.Request.Path = string.Concat(path.AsSpan(0, mark), rest[length..]);

        // An address with a pass is told to nobody else.
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }
}

/// <summary>The pass that a request brought, or its viewer sent later; not believed yet.</summary>
internal sealed record PassText(string Text)
{
    /// <summary>Hides it from logs.</summary>
    public override string ToString() => "PassText(hidden)";
}

/// <summary>The newest pass of a viewer who stays: set by who reads its socket, read by who asks for it.</summary>
internal sealed class LatestPass
{
    private volatile PassText? _text;

    /// <summary>Null: it has sent none yet.</summary>
    public PassText? Text
    {
        get => _text;
        set => _text = value;
    }
}

/// <summary>Marks an answer that only those may have who were let in: no cache on the way keeps it.</summary>
internal sealed record PrivateAnswer
{
    private static readonly PrivateAnswer Mark = new();

    /// <summary>Marks the answer of a request.</summary>
    public static void Set(HttpContext context) => context.Features.Set(Mark);

    /// <summary>What caches are told.</summary>
    public static string Cache(HttpContext context, string cache) =>
        context.Features.Get<PrivateAnswer>() is null ? cache : cache.Replace("public", "private", StringComparison.Ordinal);
}
