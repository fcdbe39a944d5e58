using System.Text.RegularExpressions;

namespace LiveCommerce.Repository.Tests;

/// <summary>Documents point at things that exist.</summary>
public sealed partial class DocumentsTests
{
    public static TheoryData<string> Documents() =>
        [.. Directory.EnumerateFiles(Tree.Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Tree.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(Tree.Relative)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_LeadToFiles(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Tree.Root, document))!;
        var broken = Link().Matches(File.ReadAllText(Path.Combine(Tree.Root, document)))
            .Select(match => match.Groups["target"].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));

        Assert.Empty(broken);
    }

    [Fact]
    public void WireProtocol_NamesEveryRefusal()
    {
        var protocol = File.ReadAllText(Path.Combine(Tree.Root, "docs/wire-protocol.md"));
        var codes = Code().Matches(File.ReadAllText(Path.Combine(Tree.Root, "src/Contracts/RefusalCode.cs")));

        Assert.NotEmpty(codes);
        Assert.DoesNotContain(
            codes.Select(code => $"{code.Groups["number"].Value} `{Snake(code.Groups["name"].Value)}`"),
            line => !protocol.Contains(line, StringComparison.Ordinal));
    }

    private static string Snake(string pascal) =>
        Capital().Replace(pascal, "_$0").TrimStart('_').ToLowerInvariant();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^\s*(?<name>[A-Z]\w+) = (?<number>\d{4}),", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex("[A-Z]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Capital();
}
