namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>An nginx with its rtmp module, as found on this machine.</summary>
/// <param name="Path">The program.</param>
/// <param name="ModulePath">The module's file.</param>
internal sealed record NginxProgram(string Path, string ModulePath)
{
    /// <summary>What a person has to type.</summary>
    public const string InstallCommand = "apt-get install --no-install-recommends libnginx-mod-rtmp";

    private const string ModuleFile = "ngx_rtmp_module.so";

    // Debian's program is where only root's PATH leads.
    private static readonly string[] ProgramFolders = ["/usr/sbin", "/usr/local/sbin", "/usr/local/nginx/sbin", "/usr/bin"];

    private static readonly string[] ModuleFolders =
        ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/usr/local/nginx/modules", "/etc/nginx/modules"];

    /// <summary>Looks for both. Null: one is missing, or this is no Unix.</summary>
    public static NginxProgram? Find(RtmpOptions options)
    {
        if (OperatingSystem.IsWindows()) { return null; }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(ProgramFolders);
        var program = System.IO.Path.IsPathRooted(options.NginxPath)
            ? Existing(options.NginxPath)
            : folders.Select(folder => Existing(System.IO.Path.Combine(folder, options.NginxPath))).FirstOrDefault(found => found is not null);
        var module = options.ModulePath.Length > 0
            ? Existing(options.ModulePath)
            : ModuleFolders.Select(folder => Existing(System.IO.Path.Combine(folder, ModuleFile))).FirstOrDefault(found => found is not null);
        return program is not null && module is not null ? new NginxProgram(program, module) : null;
    }

    private static string? Existing(string file) => File.Exists(file) ? file : null;
}
