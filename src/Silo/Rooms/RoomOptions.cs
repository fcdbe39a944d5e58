using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What a room shows. Section <c>Rooms</c>.</summary>
public sealed class RoomOptions
{
    /// <summary>Chat messages that a room shows in a second on average: more nobody can read. The rest is kept for moderation, and counted.</summary>
    [Range(1, 1_000_000)]
    public int ChatShownPerSecond { get; set; } = 30;
}

[OptionsValidator]
internal sealed partial class RoomOptionsValidator : IValidateOptions<RoomOptions>;
