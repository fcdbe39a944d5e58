using System.Text.RegularExpressions;

namespace LiveCommerce.Repository.Tests;

/// <summary>Cheap rules about the code that a compiler does not know.</summary>
public sealed partial class CodeRulesTests
{
    private const int LinesMax = 450;

    [Fact]
    public void Time_ComesFromTimeProvider() =>
        AssertNowhere("src", WallClock(), "ask the TimeProvider");

    [Fact]
    public void Tests_DoNotSleep() =>
        AssertNowhere("tests", Sleep(), "wait for the event instead");

    [Fact]
    public void Nobody_BlocksOnATask() =>
        AssertNowhere("src", Blocking(), "await it");

    [Fact]
    public void Nobody_IsAsyncVoid() =>
        AssertNowhere("src", AsyncVoid(), "return a task");

    [Fact]
    public void FilesOfOneConcept_AreNotHuge() =>
        Assert.DoesNotContain(
            Tree.CSharpFiles("src").Concat(Tree.CSharpFiles("tests")).Select(file => (File: Tree.Relative(file), Lines: File.ReadLines(file).Count())),
            file => file.Lines > LinesMax);

    [Fact]
    public void LogEventIds_AreUnique()
    {
        var ids = Tree.CSharpFiles("src")
            .SelectMany(file => EventId().Matches(File.ReadAllText(file)).Select(match => (Id: match.Groups["number"].Value, File: Tree.Relative(file))))
            .ToList();

        Assert.NotEmpty(ids);
        Assert.Empty(ids.GroupBy(line => line.Id).Where(group => group.Count() > 1).Select(group => string.Join(", ", group)));
    }

    [Fact]
    public void RefusalNumbers_AreUnique()
    {
        var numbers = RefusalNumber().Matches(File.ReadAllText(Path.Combine(Tree.Root, "src/Contracts/RefusalCode.cs")))
            .Select(match => match.Groups["number"].Value).ToList();

        Assert.True(numbers.Count > 40);
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
    }

    private static void AssertNowhere(string under, Regex pattern, string instead)
    {
        var lines = Tree.CSharpFiles(under)
            .Where(file => !file.EndsWith(nameof(CodeRulesTests) + ".cs", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file).Select((text, index) => (Text: text, Where: $"{Tree.Relative(file)}:{index + 1}")))
            .Where(line => !line.Text.TrimStart().StartsWith("//", StringComparison.Ordinal) && pattern.IsMatch(line.Text))
            .Select(line => $"{line.Where}: {line.Text.Trim()} ({instead})");

        Assert.Empty(lines);
    }

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WallClock();

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\(\s*(\d|TimeSpan)[^,]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\.GetAwaiter\(\)\.GetResult\(\)|\.Wait\(\)|Task\.Result\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocking();

    [GeneratedRegex(@"\basync void\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AsyncVoid();

    [GeneratedRegex(@"EventId = (?<number>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EventId();

    [GeneratedRegex(@"= (?<number>\d{4}),", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RefusalNumber();
}
