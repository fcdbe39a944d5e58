using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;

namespace LiveCommerce.Repository.Tests;

/// <summary>
/// Processes of two neighbouring releases work together while a cluster is rolled: what was released may be added to, not changed.
/// </summary>
public sealed class ContractsTests
{
    private const string Head = "# What processes of the released program say to one another. Written by ./dev contracts; never by hand.";

    private static readonly string Released = Path.Combine(Tree.Root, "docs/contracts.txt");

    [Fact]
    public void ReleasedContracts_AreKept()
    {
        var now = ContractBook.Of(typeof(ContractsVersion).Assembly, LinkJson.Plain);
        var lines = File.Exists(Released) ? File.ReadAllLines(Released) : [];
        var record = Environment.GetEnvironmentVariable("LIVECOMMERCE_RECORD_CONTRACTS");
        var breaks = record == "anew" ? [] : now.BreaksOf(lines);

        Assert.True(breaks.Count == 0, string.Join('\n', breaks));
        if (!string.IsNullOrEmpty(record))
        {
            File.WriteAllLines(Released, [Head, $"# contracts {ContractsVersion.Current}", .. now.Lines]);
            return;
        }

        // Two apart refuse each other, so a release may be one above the one before it, and no more.
        var released = int.Parse(lines[1].Split(' ')[^1]);
        Assert.InRange(ContractsVersion.Current, released, released + 1);
        Assert.True(
            ContractsVersion.Current == released + 1 || now.IsSame(lines),
            $"The contracts are not those of release {released} any more, and say that they are: let ContractsVersion.Current be {released + 1}, once until the next "
            + "release, so that processes two releases apart refuse each other. When that is released, ./dev contracts records it.");
        Assert.True(now.Lines.Count() > 1000, "The contracts are read from the assembly.");
    }
}
