namespace LiveCommerce.Benchmarks.Player;

/// <summary>What the page noted: when each frame began, in milliseconds, and how much decoration it had.</summary>
internal sealed class Watched
{
    public double[] Frames { get; set; } = [];

    public int[] Levels { get; set; } = [];

    public int Nodes { get; set; }
}

/// <summary>How smooth a page was.</summary>
/// <param name="LeastFps">Frames in the worst whole second.</param>
/// <param name="MedianFps">Frames in the middle one of the seconds.</param>
/// <param name="LongFrames">Frames that took longer than <see cref="LongMs"/>.</param>
/// <param name="P99">99 of 100 frames took at most this, in milliseconds.</param>
/// <param name="Levels">Of effects: 0 is all of them.</param>
internal sealed record Smoothness(double LeastFps, double MedianFps, int LongFrames, double P99, int[] Levels, int Nodes)
{
    /// <summary>A frame of such a length is seen as a stop, in milliseconds.</summary>
    public const double LongMs = 50;

    public static Smoothness Of(Watched watched)
    {
        var frames = watched.Frames;
        double[] lengths = [.. frames.Skip(1).Zip(frames, (next, before) => next - before).Order()];
        var seconds = (int)((frames[^1] - frames[0]) / 1_000);
        List<double> each = [.. Enumerable.Range(0, seconds).Select(second => (double)frames.Count(frame => (int)((frame - frames[0]) / 1_000) == second))];
        return new Smoothness(
            each.Min(), Figures.Median(each), lengths.Count(length => length > LongMs), lengths[(int)((lengths.Length - 1) * 0.99)], watched.Levels, watched.Nodes);
    }

    public override string ToString() => System.FormattableString.Invariant(
        $"least {LeastFps:0}, median {MedianFps:0} fps, {LongFrames} long, p99 {P99:0} ms, effects {string.Join('/', Levels.Order())}, {Nodes} nodes");
}
