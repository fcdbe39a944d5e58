namespace LiveCommerce.Chaos.Faults;

/// <summary>One fault as it was drawn.</summary>
/// <param name="Aim">Which silo or gateway; taken modulo their number.</param>
/// <param name="AtOwner">Whether the silo is rather the one that owns the room.</param>
/// <param name="Seconds">How long, where that is not given by the kind.</param>
/// <param name="Pause">Quiet before it.</param>
internal sealed record Fault(FaultKind Kind, int Aim, bool AtOwner, double Seconds, TimeSpan Pause);

/// <summary>Draws faults from a seed: every kind once, in a drawn order, and again.</summary>
internal static class FaultPlan
{
    private const double LongestDatabaseOutage = 30;
    private const double LongestCut = 12;
    private const double LongestFreeze = 15;

    public static IEnumerable<Fault> Draw(int seed, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        var first = true;
        while (true)
        {
            var bag = kinds.ToArray();
            random.Shuffle(bag);
            foreach (var kind in bag)
            {
                var seconds = kind switch
                {
                    // The whole 30 s once at least: no silo may be called dead for the database's sake.
                    FaultKind.FreezeDatabase => first ? LongestDatabaseOutage : 3 + (random.NextDouble() * (LongestDatabaseOutage - 3)),
                    FaultKind.StopDatabase => random.NextDouble() * 6,
                    FaultKind.FreezeGateway => 2 + (random.NextDouble() * (LongestFreeze - 2)),
                    _ => 2 + (random.NextDouble() * (LongestCut - 2)),
                };
                yield return new Fault(kind, random.Next(1 << 20), random.Next(2) == 0, seconds, TimeSpan.FromSeconds(1 + (random.NextDouble() * 2)));
            }

            first = false;
        }
    }
}
