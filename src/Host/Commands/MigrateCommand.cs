using System.CommandLine;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce migrate</c>: brings the configured database to this program's schema.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var command = new Command("migrate", "Bring the database to this program's schema.") { CommonOptions.Data, CommonOptions.Config };
        command.SetAction(async (parsed, _) =>
        {
            await using var services = StorageOnly.Build(parsed);
            try
            {
                var applied = await services.GetRequiredService<Migrator>().ApplyAsync();
                foreach (var step in applied) { Console.WriteLine($"applied {step.Version:0000} {step.Name}"); }
                Console.WriteLine(applied.IsEmpty ? "The schema is up to date." : $"{applied.Length} steps applied.");
                return 0;
            }
            catch (SchemaMismatchException mismatch)
            {
                await Console.Error.WriteLineAsync(mismatch.Message);
                return 1;
            }
        });
        return command;
    }
}

/// <summary>The services of commands that only look at the database.</summary>
internal static class StorageOnly
{
    public static ServiceProvider Build(ParseResult parsed, Action<IServiceCollection>? more = null)
    {
        var configuration = new ConfigurationManager();
        CommonOptions.Configure(configuration, new DataFolder(parsed.GetValue(CommonOptions.Data)!), parsed.GetValue(CommonOptions.Config));
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddLogging(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning))
            .AddStorage();
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
