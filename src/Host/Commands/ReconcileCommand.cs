using System.CommandLine;
using System.Globalization;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Reconciliation;
using LiveCommerce.StripeSandbox;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce reconcile</c>: compares everything the payment provider did with the ledger. Only looks, so it may run beside the server.</summary>
internal static class ReconcileCommand
{
    private static readonly TimeSpan SandboxPatience = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var command = new Command("reconcile", "Compare the payment provider's balance with the ledger; each row printed is a break. Posts nothing.")
        {
            CommonOptions.Data, CommonOptions.Config,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationManager();
        var data = new DataFolder(parsed.GetValue(CommonOptions.Data)!);
        CommonOptions.Configure(configuration, data, parsed.GetValue(CommonOptions.Config));
        await using var sandbox = await UseSandboxAsync(configuration, data, cancellationToken);
        await using var services = StorageOnly.Build(parsed, more =>
        {
            // The later registration wins: the same settings, and where the sandbox is.
            more.AddSingleton<IConfiguration>(configuration).AddLedger().AddPayments();
        });
        if (await services.GetRequiredService<IReconciliationCheck>().RunAsync() is not { } report)
        {
            await Console.Error.WriteLineAsync("The payment provider's transactions could not be read, so nothing was compared. Try again in a few minutes.");
            return 2;
        }

        Print(Console.Out, report);
        return report.Breaks.Count == 0 ? 0 : 1;
    }

    /// <summary>Without a provider of its own the product uses its sandbox: the one of the running server, or else one on the same file.</summary>
    private static async Task<StripeSandboxServer?> UseSandboxAsync(ConfigurationManager configuration, DataFolder data, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(configuration["Payments:SecretKey"])) { return null; }

        var own = default(StripeSandboxServer);
        var address = data.SandboxAddress;
        if (address is null || !await AnswersAsync(address, cancellationToken))
        {
            own = await StripeSandboxServer.StartAsync(
                new StripeSandboxOptions { SecretKey = data.SandboxKey, DatabasePath = data.Sandbox },
                Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System, cancellationToken);
            address = own.BaseAddress;
        }

        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Payments:SecretKey"] = data.SandboxKey,
            ["Payments:BaseUrl"] = address.ToString(),
            ["Payments:Sandbox"] = "true",
        });
        return own;
    }

    private static async Task<bool> AnswersAsync(Uri address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = SandboxPatience };
        try
        {
            using var answer = await client.GetAsync(address, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException || (unreachable is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static void Print(TextWriter output, ReconciliationReport report)
    {
        foreach (var (about, count) in report.Matched.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{"matched",-14} {about,-24} {count,10}");
        }

        output.WriteLine($"{"waiting",-14} {"too young to judge",-24} {report.Waiting,10}");
        output.WriteLine($"{"fees to post",-14} {Money(report.FeesOpenMinor),-24} {report.FeesOpen,10}");
        foreach (var kind in Enum.GetValues<ReconciliationBreakKind>())
        {
            output.WriteLine($"{"breaks",-14} {NameOf(kind),-24} {report.Breaks.Count(one => one.Kind == kind),10}");
        }

        output.WriteLine($"{"balance",-14} the provider holds {Money(report.ProviderMinor)}, the ledger says {Money(report.LedgerMinor)}");
        if (report.Breaks.Count > 0)
        {
            output.WriteLine();
            output.WriteLine($"{"kind",-14} {"subject",-44} {"reference",-44} {"provider",14} {"ledger",14} {"currency",-8} since");
        }

        foreach (var one in report.Breaks)
        {
            output.WriteLine(
                $"{NameOf(one.Kind),-14} {one.Subject,-44} {one.Reference,-44} {Text(one.ProviderMinor),14} {Text(one.LedgerMinor),14} {one.Currency,-8} {one.Since:u}");
        }

        output.WriteLine(report.Breaks.Count == 0 ? "Both sides agree: 0 breaks." : $"{report.Breaks.Count} breaks.");
    }

    private static string Money(long cents) => string.Create(CultureInfo.InvariantCulture, $"{cents / 100m:0.00} usd");

    private static string Text(long? amount) => amount?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string NameOf(ReconciliationBreakKind kind) => kind switch
    {
        ReconciliationBreakKind.MissingHere => "missing here",
        ReconciliationBreakKind.MissingThere => "missing there",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
