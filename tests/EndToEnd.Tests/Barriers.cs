using System.Text.Json;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>What axe-core calls serious or critical by WCAG 2.2 AA on a page as it stands, in both looks and sizes.</summary>
internal static class Barriers
{
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(Checkout.Root, "src/WebPlayer/node_modules/axe-core/axe.min.js")));

    public static async Task AssertNoneAsync(Visitor visitor, string place)
    {
        var usual = visitor.Page.ViewportSize!;
        foreach (var phone in (bool[])[false, true])
        {
            await visitor.Page.SetViewportSizeAsync(phone ? 390 : 1440, phone ? 844 : 900);
            await visitor.Page.EmulateMediaAsync(new() { ColorScheme = phone ? Microsoft.Playwright.ColorScheme.Dark : Microsoft.Playwright.ColorScheme.Light });

            // Colours are judged when nothing fades any more.
            await visitor.ComesToRest();
            // As a body, not as an expression: its value would be sent to us piece by piece.
            await visitor.Page.EvaluateAsync($"() => {{ {Axe.Value} }}");
            var violations = await visitor.Page.EvaluateAsync<JsonElement>(
                """
                async () => {
                  const { violations } = await axe.run(document, { preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
                  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
                    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`);
                }
                """);
            Assert.Empty(violations.EnumerateArray().Select(violation => $"{place} ({(phone ? "phone" : "desktop")}): {violation.GetString()}"));
        }

        await visitor.Page.SetViewportSizeAsync(usual.Width, usual.Height);
        await visitor.Page.EmulateMediaAsync(new() { ColorScheme = Microsoft.Playwright.ColorScheme.Light });
    }
}
