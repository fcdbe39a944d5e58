using Dapper;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Silo.Tests.Storage;

public sealed class MigratorTests
{
    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task SecondRun_AppliesNothing(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect);

        Assert.Empty(await Migrate(test));
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task TwoProcessesAtOnce_ApplyEachStepOnce(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect, upTo: 0);

        var runs = await Task.WhenAll(Task.Run(() => Migrate(test)), Task.Run(() => Migrate(test)));

        Assert.Equal(
            Migrator.Known(dialect).Select(step => step.Version),
            runs.SelectMany(run => run).Select(step => step.Version).Order());
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task NewerDatabase_IsRefusedWithWhatToDo(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect);
        await test.Database.WriteAsync((connection, transaction) =>
            connection.ExecuteAsync("insert into schema_version(version, name, checksum) values (9999, 'future', 'x')", transaction: transaction));

        var refusal = await Assert.ThrowsAsync<SchemaMismatchException>(() => Migrate(test));

        Assert.Contains("schema version 9999", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task ChangedStep_IsRefused(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect);
        await test.Database.WriteAsync((connection, transaction) =>
            connection.ExecuteAsync("update schema_version set checksum = 'other' where version = 1", transaction: transaction));

        await Assert.ThrowsAsync<SchemaMismatchException>(() => Migrate(test));
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task OlderDatabase_WhereTheStartMayNotMigrate_IsRefusedWithWhatToDo_AndTodaysIsGood(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect, upTo: 2);
        var migrator = new Migrator(test.Database, NullLogger<Migrator>.Instance);

        var refusal = await Assert.ThrowsAsync<SchemaMismatchException>(() => migrator.CheckAsync());
        Assert.Contains("livecommerce migrate", refusal.Message, StringComparison.Ordinal);
        await Migrate(test);
        await migrator.CheckAsync();
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task EmptyDatabase_WhereTheStartMayNotMigrate_IsRefusedToo(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect, upTo: 0);
        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync("drop table schema_version", transaction: transaction));

        await Assert.ThrowsAsync<SchemaMismatchException>(() => new Migrator(test.Database, NullLogger<Migrator>.Instance).CheckAsync());
    }

    [Fact]
    public void BothDialects_HaveTheSameSteps()
    {
        var sqlite = Migrator.Known(SqlDialect.Sqlite).Select(step => (step.Version, step.Name)).ToList();

        Assert.Equal(sqlite, Migrator.Known(SqlDialect.PostgreSql).Select(step => (step.Version, step.Name)));
    }

    private static async Task<IReadOnlyList<Migration>> Migrate(TestDatabase test) =>
        await new Migrator(test.Database, NullLogger<Migrator>.Instance).ApplyAsync();
}
