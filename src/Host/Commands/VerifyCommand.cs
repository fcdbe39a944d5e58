using System.CommandLine;
using LiveCommerce.Silo.Ledger;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce verify</c>: checks every invariant of the ledger on the configured database.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command = new Command("verify", "Check every invariant of the ledger; each row printed is a defect.")
        {
            CommonOptions.Data, CommonOptions.Config,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var services = StorageOnly.Build(parsed, more => more.AddLedger());
            var defects = await services.GetRequiredService<ILedgerAudit>().VerifyAsync(cancellationToken);
            foreach (var defect in defects) { Console.WriteLine($"{defect.Rule,-24} {defect.Subject,-40} {defect.Detail}"); }
            Console.WriteLine(defects.Count == 0 ? "The ledger is whole: 0 defects." : $"{defects.Count} defects.");
            return defects.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
