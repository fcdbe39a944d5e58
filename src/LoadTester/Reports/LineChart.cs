using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace LiveCommerce.LoadTester.Reports;

/// <summary>One curve. Points without a value are gaps.</summary>
/// <param name="Style">1 to 4: its colour and its dashes, so that nobody needs to tell colours apart.</param>
internal sealed record Curve(string Name, int Style, IReadOnlyList<(double X, double? Y)> Points);

/// <summary>Draws curves over time as an SVG that stands in the page: no script, no file beside it.</summary>
internal static class LineChart
{
    private const double Width = 720;
    private const double Height = 250;
    private const double Left = 84;
    private const double Right = 16;
    private const double Top = 14;
    private const double Bottom = 34;
    private const int TicksX = 8;

    /// <summary>The figure with its caption and legend.</summary>
    /// <param name="id">Unique in the page.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="unit">Of the values, for the axis.</param>
    /// <param name="marks">Seconds that something happened at, and what.</param>
    public static string Draw(string id, string title, string unit, IReadOnlyList<Curve> curves, IReadOnlyList<(double Second, string What)> marks)
    {
        var lastX = curves.SelectMany(curve => curve.Points).Select(point => point.X).DefaultIfEmpty(0).Max();
        var values = curves.SelectMany(curve => curve.Points).Where(point => point.Y is not null).ToList();
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<figure class=\"chart\" id=\"{id}\"><figcaption>{Text(title)} <span class=\"unit\">{Text(unit)}</span></figcaption>");
        if (values.Count == 0) { return html.Append("<p class=\"none\">Nothing was measured.</p></figure>").ToString(); }

        // A chart of messages alone has no legend of gifts.
        curves = [.. curves.Where(curve => curve.Points.Any(point => point.Y is not null))];

        // All charts of a page end where the run does, also those of which nothing was measured by then.
        var (endX, topY) = (Math.Max(1, lastX), Nice(values.Max(point => point.Y!.Value)));
        html.Append(CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{Text(title)}</title><desc id=\"{id}-desc\">{Text(Describe(curves, unit))}</desc>");
        var steps = Steps(topY);
        for (var tick = 0; tick <= steps; tick++)
        {
            var value = topY * tick / steps;
            var y = Y(value, topY);
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Tick(value, topY)}</text>");
        }

        var step = Math.Max(1, Nice(endX / TicksX));
        for (double second = 0; second <= endX; second += step)
        {
            html.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{X(second, endX):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{second:0.#} s</text>");
        }

        foreach (var (second, what) in marks.Where(mark => mark.Second <= endX))
        {
            var x = X(second, endX);
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/><text class=\"marked\" x=\"{x + 4:0.#}\" y=\"{Top + 8}\">{Text(what)}</text>");
        }

        foreach (var curve in curves) { html.Append(CultureInfo.InvariantCulture, $"<path class=\"c{curve.Style}\" d=\"{PathOf(curve, endX, topY)}\"/>"); }
        html.Append("</svg><ul class=\"legend\">");
        foreach (var curve in curves)
        {
            html.Append(CultureInfo.InvariantCulture, $"<li><svg class=\"key\" viewBox=\"0 0 28 8\" aria-hidden=\"true\"><path class=\"c{curve.Style}\" d=\"M0 4H28\"/></svg>{Text(curve.Name)}</li>");
        }

        return html.Append("</ul></figure>").ToString();
    }

    /// <summary>Text that can be nothing else in a page.</summary>
    public static string Text(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>A number for people, short.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.#} k"),
        >= 100 => string.Create(CultureInfo.InvariantCulture, $"{value:0}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.##}"),
    };

    /// <summary>A number of an axis: all of one axis have the same unit.</summary>
    private static string Tick(double value, double top) => top switch
    {
        >= 1e6 when value > 0 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        >= 10_000 when value > 0 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.#} k"),
        _ => Short(value),
    };

    /// <summary>Into how many an axis is cut, that each line has a round number: fourths of 2, fifths of 1, 2.5 and 5.</summary>
    private static int Steps(double top) => Math.Abs((top / Math.Pow(10, Math.Floor(Math.Log10(top) + 1e-9))) - 2) < 1e-6 ? 4 : 5;

    /// <summary>The next of 1, 2, 2.5 or 5 times a power of ten.</summary>
    internal static double Nice(double value)
    {
        if (!(value > 0)) { return 1; }
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (var step in new[] { 1, 2, 2.5, 5, 10 })
        {
            if (value <= power * step * (1 + 1e-9)) { return power * step; }
        }

        return power * 10;
    }

    private static string Describe(IReadOnlyList<Curve> curves, string unit) => string.Join(" ", curves.Select(curve =>
    {
        var values = curve.Points.Where(point => point.Y is not null).ToList();
        if (values.Count == 0) { return $"{curve.Name}: nothing was measured."; }
        var highest = values.MaxBy(point => point.Y);
        return string.Create(CultureInfo.InvariantCulture,
            $"{curve.Name}: from {Short(values[0].Y!.Value)} to {Short(values[^1].Y!.Value)} {unit}, at most {Short(highest.Y!.Value)} at second {highest.X:0}.");
    }));

    private static string PathOf(Curve curve, double endX, double topY)
    {
        var path = new StringBuilder();
        var pen = 'M';
        foreach (var (x, y) in curve.Points)
        {
            if (y is not { } value)
            {
                pen = 'M';
                continue;
            }

            path.Append(CultureInfo.InvariantCulture, $"{pen}{X(x, endX):0.#} {Y(value, topY):0.#}");

            // A point between two gaps is seen as a dot.
            if (pen == 'M') { path.Append("h.01"); }
            pen = 'L';
        }

        return path.ToString();
    }

    private static double X(double second, double end) => Left + (second / end * (Width - Left - Right));

    private static double Y(double value, double top) => Height - Bottom - (value / top * (Height - Top - Bottom));
}
