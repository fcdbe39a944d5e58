using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Pictures;

/// <summary>Uploads of covers and product pictures, and their delivery.</summary>
internal static class PictureEndpoints
{
    public static void MapPictures(this IEndpointRouteBuilder api)
    {
        api.MapPost("/pictures", Upload).WithName("uploadPicture").RequireCaller().RequireKey()
            .RequireRateLimiting(RateLimits.Upload).WithMetadata(new PictureBodyMetadata());
        api.MapGet("/pictures/{pictureId:id}", Get).WithName("getPicture");
    }

    private static async Task<Results<Ok<PictureUploaded>, RefusalResult>> Upload(
        HttpContext context, PictureNormalizer normalizer, IGrainFactory grains)
    {
        if (context.Request.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) != true)
        {
            return new Refusal(RefusalCode.PictureInvalid, "Send the picture's bytes, with its Content-Type: image/jpeg, image/png, image/webp or image/gif.").ToHttp();
        }

        var body = await Bodies.ReadAsync(context.Request, ShopLimits.PictureBytesMax, context.RequestAborted);
        if (!body.Ok) { return body.Refusal.ToHttp(); }
        var picture = await normalizer.NormalizeAsync(body.Value, context.RequestAborted);
        if (!picture.Ok) { return picture.Refusal.ToHttp(); }

        var pictureId = context.NewId();
        var stored = await grains.GetGrain<IPictureGrain>(pictureId).Put(context.Caller().Id, picture.Value);
        return stored.Ok ? TypedResults.Ok(new PictureUploaded(pictureId)) : stored.Refusal.ToHttp();
    }

    private static async Task<Results<FileContentHttpResult, RefusalResult>> Get(string pictureId, HttpContext context, IGrainFactory grains)
    {
        var picture = await grains.GetGrain<IPictureGrain>(pictureId).Get();
        if (!picture.Ok) { return picture.Refusal.ToHttp(); }

        // Never changes under its id, so a browser need not ask again.
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(picture.Value.Bytes, picture.Value.ContentType);
    }
}

/// <summary>A stored picture.</summary>
internal sealed record PictureUploaded(string PictureId);
