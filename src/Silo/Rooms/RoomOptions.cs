using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What a room shows, and how long it waits for its publisher. Section <c>Rooms</c>.</summary>
public sealed class RoomOptions
{
    /// <summary>Chat messages that a room shows in a second on average: more nobody can read. The rest is kept for moderation, and counted.</summary>
    [Range(1, 1_000_000)]
    public int ChatShownPerSecond { get; set; } = 30;

    /// <summary>Seconds for which a publisher's gateway may say nothing before its broadcast counts as interrupted; it speaks every Video:ReportSeconds.</summary>
    [Range(2.0, 300.0)]
    public double SilentSeconds { get; set; } = 5;

    /// <summary>Seconds that an interrupted broadcast waits for its publisher. Its gateway has Video:GraceSeconds: the shorter of both holds.</summary>
    [Range(1.0, 3600.0)]
    public double GraceSeconds { get; set; } = 15;
}

[OptionsValidator]
internal sealed partial class RoomOptionsValidator : IValidateOptions<RoomOptions>;
