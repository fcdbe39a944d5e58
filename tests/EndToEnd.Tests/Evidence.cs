using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Playwright;
using Xunit.v3;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>
/// What a failed test leaves in its output and in <c>artifacts/screenshots</c>: what every process wrote last, and of every page its
/// address, its text, its console and a picture. Whoever reads the report of a machine that is gone by then has nothing else.
/// </summary>
internal static class Evidence
{
    private const int LinesMax = 60;
    private const int TextMax = 2_000;
    private const int PictureMs = 15_000;

    private static readonly ConcurrentQueue<ProductProcess> Processes = new();
    private static readonly ConcurrentQueue<Visitor> Visitors = new();

    /// <summary>Of the test that runs.</summary>
    public static void Add(ProductProcess process) => Processes.Enqueue(process);

    /// <inheritdoc cref="Add(ProductProcess)"/>
    public static void Add(Visitor visitor) => Visitors.Enqueue(visitor);

    /// <summary>The next test begins with nothing.</summary>
    public static void Forget()
    {
        Processes.Clear();
        Visitors.Clear();
    }

    /// <summary>Writes down what there is.</summary>
    public static async Task KeepAsync(string test, Action<string> write)
    {
        foreach (var (process, number) in Processes.Select((process, number) => (process, number)))
        {
            await File.WriteAllLinesAsync(Path.Combine(Checkout.Screenshots, $"failed-{test}-{number}.log"), process.Output);
            write($"--- {process.Name}, its last words:\n{string.Join('\n', process.Output.TakeLast(LinesMax))}");
        }

        foreach (var visitor in Visitors)
        {
            write($"--- the page of {visitor.Name}: {visitor.Page.Url}\n{string.Join('\n', visitor.Problems)}\n{string.Join('\n', visitor.Console.TakeLast(LinesMax))}");
            try
            {
                var path = Path.Combine(Checkout.Screenshots, $"failed-{test}-{visitor.Name}.png");
                await visitor.Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, Timeout = PictureMs });
                var text = await visitor.Page.EvaluateAsync<string>("() => document.body.innerText");
                write(text[..Math.Min(TextMax, text.Length)]);
            }
            catch (Exception gone) when (gone is PlaywrightException or TimeoutException)
            {
                write($"(no picture: {gone.Message})");
            }
        }
    }
}

/// <summary>After each test of the assembly: evidence when it has failed.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EvidenceOfFailuresAttribute : BeforeAfterTestAttribute
{
    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (TestContext.Current is { TestState.Result: TestResult.Failed, TestOutputHelper: { } output })
        {
            // The runner asks for no task here.
            Task.Run(() => Evidence.KeepAsync(methodUnderTest.Name, output.WriteLine)).Wait();
        }

        Evidence.Forget();
    }
}
