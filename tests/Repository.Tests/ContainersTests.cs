using System.Text.RegularExpressions;

namespace LiveCommerce.Repository.Tests;

/// <summary>No container engine runs the tests, so what the container files name is checked against the checkout.</summary>
public sealed partial class ContainersTests
{
    private static readonly string[] Naming = ["docker/Dockerfile", "docker/compose.yaml", "docker/check.sh", "docs/runbook.md"];

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
    public void CommandsOfContainers_Exist()
    {
        var commands = string.Join('\n', Tree.CSharpFiles("src/Host").Select(File.ReadAllText));
        var named = Command().Matches(Read("docker/Dockerfile") + Read("docker/compose.yaml")).Select(match => match.Groups["command"].Value).Distinct(StringComparer.Ordinal);
        var options = Option().Matches(Read("docker/Dockerfile") + Read("docker/compose.yaml")).Select(match => match.Groups["option"].Value).Distinct(StringComparer.Ordinal);

        Assert.Equal(["health", "run", "sandbox"], named.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(named, command => !commands.Contains($"new Command(\"{command}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(options, option => !commands.Contains($"(\"{option}\")", StringComparison.Ordinal));
    }

    [Fact]
    public void TheImage_RunsWithoutRights_AndSaysHowItIs()
    {
        var last = Read("docker/Dockerfile").Split("\nFROM ")[^1];

        Assert.Matches(User(), last);
        Assert.Contains("\nHEALTHCHECK ", last, StringComparison.Ordinal);
        Assert.Contains("\nENTRYPOINT [", last, StringComparison.Ordinal);
        Assert.DoesNotContain("USER root", last, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_HasEveryPart_OpensNothingToTheNetwork_AndKeepsNoSecret()
    {
        var compose = Read("docker/compose.yaml");
        var services = compose[compose.IndexOf("\nservices:", StringComparison.Ordinal)..compose.IndexOf("\nnetworks:", StringComparison.Ordinal)];
        var names = Service().Matches(services).Select(match => match.Groups["name"].Value).ToList();

        Assert.Equal(
            ["balancer", "database", "gateway-1", "gateway-2", "grafana", "prometheus", "sandbox", "silo-1", "silo-2"], names.Order(StringComparer.Ordinal));
        Assert.All(Port().Matches(compose), port => Assert.StartsWith("127.0.0.1:", port.Groups["port"].Value, StringComparison.Ordinal));
        Assert.Contains("read_only: true", compose, StringComparison.Ordinal);
        Assert.DoesNotContain("privileged: true", compose, StringComparison.Ordinal);

        // Every secret comes from outside, and a start without it names it.
        Assert.All(Secret().Matches(compose), secret => Assert.Contains($"${{{secret.Groups["name"].Value}:?", compose, StringComparison.Ordinal));
        Assert.Equal(4, Secret().Matches(compose).Select(secret => secret.Groups["name"].Value).Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotMatch(BareSecret(), compose);
    }

    [Fact]
    public void WhatComposeMounts_IsThere_AndTheBalancerKnowsEveryGateway()
    {
        var mounted = Mount().Matches(Read("docker/compose.yaml")).Select(match => match.Groups["file"].Value).ToList();

        Assert.NotEmpty(mounted);
        Assert.DoesNotContain(mounted, file => !Path.Exists(Path.Combine(Tree.Root, "docker", file)));
        var (balancer, prometheus) = (Read("docker/nginx.conf"), Read("docker/dashboards/prometheus.yml"));
        foreach (var gateway in (string[])["gateway-1:8080", "gateway-2:8080"])
        {
            Assert.Contains($"server {gateway} ", balancer, StringComparison.Ordinal);
            Assert.Contains(gateway, prometheus, StringComparison.Ordinal);
        }
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Tree.Root, file));

    [GeneratedRegex(@"^COPY (?!--)(?<sources>.+) \S+$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Copy();

    [GeneratedRegex("LIVECOMMERCE__(?<section>[A-Za-z]+)__(?<key>[A-Za-z]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Setting();

    [GeneratedRegex("(CMD |command: |\"livecommerce.dll\", )\\[?\"(?<command>(?!dotnet|postgres)[a-z]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();

    [GeneratedRegex("\"(?<option>--[a-z-]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Option();

    [GeneratedRegex("^USER app$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex User();

    [GeneratedRegex("^  (?<name>[a-z0-9-]+):$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Service();

    [GeneratedRegex("^      - \"(?<port>[0-9.:]+)\"$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Port();

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();

    [GeneratedRegex(@"(PASSWORD|Password|Secret|SECRET)[A-Za-z_]*(: |=)""?(?!\$\{)[A-Za-z0-9]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BareSecret();

    [GeneratedRegex(@"^      - \./(?<file>[^:]+):", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mount();
}
