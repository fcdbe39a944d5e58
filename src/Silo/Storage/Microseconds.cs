namespace LiveCommerce.Silo.Storage;

/// <summary>Times as the tables keep them: whole microseconds since 1970 UTC.</summary>
internal static class Microseconds
{
    /// <summary>A time as a number.</summary>
    public static long Of(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A number as a time.</summary>
    public static DateTimeOffset ToTime(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
