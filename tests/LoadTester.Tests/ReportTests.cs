using System.Text.RegularExpressions;
using System.Xml.Linq;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Reports;
using LiveCommerce.LoadTester.Running;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>The report is read as a browser or a screen reader would.</summary>
public sealed partial class ReportTests
{
    private readonly Load _load = Stages.Load();

    [Fact]
    public void Report_IsOneFileWithNothingBesideIt()
    {
        var html = Write();

        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(Outside(), html);
        Assert.Contains("prefers-color-scheme:dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAndDetails_AreTextAndNothingElse()
    {
        var page = Parse(Write(new Check("a <b>check</b>", Kept: true, "5 < 6 & more")));

        Assert.Equal("Test <of> a run", page.Descendants("h1").Single().Value);
        Assert.Contains(page.Descendants("th"), cell => cell.Value == "a <b>check</b>");
        Assert.Empty(page.Descendants("b"));
    }

    [Fact]
    public void FailedCheck_IsNamedAtTheTop_AndFirstInItsTable()
    {
        var page = Parse(Write(new Check("all is well", Kept: true, "yes"), new Check("nobody is lost", Kept: false, "viewer 7 is")));

        Assert.Equal("✗ 1 of 2 checks failed: nobody is lost", page.Descendants("p").First(one => ((string?)one.Attribute("class"))?.Contains("verdict", StringComparison.Ordinal) is true).Value);
        var rows = page.Descendants("table").First(one => (string?)one.Attribute("class") == "words").Descendants("tr").Skip(1).ToList();
        Assert.Equal(["✗ failed", "nobody is lost", "viewer 7 is"], rows[0].Elements().Select(cell => cell.Value));
    }

    [Fact]
    public void EachChart_HasATitleADescriptionAndALegend_AndTheCurvesStandInATable()
    {
        for (var gift = 1; gift <= 40; gift++) { _load.Meter.Gift.Record(gift * 1_000); }
        Points(3);
        var page = Parse(Write());

        var charts = page.Descendants("figure").ToList();
        Assert.Equal(6, charts.Count); // and two more where somebody plays
        foreach (var svg in charts.Select(chart => chart.Element("svg")).OfType<XElement>())
        {
            var labels = ((string)svg.Attribute("aria-labelledby")!).Split(' ');
            Assert.Equal("img", (string?)svg.Attribute("role"));
            Assert.Equal(labels[0], (string?)svg.Element("title")!.Attribute("id"));
            Assert.Equal(labels[1], (string?)svg.Element("desc")!.Attribute("id"));
            Assert.NotEmpty(svg.Element("desc")!.Value);
            Assert.NotEmpty(svg.Elements("path"));
        }

        var numbers = page.Descendants("table").Single(one => (string?)one.Attribute("id") == "numbers");
        Assert.Equal(3, numbers.Element("tbody")!.Elements("tr").Count());
        Assert.Equal(numbers.Element("thead")!.Descendants("th").Count(), numbers.Element("tbody")!.Elements("tr").First().Elements().Count());
        Assert.All(page.Descendants("th"), cell => Assert.NotNull(cell.Attribute("scope")));
        Assert.Single(page.Descendants("main"));
        Assert.Equal("en", (string?)page.Attribute("lang"));
    }

    [Fact]
    public void LongRun_FitsIntoTheTable_AndItsWorstLatencyStays()
    {
        Points(1_000);
        var page = Parse(Write());

        var rows = page.Descendants("table").Single(one => (string?)one.Attribute("id") == "numbers").Element("tbody")!.Elements("tr").ToList();
        Assert.InRange(rows.Count, 100, 240);
        Assert.Contains(rows, row => row.Elements().Any(cell => cell.Value == "777.0"));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.9, 1)]
    [InlineData(1.4, 2)]
    [InlineData(24, 25)]
    [InlineData(420, 500)]
    [InlineData(10_000, 10_000)]
    public void AxisEnds_AtARoundNumber(double value, double end) => Assert.Equal(end, LineChart.Nice(value), precision: 9);

    [Fact]
    public void CurveWithGaps_IsDrawnInPieces()
    {
        var chart = XElement.Parse(LineChart.Draw("x", "Curve", "ms", [new Curve("a", 1, [(1, 5), (2, null), (3, 6), (4, 7)])], [(2, "storm")]));

        Assert.Equal(2, ((string)chart.Element("svg")!.Elements("path").Single().Attribute("d")!).Count(letter => letter == 'M'));
        Assert.Contains("at most 7 at second 4", chart.Descendants("desc").Single().Value, StringComparison.Ordinal);
        Assert.Contains(chart.Descendants("text"), text => text.Value == "storm");
    }

    [Fact]
    public void NothingMeasured_SaysSo() =>
        Assert.Contains("Nothing was measured.", LineChart.Draw("x", "Curve", "ms", [new Curve("a", 1, [(1, null)])], []), StringComparison.Ordinal);

    private void Points(int count)
    {
        var points = (List<SeriesPoint>)_load.Series.Points;
        for (var second = 1; second <= count; second++)
        {
            points.Add(new SeriesPoint(second, second, 10, 2, 1_000, 0, null, 4, second == 500 ? 777 : 5, 6, 7, 0.1, 50_000_000));
        }
    }

    private string Write(params Check[] checks) =>
        HtmlReport.Write(new LoadResult(_load, checks.Length > 0 ? checks : [new Check("one", Kept: true, "it is")], 10, StartedAt: 1), DateTimeOffset.UnixEpoch);

    // What we write is well-formed but for the few tags that HTML never closes.
    private static XElement Parse(string html) => XElement.Parse(Unclosed().Replace(html["<!doctype html>".Length..].Trim(), "<${tag}/>"));

    [GeneratedRegex("""(?:src|href)\s*=|url\(|@import|https?://(?!127\.0\.0\.1:9|www\.w3\.org)""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Outside();

    [GeneratedRegex("<(?<tag>meta [^>]*[^/])>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unclosed();
}
