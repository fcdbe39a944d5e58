using System.Globalization;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Times as version 2 of the API writes them.</summary>
internal static class Moments
{
    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
