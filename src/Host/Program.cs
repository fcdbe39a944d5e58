using System.CommandLine;
using LiveCommerce.Host.Commands;

var root = new RootCommand("LiveCommerce: livestream commerce and virtual gifting, self-hosted.")
{
    RunCommand.Create(),
    MigrateCommand.Create(),
    VerifyCommand.Create(),
    ReconcileCommand.Create(),
    HealthCommand.Create(),
    StatusCommand.Create(),
    SandboxCommand.Create(),
    ClusterCommand.Create(),
    BackupCommands.CreateBackup(),
    BackupCommands.CreateRestore(),
};

// Ctrl-C is the web host's to handle: it lets calls, encoders and the journal finish. The parser's own handler would end the
// process after two seconds.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
