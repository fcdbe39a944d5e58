using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Video.Publishing;

/// <summary><c>POST /api/upload-check</c>: takes bytes and drops them, so that a streamer can measure the way here before going live.</summary>
internal static class UploadCheckEndpoint
{
    /// <summary>Bytes of one check.</summary>
    private const int BytesMax = 1024 * 1024;

    public static async Task HandleAsync(HttpContext context)
    {
        var body = await Bodies.ReadAsync(context.Request, BytesMax, context.RequestAborted);
        if (body.Ok) { context.Response.StatusCode = StatusCodes.Status204NoContent; }
        else { await RefusalHttp.WriteAsync(context, body.Refusal); }
    }
}
