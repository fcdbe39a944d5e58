using System.Text.RegularExpressions;

namespace LiveCommerce.Repository.Tests;

/// <summary>No container engine runs the tests, so what the container files name is checked against the checkout.</summary>
public sealed partial class ContainersTests
{
    private static readonly string[] Naming = ["docker/Dockerfile", "docker/compose.yaml", "docs/runbook.md"];

    [Fact]
    public void WhatTheImageCopies_IsThere()
    {
        var copied = Copy().Matches(Read("docker/Dockerfile"))
            .SelectMany(line => line.Groups["sources"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToList();

        Assert.NotEmpty(copied);
        Assert.DoesNotContain(copied, source => !Path.Exists(Path.Combine(Tree.Root, source)));
    }

    [Fact]
    public void SettingsInContainersAndDocuments_Exist()
    {
        var code = string.Join('\n', Tree.CSharpFiles("src").Select(File.ReadAllText));
        var named = Naming
            .SelectMany(file => Setting().Matches(Read(file)))
            .Select(match => (Section: match.Groups["section"].Value, Key: match.Groups["key"].Value))
            .ToHashSet();

        Assert.True(named.Count >= 3);
        Assert.DoesNotContain(named, setting =>
            !code.Contains($"BindConfiguration(\"{setting.Section}\"", StringComparison.Ordinal)
            || !code.Contains($" {setting.Key} {{ get;", StringComparison.Ordinal));
    }

    [Fact]
    public void CommandsOfTheImage_Exist()
    {
        var dockerfile = Read("docker/Dockerfile");
        var commands = string.Join('\n', Tree.CSharpFiles("src/Host").Select(File.ReadAllText));
        var named = Command().Matches(dockerfile).Select(match => match.Groups["command"].Value).ToList();

        Assert.Equal(["health", "run"], named.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(named, command => !commands.Contains($"new Command(\"{command}\"", StringComparison.Ordinal));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Tree.Root, file));

    [GeneratedRegex(@"^COPY (?!--)(?<sources>.+) \S+$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Copy();

    [GeneratedRegex("LIVECOMMERCE__(?<section>[A-Za-z]+)__(?<key>[A-Za-z]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Setting();

    [GeneratedRegex("\"livecommerce.dll\", \"(?<command>[a-z]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}
