using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LiveCommerce.Benchmarks;

/// <summary>A measured value.</summary>
/// <param name="Goal">At most this, or at least when <paramref name="AtLeast"/>; null: for orientation.</param>
/// <param name="Rounds">Every single measurement, in order.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? Goal, IReadOnlyList<double> Rounds, bool AtLeast = false)
{
    /// <summary>Null without a goal.</summary>
    public bool? Met => Goal is not { } goal ? null : AtLeast ? Value >= goal : Value <= goal;
}

/// <summary>What a bench found: shown at its end, one line a figure, and written as JSON.</summary>
internal sealed class Figures(string bench)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private const string LoadFile = "/proc/loadavg";
    private readonly List<Figure> _figures = [];

    /// <summary>What was added so far.</summary>
    public IReadOnlyList<Figure> All => _figures;

    /// <summary>Adds the median of several rounds; the goal is at most.</summary>
    public void Add(string name, IReadOnlyList<double> rounds, string unit, double? goal = null) =>
        _figures.Add(new Figure($"{bench}.{name}", Median(rounds), unit, goal, rounds));

    /// <summary>As <see cref="Add"/>; the goal is at least.</summary>
    public void AddAtLeast(string name, IReadOnlyList<double> rounds, string unit, double goal) =>
        _figures.Add(new Figure($"{bench}.{name}", Median(rounds), unit, goal, rounds, AtLeast: true));

    /// <summary>The middle one, or between the two in the middle.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Goals, then the figures, ratios first; and artifacts/bench/NAME.json.</summary>
    public async Task WriteAsync()
    {
        Console.WriteLine();
        foreach (var figure in _figures)
        {
            var goal = figure.Goal is { } value ? $"goal {(figure.AtLeast ? "at least " : "")}{Text(value)}" : "no goal";
            var verdict = figure.Met switch { true => $"{goal} met", false => $"{goal} NOT met", null => goal };
            Console.WriteLine($"{figure.Name}: {Text(figure.Value)} {figure.Unit}, {verdict} (rounds: {string.Join(", ", figure.Rounds.Select(Text))})");
        }

        var folder = Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts/bench")).FullName;
        var load = File.Exists(LoadFile) ? (await File.ReadAllTextAsync(LoadFile)).Trim() : null;
        var machine = new { Environment.ProcessorCount, Os = RuntimeInformation.OSDescription, Runtime = RuntimeInformation.FrameworkDescription, Load = load };
        await File.WriteAllTextAsync(
            Path.Combine(folder, $"{bench}.json"),
            JsonSerializer.Serialize(new { Bench = bench, At = TimeProvider.System.GetUtcNow(), Machine = machine, Figures = _figures }, Json));

        Console.WriteLine();
        foreach (var figure in _figures.OrderBy(figure => figure.Unit == "ratio" ? 0 : 1))
        {
            Console.WriteLine($"figure {figure.Name} {Text(figure.Value)} {figure.Unit}");
        }
    }

    /// <summary>As figures are written.</summary>
    public static string Text(double value) => value.ToString(Math.Abs(value) < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}

/// <summary>Places in the checkout.</summary>
internal static class Checkout
{
    /// <summary>The folder with LiveCommerce.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built player.</summary>
    public static string Player => Path.Combine(Root, "src/WebPlayer/dist");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LiveCommerce.sln"))) { return folder.FullName; }
        }

        throw new InvalidOperationException("No LiveCommerce.sln above the program's folder.");
    }
}
