using System.Globalization;
using LiveCommerce.Chaos.Faults;

namespace LiveCommerce.Chaos;

/// <summary>What a run of the suite is asked to do.</summary>
internal sealed record ChaosOptions
{
    /// <summary>This program, as another process.</summary>
    public const string Self = "LiveCommerce.Chaos.dll";

    /// <summary>Makes this program a silo with the suite's own grain store.</summary>
    public const string HostArgument = "host";

    public const string Checked = "checked";

    public const string Unchecked = "unchecked";

    private const int SeedsMax = 1_000_000;

    /// <summary>Everything that is drawn comes from it.</summary>
    public int Seed { get; init; }

    /// <summary>No new fault begins after this.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Ends after so many faults; null: only by <see cref="Length"/>.</summary>
    public int? Rounds { get; init; }

    /// <summary>What may happen.</summary>
    public IReadOnlyList<FaultKind> Faults { get; init; } = Enum.GetValues<FaultKind>();

    public int Silos { get; init; } = 3;

    public int Gateways { get; init; } = 2;

    /// <summary>Relays instead of namespaces, even as root.</summary>
    public bool WithRelays { get; init; }

    /// <summary>The silos store without asking for the epoch, and the suite expects itself to find it.</summary>
    public bool WithoutEpochCheck { get; init; }

    /// <summary>Times are printed and not judged: on a machine that does other things as well they say nothing.</summary>
    public bool WithoutTimes { get; init; }

    /// <summary>Whether a silo is of the suite's own host, which can stop in front of a write.</summary>
    public bool UsesOwnHost => Faults.Contains(FaultKind.FreezeBeforeWrite);

    /// <summary>The folder with LiveCommerce.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>How to run the same again.</summary>
    public string Again => string.Join(' ', new[]
    {
        "./dev chaos", $"--seed {Text(Seed)}",
        Rounds is { } rounds ? $"--rounds {Text(rounds)}" : $"--minutes {Length.TotalMinutes.ToString(CultureInfo.InvariantCulture)}",
        Faults.Count < Enum.GetValues<FaultKind>().Length && !WithoutEpochCheck ? $"--faults {string.Join(',', Faults.Select(FaultNames.Of))}" : "",
        Silos != 3 && !WithoutEpochCheck ? $"--silos {Text(Silos)}" : "", Gateways != 2 && !WithoutEpochCheck ? $"--gateways {Text(Gateways)}" : "",
        WithRelays ? "--relays" : "", WithoutTimes ? "--without-times" : "", WithoutEpochCheck ? "--without-epoch-check" : "",
    }.Where(part => part.Length > 0));

    /// <summary>Reads the command line.</summary>
    /// <returns>Null, and what is wrong with it.</returns>
    public static (ChaosOptions? Options, string? Problem) Parse(IReadOnlyList<string> arguments)
    {
        var options = new ChaosOptions { Seed = Random.Shared.Next(SeedsMax) };
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--without-epoch-check":
                    options = options with { WithoutEpochCheck = true };
                    continue;
                case "--without-times":
                    options = options with { WithoutTimes = true };
                    continue;
                case "--relays":
                    options = options with { WithRelays = true };
                    continue;
                case "--seed" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    options = options with { Seed = seed };
                    break;
                case "--minutes" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes):
                    options = options with { Length = TimeSpan.FromMinutes(minutes) };
                    break;
                case "--rounds" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds):
                    options = options with { Rounds = rounds, Length = TimeSpan.FromDays(1) };
                    break;
                case "--silos" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var silos) && silos is >= 2 and <= 8:
                    options = options with { Silos = silos };
                    break;
                case "--gateways" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var gateways) && gateways is >= 1 and <= 8:
                    options = options with { Gateways = gateways };
                    break;
                case "--faults":
                    var faults = value.Split(',').Select(FaultNames.Find).ToList();
                    if (faults.Contains(null)) { return (null, $"--faults {value}: known are {string.Join(", ", FaultNames.All)}."); }
                    options = options with { Faults = [.. faults.Select(fault => fault!.Value)] };
                    break;
                default:
                    return (null, $"{arguments[i]} {value}: not understood.");
            }

            i++;
        }

        return (options.WithoutEpochCheck ? options with { Faults = [FaultKind.FreezeBeforeWrite], Rounds = 1, Silos = 2, Gateways = 1, Length = TimeSpan.FromDays(1) } : options, null);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LiveCommerce.sln"))) { return folder.FullName; }
        }

        throw new InvalidOperationException("No LiveCommerce.sln above the program's folder.");
    }
}
