using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Storage;

/// <summary>Which database keeps everything. Section <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>The engine.</summary>
    public SqlDialect Provider { get; set; } = SqlDialect.Sqlite;

    /// <summary>An ADO.NET connection string: <c>Data Source=/path/livecommerce.db</c> or <c>Host=…;Database=…</c>.</summary>
    [Required(ErrorMessage = "Storage:ConnectionString is missing. Give a SQLite file (Data Source=…) or a PostgreSQL connection string.")]
    public string ConnectionString { get; set; } = "";

    /// <summary>Whether a start brings the schema up. Off: an older one stops the start, and <c>livecommerce migrate</c> brings it up.</summary>
    public bool Migrate { get; set; } = true;
}

/// <summary>The two databases that every store supports.</summary>
public enum SqlDialect
{
    /// <summary>One file, one process: the default.</summary>
    Sqlite = 0,

    /// <summary>PostgreSQL 15 or newer: also the engine of the cluster.</summary>
    PostgreSql = 1,
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
