using System.Xml.Linq;

namespace LiveCommerce.Repository.Tests;

/// <summary>References go one way (docs/architecture.md).</summary>
public sealed class ReferencesTests
{
    /// <summary>Which projects each project may reference.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Actors"] = [],
        ["Media"] = [],
        ["StripeSandbox"] = [],
        ["Contracts"] = ["Actors"],
        ["Silo"] = ["Contracts", "Actors"],
        ["Gateway"] = ["Contracts", "Actors", "Media"],
        ["LoadTester"] = ["Contracts"],
        ["Host"] = ["Contracts", "Actors", "Media", "Silo", "Gateway", "StripeSandbox"],
    };

    public static TheoryData<string> Projects() =>
        [.. Directory.EnumerateFiles(Path.Combine(Tree.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(Tree.Relative)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatItsLayerMay(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(Allowed.ContainsKey(name), $"{project} is new: give it a place in the architecture and in this test.");

        var references = XDocument.Load(Path.Combine(Tree.Root, project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Empty(references.Except(Allowed[name], StringComparer.Ordinal));
    }
}
