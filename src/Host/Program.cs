using System.CommandLine;
using LiveCommerce.Host.Commands;

var root = new RootCommand("LiveCommerce: livestream commerce and virtual gifting, self-hosted.")
{
    RunCommand.Create(),
    MigrateCommand.Create(),
    VerifyCommand.Create(),
    HealthCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
