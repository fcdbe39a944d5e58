using System.ComponentModel.DataAnnotations;

namespace LiveCommerce.Gateway.Video.Passes;

/// <summary>Passes into private rooms. Section <c>Video:Passes</c>. While rooms answer, a pass ends with its account's admission whatever its life.</summary>
internal sealed class PassOptions
{
    /// <summary>Seconds that a pass lasts; players ask for the next one in the middle of it.</summary>
    [Range(15, 3_600)]
    public int LifeSeconds { get; set; } = 120;

    /// <summary>Seconds that a pass lasts for players that cannot ask for another.</summary>
    [Range(60, 86_400)]
    public int PlainLifeSeconds { get; set; } = 14_400;
}
