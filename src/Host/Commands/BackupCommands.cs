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
            var folder = FolderOf(parsed, To);
            var backup = new Backup(
                services.GetRequiredService<Database>(), services.GetRequiredService<IOptions<StorageOptions>>().Value,
                new DataFolder(parsed.GetValue(CommonOptions.Data)!), services.GetRequiredService<IConfiguration>()["Video:Recordings:Folder"] ?? "", TimeProvider.System);
            var withRecordings = parsed.GetValue(Recordings);
            var recordings = await backup.TakeAsync(folder, withRecordings, cancellationToken);
            if (withRecordings) { Console.WriteLine(recordings.Count == 0 ? "There are no recordings here." : $"Recordings of {string.Join(", ", recordings)} are in it."); }
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
                .LayAsync(FolderOf(parsed, From), cancellationToken);
            Console.WriteLine($"Restored as of {manifest.TakenAt:u}, schema {manifest.Schema}. What was acknowledged later is not in it.");
            foreach (var step in await services.GetRequiredService<Migrator>().ApplyAsync()) { Console.WriteLine($"applied {step.Version:0000} {step.Name}"); }
            if (storage.Provider == SqlDialect.PostgreSql) { await ForgetSilosAsync(services.GetRequiredService<IClusterStore>(), cancellationToken); }
            return VerifyCommand.Print(Console.Out, await services.GetRequiredService<ILedgerAudit>().CheckAsync(cancellationToken));
        }));
        return command;
    }

    private static async Task ForgetSilosAsync(IClusterStore store, CancellationToken cancellationToken)
    {
        try
        {
            await Restore.ForgetSilosAsync(store, cancellationToken);
        }
        catch (ClusterMismatchException mismatch)
        {
            throw new BackupException(
                $"The data is restored, but the silos of the backup's time could not be declared dead. {mismatch.Message} "
                + "Start nothing on it: restore into an empty place again, with the Cluster:* settings of the backup's time.");
        }
    }

    // Without the slash at the end: what lies within is told by it.
    private static string FolderOf(ParseResult parsed, Option<string> option) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(option)!));

    private static async Task<int> SayingWhyNotAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception known) when (known is BackupException or SchemaMismatchException or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync(known.Message);
            return 1;
        }
    }
}
