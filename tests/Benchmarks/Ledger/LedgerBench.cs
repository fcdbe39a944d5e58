using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>The gift ledger beside what PostgreSQL does by itself, on the same database server, taking turns.</summary>
internal static class LedgerBench
{
    private const int SustainedRate = 10_000;
    private const int PacedRate = 5_000;

    public static async Task RunAsync(Figures figures, LedgerPlan plan)
    {
        var began = Stopwatch.GetTimestamp();
        Say("Starting a PostgreSQL of its own …");
        await using var server = await PostgresServer.StartAsync();
        await ShowSettingsAsync(server);
        var (ledger, product, pgbench, naive) = ("ledger", "product", "pgbench", "naive");
        foreach (var database in (string[])[ledger, product, pgbench, naive]) { await ExecuteAsync(server, "postgres", $"create database {database}"); }
        var sqlite = Directory.CreateTempSubdirectory("livecommerce-bench-").FullName;
        try
        {
            Say($"Filling {plan.Viewers} wallets in PostgreSQL and in SQLite …");
            await using var postgresEngine = await Engine.OpenAsync(Storage(server, ledger), plan.Viewers);
            await using var sqliteEngine = await Engine.OpenAsync(
                new StorageOptions { Provider = SqlDialect.Sqlite, ConnectionString = $"Data Source={sqlite}/ledger.db" }, plan.Viewers);
            figures.Add("wallet_bytes", [postgresEngine.WalletBytes, sqliteEngine.WalletBytes], "B", goal: 100);
            figures.Add("id_bytes", [await postgresEngine.MeasureIdBytesAsync(plan.Ids)], "B", goal: 40);

            Say("Preparing pgbench and the naive way …");
            await Pgbench.InitializeAsync(server, pgbench);
            await Pgbench.InitializeNaiveAsync(server.ConnectionString(naive), plan.Viewers);
            var tpcb = new Pgbench(server, "pgbench TPC-B-like", pgbench, "--builtin", "tpcb-like");
            var simple = new Pgbench(server, "pgbench -N", pgbench, "--builtin", "simple-update");
            var spread = new Pgbench(server, "one transaction a gift, spread rows", naive, "--file", await Pgbench.WriteNaiveScriptAsync(sqlite, plan.Viewers, hot: false));
            var rowLock = new Pgbench(server, "one transaction a gift, hot streamer", naive, "--file", await Pgbench.WriteNaiveScriptAsync(sqlite, plan.Viewers, hot: true));
            if (plan.Rounds > 1)
            {
                foreach (var one in (Pgbench[])[tpcb, simple, spread, rowLock]) { await one.TuneAsync(); }
            }

            foreach (var one in (Pgbench[])[tpcb, simple, spread, rowLock]) { Say($"  {one.Name}: {one.Clients} clients{(one.Name.StartsWith("pgbench", StringComparison.Ordinal) ? $", scale {Pgbench.Scale}" : "")}"); }

            Say("Starting the product on the same PostgreSQL …");
            await FillAsync(server, product, plan.Viewers);
            await using var gifts = await GiftServer.StartAsync(Storage(server, product));
            var race = new Race(plan,
            [
                new("fsync", "raw fsync of 8 KiB", _ => Task.FromResult(FsyncsPerSecond(sqlite))),
                new("tpcb", tpcb.Name, tpcb.RunAsync),
                new("hot", "ledger, hot streamer, PostgreSQL", seconds => postgresEngine.RunAsync(plan.Viewers, seconds), IsCompiled: true),
                new("n", simple.Name, simple.RunAsync),
                new("combo", $"ledger, {LedgerPlan.ComboSenders} combo senders, PostgreSQL", seconds => postgresEngine.RunAsync(LedgerPlan.ComboSenders, seconds), IsCompiled: true),
                new("row_lock", rowLock.Name, rowLock.RunAsync),
                new("e2e", "ledger end to end through the hub", gifts.RunAsync, IsCompiled: true),
                new("spread", spread.Name, spread.RunAsync),
                new("sqlite", "ledger, hot streamer, SQLite", seconds => sqliteEngine.RunAsync(plan.Viewers, seconds), IsCompiled: true),
                new("sqlite_combo", $"ledger, {LedgerPlan.ComboSenders} combo senders, SQLite", seconds => sqliteEngine.RunAsync(LedgerPlan.ComboSenders, seconds), IsCompiled: true),
            ]);
            await race.RunAsync(Say);
            race.Draw(Console.Out);
            AddRatios(figures, race);

            await PaceAsync(figures, plan, postgresEngine);
            await RecoverAsync(figures, plan, server, gifts);

            Say("Auditing both ledgers …");
            figures.Add("defects", [await postgresEngine.VerifyAsync() + await sqliteEngine.VerifyAsync()], "rows", goal: 0);
        }
        finally
        {
            Directory.Delete(sqlite, recursive: true);
        }

        DrawGoals(figures);
        Say(string.Create(CultureInfo.InvariantCulture, $"Done in {Stopwatch.GetElapsedTime(began).TotalMinutes:0.0} minutes."));
    }

