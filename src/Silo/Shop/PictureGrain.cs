using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Shop;

/// <summary>One picture. Keeps nothing in memory: pictures are large, and gateways and browsers cache them.</summary>
internal sealed class PictureGrain(Pictures pictures) : Grain, IPictureGrain
{
    public async ValueTask<Result<Done>> Put(string ownerId, Picture picture)
    {
        if (picture.ContentType is not ("image/jpeg" or "image/webp") || picture.Bytes is not { Length: > 0 and <= ShopLimits.PictureBytesMax })
        {
            return new Refusal(
                RefusalCode.PictureInvalid, $"A picture must be a JPEG or WebP of at most {ShopLimits.PictureBytesMax / 1024 / 1024} MiB. Choose another.");
        }

        return await pictures.PutAsync(GetPrimaryKeyString(), ownerId, picture)
            ? Done.Value
            : new Refusal(RefusalCode.KeyReused, "This key was used for another picture. Upload it again with a new one.");
    }

    public async ValueTask<Result<Picture>> Get()
    {
        if (await pictures.FindAsync(GetPrimaryKeyString()) is { } picture) { return picture; }

        DeactivateOnIdle(); // who asks for pictures that do not exist shall not fill the memory
        return new Refusal(RefusalCode.NotFound, "There is no such picture.");
    }
}
