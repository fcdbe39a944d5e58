using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Shop;

/// <summary>One uploaded picture (cover or product), already checked and re-encoded by the gateway; never changes. Key: picture id.</summary>
public interface IPictureGrain : IGrainWithStringKey
{
    /// <summary>Stores it. The same again is fine; other content under the same id is refused.</summary>
    ValueTask<Result<Done>> Put(string ownerId, Picture picture);

    /// <summary>The picture, or NotFound.</summary>
    [ReadOnly]
    ValueTask<Result<Picture>> Get();
}

/// <summary>A picture.</summary>
/// <param name="ContentType"><c>image/jpeg</c> or <c>image/webp</c>.</param>
public sealed record Picture(string ContentType, byte[] Bytes);
