using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>The page that a Prometheus server reads, of the real executable.</summary>
public sealed partial class MetricsTests
{
    private const string Key = "a-key-for-the-collector";

    [Fact]
    public async Task ThisMachineReadsWhatTheProductCounts_AndAProxysCallerDoesNot()
    {
        await using var stage = await Stage.StartAsync();
        using var http = new HttpClient { BaseAddress = stage.Product.Address };

        using var answer = await http.GetAsync("/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync();

        var samples = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToList();
        Assert.All(samples, line => Assert.Matches(Sample(), line));
        Assert.Equal(samples.Count, samples.Select(line => line[..line.LastIndexOf(' ')]).Distinct().Count());
        Assert.True(Value(samples, "livecommerce_actors_activations{grain=\"Room\"}") >= 1);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", text, StringComparison.Ordinal);
        HistogramsAddUp(samples);

        using var forwarded = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        forwarded.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var refused = await http.SendAsync(forwarded);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task WithAKey_OnlyTheKeyOpensThePage()
    {
        await using var stage = await Stage.StartAsync("Sqlite", ("Telemetry__MetricsKey", Key));
        using var http = new HttpClient { BaseAddress = stage.Product.Address };

        using var without = await http.GetAsync("/metrics");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var with = await http.GetAsync("/metrics");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (without.StatusCode, with.StatusCode));
    }

    private static void HistogramsAddUp(List<string> samples)
    {
        var buckets = samples.Where(line => line.Contains("_bucket{", StringComparison.Ordinal))
            .GroupBy(line => line[..line.IndexOf("le=", StringComparison.Ordinal)].TrimEnd(',', '{')).ToList();
        Assert.NotEmpty(buckets);
        foreach (var histogram in buckets)
        {
            var counts = histogram.Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(counts.Order(), counts);
            var name = histogram.Key.Replace("_bucket", "_count", StringComparison.Ordinal);
            Assert.Equal(counts[^1], Value(samples, name.Contains('{', StringComparison.Ordinal) ? $"{name}}}" : name));
        }
    }

    private static double Value(List<string> samples, string series) =>
        double.Parse(Assert.Single(samples, line => line.StartsWith($"{series} ", StringComparison.Ordinal))[(series.Length + 1)..], CultureInfo.InvariantCulture);

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^"\\])*"(,[a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^"\\])*")*\})? (-?[0-9.]+(E[+-]?[0-9]+)?|[+-]Inf|NaN)$""")]
    private static partial Regex Sample();
}
