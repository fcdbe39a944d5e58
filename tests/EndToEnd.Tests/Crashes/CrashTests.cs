using System.Data.Common;
using System.Globalization;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LiveCommerce.EndToEnd.Tests.Crashes;

/// <summary>
/// Gifts under load while the server, the database or both are killed without warning, frozen, or cut off from their clients. What
/// was answered is kept here, in another process than the ledger's, and held against the ledger at the end.
/// <c>CRASH_SEED=7 dotnet test --filter CrashTests</c> runs one round again; <c>CRASH_ROUNDS=200</c> runs more.
/// </summary>
public sealed class CrashTests
{
    private const int PostgresRounds = 15;
    private const int SqliteRounds = 6;

    // The server's process alone decides about a file: nobody else can take its ledger over while it is frozen.
    private static readonly Fault[] WithFile = [Fault.KillServer];

    [Fact]
    public async Task WhateverDiesUnderPostgreSql_NoAcknowledgedGiftIsLostAndNoneMovesTwice()
    {
        await using var database = await PostgresServer.StartAsync();
        await CreateDatabaseAsync(database);
        await using var stage = await Stage.StartOnAsync(database.ConnectionString("crash"));
        await RunAsync(stage, database, Enum.GetValues<Fault>(), PostgresRounds);
    }

    [Fact]
    public async Task ServerThatDiesOverItsFile_LosesNoAcknowledgedGiftAndMovesNoneTwice()
    {
        await using var stage = await Stage.StartAsync();
        await RunAsync(stage, database: null, WithFile, SqliteRounds);
    }

    internal static async Task CreateDatabaseAsync(PostgresServer server)
    {
        await using var admin = new NpgsqlConnection(server.ConnectionString("postgres"));
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand("create database crash", admin);
        await create.ExecuteNonQueryAsync();
    }

    private static async Task RunAsync(Stage stage, PostgresServer? database, Fault[] faults, int rounds)
    {
        var load = await CrashLoad.PrepareAsync(stage);
        foreach (var seed in Seeds(rounds))
        {
            await new CrashRound(stage, database, load, faults[seed % faults.Length], seed).RunAsync();
        }

        await load.CheckWalletsAsync();
        var (exitCode, output) = await stage.Product.RunAsync("verify");
        Assert.True(exitCode == 0, output);
        Assert.Contains("The ledger is whole: 0 defects.", output, StringComparison.Ordinal);
        Assert.Equal(0, await stage.Product.StopAsync());

        var stored = await ReadGiftsAsync(database, stage.ConnectionString);
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(load.Book.Acknowledged.Except(stored));
        Assert.Empty(load.Book.Refused.Intersect(stored));
        Assert.Empty(stored.Except(load.Book.Sent.Keys));
        Assert.NotEmpty(load.Book.Refused);
        Assert.True(load.Book.LeftOpen > 0, "No fault came while a gift was on its way.");
    }

    private static IEnumerable<int> Seeds(int rounds)
    {
        if (Environment.GetEnvironmentVariable("CRASH_SEED") is { } one) { return [int.Parse(one, CultureInfo.InvariantCulture)]; }
        return Enumerable.Range(0, Environment.GetEnvironmentVariable("CRASH_ROUNDS") is { } more ? int.Parse(more, CultureInfo.InvariantCulture) : rounds);
    }

    internal static async Task<IReadOnlyList<Guid>> ReadGiftsAsync(PostgresServer? database, string connectionString)
    {
        NpgsqlConnection.ClearAllPools();
        await using DbConnection connection = database is null ? new SqliteConnection(connectionString) : new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from ledger_entry where kind = 1";
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<Guid>();
        while (await reader.ReadAsync()) { keys.Add(reader.GetValue(0) is byte[] bytes ? new Guid(bytes, bigEndian: true) : reader.GetGuid(0)); }
        return keys;
    }
}
