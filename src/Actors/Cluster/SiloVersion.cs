using System.Globalization;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Cluster;

/// <summary>What a silo's row says of its version: <c>protocol.contracts</c>. Both decide beside whom it may be alive.</summary>
public static class SiloVersion
{
    /// <summary>Of a silo of this program that speaks these contracts.</summary>
    public static string Of(int contracts) => string.Create(CultureInfo.InvariantCulture, $"{LinkHello.Current}.{contracts}");

    /// <summary>Null when a silo of this program may join where another is alive, else the sentence that says what to do.</summary>
    /// <param name="joining">The version of the one that joins.</param>
    /// <param name="alive">The version of the other.</param>
    public static string? ProblemOf(string joining, string alive)
    {
        var (protocol, contracts) = Parse(alive);
        var (ownProtocol, ownContracts) = Parse(joining);
        return protocol < LinkHello.Oldest
            ? $"A silo of an older version ({alive}) is alive in this cluster, and this one ({joining}) does not work beside it: {LinkHello.StopAll}."
        : !LinkContracts.AreNeighbours(ownProtocol, protocol) || !LinkContracts.AreNeighbours(ownContracts, contracts)
            ? $"A silo with another version is alive in this cluster: it speaks {alive} (links, contracts), and this process {joining}. "
                + "Only neighbouring versions work together: go through those between them one after another, or stop the others first."
        : null;
    }

    // The version before links had a number wrote that of the program, which was below 1 then.
    private static (int Protocol, int Contracts) Parse(string version)
    {
        var parts = version.Split('.');
        return (NumberAt(0), NumberAt(1));

        int NumberAt(int place) => place < parts.Length && int.TryParse(parts[place], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
