using System.CommandLine;

namespace LiveCommerce.Host.Commands;

/// <summary>Options that several commands have. Everything else is configuration: a file or the environment (docs/runbook.md).</summary>
internal static class CommonOptions
{
    public static Option<string> Data { get; } = new("--data")
    {
        Description = "Folder for the embedded database and secrets.",
        DefaultValueFactory = _ => Path.Combine(Directory.GetCurrentDirectory(), ".data"),
        Recursive = true,
    };

    public static Option<string?> Config { get; } = new("--config")
    {
        Description = "A JSON file with settings; the environment (LIVECOMMERCE__Section__Key) overrides it.",
        Recursive = true,
    };

    /// <summary>Where containers lay secrets: one file a setting, its name the setting's (<c>Links__Secret</c>).</summary>
    private const string Secrets = "/run/secrets";

    /// <summary>Defaults, then the file, then files of secrets, then the environment: the later wins.</summary>
    public static void Configure(IConfigurationManager configuration, DataFolder data, string? file)
    {
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage:Provider"] = "Sqlite",
            ["Storage:ConnectionString"] = $"Data Source={data.Database}",
            ["Video:Recordings:Folder"] = data.Recordings,
            ["Video:Rtmp:Folder"] = data.Rtmp,
        });
        if (file is not null) { configuration.AddJsonFile(Path.GetFullPath(file), optional: false); }
        if (Directory.Exists(Secrets)) { configuration.AddKeyPerFile(Secrets, optional: true); }
        configuration.AddEnvironmentVariables("LIVECOMMERCE__");
    }
}
