namespace LiveCommerce.Benchmarks.Video;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Of processor time and of reloads.</param>
/// <param name="Seconds">Of one measurement of processor time or reloads.</param>
/// <param name="GlassRounds">Openings of each way to the picture.</param>
/// <param name="GlassSeconds">Readings of one opening.</param>
/// <param name="Openings">Of a room, to the first picture; and half as many times live.</param>
/// <param name="Waiting">Viewers whose memory is measured.</param>
/// <param name="FirstWarmUpSeconds">Before processor time of a server is measured for the first time: a server that has just begun spends most of its time compiling.</param>
internal sealed record VideoPlan(int Rounds, double Seconds, int GlassRounds, double GlassSeconds, int Openings, int Waiting, double FirstWarmUpSeconds)
{
    public static VideoPlan Full { get; } = new(Rounds: 3, Seconds: 30, GlassRounds: 3, GlassSeconds: 20, Openings: 7, Waiting: 5_000, FirstWarmUpSeconds: 40);

    /// <summary>To see that everything runs, in less than three minutes.</summary>
    public static VideoPlan Quick { get; } = new(Rounds: 1, Seconds: 8, GlassRounds: 1, GlassSeconds: 5, Openings: 2, Waiting: 2_000, FirstWarmUpSeconds: 10);

    /// <summary>Viewers that are served while processor time is measured.</summary>
    public const int Viewers = 100;

    /// <summary>Viewers that reload a playlist with every part: three a second each.</summary>
    public const int Reloaders = 2_000;

    /// <summary>What is measured; null: all of <c>reloads</c>, <c>cpu</c>, <c>glass</c> and <c>ladder</c>.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    public bool Has(string part) => Only?.Contains(part, StringComparer.Ordinal) ?? true;

    /// <summary>The shorter part of what a ladder costs: viewers over LL-HLS alone.</summary>
    public bool IsQuick => Rounds == 1;

    /// <summary>Before each measurement: code is compiled while it runs.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
}
