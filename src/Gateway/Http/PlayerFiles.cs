using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Http;

/// <summary>The player's files. Section <c>Player</c>.</summary>
public sealed class PlayerOptions
{
    /// <summary>Folder with index.html, from the working directory or absolute.</summary>
    public string Path { get; set; } = "src/WebPlayer/dist";

    /// <summary>Origins that may be shown in a frame: where a payer confirms a card (3-D Secure).</summary>
    public IList<string> FrameOrigins { get; } = ["https://js.stripe.com", "https://hooks.stripe.com"];
}

/// <summary>Serves the player: hashed assets for good, index.html fresh each time and for every page of the player.</summary>
internal static class PlayerFiles
{
    private static readonly string[] NotPages = ["/api", "/hub", "/live", "/replays", "/clips", "/edge", "/health"];

    public static void UsePlayerFiles(this WebApplication app)
    {
        var folder = Path.GetFullPath(app.Services.GetRequiredService<IOptions<PlayerOptions>>().Value.Path);
        if (!Directory.Exists(folder)) { return; }

        app.UseWhen(context => !IsApi(context.Request.Path), pages =>
        {
            pages.UseResponseCompression();
            pages.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(folder),
                OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
                    file.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache",
            });
        });
    }

    /// <summary>What no endpoint and no file answers: a page of the player, or NotFound.</summary>
    public static async Task FallbackAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var folder = Path.GetFullPath(context.RequestServices.GetRequiredService<IOptions<PlayerOptions>>().Value.Path);
        var index = Path.Combine(folder, "index.html");

        // The same page, which asks at once for all that a room needs.
        if (path.StartsWithSegments("/room") && Path.Combine(folder, "room.html") is var room && File.Exists(room)) { index = room; }
        var isPage = HttpMethods.IsGet(context.Request.Method) && !IsApi(path) && !Path.HasExtension(path.Value);
        if (!isPage || !File.Exists(index))
        {
            await RefusalHttp.WriteAsync(context, new Refusal(
                RefusalCode.NotFound,
                isPage ? "The player is not built. Run ./dev run, or set Player:Path." : "There is nothing at this address. Check it, or see /api/openapi.json."));
            return;
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.SendFileAsync(index, context.RequestAborted);
    }

    private static bool IsApi(PathString path) => NotPages.Any(prefix => path.StartsWithSegments(prefix));
}
