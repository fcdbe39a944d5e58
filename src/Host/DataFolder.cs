using System.Security.Cryptography;

namespace LiveCommerce.Host;

/// <summary>The folder with everything this installation keeps when it uses the embedded defaults. Readable by its owner only.</summary>
internal sealed class DataFolder
{
    private const int SecretBytes = 24;

    public DataFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows()) { Directory.CreateDirectory(Path); }
        else { Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); }
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>The SQLite file.</summary>
    public string Database => System.IO.Path.Combine(Path, "livecommerce.db");

    /// <summary>Where recordings of broadcasts lie.</summary>
    public string Recordings => System.IO.Path.Combine(Path, "recordings");

    /// <summary>Where the payment sandbox keeps its state.</summary>
    public string Sandbox => System.IO.Path.Combine(Path, "sandbox.db");

    /// <summary>Configuration and sockets of the nginx that takes RTMP.</summary>
    public string Rtmp => System.IO.Path.Combine(Path, "rtmp");

    /// <summary>Where the running server's payment sandbox listens, or the last one's did; null when there was none.</summary>
    public Uri? SandboxAddress
    {
        get => File.Exists(SandboxAddressFile) && Uri.TryCreate(File.ReadAllText(SandboxAddressFile).Trim(), UriKind.Absolute, out var address) ? address : null;
        set => File.WriteAllText(SandboxAddressFile, value?.ToString() ?? "");
    }

    private string SandboxAddressFile => System.IO.Path.Combine(Path, "sandbox-address");

    /// <summary>The key by which the product calls its sandbox.</summary>
    public string SandboxKey => Secret("sandbox-key.secret", "sk_test_sandbox_");

    /// <summary>What the sandbox signs its webhooks with.</summary>
    public string SandboxWebhookSecret => Secret("sandbox-webhook.secret", "whsec_");

    /// <summary>What the sandbox signs the webhooks of connected accounts with.</summary>
    public string SandboxConnectedWebhookSecret => Secret("sandbox-connected-webhook.secret", "whsec_");

    /// <summary>A random secret, made once and kept in a file of the folder.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="prefix">What the secret begins with.</param>
    private string Secret(string name, string prefix)
    {
        var file = System.IO.Path.Combine(Path, name);
        if (File.Exists(file)) { return File.ReadAllText(file).Trim(); }

        var secret = prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) { options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; }
        using var writer = new StreamWriter(file, options);
        writer.Write(secret);
        return secret;
    }
}
