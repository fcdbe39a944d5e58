using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Dapper;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Host.OneMachine;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce cluster 2 2</c>: several processes on this machine, and a table of who owns what, until Ctrl-C.</summary>
internal static class ClusterCommand
{
    /// <summary>Between two looks: longer than a beat, so that a living heart has beaten.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1.5);

    private static readonly Argument<int> Silos = new("silos") { Description = "How many silos, 1 to 9.", DefaultValueFactory = _ => 2 };

    private static readonly Argument<int> Gateways = new("gateways") { Description = "How many gateways, 1 to 9.", DefaultValueFactory = _ => 2 };

    private static readonly Option<int> Port = new("--port")
    {
        Description = "Of the balancer, on this machine only. Gateways, silos and PostgreSQL take the 50 above it.",
        DefaultValueFactory = _ => 5080,
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "Folder for the database, the product's data and logs.",
        DefaultValueFactory = _ => Path.Combine(Directory.GetCurrentDirectory(), ".data-cluster"),
    };

    public static Command Create()
    {
        var command = new Command("cluster", "Start silos, gateways, PostgreSQL and a balancer on this machine, and show who owns what.")
        {
            Silos, Gateways, Port, Data,
        };
        foreach (var count in (Argument<int>[])[Silos, Gateways])
        {
            count.Validators.Add(given =>
            {
                if (given.GetValueOrDefault<int>() is < 1 or > LocalCluster.ProcessesMax) { given.AddError($"The number of {count.Name} is from 1 to {LocalCluster.ProcessesMax}."); }
            });
        }

        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("This command knows Linux only: it starts Debian's PostgreSQL and nginx.");
            return 1;
        }

        // A closed terminal ends it as Ctrl-C does.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        var settings = new LocalClusterSettings(
            Path.GetFullPath(parsed.GetValue(Data)!), parsed.GetValue(Port), parsed.GetValue(Silos), parsed.GetValue(Gateways));
        try
        {
            await using var cluster = await LocalCluster.StartAsync(settings, Console.Out, TimeProvider.System, stop.Token);
            Greet(cluster, settings);
            try { await ShowAsync(cluster, stop.Token); }
            catch (OperationCanceledException) { Console.WriteLine("Ending …"); }
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (LocalClusterException impossible)
        {
            await Console.Error.WriteLineAsync(impossible.Message);
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static void Greet(LocalCluster cluster, LocalClusterSettings settings)
    {
        Console.WriteLine();
        Console.WriteLine($"LiveCommerce is ready: {cluster.Address}");
        Console.WriteLine($"Logs are in {settings.Folder}/logs. Kill what you like: it is started again.");
        if (cluster.Accounts.Count > 0)
        {
            Console.WriteLine();
            foreach (var line in cluster.Accounts) { Console.WriteLine(line); }
        }

        Console.WriteLine();
        Console.WriteLine("From another terminal (verify, reconcile and backup likewise):");
        Console.WriteLine($"  {LocalCluster.Program} status {cluster.CommandOptions}");
        Console.WriteLine();
        Console.WriteLine("Ctrl-C ends it.");
    }

    /// <summary>At a terminal the table stays in its place; into a file it is written when it has changed.</summary>
    private static async Task ShowAsync(LocalCluster cluster, CancellationToken cancellationToken)
    {
        await using var storage = Storage(cluster);
        var isTerminal = !Console.IsOutputRedirected;
        var height = 0;
        var shown = "";
        var beats = new Dictionary<long, long>();
        using var look = new PeriodicTimer(Between, TimeProvider.System);
        do
        {
            var table = await TableAsync(cluster, storage, beats, cancellationToken);
            if (table == shown) { continue; }
            shown = table;
            if (isTerminal && height > 0) { Console.Write(string.Create(CultureInfo.InvariantCulture, $"\u001b[{height}A\u001b[J")); }
            Console.WriteLine();
            Console.Write(table);
            height = table.Count(letter => letter == '\n') + 1;
        }
        while (await look.WaitForNextTickAsync(cancellationToken));
    }

    private static async Task<string> TableAsync(
        LocalCluster cluster, ServiceProvider storage, Dictionary<long, long> beats, CancellationToken cancellationToken)
    {
        var view = ClusterView.Empty;
        var rooms = new List<RoomRow>();
        var live = 0;
        try
        {
            view = await storage.GetRequiredService<IClusterStore>().ReadAsync(cancellationToken);
            await using var connection = await storage.GetRequiredService<Database>().OpenAsync(cancellationToken);
            live = await connection.ExecuteScalarAsync<int>("select count(*) from room_listing where phase <> 0");
            rooms = (await connection.QueryAsync<(string Id, string Title, string Owner)>(
                "select room_id, title, owner_name from room_listing where phase <> 0 order by started_at limit @RoomsMax", new { ClusterTable.RoomsMax }))
                .Select(row => new RoomRow(row.Id, row.Title, row.Owner)).ToList();
        }
        catch (System.Data.Common.DbException)
        {
            // The database is away; the table says so by being without shards, and goes on when it is back.
        }

        var beating = view.Silos.Where(silo => !beats.TryGetValue(silo.SiloId, out var before) || before != silo.Heartbeat).Select(silo => silo.SiloId).ToHashSet();
        beats.Clear();
        foreach (var silo in view.Silos) { beats[silo.SiloId] = silo.Heartbeat; }
        return ClusterTable.Write(
            await RowsAsync(cluster.Silos), await RowsAsync(cluster.Gateways), await RowsAsync(cluster.Others), view, beating, rooms, live);

        async Task<IReadOnlyList<ProcessRow>> RowsAsync(IEnumerable<LocalProcess> processes) => await Task.WhenAll(processes.Select(async process =>
        {
            var figures = await cluster.FiguresAsync(process, cancellationToken);
            var state = process.HasEnded ? "ended" : process.Name is "postgres" or "sandbox" or "balancer" ? "runs" : figures.Count > 0 ? "ready" : "starting";
            return new ProcessRow(process.Name, process.Id, state, process.Restarts, process.Address, figures);
        }));
    }

    private static ServiceProvider Storage(LocalCluster cluster)
    {
        var configuration = new ConfigurationManager();
        configuration["Storage:Provider"] = nameof(SqlDialect.PostgreSql);
        configuration["Storage:ConnectionString"] = cluster.ConnectionString;
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddStorage().AddClusterStore();
        services.AddOptions<ClusterOptions>();
        return services.BuildServiceProvider();
    }
}
