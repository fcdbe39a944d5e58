using LiveCommerce.Actors;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Pictures;

/// <summary>Uploads and shows pictures: covers and products.</summary>
internal static class PictureEndpoints
{
    // A picture never changes under its id.
    private const string Immutable = "public, max-age=31536000, immutable";

    public static void MapPictures(this IEndpointRouteBuilder api)
    {
        api.MapPost("/pictures", Upload).WithName("uploadPicture").RequireCaller().RequireKey().RequireRateLimiting(RateLimits.Upload)
            .Accepts<byte[]>("image/jpeg", "image/png", "image/webp", "image/gif");
        api.MapGet("/pictures/{pictureId:id}", Get).WithName("getPicture").Produces(StatusCodes.Status200OK, contentType: "image/jpeg");
    }

    private static async Task<Results<Ok<PictureUploaded>, RefusalResult>> Upload(HttpContext context, PictureNormalizer normalizer, IGrainFactory grains)
    {
        // A little above our own bound, so that the refusal is ours.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = PictureNormalizer.UploadBytesMax + 1024;
        }

        var body = await Bodies.ReadAsync(context.Request, PictureNormalizer.UploadBytesMax, context.RequestAborted);
        if (!body.Ok) { return body.Refusal.ToHttp(); }

        var picture = await normalizer.NormalizeAsync(body.Value, context.RequestAborted);
        if (!picture.Ok) { return picture.Refusal.ToHttp(); }

        var stored = await grains.GetGrain<IPictureGrain>(context.NewId()).Put(context.Caller().Id, picture.Value);
        return stored.Ok ? TypedResults.Ok(new PictureUploaded(context.NewId())) : stored.Refusal.ToHttp();
    }

    private static async Task<Results<FileContentHttpResult, RefusalResult>> Get(string pictureId, HttpContext context, IGrainFactory grains)
    {
        var picture = await grains.GetGrain<IPictureGrain>(pictureId).Get();
        if (!picture.Ok) { return picture.Refusal.ToHttp(); }

        context.Response.Headers.CacheControl = Immutable;
        return TypedResults.Bytes(picture.Value.Bytes, picture.Value.ContentType);
    }
}

/// <summary>Where a picture went.</summary>
internal sealed record PictureUploaded(string PictureId);