    private static void AddRatios(Figures figures, Race race)
    {
        figures.AddAtLeast("hot.vs_tpcb", race.Ratio("hot", "tpcb"), "ratio", goal: 10);
        figures.AddAtLeast("hot.vs_n", race.Ratio("hot", "n"), "ratio", goal: 5);
        figures.AddAtLeast("hot.vs_row_lock", race.Ratio("hot", "row_lock"), "ratio", goal: 20);
        figures.AddAtLeast("e2e.vs_tpcb", race.Ratio("e2e", "tpcb"), "ratio", goal: 5);
        figures.AddAtLeast("e2e.vs_n", race.Ratio("e2e", "n"), "ratio", goal: 2.5);
        figures.Add("e2e.vs_row_lock", race.Ratio("e2e", "row_lock"), "ratio");
        figures.Add("hot.vs_spread", race.Ratio("hot", "spread"), "ratio");
        figures.Add("combo.vs_tpcb", race.Ratio("combo", "tpcb"), "ratio");
        figures.Add("combo.vs_row_lock", race.Ratio("combo", "row_lock"), "ratio");
        figures.Add("sqlite.vs_tpcb", race.Ratio("sqlite", "tpcb"), "ratio");
        figures.Add("sqlite_combo.vs_tpcb", race.Ratio("sqlite_combo", "tpcb"), "ratio");
        foreach (var name in (string[])["hot", "combo", "e2e", "sqlite", "sqlite_combo", "tpcb", "n", "row_lock", "spread", "fsync"])
        {
            figures.Add($"{name}_per_s", race.Rounds(name), "per_s");
        }
    }

    private static async Task PaceAsync(Figures figures, LedgerPlan plan, Engine engine)
    {
        Say($"{PacedRate} gifts/s, {plan.Rounds} × {plan.PacedSeconds} s …");
        List<double> p50 = [], p99 = [];
        for (var round = 0; round < plan.Rounds; round++)
        {
            var paced = await engine.RunPacedAsync(PacedRate, plan.PacedSeconds);
            p50.Add(paced.P50Ms);
            p99.Add(paced.P99Ms);
        }

        figures.Add("p99_ms_at_5k", p99, "ms", goal: 50);
        figures.Add("p50_ms_at_5k", p50, "ms");
        Say($"{SustainedRate} gifts/s for {plan.SustainedSeconds} s …");
        var sustained = await engine.RunPacedAsync(SustainedRate, plan.SustainedSeconds);
        figures.Add("backlog_s_at_10k", [sustained.BacklogSeconds], "s", goal: 0.25);
        figures.Add("backlog_halfway_s_at_10k", [sustained.HalfwaySeconds], "s");
        figures.Add("p99_ms_at_10k", [sustained.P99Ms], "ms");
        figures.Add("busy_at_10k", [sustained.Refused], "gifts", goal: 0);
    }

    private static async Task RecoverAsync(Figures figures, LedgerPlan plan, PostgresServer server, GiftServer gifts)
    {
        List<double> database = [], answering = [], live = [], gift = [];
        for (var round = 1; round <= plan.Recoveries; round++)
        {
            Say($"kill -9 of PostgreSQL, {round} of {plan.Recoveries} …");
            await gifts.StayLiveAsync();
            var began = Stopwatch.GetTimestamp();
            await server.KillAsync();
            var receipt = gifts.GiveUntilReceiptAsync(began);
            await server.StartAgainAsync();
            database.Add(await receipt);
        }

        for (var round = 1; round <= plan.Recoveries; round++)
        {
            Say($"kill -9 of the server, {round} of {plan.Recoveries} …");
            var recovered = await gifts.RecoverFromKillAsync();
            answering.Add(recovered.Answering);
            live.Add(recovered.Live);
            gift.Add(recovered.Gift);
        }

        figures.Add("recovery_s", gift, "s", goal: 3);
        figures.Add("recovery.answering_s", answering, "s");
        figures.Add("recovery.live_s", live, "s");
        figures.Add("recovery_db_s", database, "s", goal: 5);
    }

    private static void DrawGoals(Figures figures)
    {
        Console.WriteLine();
        Console.WriteLine("goal                                                         wanted      found");
        foreach (var figure in figures.All.Where(figure => figure.Goal is not null))
        {
            var wanted = $"{(figure.AtLeast ? "≥" : "≤")} {Figures.Text(figure.Goal!.Value)}";
            Console.WriteLine($"{figure.Name,-54} {wanted,12} {Figures.Text(figure.Value),10}  {figure.Unit,-6} {(figure.Met == true ? "met" : "NOT met")}");
        }

        Console.WriteLine();
    }

    // Wallets of nobody in particular: the server has them in its database as it would have its own.
    internal static async Task FillAsync(PostgresServer server, string database, int wallets)
    {
        var storage = Storage(server, database);
        await using (var opened = StorageServices.Open(storage))
        {
            await new Migrator(opened, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance).ApplyAsync();
        }

        await Engine.FundAsync(storage, [.. Enumerable.Range(0, wallets).Select(_ => Guid.CreateVersion7().ToString("N"))]);
    }

    internal static StorageOptions Storage(PostgresServer server, string database) =>
        new() { Provider = SqlDialect.PostgreSql, ConnectionString = server.ConnectionString(database) };

    private static double FsyncsPerSecond(string folder)
    {
        var path = Path.Combine(folder, "fsync");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: 1 << 20);
        var page = new byte[8_192];
        var began = Stopwatch.GetTimestamp();
        var count = 0;
        for (; Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1); count++)
        {
            RandomAccess.Write(file, page, count % 128 * page.Length);
            RandomAccess.FlushToDisk(file);
        }

        return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task ShowSettingsAsync(PostgresServer server)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        await using var command = source.CreateCommand("""
            select name || ' = ' || setting || coalesce(' ' || unit, '') from pg_settings where name in (
                'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers', 'max_wal_size', 'server_version', 'wal_compression')
            order by name
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) { Say($"  {reader.GetString(0)}"); }
    }

    internal static async Task ExecuteAsync(PostgresServer server, string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString(database));
#pragma warning disable CA2100 // Our own text.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static void Say(string sentence) => Console.WriteLine(sentence);
}
