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

    public static Command Create()
    {
        var command = new Command("sandbox", "Run the payment sandbox alone. No money moves in it.") { Webhooks, Port, CommonOptions.Data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var data = new DataFolder(parsed.GetValue(CommonOptions.Data)!);
            using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
            await using var sandbox = await StripeSandboxServer.StartAsync(
                new StripeSandboxOptions
                {
                    SecretKey = data.SandboxKey, DatabasePath = data.Sandbox, PagesBaseUrl = "/sandbox", Port = parsed.GetValue(Port),
                },
                loggers, TimeProvider.System, cancellationToken);
            var webhooks = new Uri(new Uri(parsed.GetValue(Webhooks)!), "/api/payments/webhook");
            sandbox.SendWebhooksTo(webhooks, data.SandboxWebhookSecret);
            sandbox.SendConnectedWebhooksTo(webhooks, data.SandboxConnectedWebhookSecret);
            data.SandboxAddress = sandbox.BaseAddress;
            Console.WriteLine($"Payment sandbox at {sandbox.BaseAddress}: no money moves.");
            Console.WriteLine("Ctrl-C ends it.");
            try { await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken); }
            catch (OperationCanceledException) { data.SandboxAddress = null; }
            return 0;
        });
        return command;
    }
}
