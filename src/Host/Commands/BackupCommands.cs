using System.CommandLine;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Host.Backups;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce backup</c> and <c>livecommerce restore</c>.</summary>
internal static class BackupCommands
{
    private static readonly Option<string> To = new("--to") { Description = "A new folder for the backup.", Required = true };

    private static readonly Option<string> From = new("--from") { Description = "The backup's folder.", Required = true };

    private static readonly Option<bool> Recordings = new("--recordings") { Description = "Recordings of broadcasts too: they may be large." };

    public static Command CreateBackup()
    {
        var command = new Command("backup", "Copy the database, the secrets and the sandbox's state into a folder, while the product runs.")
        {
            To, Recordings, CommonOptions.Data, CommonOptions.Config,
        };
        command.SetAction((parsed, cancellationToken) => SayingWhyNotAsync(async () =>
        {
            await using var services = StorageOnly.Build(parsed);
            var folder = Path.GetFullPath(parsed.GetValue(To)!);
            var backup = new Backup(
                services.GetRequiredService<Database>(), services.GetRequiredService<IOptions<StorageOptions>>().Value,
                new DataFolder(parsed.GetValue(CommonOptions.Data)!), TimeProvider.System);
            await backup.TakeAsync(folder, parsed.GetValue(Recordings), cancellationToken);
            Console.WriteLine($"The backup is in {folder}. Whoever reads it can sign in as anyone: keep it as you keep the database.");
            return 0;
        }));
        return command;
    }

    public static Command CreateRestore()
    {
        var command = new Command("restore", "Lay a backup into an empty data folder and, with PostgreSQL, an empty database; then check the ledger.")
        {
            From, CommonOptions.Data, CommonOptions.Config,
        };
        command.SetAction((parsed, cancellationToken) => SayingWhyNotAsync(async () =>
        {
            await using var services = StorageOnly.Build(parsed, more => more.AddLedger().AddClusterStore().AddOptions<ClusterOptions>().BindConfiguration("Cluster"));
            var storage = services.GetRequiredService<IOptions<StorageOptions>>().Value;
            var manifest = await new Restore(storage, new DataFolder(parsed.GetValue(CommonOptions.Data)!))
                .LayAsync(Path.GetFullPath(parsed.GetValue(From)!), cancellationToken);
            Console.WriteLine($"Restored as of {manifest.TakenAt:u}, schema {manifest.Schema}. What was acknowledged later is not in it.");
            foreach (var step in await services.GetRequiredService<Migrator>().ApplyAsync()) { Console.WriteLine($"applied {step.Version:0000} {step.Name}"); }
            if (storage.Provider == SqlDialect.PostgreSql) { await Restore.ForgetSilosAsync(services.GetRequiredService<IClusterStore>(), cancellationToken); }
            return VerifyCommand.Print(Console.Out, await services.GetRequiredService<ILedgerAudit>().CheckAsync(cancellationToken));
        }));
        return command;
    }

    private static async Task<int> SayingWhyNotAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception known) when (known is BackupException or SchemaMismatchException or IOException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync(known.Message);
            return 1;
        }
    }
}
