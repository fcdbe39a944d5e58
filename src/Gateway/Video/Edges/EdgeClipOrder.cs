using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>A clip that another gateway shall cut, for a caller that this one knows.</summary>
/// <param name="MediaId">The running broadcast, or the recording.</param>
/// <param name="FromMs">Where it begins in the replay; null: with the newest moments of the broadcast.</param>
internal sealed record EdgeClipOrder(Caller Caller, string ClipId, string RoomId, string MediaId, long? FromMs, int Seconds, string? Title);
