using System.CommandLine;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce health</c>: asks a running server whether it is ready; for containers, which have no curl.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly Option<string> Url = new("--url")
    {
        Description = "The server's address.",
        DefaultValueFactory = _ => "http://localhost:5080",
    };

    private static readonly Option<string> Page = new("--path")
    {
        Description = "What to ask for.",
        DefaultValueFactory = _ => "/health/ready",
    };

    public static Command Create()
    {
        var command = new Command("health", "Ask a running server whether it is ready.") { Url, Page };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new HttpClient { Timeout = Patience };
            try
            {
                using var answer = await client.GetAsync(new Uri(new Uri(parsed.GetValue(Url)!), parsed.GetValue(Page)!), cancellationToken);
                Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
                return answer.IsSuccessStatusCode ? 0 : 1;
            }
            catch (Exception unreachable) when (unreachable is HttpRequestException or TaskCanceledException)
            {
                await Console.Error.WriteLineAsync($"No answer: {unreachable.Message}");
                return 1;
            }
        });
        return command;
    }
}
