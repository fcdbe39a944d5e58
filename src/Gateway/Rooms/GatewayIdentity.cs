namespace LiveCommerce.Gateway.Rooms;

/// <summary>This process, as grains know it. New with every start: an old subscription must never be taken for ours.</summary>
internal sealed class GatewayIdentity
{
    /// <summary>A UUIDv7 as 32 hex digits.</summary>
    public string Id { get; } = Guid.CreateVersion7().ToString("N");
}
