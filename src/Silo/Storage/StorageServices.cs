using LiveCommerce.Actors;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Storage;

/// <summary>Registers the database and what is kept in it.</summary>
public static class StorageServices
{
    /// <summary>Of a silo's beats and claims: one request is under way at a time, and one that was given up may still be.</summary>
    private const int ClusterConnectionsMax = 4;

    /// <summary>Seconds after which what was given up gives its connection back, even if nobody answers.</summary>
    private const int ClusterSecondsMax = 2;

    /// <summary>Adds <see cref="Database"/>, <see cref="Migrator"/> and the durable <see cref="IGrainStateStore"/>; options section <c>Storage</c>.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddOptions<StorageOptions>()
            .BindConfiguration("Storage", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddSingleton(provider => Open(provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton<Migrator>();
        services.AddSingleton<IGrainStateStore, SqlGrainStateStore>();
        return services;
    }

    /// <summary>Adds the store by which silos agree: needs PostgreSQL, and the <c>Cluster</c> options of the grain runtime.</summary>
    public static IServiceCollection AddClusterStore(this IServiceCollection services) =>
        services.AddSingleton<IClusterStore>(provider =>
        {
            if (provider.GetRequiredService<Database>() is not PostgresDatabase postgres)
            {
                throw new ClusterMismatchException(
                    "Several processes need PostgreSQL: set Storage:Provider to PostgreSql and Storage:ConnectionString, the same in all of them.");
            }

            var own = OpenForCluster(provider.GetRequiredService<IOptions<StorageOptions>>().Value.ConnectionString, postgres.Session);
            return new PostgresClusterStore(own, provider.GetRequiredService<IOptions<ClusterOptions>>().Value.Name);
        });

    /// <summary>Connections of its own: a beat that waits in line behind the grains' writes would make a busy silo a dead one.</summary>
    /// <param name="session">Of the process's database.</param>
    internal static PostgresDatabase OpenForCluster(string connectionString, string session) =>
        new(connectionString, session, ClusterConnectionsMax, ClusterSecondsMax);

    /// <summary>Opens a database outside of dependency injection: commands and tests. The caller disposes it.</summary>
    public static Database Open(StorageOptions options) => options.Provider switch
    {
        SqlDialect.Sqlite => new SqliteDatabase(options.ConnectionString),
        SqlDialect.PostgreSql => new PostgresDatabase(options.ConnectionString),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Provider, "Storage:Provider must be Sqlite or PostgreSql."),
    };
}
