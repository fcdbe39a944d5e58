using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Recordings;

namespace LiveCommerce.Silo.Recordings;

/// <summary>What may be chosen.</summary>
internal static class RecordingRules
{
    public static Refusal BadAudience() => new(RefusalCode.Malformed, "A recording, as a clip, is public or private. Choose one of them.");

    public static Refusal BadDays() => new(
        RefusalCode.KeepNotAllowed, $"A recording is kept for 1 to {RecordingLimits.KeepDaysMax} days, or until it is deleted. Choose a number between.");
}
