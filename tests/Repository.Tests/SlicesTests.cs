using System.Text.RegularExpressions;

namespace LiveCommerce.Repository.Tests;

/// <summary>A slice reaches another through Contracts. The few that reach one directly inside a project stand here, and no more join them.</summary>
public sealed partial class SlicesTests
{
    private static readonly string[] Slices =
        ["Accounts", "Agencies", "Battles", "Gifts", "Ledger", "Limits", "Moderation", "Operations", "Payments", "Payouts", "Pictures", "Recordings", "RedPackets", "Rooms", "Shop", "Statements", "Video", "Wallet"];

    /// <summary>Who knows whom; docs/architecture.md says why. Accounts in the gateway are everybody's: who is asking.</summary>
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "Silo: Gifts -> Payments",
        "Silo: Rooms -> Gifts",
        "Silo: Rooms -> Moderation",
        "Silo: Rooms -> Recordings",
        "Silo: Recordings -> Moderation",
        "Silo: Recordings -> Payments",
        "Silo: Payouts -> Payments",
        "Silo: Shop -> Payments",
        "Silo: Battles -> Payments",
        "Silo: RedPackets -> Payments",
        "Silo: RedPackets -> Rooms",
        "Gateway: Accounts -> Rooms",
        "Gateway: Gifts -> Rooms",
        "Gateway: Payouts -> Rooms",
        "Gateway: RedPackets -> Rooms",
        "Gateway: Shop -> Rooms",
        "Gateway: Wallet -> Rooms",
        "Gateway: Payments -> Rooms",
        "Gateway: Video -> Rooms",
        "Gateway: Video -> Pictures",
        "Gateway: Pictures -> Video",
    };

    [Theory]
    [InlineData("Silo")]
    [InlineData("Gateway")]
    public void Slice_ReachesOnlyTheSlicesItIsKnownToReach(string project)
    {
        var reached = Slices
            .Where(slice => Directory.Exists(Path.Combine(Tree.Root, "src", project, slice)))
            .SelectMany(slice => Tree.CSharpFiles($"src/{project}/{slice}")
                .SelectMany(file => Using().Matches(File.ReadAllText(file)))
                .Where(match => match.Groups["project"].Value == project)
                .Select(match => match.Groups["slice"].Value)
                .Where(other => other != slice && Slices.Contains(other, StringComparer.Ordinal) && !(project == "Gateway" && other == "Accounts"))
                .Select(other => $"{project}: {slice} -> {other}"))
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(reached);
        Assert.Empty(reached.Except(Allowed, StringComparer.Ordinal));

        // What is no longer reached leaves the list, so that it cannot come back unnoticed.
        Assert.Empty(Allowed.Where(pair => pair.StartsWith(project, StringComparison.Ordinal)).Except(reached, StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^using LiveCommerce\.(?<project>Silo|Gateway)\.(?<slice>\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Using();
}
