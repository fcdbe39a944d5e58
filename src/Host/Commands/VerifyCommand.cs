using System.CommandLine;
using System.Globalization;
using LiveCommerce.Silo.Ledger;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce verify</c>: checks every invariant of the ledger on the configured database.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command = new Command("verify", "Check every invariant of the ledger; prints a table of the rules and every defect, and ends with 1 when there is one.")
        {
            CommonOptions.Data, CommonOptions.Config,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var services = StorageOnly.Build(parsed, more => more.AddLedger());
            var rules = await services.GetRequiredService<ILedgerAudit>().CheckAsync(cancellationToken);
            return Print(Console.Out, rules);
        });
        return command;
    }

    /// <summary>The rules, what each was held against, and what breaks them.</summary>
    /// <returns>The exit code.</returns>
    internal static int Print(TextWriter output, IReadOnlyList<LedgerRuleResult> rules)
    {
        output.WriteLine($"{"rule",-34} {"rows checked",14} {"defects",9}");
        foreach (var rule in rules) { output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rule.Rule,-34} {rule.Rows,14:N0} {rule.Defects.Count,9:N0}")); }
        output.WriteLine();
        var defects = rules.SelectMany(rule => rule.Defects).ToList();
        foreach (var defect in defects) { output.WriteLine($"{defect.Rule}: {defect.Subject}: {defect.Detail}"); }
        output.WriteLine(defects.Count == 0 ? "The ledger is whole: 0 defects." : $"{defects.Count} defects.");
        return defects.Count == 0 ? 0 : 1;
    }
}
