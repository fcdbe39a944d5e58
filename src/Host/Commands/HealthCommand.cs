using System.CommandLine;
using LiveCommerce.Actors.Links;

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

    private static readonly Option<string?> Authority = new("--authority")
    {
        Description = "A PEM file with the authority that has signed an https server's certificate; the setting Links:Authority of the environment by default.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LIVECOMMERCE__Links__Authority"),
    };

    public static Command Create()
    {
        var command = new Command("health", "Ask a running server whether it is ready.") { Url, Page, Authority };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var authority = parsed.GetValue(Authority) is { Length: > 0 } file ? new PrivateAuthority(file, TimeProvider.System) : null;
            var handler = authority is null ? new SocketsHttpHandler() : authority.CreateHandler();
            if (handler is null)
            {
                await Console.Error.WriteLineAsync(authority!.Problem);
                return 1;
            }

            using var client = new HttpClient(handler) { Timeout = Patience };
            try
            {
                using var answer = await client.GetAsync(new Uri(new Uri(parsed.GetValue(Url)!), parsed.GetValue(Page)!), cancellationToken);
                Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
                return answer.IsSuccessStatusCode ? 0 : 1;
            }
            catch (Exception unreachable) when (unreachable is HttpRequestException or TaskCanceledException)
            {
                await Console.Error.WriteLineAsync(authority?.Problem is { } problem ? $"It is not trusted: {problem}" : $"No answer: {unreachable.Message}");
                return 1;
            }
        });
        return command;
    }
}
