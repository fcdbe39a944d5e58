using System.CommandLine;
using LiveCommerce.StripeSandbox;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce sandbox</c>: the payment sandbox alone, for several processes on one data folder.</summary>
internal static class SandboxCommand
{
    private static readonly Option<string> Webhooks = new("--webhooks")
    {
        Description = "A gateway, which gets the sandbox's events: http://localhost:5080",
        Required = true,
    };

    private static readonly Option<int> Port = new("--port") { Description = "Where to listen on loopback; 0 takes a free one." };

    private static readonly Option<Uri?> ReachAt = new("--reach-at")
    {
        Description = "Where other machines of a closed network reach it, such as http://sandbox:8090. It listens on every address then.",
    };

    public static Command Create()
    {
        var command = new Command("sandbox", "Run the payment sandbox alone. No money moves in it.") { Webhooks, Port, ReachAt, CommonOptions.Data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var reachAt = parsed.GetValue(ReachAt);
            var data = new DataFolder(parsed.GetValue(CommonOptions.Data)!);
            using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
            await using var sandbox = await StripeSandboxServer.StartAsync(
                new StripeSandboxOptions
                {
                    SecretKey = data.SandboxKey, DatabasePath = data.Sandbox, PagesBaseUrl = "/sandbox", Port = parsed.GetValue(Port),
                    Address = reachAt is null ? "127.0.0.1" : "0.0.0.0", ClosedNetwork = reachAt is not null,
                },
                loggers, TimeProvider.System, cancellationToken);
            var webhooks = new Uri(new Uri(parsed.GetValue(Webhooks)!), "/api/payments/webhook");
            sandbox.SendWebhooksTo(webhooks, data.SandboxWebhookSecret);
            sandbox.SendConnectedWebhooksTo(webhooks, data.SandboxConnectedWebhookSecret);
            data.SandboxAddress = reachAt ?? sandbox.BaseAddress;
            Console.WriteLine($"Payment sandbox at {sandbox.BaseAddress}: no money moves.");
            Console.WriteLine("Ctrl-C ends it.");
            try { await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken); }
            catch (OperationCanceledException) { data.SandboxAddress = null; }
            return 0;
        });
        return command;
    }
}
