using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>PostgreSQL's own load generator: its TPC-B-like script, and gifts the naive way, one transaction each.</summary>
/// <param name="name">As it is shown.</param>
/// <param name="arguments">Which script.</param>
internal sealed class Pgbench(PostgresServer server, string name, string database, params string[] arguments)
{
    /// <summary>Rows of <c>pgbench_branches</c>; tellers and accounts follow from it.</summary>
    public const int Scale = 50;

    private const int Threads = 2;
    private const int FirstStreamer = 10_000_001;
    private const int Streamers = 10_000;
    private const int FirstFee = 20_000_001;
    private const int Fees = 1_000;
    private const double TrySeconds = 1.5;
    private static readonly int[] ClientsTried = [4, 8, 16, 32, 64];

    public string Name => name;

    /// <summary>Connections.</summary>
    public int Clients { get; private set; } = 16;

    /// <summary>Makes pgbench's tables.</summary>
    public static Task InitializeAsync(PostgresServer server, string database) =>
        RunAsync(server, database, ["--initialize", "--quiet", "--scale", Scale.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Makes the tables and the function of the naive way.</summary>
    /// <param name="wallets">Viewers with coins.</param>
    public static async Task InitializeNaiveAsync(string connectionString, int wallets)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var schema = source.CreateCommand($$"""
            create table wallet(id bigint primary key, balance bigint not null check (balance >= 0)) with (fillfactor = 70);
            create table gift(id uuid primary key, sender bigint not null, streamer bigint not null, amount bigint not null, at timestamptz not null default now());
            insert into wallet select n, 1000000000 from generate_series(1, {{wallets}}) n;
            insert into wallet select n, 0 from generate_series({{FirstStreamer}}, {{FirstStreamer + Streamers - 1}}) n;
            insert into wallet select n, 0 from generate_series({{FirstFee}}, {{FirstFee + Fees - 1}}) n;
            create function give(p_id uuid, p_sender bigint, p_streamer bigint, p_fee bigint, p_amount bigint) returns bigint language plpgsql as $$
            declare left_over bigint;
            begin
                insert into gift(id, sender, streamer, amount) values (p_id, p_sender, p_streamer, p_amount) on conflict do nothing;
                if not found then return null; end if;
                update wallet set balance = balance - p_amount where id = p_sender returning balance into left_over;
                update wallet set balance = balance + p_amount / 2 where id = p_streamer;
                update wallet set balance = balance + p_amount - p_amount / 2 where id = p_fee;
                return left_over;
            end $$;
            """);
        await schema.ExecuteNonQueryAsync();
        await using var analyze = source.CreateCommand("vacuum analyze wallet");
        await analyze.ExecuteNonQueryAsync();
    }

    /// <summary>The script that gives: rows that hardly ever meet, or everybody to one streamer and one fee row.</summary>
    public static async Task<string> WriteNaiveScriptAsync(string folder, int wallets, bool hot)
    {
        var script = Path.Combine(folder, hot ? "hot.sql" : "spread.sql");
        await File.WriteAllTextAsync(script, $"""
            \set sender random(1, {wallets})
            \set streamer random({FirstStreamer}, {FirstStreamer + (hot ? 0 : Streamers - 1)})
            \set fee random({FirstFee}, {FirstFee + (hot ? 0 : Fees - 1)})
            select give(gen_random_uuid(), :sender, :streamer, :fee, 10);

            """);
        return script;
    }

    /// <summary>Finds the number of connections with which it does best: that is what we are held against.</summary>
    public async Task TuneAsync()
    {
        var best = 0.0;
        foreach (var clients in ClientsTried)
        {
            var rate = await RunAsync(clients, TrySeconds);
            if (rate <= best) { continue; }
            (best, Clients) = (rate, clients);
        }
    }

    /// <summary>With as many connections as suit it.</summary>
    /// <returns>Transactions a second.</returns>
    public Task<double> RunAsync(double seconds) => RunAsync(Clients, seconds);

    private async Task<double> RunAsync(int clients, double seconds)
    {
        var output = await RunAsync(server, database,
        [
            "--no-vacuum", "--protocol", "prepared", "--client", clients.ToString(CultureInfo.InvariantCulture),
            "--jobs", Threads.ToString(CultureInfo.InvariantCulture), "--time", Math.Ceiling(seconds).ToString(CultureInfo.InvariantCulture), .. arguments,
        ]);
        var line = output.Split('\n').First(one => one.StartsWith("tps = ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
    }

    private static async Task<string> RunAsync(PostgresServer server, string database, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(server.Bin, "pgbench")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["--host", "127.0.0.1", "--port", server.Port.ToString(CultureInfo.InvariantCulture), "--username", "postgres", .. arguments, database])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"pgbench ended with {process.ExitCode}: {await errors}");
    }
}
