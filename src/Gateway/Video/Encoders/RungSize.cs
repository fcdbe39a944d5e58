namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>A lower rung of one broadcast.</summary>
/// <param name="Name">Its place in addresses.</param>
/// <param name="Kilobits">A second, of its picture.</param>
internal sealed record RungSize(string Name, int Width, int Height, int Kilobits)
{
    private static readonly (string Name, int ShortSide, int Kilobits)[] All = [("p480", 480, 1000), ("p240", 240, 350)];

    /// <summary>Names of all lower rungs that there may be.</summary>
    public static IEnumerable<string> Names => All.Select(rung => rung.Name);

    /// <summary>Pixels of one picture.</summary>
    public int Pixels => Width * Height;

    /// <summary>The rungs that are smaller than a source, the larger first; of fewer than there are, the smallest, which every connection carries.</summary>
    public static IReadOnlyList<RungSize> Below(int width, int height, int max)
    {
        var shortSide = Math.Min(width, height);
        return
        [
            .. All.Where(rung => rung.ShortSide < shortSide).TakeLast(max).Select(rung =>
            {
                var longSide = (int)Math.Round((double)Math.Max(width, height) * rung.ShortSide / shortSide / 2) * 2;
                return width >= height
                    ? new RungSize(rung.Name, longSide, rung.ShortSide, rung.Kilobits)
                    : new RungSize(rung.Name, rung.ShortSide, longSide, rung.Kilobits);
            }),
        ];
    }
}
